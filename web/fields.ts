/**
 * Form fields: each with its label, its hint and its error tied to it, and with what was typed kept after an error. Every
 * function answers HTML.
 */
import { randomUUID } from 'node:crypto';
import { html } from 'ghtml';
import type { ApiProblem } from './api.ts';
import type { Words } from './words.ts';

/** What a form holds when it is shown: typed values, and what is wrong, by field name. */
export interface FormState {
  readonly values: URLSearchParams;
  /** By name of the form's field. */
  readonly errors: Readonly<Record<string, string>>;
  /** What is wrong with the whole, if anything. */
  readonly summary: string | null;
}

/** A form nobody has filled in yet; `values` are its defaults. */
export function freshForm(values: Readonly<Record<string, string>> = {}): FormState {
  return { values: new URLSearchParams({ ...values }), errors: {}, summary: null };
}

/** A form sent with faults we found ourselves. */
export function wrongForm(values: URLSearchParams, errors: Readonly<Record<string, string>>): FormState {
  return { values, errors, summary: null };
}

/**
 * A form the API refused. `fieldOf` gives the form's name for the API's name of a field, or null where the form has none:
 * then its reason stands in the summary.
 */
export function refusedForm(
  values: URLSearchParams,
  problem: ApiProblem,
  fieldOf: (apiField: string) => string | null = (field) => field,
): FormState {
  const errors: Record<string, string> = {};
  const homeless: string[] = [];
  for (const { field, reason } of problem.errors) {
    const name = fieldOf(field);
    if (name === null) homeless.push(reason);
    else errors[name] ??= sentence(reason);
  }
  const hasFields = Object.keys(errors).length > 0;
  const summary = hasFields ? homeless.map(sentence).join(' ') : problem.detail;
  return { values, errors, summary: summary === '' ? null : summary };
}

/** The API's reasons go on from the field's name; alone they begin a sentence. */
function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

export function hasErrors(form: FormState): boolean {
  return form.summary !== null || Object.keys(form.errors).length > 0;
}

/** What is wrong, first thing on the page and focused, each fault a link to its field. '' where nothing is wrong. */
export function errorSummary(form: FormState, labels: Readonly<Record<string, string>>, words: Words): string {
  if (!hasErrors(form)) return '';
  const items = Object.entries(form.errors).map(
    ([name, text]) =>
      html`<li>!${name in labels ? html`<a href="#field-${name}">${labels[name]}: ${text}</a>` : html`${text}`}</li>`,
  );
  return html`<div class="errors" role="alert" tabindex="-1" autofocus id="errors">
    <h2>${words.form.wrong}</h2>
    !${form.summary === null ? '' : html`<p>${form.summary}</p>`}
    !${
      items.length === 0
        ? ''
        : html`<ul>
            !${items}
          </ul>`
    }
  </div>`;
}

interface Common {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly required?: boolean;
  /** One of several is needed, as the hint of their group says: by itself it is neither required nor optional. */
  readonly alternative?: boolean;
}

interface FieldOptions extends Common {
  readonly type?: 'text' | 'password' | 'email' | 'tel' | 'date' | 'number';
  readonly autocomplete?: string;
  readonly inputmode?: 'numeric' | 'email' | 'tel' | 'text';
  readonly maxlength?: number;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly readonly?: boolean;
  /** A grid cell's width: `short` for a code of few letters. */
  readonly short?: boolean;
}

/** One line of text. A password is never sent back. */
export function field(options: FieldOptions, form: FormState, words: Words): string {
  const { name, type = 'text' } = options;
  const value = type === 'password' ? '' : (form.values.get(name) ?? '');
  const attributes = [
    html`type="${type}" value="${value}"`,
    type === 'text' || type === 'password' ? html`autocapitalize="none" spellcheck="false"` : '',
    attribute('autocomplete', options.autocomplete),
    attribute('inputmode', options.inputmode),
    attribute('maxlength', options.maxlength),
    attribute('min', options.min),
    attribute('max', options.max),
    options.readonly === true ? 'readonly' : '',
  ];
  const control = html`<input !${attributes.join(' ')} !${identity(options, form)} />`;
  return html`<div class="field !${options.short === true ? 'short' : ''}">
    !${label(options, words)} !${control} !${notes(options, form)}
  </div>`;
}

