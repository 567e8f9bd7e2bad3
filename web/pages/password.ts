import { html } from 'ghtml';
import { ApiProblem } from '../api.ts';
import { field, freshForm, refusedForm, submit, wrongForm, type FormState } from '../fields.ts';
import { formPage } from '../formPage.ts';
import type { Answer, Page, Pages, SignedVisit } from '../visit.ts';
import { PASSWORD_PATH } from '../visits.ts';
import { newPasswordFields, passwordFaults } from './passwordFields.ts';

/** Changing the password: at will, and before anything else at the first login with a temporary one. */
export function password(pages: Pages): void {
  pages.signed(PASSWORD_PATH, { get: (visit) => passwordPage(visit, freshForm()), post: changePassword });
}

function passwordPage(visit: SignedVisit, form: FormState): Page {
  const { words, account } = visit;
  const { password: say } = words;
  const isFirst = account.mustChangePassword;
  const currentLabel = isFirst ? say.currentFirst : say.current;
  const labels = { currentPassword: currentLabel, newPassword: say.new, repeat: say.repeat };
  const current = { name: 'currentPassword', label: currentLabel, type: 'password', required: true } as const;
  const content = html`!${isFirst ? html`<p>${say.firstIntro}</p>` : ''}
    <form method="post" action="${PASSWORD_PATH}" novalidate>
      !${field({ ...current, autocomplete: 'current-password' }, form, words)}
      !${newPasswordFields({ label: say.new, hint: say.newHint, repeat: say.repeat }, form, words)}
      !${submit(say.submit)}
    </form>`;
  return formPage(form, words, { title: isFirst ? say.first : say.change, labels, content });
}

async function changePassword(visit: SignedVisit): Promise<Answer> {
  const { api, form, words } = visit;
  const currentPassword = form.get('currentPassword') ?? '';
  const errors = {
    ...(currentPassword === '' ? { currentPassword: words.form.missing } : {}),
    ...passwordFaults(form, words),
  };
  if (Object.keys(errors).length > 0) return passwordPage(visit, wrongForm(form, errors));
  try {
    await api.put('/session/password', { currentPassword, newPassword: form.get('newPassword') ?? '' });
  } catch (error) {
    return passwordPage(visit, refusedPassword(error, visit));
  }
  return { redirect: '/', flash: { kind: 'success', text: words.password.saved } };
}

/** A wrong current password is a fault of its field; a session that has ended is none of the form's. */
function refusedPassword(error: unknown, { form, words }: SignedVisit): FormState {
  if (!(error instanceof ApiProblem) || error.code === 'unauthorized') throw error;
  if (error.code === 'credentials_wrong') return wrongForm(form, { currentPassword: words.password.currentWrong });
  return refusedForm(form, error);
}
