import { html } from 'ghtml';
import { errorSummary, hasErrors, type FormState } from './fields.ts';
import type { Page } from './visit.ts';
import type { Words } from './words.ts';

interface FormPage {
  readonly title: string;
  /** By name of the form's field: how the summary of what is wrong calls it. */
  readonly labels: Readonly<Record<string, string>>;
  /** HTML: the form, and what stands around it. */
  readonly content: string;
}

/** A page that is one form: with what is wrong first, where it came back. */
export function formPage(form: FormState, words: Words, { title, labels, content }: FormPage): Page {
  const isWrong = hasErrors(form);
  return {
    title,
    content: html`!${errorSummary(form, labels, words)} !${content}`,
    status: isWrong ? 400 : 200,
    wrong: isWrong,
    narrow: true,
  };
}