interface Choice {
  readonly value: string;
  /** Plain text. */
  readonly label: string;
  /** Plain text under the label. */
  readonly hint?: string;
}

export function select(options: Common & { choices: readonly Choice[] }, form: FormState, words: Words): string {
  const chosen = form.values.get(options.name);
  const items = options.choices.map(
    (choice) =>
      html`<option value="${choice.value}" !${choice.value === chosen ? 'selected' : ''}>${choice.label}</option>`,
  );
  return html`<div class="field">
    !${label(options, words)}
    <select !${identity(options, form)}>
      !${items}
    </select>
    !${notes(options, form)}
  </div>`;
}

/** One of several, all in sight. */
export function radios(options: Common & { choices: readonly Choice[] }, form: FormState): string {
  const { name, choices } = options;
  const chosen = form.values.get(name);
  const items = choices.map((choice, index) => {
    // The error's link leads to the group's first.
    const id = index === 0 ? `field-${name}` : `field-${name}-${choice.value}`;
    const hint = choice.hint === undefined ? '' : html`<small>${choice.hint}</small>`;
    return html`<label class="choice" for="${id}">
      <input
        type="radio"
        id="${id}"
        name="${name}"
        value="${choice.value}"
        !${choice.value === chosen ? 'checked' : ''}
        !${options.required === true ? 'required' : ''}
        !${described(options, form)}
      />
      <span>${choice.label} !${hint}</span>
    </label>`;
  });
  return html`<fieldset class="field">
    <legend>${options.label}</legend>
    !${notes(options, form)} !${items}
  </fieldset>`;
}

/** A yes or no; `labelHtml` instead of `label` where the label holds a link. */
export function checkbox(options: Common & { labelHtml?: string }, form: FormState): string {
  const isOn = form.values.get(options.name) !== null && form.values.get(options.name) !== '';
  return html`<div class="field check">
    <label for="field-${options.name}">
      <input type="checkbox" value="yes" !${isOn ? 'checked' : ''} !${identity(options, form)} />
      <span>!${options.labelHtml ?? html`${options.label}`}</span>
    </label>
    !${notes(options, form)}
  </div>`;
}

/** A button that sends its form once: area.js disables it while the answer is awaited. */
export function submit(text: string, kind: 'primary' | 'secondary' | 'danger' = 'primary'): string {
  return html`<button type="submit" class="!${kind === 'primary' ? '' : kind}">${text}</button>`;
}

/** The Idempotency-Key of a form that orders or pays: made when the form is first shown, kept while it comes back. */
export function idempotencyKey(form: FormState): string {
  return html`<input type="hidden" name="key" value="${form.values.get('key') ?? randomUUID()}" />`;
}

export function hidden(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)
    .join('');
}

function label({ name, label: text, required, alternative }: Common, words: Words): string {
  const optional =
    required === true || alternative === true ? '' : html` <small class="optional">(${words.form.optional})</small>`;
  return html`<label for="field-${name}">${text}!${optional}</label>`;
}

function notes({ name, hint }: Common, form: FormState): string {
  const error = form.errors[name];
  return (
    (hint === undefined ? '' : html`<small id="hint-${name}">${hint}</small>`) +
    (error === undefined ? '' : html`<strong class="error" id="error-${name}">${error}</strong>`)
  );
}

function identity(options: Common, form: FormState): string {
  const { name, required } = options;
  return html`id="field-${name}" name="${name}" !${required === true ? 'required' : ''} !${described(options, form)}`;
}

function described({ name, hint }: Common, form: FormState): string {
  const isWrong = form.errors[name] !== undefined;
  const ids = [hint === undefined ? '' : `hint-${name}`, isWrong ? `error-${name}` : ''].filter((id) => id !== '');
  return (ids.length === 0 ? '' : html`aria-describedby="${ids.join(' ')}"`) + (isWrong ? ' aria-invalid="true"' : '');
}

function attribute(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `${name}=${html`"${value}"`}`;
}
