/** Whatever went wrong ends on a page in the reader's language that says what to do next. */
import type { ErrorRequestHandler, Request } from 'express';
import { html } from 'ghtml';
import { ApiAway, ApiProblem } from './api.ts';
import type { Context } from './context.ts';
import { hidden, submit } from './fields.ts';
import { ForeignForm, localPath, rememberSession } from './session.ts';
import { knownSession, NotSignedIn, PASSWORD_PATH, plainVisit, send } from './visits.ts';
import { PageUnknown, type Answer, type Visit } from './visit.ts';

export function answerFailure(context: Context): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const visit = plainVisit(context, request, knownSession(response));
    const hadSession =
      (error instanceof NotSignedIn && error.hadSession) || (error instanceof ApiProblem && error.status === 401);
    if (hadSession) rememberSession(context.cookies, response, null);
    const answer = answerTo(error, { visit, isForm: request.method === 'POST', from: pageBefore(context, request) });
    if ('status' in answer && answer.status !== undefined && answer.status >= 500) context.log(entryOf(error, request));
    send(context, response, answer, hadSession ? { ...visit, session: null } : visit);
  };
}

function entryOf(error: unknown, request: { method: string; route?: { path?: string } }): Record<string, unknown> {
  const cause = error instanceof Error ? { error: error.name, message: error.message, stack: error.stack } : {};
  return { level: 'error', method: request.method, route: request.route?.path ?? null, ...cause };
}

/** What failed, and where its reader was. */
interface Failed {
  readonly visit: Visit;
  /** A form was sent, so its address is no page to come back to. */
  readonly isForm: boolean;
  /** The page of ours the request was made on, if it can be told. */
  readonly from: string | null;
}

/** Browsers say on which of our pages a form was; to other sites they say nothing, and these we do not believe. */
function pageBefore({ publicUrl }: Context, request: Request): string | null {
  const referer = request.get('referer') ?? '';
  if (!URL.canParse(referer)) return null;
  const { origin, host, pathname, search } = new URL(referer);
  const isOurs = origin === new URL(publicUrl).origin || host === request.headers.host;
  return isOurs ? localPath(pathname + search) : null;
}

function answerTo(error: unknown, failed: Failed): Answer {
  const { visit } = failed;
  const { failures } = visit.words;
  if (error instanceof NotSignedIn) return toLogin(failed, error.hadSession);
  if (error instanceof PageUnknown) return says(failures.unknown, 404, visit);
  if (error instanceof ForeignForm) return says(failures.foreign, 403, visit);
  if (error instanceof ApiAway) return says(failures.away, 502, visit, again(failed));
  if (error instanceof ApiProblem) return problemAnswer(error, failed);
  const status = statusOf(error);
  if (status === 400) return says(failures.unknown, 404, visit);
  if (status === 413) return says(failures.tooLarge, 413, visit);
  if (status !== null && status < 500) return says(failures.foreign, status, visit);
  return says(failures.ours, 500, visit, again(failed));
}

function problemAnswer(problem: ApiProblem, failed: Failed): Answer {
  const { visit, from } = failed;
  const { failures } = visit.words;
  if (problem.status === 401) return toLogin(failed, true);
  if (problem.code === 'password_change_required') return { redirect: PASSWORD_PATH };
  if (problem.status === 404) return says(failures.unknown, 404, visit);
  if (problem.status === 403) return says(failures.forbidden, 403, visit);
  if (problem.status === 413) return says(failures.tooLarge, 413, visit);
  if (problem.status === 429) return says(failures.tooMany, 429, visit);
  // A page that was open while things moved on: say what the API says of them now.
  const back = from === null ? '' : html`<p><a href="${from}">${failures.back}</a></p>`;
  return says(failures.stale, problem.status, visit, html`<p class="detail">${problem.detail}</p>` + back);
}

/** Once signed in, to where they wanted to go, or to the page on which their form was. */
function toLogin({ visit: { url, words }, isForm, from }: Failed, hadSession: boolean): Answer {
  const wanted = isForm ? (from ?? '/') : url;
  const redirect = wanted === '/' ? '/login' : `/login?next=${encodeURIComponent(wanted)}`;
  return hadSession ? { redirect, signIn: null, flash: { kind: 'info', text: words.failures.ended } } : { redirect };
}

interface Said {
  readonly title: string;
  readonly text: string;
}

function says({ title, text }: Said, status: number, { words }: Visit, more = ''): Answer {
  const content = html`<p>${text}</p>
    !${more}
    <p><a href="/" role="button" class="outline">${words.failures.home}</a></p>`;
  return { title, content, status, narrow: true };
}

const SECRET = /password|repeat/i;

/** The page again, or the form once more with all it held; but no password is ever sent back. */
function again({ visit: { url, words, form }, isForm, from }: Failed): string {
  const say = words.failures.again;
  if (!isForm) return html`<p><a href="${url}" role="button">${say}</a></p>`;
  if ([...form.keys()].some((name) => SECRET.test(name)))
    return from === null ? '' : html`<p><a href="${from}" role="button">${say}</a></p>`;
  const fields = [...form].map(([name, value]) => hidden({ [name]: value }));
  return html`<form method="post" action="${url}">!${fields} !${submit(say)}</form>`;
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}
