/** The data of a person or company as a form: the holder of a service, and the customer's own. */
import { html } from 'ghtml';
import { checkbox, field, hidden, radios, type FormState } from '../fields.ts';
import type { Words } from '../words.ts';
import type { Party } from './contract.ts';

/** Longer than any true value. */
const MOST_LETTERS = 254;
const ITALY = 'IT';

/** `fixed`: tax code, VAT number and kind stay as they are, and are only shown. */
interface PartyOptions {
  readonly fixed: boolean;
}

export function partyLabels({ registration: say, shop }: Words): Record<string, string> {
  return {
    firstName: say.firstName,
    lastName: say.lastName,
    companyName: say.companyName,
    taxCode: say.taxCode,
    vatNumber: say.vatNumber,
    publicAdministration: shop.party.publicAdministration,
    street: say.street,
    postalCode: say.postalCode,
    city: say.city,
    province: say.province,
    phone: say.phone,
    email: say.email,
    sendBy: shop.party.sendBy,
    recipientCode: shop.party.recipientCode,
    certifiedEmail: shop.party.certifiedEmail,
  };
}

/** Whether a form that is shown holds this party's data. */
export function partyForm(party: Party): Record<string, string> {
  const { address, publicAdministration, recipientCode, certifiedEmail, ...plain } = party;
  const names = ['firstName', 'lastName', 'companyName', 'taxCode', 'vatNumber', 'phone', 'email'] as const;
  return {
    ...Object.fromEntries(names.map((name) => [name, plain[name] ?? ''])),
    ...address,
    publicAdministration: publicAdministration === true ? 'yes' : '',
    recipientCode: recipientCode ?? '',
    certifiedEmail: certifiedEmail ?? '',
    sendBy: certifiedEmail === undefined ? 'recipientCode' : 'certifiedEmail',
  };
}

export function partyFields(form: FormState, words: Words, { fixed }: PartyOptions): string {
  const say = words.registration;
  const { party } = words.shop;
  const common = { maxlength: MOST_LETTERS };
  const must = { ...common, required: true };
  const oneOf = { ...common, alternative: true };
  const input = (options: Parameters<typeof field>[0]): string => field(options, form, words);
  const who = [
    input({ ...oneOf, name: 'firstName', label: say.firstName, autocomplete: 'given-name' }),
    input({ ...oneOf, name: 'lastName', label: say.lastName, autocomplete: 'family-name' }),
    input({ ...oneOf, name: 'companyName', label: say.companyName, autocomplete: 'organization' }),
  ];
  const identity = [
    input({ ...oneOf, name: 'taxCode', label: say.taxCode, readonly: fixed }),
    input({ ...oneOf, name: 'vatNumber', label: say.vatNumber, readonly: fixed }),
  ];
  const where = [
    input({ ...must, name: 'street', label: say.street, autocomplete: 'address-line1' }),
    input({ ...must, name: 'postalCode', label: say.postalCode, autocomplete: 'postal-code', short: true }),
    input({ ...must, name: 'city', label: say.city, autocomplete: 'address-level2' }),
    input({ ...must, name: 'province', label: say.province, autocomplete: 'address-level1', short: true }),
  ];
  const contacts = [
    input({ ...must, name: 'phone', label: say.phone, type: 'tel', autocomplete: 'tel' }),
    input({ ...must, name: 'email', label: say.email, type: 'email', autocomplete: 'email' }),
  ];
  const isAdministration = (form.values.get('publicAdministration') ?? '') !== '';
  const administration = fixed
    ? html`<p class="hint">!${isAdministration ? html`${party.isAdministration} ` : ''}${party.fixed}</p>
        !${hidden({ publicAdministration: isAdministration ? 'yes' : '' })}`
    : checkbox({ name: 'publicAdministration', label: party.publicAdministration, required: true }, form);
  const country = html`<input type="hidden" name="country" value="${form.values.get('country') ?? ITALY}" />`;
  return (
    group(say.person, say.kindHint, who.join('')) +
    group(say.identity, fixed ? '' : say.identityHint, identity.join('') + administration) +
    group(say.address, '', where.join('') + country) +
    group(say.contacts, '', contacts.join('')) +
    group(party.invoices, fixed ? party.laterInvoicesHint : party.invoicesHint, deliveryFields(form, words))
  );
}

