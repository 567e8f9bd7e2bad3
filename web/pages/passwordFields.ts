/** A new password, typed twice; used wherever one is chosen. */
import { html } from 'ghtml';
import { field, type FormState } from '../fields.ts';
import type { Words } from '../words.ts';

interface Labels {
  readonly label: string;
  readonly hint: string;
  readonly repeat: string;
}

export function newPasswordFields({ label, hint, repeat }: Labels, form: FormState, words: Words): string {
  const common = { type: 'password', required: true, autocomplete: 'new-password' } as const;
  return html`!${field({ ...common, name: 'newPassword', label, hint }, form, words)}
  !${field({ ...common, name: 'repeat', label: repeat }, form, words)}`;
}

/** The faults that can be told without the API; the rules of a good password are its own. */
export function passwordFaults(form: URLSearchParams, words: Words): Record<string, string> {
  const password = form.get('newPassword') ?? '';
  if (password === '') return { newPassword: words.form.missing };
  return password === form.get('repeat') ? {} : { repeat: words.password.differ };
}
