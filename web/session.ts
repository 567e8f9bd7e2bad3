/** The browser's session: a cookie that holds the API's token, and forms that only our own pages may send. */
import type { Request, RequestHandler, Response } from 'express';
import { cookieNamed, type Cookies } from './cookies.ts';
import type { Flash } from './visit.ts';

const SESSION_COOKIE = 'rinnovo_session';
const FLASH_COOKIE = 'rinnovo_flash';
/** A message nobody came to see is forgotten. */
const FLASH_MS = 60_000;
const FLASH_KINDS: readonly string[] = ['success', 'info', 'warning', 'error'] satisfies Flash['kind'][];

export function tokenOf(request: Request): string | null {
  const token = cookieNamed(request, SESSION_COOKIE);
  return token !== null && /^[\w.-]{1,200}$/.test(token) ? token : null;
}

export function rememberSession(
  cookies: Cookies,
  response: Response,
  session: { readonly token: string; readonly expiresAt: string } | null,
): void {
  if (session === null) cookies.clear(response, SESSION_COOKIE);
  else cookies.set(response, SESSION_COOKIE, session.token, new Date(session.expiresAt));
}

export function rememberFlash(cookies: Cookies, response: Response, flash: Flash): void {
  cookies.set(response, FLASH_COOKIE, JSON.stringify([flash.kind, flash.text]), new Date(Date.now() + FLASH_MS));
}

/** The message of the page before, and forgets it. */
export function takeFlash(cookies: Cookies, request: Request, response: Response): Flash | null {
  const stored = cookieNamed(request, FLASH_COOKIE);
  if (stored === null) return null;
  cookies.clear(response, FLASH_COOKIE);
  try {
    const [kind, text] = JSON.parse(stored) as unknown[];
    if (typeof text !== 'string' || !FLASH_KINDS.includes(String(kind))) return null;
    return { kind: kind as Flash['kind'], text };
  } catch {
    return null;
  }
}

/** Thrown where a form did not come from one of our own pages. */
export class ForeignForm extends Error {
  override readonly name = 'ForeignForm';
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses unsafe requests that another site's page made. Browsers say where a request comes from (Sec-Fetch-Site, or
 * Origin where they are older); who says neither is refused.
 */
export function sameOrigin(publicUrl: string): RequestHandler {
  const publicOrigin = new URL(publicUrl).origin;
  return (request, _response, next) => {
    if (SAFE_METHODS.includes(request.method) || isOurs(request, publicOrigin)) next();
    else next(new ForeignForm());
  };
}

function isOurs(request: Request, publicOrigin: string): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = request.headers;
  return (
    origin !== undefined && (origin === publicOrigin || origin === `http://${host}` || origin === `https://${host}`)
  );
}

/** A path of this area to come back to, or the home: never another site. */
export function localPath(wanted: string | null): string {
  if (wanted === null || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(wanted)) return '/';
  return wanted;
}
