import { html } from 'ghtml';
import { ApiProblem } from '../api.ts';
import type { NewSession } from '../contract.ts';
import { field, freshForm, refusedForm, submit, wrongForm, type FormState } from '../fields.ts';
import { formPage } from '../formPage.ts';
import type { Answer, Page, Pages, Visit } from '../visit.ts';
import type { Words } from '../words.ts';
import { newPasswordFields, passwordFaults } from './passwordFields.ts';

/** A new customer registers: who they are, where, how they sign in [guide: purchase]. */
export function registration(pages: Pages): void {
  pages.open('/register', {
    get: (visit) => (visit.session === null ? registrationPage(visit, freshForm()) : { redirect: '/' }),
    post: register,
  });
}

/** Longer than any true value: what is pasted whole is cut by the browser, what is sent longer the API refuses. */
const MOST_LETTERS = 254;

function labelsOf({ registration: say, password }: Words): Record<string, string> {
  return {
    firstName: say.firstName,
    lastName: say.lastName,
    companyName: say.companyName,
    street: say.street,
    postalCode: say.postalCode,
    city: say.city,
    province: say.province,
    taxCode: say.taxCode,
    vatNumber: say.vatNumber,
    phone: say.phone,
    email: say.email,
    username: say.username,
    newPassword: say.password,
    repeat: password.repeat,
  };
}

function registrationPage({ words }: Visit, form: FormState): Page {
  const say = words.registration;
  const content = html`<p>${say.intro}</p>
    <p>${say.haveAccount} <a href="/login">${say.signIn}</a></p>
    <form method="post" action="/register" novalidate>
      !${whoFields(form, words)} !${addressFields(form, words)} !${contactFields(form, words)}
      !${credentialFields(form, words)} !${submit(say.submit)}
    </form>`;
  return formPage(form, words, { title: say.title, labels: labelsOf(words), content });
}

function group(legend: string, hint: string, fields: string): string {
  return html`<fieldset class="group">
    <legend>${legend}</legend>
    !${hint === '' ? '' : html`<p class="hint">${hint}</p>`}
    <div class="fields">!${fields}</div>
  </fieldset>`;
}

function whoFields(form: FormState, words: Words): string {
  const say = words.registration;
  const oneOf = { maxlength: MOST_LETTERS, alternative: true };
  const who = [
    field({ ...oneOf, name: 'firstName', label: say.firstName, autocomplete: 'given-name' }, form, words),
    field({ ...oneOf, name: 'lastName', label: say.lastName, autocomplete: 'family-name' }, form, words),
    field({ ...oneOf, name: 'companyName', label: say.companyName, autocomplete: 'organization' }, form, words),
  ];
  const identity = [
    field({ ...oneOf, name: 'taxCode', label: say.taxCode }, form, words),
    field({ ...oneOf, name: 'vatNumber', label: say.vatNumber, inputmode: 'numeric' }, form, words),
  ];
  return group(say.person, say.kindHint, who.join('')) + group(say.identity, say.identityHint, identity.join(''));
}

function addressFields(form: FormState, words: Words): string {
  const say = words.registration;
  const common = { required: true, maxlength: MOST_LETTERS };
  const fields = [
    field({ ...common, name: 'street', label: say.street, autocomplete: 'address-line1' }, form, words),
    field(
      { ...common, name: 'postalCode', label: say.postalCode, autocomplete: 'postal-code', short: true },
      form,
      words,
    ),
    field({ ...common, name: 'city', label: say.city, autocomplete: 'address-level2' }, form, words),
    field(
      {
        ...common,
        name: 'province',
        label: say.province,
        hint: say.provinceHint,
        autocomplete: 'address-level1',
        short: true,
      },
      form,
      words,
    ),
  ];
  return group(say.address, '', fields.join(''));
}

function contactFields(form: FormState, words: Words): string {
  const say = words.registration;
  const common = { required: true, maxlength: MOST_LETTERS };
  const email = { ...common, name: 'email', label: say.email, hint: say.emailHint, type: 'email' } as const;
  const fields = [
    field({ ...common, name: 'phone', label: say.phone, type: 'tel', autocomplete: 'tel' }, form, words),
    field({ ...email, autocomplete: 'email' }, form, words),
  ];
  return group(say.contacts, '', fields.join(''));
}

function credentialFields(form: FormState, words: Words): string {
  const say = words.registration;
  const username = { name: 'username', label: say.username, hint: say.usernameHint, required: true };
  const fields = [
    field({ ...username, autocomplete: 'username', maxlength: MOST_LETTERS }, form, words),
    newPasswordFields({ label: say.password, hint: say.passwordHint, repeat: say.repeat }, form, words),
  ];
  return group(say.credentials, '', fields.join(''));
}

async function register(visit: Visit): Promise<Answer> {
  const { api, form, words } = visit;
  const faults = faultsOf(form, words);
  if (Object.keys(faults).length > 0) return registrationPage(visit, wrongForm(form, faults));
  try {
    const { session } = await api.post<{ session: NewSession }>('/registrations', requestOf(visit));
    return { redirect: '/', signIn: session, flash: { kind: 'success', text: words.registration.done } };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status === 429) throw error;
    return registrationPage(visit, refusedForm(form, error, formFieldOf));
  }
}

const DEMANDED = ['street', 'postalCode', 'city', 'province', 'phone', 'email', 'username'];

/** What is missing is told at once and for all fields; what the values must look like is the API's to say. */
function faultsOf(form: URLSearchParams, words: Words): Record<string, string> {
  const given = (name: string): boolean => (form.get(name)?.trim() ?? '') !== '';
  const missing: string[] = [];
  if (!given('companyName')) missing.push(...['firstName', 'lastName'].filter((name) => !given(name)));
  missing.push(...DEMANDED.filter((name) => !given(name)));
  if (!given('taxCode') && !given('vatNumber')) missing.push('taxCode');
  const inOrder = Object.keys(labelsOf(words)).filter((name) => missing.includes(name));
  return { ...Object.fromEntries(inOrder.map((name) => [name, words.form.missing])), ...passwordFaults(form, words) };
}

function requestOf({ form, language }: Visit): Record<string, unknown> {
  const text = (name: string): string => form.get(name)?.trim() ?? '';
  const given = (...names: string[]) =>
    Object.fromEntries(names.filter((name) => text(name) !== '').map((name) => [name, text(name)]));
  return {
    username: text('username'),
    password: form.get('newPassword') ?? '',
    customer: {
      ...given('firstName', 'lastName', 'companyName', 'taxCode', 'vatNumber'),
      address: {
        street: text('street'),
        postalCode: text('postalCode'),
        city: text('city'),
        province: text('province'),
      },
      phone: text('phone'),
      email: text('email'),
      language,
    },
  };
}

/** `customer.address.city` of the API is `city` here; what the form has no field for goes to its head. */
function formFieldOf(apiField: string): string | null {
  const last = apiField.split('.').at(-1) ?? '';
  if (apiField === 'password') return 'newPassword';
  const known = ['firstName', 'lastName', 'companyName', 'taxCode', 'vatNumber', ...DEMANDED];
  return known.includes(last) ? last : null;
}