/** Recipient code or certified mail: how the seller's own invoice reaches the holder [guide: purchase]. */
function deliveryFields(form: FormState, words: Words): string {
  const { party: say } = words.shop;
  const choices = [
    { value: 'recipientCode', label: say.recipientCode },
    { value: 'certifiedEmail', label: say.certifiedEmail },
  ];
  const oneOf = { maxlength: MOST_LETTERS, alternative: true };
  const code = { ...oneOf, name: 'recipientCode', label: say.recipientCode, hint: say.recipientCodeHint };
  const mail = { ...oneOf, name: 'certifiedEmail', label: say.certifiedEmail, inputmode: 'email' } as const;
  return [
    radios({ name: 'sendBy', label: say.sendBy, choices }, form),
    field(code, form, words),
    field(mail, form, words),
  ].join('');
}

function group(legend: string, hint: string, fields: string): string {
  return html`<fieldset class="group">
    <legend>${legend}</legend>
    !${hint === '' ? '' : html`<p class="hint">${hint}</p>`}
    <div class="fields">!${fields}</div>
  </fieldset>`;
}

const DEMANDED = ['street', 'postalCode', 'city', 'province', 'phone', 'email'];

/**
 * What is missing, told for all fields at once; what values must look like is the API's to say. `invoices`: whether it must
 * be said how the seller's own invoices reach the holder.
 */
export function partyFaults(
  form: URLSearchParams,
  words: Words,
  { invoices }: { readonly invoices: 'demanded' | 'optional' },
): Record<string, string> {
  const given = (name: string): boolean => textOf(form, name) !== '';
  const missing: string[] = [];
  if (!given('companyName')) missing.push(...['firstName', 'lastName'].filter((name) => !given(name)));
  if (!given('taxCode') && !given('vatNumber')) missing.push('taxCode');
  missing.push(...DEMANDED.filter((name) => !given(name)));
  const way = wayOf(form);
  if (invoices === 'demanded' && !given(way)) missing.push(way);
  return Object.fromEntries(missing.map((name) => [name, words.form.missing]));
}

function wayOf(form: URLSearchParams): 'recipientCode' | 'certifiedEmail' {
  return form.get('sendBy') === 'certifiedEmail' ? 'certifiedEmail' : 'recipientCode';
}

/** The form as the API reads a party. */
export function partyOf(form: URLSearchParams): Party {
  const text = (name: string): string => textOf(form, name);
  const given = (...names: (keyof Party)[]) =>
    Object.fromEntries(names.filter((name) => text(name) !== '').map((name) => [name, text(name)]));
  return {
    ...given('firstName', 'lastName', 'companyName', 'taxCode', 'vatNumber', wayOf(form)),
    address: {
      street: text('street'),
      postalCode: text('postalCode'),
      city: text('city'),
      province: text('province'),
      country: text('country') || ITALY,
    },
    phone: text('phone'),
    email: text('email'),
    publicAdministration: text('publicAdministration') !== '',
  };
}

/** `holder.address.city` of the API is `city` here; what the form has no field for goes to its head. */
export function partyFieldOf(apiField: string): string | null {
  const last = apiField.split('.').at(-1) ?? '';
  const known = ['firstName', 'lastName', 'companyName', 'taxCode', 'vatNumber', 'recipientCode', 'certifiedEmail'];
  return [...known, ...DEMANDED, 'publicAdministration'].includes(last) ? last : null;
}

function textOf(form: URLSearchParams, name: string): string {
  return form.get(name)?.trim() ?? '';
}

/** How a party is called. */
export function nameOf({ companyName, firstName, lastName }: Party): string {
  return companyName ?? [firstName, lastName].filter((part) => part !== undefined).join(' ');
}
