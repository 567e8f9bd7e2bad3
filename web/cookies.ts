/** The few cookies of this area; none can be read by a script or is sent from another site's form. */
import type { CookieOptions, Request, Response } from 'express';

/** The value of a cookie, or null. A value that cannot be decoded counts as none. */
export function cookieNamed(request: Request, name: string): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    try {
      return decodeURIComponent(pair.slice(equals + 1).trim());
    } catch {
      return null;
    }
  }
  return null;
}

/** Sets cookies as this area wants them. `secure`: the public address is https. */
export interface Cookies {
  set(response: Response, name: string, value: string, until?: Date): void;
  clear(response: Response, name: string): void;
}

export function cookiesFor(publicUrl: string): Cookies {
  const secure = publicUrl.startsWith('https:');
  const base: CookieOptions = { httpOnly: true, sameSite: 'lax', path: '/', secure };
  return {
    set: (response, name, value, until) =>
      void response.cookie(name, value, until === undefined ? base : { ...base, expires: until }),
    clear: (response, name) => void response.clearCookie(name, base),
  };
}
