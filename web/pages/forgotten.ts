import { html } from 'ghtml';
import { ApiProblem, segment } from '../api.ts';
import { field, freshForm, refusedForm, submit, wrongForm, type FormState } from '../fields.ts';
import { formPage } from '../formPage.ts';
import type { Answer, Page, Pages, Visit } from '../visit.ts';
import { newPasswordFields, passwordFaults } from './passwordFields.ts';

/** Forgotten usernames and passwords, and the mailed link by which a new password is chosen. */
export function forgotten(pages: Pages): void {
  pages.open('/forgotten-password', {
    get: (visit) => passwordPage(visit, freshForm()),
    post: (visit) => send(visit, 'username', '/password-resets', passwordPage),
  });
  pages.open('/forgotten-username', {
    get: (visit) => usernamePage(visit, freshForm()),
    post: (visit) => send(visit, 'email', '/username-reminders', usernamePage),
  });
  pages.open('/reset/:token', {
    get: (visit) => withLink(visit, (username) => resetPage(visit, username, freshForm())),
    post: (visit) => withLink(visit, (username) => reset(visit, username)),
  });
}

function passwordPage({ words }: Visit, form: FormState): Page {
  const say = words.password;
  const control = { name: 'username', label: words.login.username, required: true, autocomplete: 'username' };
  return asking(words, form, {
    title: say.forgotten,
    intro: say.forgottenIntro,
    action: '/forgotten-password',
    labels: { username: words.login.username },
    control: field(control, form, words),
    button: say.forgottenSubmit,
  });
}

function usernamePage({ words }: Visit, form: FormState): Page {
  const say = words.password;
  const label = words.registration.email;
  const control = { name: 'email', label, required: true, type: 'email', autocomplete: 'email' } as const;
  return asking(words, form, {
    title: say.forgottenUsername,
    intro: say.forgottenUsernameIntro,
    action: '/forgotten-username',
    labels: { email: label },
    control: field(control, form, words),
    button: say.forgottenUsernameSubmit,
  });
}

interface Asking {
  readonly title: string;
  readonly intro: string;
  readonly action: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly control: string;
  readonly button: string;
}

function asking(words: Visit['words'], form: FormState, asked: Asking): Page {
  const content = html`<p>${asked.intro}</p>
    <form method="post" action="${asked.action}" novalidate>!${asked.control} !${submit(asked.button)}</form>
    <p><a href="/login">${words.password.backToLogin}</a></p>`;
  return formPage(form, words, { title: asked.title, labels: asked.labels, content });
}

/** The answer is the same whether there is such an account or not. */
async function send(
  visit: Visit,
  name: 'username' | 'email',
  path: string,
  pageOf: (visit: Visit, form: FormState) => Page,
): Promise<Answer> {
  const { api, form, words } = visit;
  const value = form.get(name)?.trim() ?? '';
  if (value === '') return pageOf(visit, wrongForm(form, { [name]: words.form.missing }));
  try {
    await api.post(path, { [name]: value });
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status === 429) throw error;
    return pageOf(visit, refusedForm(form, error));
  }
  const text = name === 'username' ? words.password.forgottenDone : words.password.forgottenUsernameDone;
  return { redirect: '/login', flash: { kind: 'info', text } };
}

function pathOf({ params }: Visit): string {
  return `/password-resets/${segment(params['token'] ?? '')}`;
}

async function withLink(visit: Visit, then: (username: string) => Answer | Promise<Answer>): Promise<Answer> {
  try {
    const { username } = await visit.api.get<{ username: string }>(pathOf(visit));
    return await then(username);
  } catch (error) {
    // Used, expired, mistyped: they look the same, and the way on is the same.
    if (error instanceof ApiProblem && error.status === 404) return linkUnknown(visit);
    throw error;
  }
}

function linkUnknown({ words }: Visit): Page {
  const { linkUnknown: say, forgotten: title } = words.password;
  const content = html`<p>${say.text}</p>
    <p><a href="/forgotten-password" role="button">${title}</a></p>`;
  return { title: say.title, content, status: 404, narrow: true };
}

function resetPage({ words, url }: Visit, username: string, form: FormState): Page {
  const say = words.password;
  const content = html`<p>${say.resetIntro(username)}</p>
    <form method="post" action="${url}" novalidate>
      <input type="text" name="username" value="${username}" autocomplete="username" hidden />
      !${newPasswordFields({ label: say.new, hint: say.newHint, repeat: say.repeat }, form, words)}
      !${submit(say.submit)}
    </form>`;
  return formPage(form, words, { title: say.first, labels: { newPassword: say.new, repeat: say.repeat }, content });
}

async function reset(visit: Visit, username: string): Promise<Answer> {
  const { api, form, words } = visit;
  const faults = passwordFaults(form, words);
  if (Object.keys(faults).length > 0) return resetPage(visit, username, wrongForm(form, faults));
  try {
    await api.put(pathOf(visit), { password: form.get('newPassword') ?? '' });
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status === 404) throw error;
    const named = (field: string): string => (field === 'password' ? 'newPassword' : field);
    return resetPage(visit, username, refusedForm(form, error, named));
  }
  return { redirect: '/login', signIn: null, flash: { kind: 'success', text: words.password.resetDone } };
}
