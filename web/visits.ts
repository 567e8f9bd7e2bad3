/** From requests to visits, and from a page's answer back to the browser. */
import type { Request, RequestHandler, Response, Router } from 'express';
import { apiFor, ApiProblem } from './api.ts';
import type { Context } from './context.ts';
import type { SessionView } from './contract.ts';
import { FORMATS } from './format.ts';
import { chosenLanguage, LANGUAGE_COOKIE, languageOf } from './language.ts';
import { layout } from './layout.ts';
import { sealOf } from './sealed.ts';
import { rememberFlash, rememberSession, takeFlash, tokenOf } from './session.ts';
import type { Answer, Handler, Handlers, Pages, SignedVisit, Visit } from './visit.ts';
import { WORDS } from './words.ts';

const YEAR_MS = 31_536_000_000;

/** Whoever is not signed in, or no longer; `hadSession`: their session has ended. */
export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn';
  readonly hadSession: boolean;
  constructor(hadSession: boolean) {
    super('Not signed in.');
    this.hadSession = hadSession;
  }
}

export function pagesOn(router: Router, context: Context): Pages {
  const put = <V extends Visit>(path: string, handlers: Handlers<V>, visitOf: (visit: Visit) => V): void => {
    const { get, post } = handlers;
    if (get !== undefined) router.get(path, answering(context, get, visitOf));
    if (post !== undefined) router.post(path, answering(context, post, visitOf));
  };
  return {
    open: (path, handlers) => put(path, handlers, (visit) => visit),
    signed: (path, handlers) => put(path, handlers, signedIn),
  };
}

/** Those who must change their password first are led there from wherever they go. */
export const PASSWORD_PATH = '/password';

function signedIn(visit: Visit): SignedVisit {
  const { session } = visit;
  if (session === null) throw new NotSignedIn(false);
  return { ...visit, session, account: session.account };
}

function answering<V extends Visit>(
  context: Context,
  handler: Handler<V>,
  visitOf: (visit: Visit) => V,
): RequestHandler {
  return async (request, response) => {
    const visit = visitOf(await visitFrom(context, request, response));
    const mustChange = visit.session?.account.mustChangePassword === true;
    const mayGo = [PASSWORD_PATH, '/logout', '/language', '/login'].includes(request.path);
    if (mustChange && !mayGo) return send(context, response, { redirect: PASSWORD_PATH }, visit);
    send(context, response, await handler(visit), visit);
  };
}

/**
 * What a visit is without asking the API: enough for an error page. In the language the reader chose, or else the
 * account's, or else the browser's.
 */
export function plainVisit(context: Context, request: Request, session: SessionView | null = null): Visit {
  const chosen = chosenLanguage(request);
  const language = chosen ?? session?.customer.language ?? languageOf(request);
  // Not parsed as a URL: what is no URL at all arrives here as well.
  const search = /\?.*/.exec(request.originalUrl)?.[0] ?? '';
  return {
    language,
    words: WORDS[language],
    format: FORMATS[language],
    api: apiFor(context.apiUrl, { language, token: tokenOf(request), address: request.ip }),
    session,
    params: request.params as Record<string, string>,
    query: new URLSearchParams(search),
    form: new URLSearchParams(typeof request.body === 'string' ? request.body : ''),
    url: request.path + search,
    chosenLanguage: chosen,
    seal: sealOf(tokenOf(request)),
    flash: null,
    gateway: context.gateway,
  };
}

async function visitFrom(context: Context, request: Request, response: Response): Promise<Visit> {
  const stranger = plainVisit(context, request);
  const session = tokenOf(request) === null ? null : await sessionOf(stranger);
  if (session !== null) response.locals['session'] = session;
  const flash = request.method === 'GET' ? takeFlash(context.cookies, request, response) : null;
  return { ...(session === null ? stranger : plainVisit(context, request, session)), flash };
}

/** @throws NotSignedIn where the API knows the session no more. */
async function sessionOf({ api }: Visit): Promise<SessionView> {
  try {
    return await api.get<SessionView>('/session');
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) throw new NotSignedIn(true);
    throw error;
  }
}

/** The session of a request whose page failed, as far as it was found out. */
export function knownSession(response: Response): SessionView | null {
  return (response.locals['session'] as SessionView | undefined) ?? null;
}

export function send(context: Context, response: Response, answer: Answer, visit: Visit): void {
  if ('download' in answer) {
    // Names are the API's own: a number and an ending.
    response.type(answer.contentType).attachment(answer.fileName).send(Buffer.from(answer.download));
    return;
  }
  if (!('redirect' in answer)) {
    response
      .status(answer.status ?? 200)
      .type('html')
      .send(layout(answer, visit));
    return;
  }
  const { cookies } = context;
  const { flash, signIn, language } = answer;
  if (flash !== undefined) rememberFlash(cookies, response, flash);
  if (signIn !== undefined) rememberSession(cookies, response, signIn);
  if (language !== undefined) cookies.set(response, LANGUAGE_COOKIE, language, new Date(Date.now() + YEAR_MS));
  response.redirect(303, answer.redirect);
}
