import { html } from 'ghtml';
import { ApiProblem } from '../api.ts';
import type { NewSession } from '../contract.ts';
import { errorSummary, field, freshForm, hidden, submit, wrongForm, type FormState } from '../fields.ts';
import { localPath } from '../session.ts';
import type { Answer, Page, Pages, Redirect, Visit } from '../visit.ts';
import { PASSWORD_PATH } from '../visits.ts';

/** Signing in and out: with the customer's own account, or with the credentials of one service. */
export function login(pages: Pages): void {
  pages.open('/login', {
    get: (visit) => (visit.session === null ? loginPage(visit, freshForm()) : { redirect: nextOf(visit) }),
    post: signIn,
  });
  pages.open('/logout', {
    get: () => ({ redirect: '/' }),
    post: async (visit) => {
      if (visit.session !== null) await visit.api.delete('/session').catch(() => undefined);
      return { redirect: '/login', signIn: null, flash: { kind: 'info', text: visit.words.login.signedOut } };
    },
  });
}

function loginPage(visit: Visit, form: FormState, status = 200): Page {
  const { words } = visit;
  const { login: say } = words;
  const labels = { username: say.username, password: say.password };
  const content = html`!${errorSummary(form, labels, words)}
    <p>${say.intro}</p>
    <form method="post" action="/login" novalidate>
      !${hidden({ next: nextOf(visit) })}
      !${field({ name: 'username', label: say.username, required: true, autocomplete: 'username' }, form, words)}
      !${field({ name: 'password', label: say.password, required: true, type: 'password', autocomplete: 'current-password' }, form, words)}
      !${submit(say.submit)}
    </form>
    <ul class="plain">
      <li><a href="/forgotten-password">${say.forgotPassword}</a></li>
      <li><a href="/forgotten-username">${say.forgotUsername}</a></li>
      <li>${say.newCustomer} <a href="/register">${say.register}</a></li>
    </ul>`;
  return { title: say.title, content, status, wrong: status !== 200, narrow: true };
}

/** Where the reader wanted to go before signing in. */
function nextOf({ query, form }: Visit): string {
  return localPath(form.get('next') ?? query.get('next'));
}

async function signIn(visit: Visit): Promise<Answer> {
  const { api, form, words } = visit;
  const username = form.get('username')?.trim() ?? '';
  const password = form.get('password') ?? '';
  const missing = words.form.missing;
  const errors = {
    ...(username === '' ? { username: missing } : {}),
    ...(password === '' ? { password: missing } : {}),
  };
  if (Object.keys(errors).length > 0) return loginPage(visit, wrongForm(form, errors), 400);
  try {
    const session = await api.post<NewSession>('/sessions', { username, password });
    return entering(session, nextOf(visit));
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status >= 500) throw error;
    return loginPage(visit, refused(visit, error), error.status);
  }
}

/** Wrong credentials are told without a word about which of the two was wrong. */
function refused({ form, words }: Visit, problem: ApiProblem): FormState {
  const isTooOften = problem.status === 429;
  const minutes = Math.max(1, Math.ceil((problem.retryAfterSeconds ?? 60) / 60));
  const refusal = problem.status === 401 ? words.login.wrong : problem.detail;
  const summary = isTooOften ? words.login.tooMany(minutes) : refusal;
  return { values: form, errors: {}, summary };
}

/** Into the area, by the password first where it must change. */
export function entering(session: NewSession, next: string): Redirect {
  return { redirect: session.account.mustChangePassword ? PASSWORD_PATH : next, signIn: session };
}
