/** How to pay: registered cards and PayPal accounts, a further one, or later by bank transfer or postal slip [guide: purchase]. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { InBoth } from '../contract.ts';
import type { FormState } from '../fields.ts';
import type { SignedVisit } from '../visit.ts';
import type { Method, Wallet } from './contract.ts';
import { setupsFor } from './methodSetups.ts';

/** As the API reads a payment method. */
export type Chosen =
  | { readonly type: 'bank_transfer' | 'postal_slip' }
  | { readonly type: 'card' | 'paypal'; readonly methodId: string }
  | { readonly type: 'card' | 'paypal'; readonly token: string; readonly [more: string]: string };

export async function walletOf({ api, account }: SignedVisit): Promise<readonly Method[]> {
  const path = `/customers/${segment(account.customerId)}/payment-methods`;
  return (await api.get<Wallet>(path)).paymentMethods;
}

interface Offer {
  /** `method:<id>`, `new`, `card:<token>`, `paypal:<token>`, `bank_transfer`, `postal_slip`. */
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
  readonly disabled?: boolean;
}

interface PayOptions {
  /** Whether transfer and slip are offered beside what is charged at once. */
  readonly later: boolean;
  /** What is preselected where the form says nothing. */
  readonly preferred?: string | undefined;
}

/**
 * All ways in one list, so that the arrow keys go through them; which card or account is new is a choice of its own beside
 * it.
 */
export async function payFields(
  visit: SignedVisit,
  form: FormState,
  { later, preferred }: PayOptions,
): Promise<string> {
  const { words } = visit;
  const say = words.shop.pay;
  const stored = (await walletOf(visit)).map((method) => storedOffer(method, visit));
  const fresh = await freshOffers(visit);
  const usable = stored.filter(({ disabled }) => disabled !== true).map(({ value }) => value);
  // Registered just now, on the gateway's page.
  const registered = visit.query.get('method');
  const wanted = form.values.get('pay') ?? (registered === null ? preferred : `method:${registered}`) ?? null;
  const chosen = wanted ?? usable[0] ?? null;
  const list = (offers: readonly Offer[]): string =>
    offers.map((offer) => choice(offer, offer.value === chosen, form)).join('');
  const laterOffers: Offer[] = [
    { value: 'bank_transfer', label: say.bankTransfer, hint: say.bankTransferHint },
    { value: 'postal_slip', label: say.postalSlip, hint: say.postalSlipHint },
  ];
  const error = form.errors['pay'];
  return html`<fieldset class="group pay" id="field-pay" tabindex="-1">
    <legend>${say.title}</legend>
    !${error === undefined ? '' : html`<strong class="error" id="error-pay">${error}</strong>`}
    !${
      stored.length === 0
        ? ''
        : html`<p class="hint">${say.registered}</p>
            !${list(stored)}`
    }
    !${
      fresh.length === 0
        ? ''
        : list([{ value: 'new', label: stored.length === 0 ? say.register : say.registerFurther }]) +
          freshSelect(fresh, form, visit)
    }
    !${await elsewhere(visit, stored.length === 0)}
    !${
      later
        ? html`<details open>
            <summary>${say.otherWays}</summary>
            !${list(laterOffers)}
          </details>`
        : ''
    }
  </fieldset>`;
}

/** Where the gateway registers on a page of its own: the way there, and back to this one. */
async function elsewhere(visit: SignedVisit, isFirst: boolean): Promise<string> {
  const say = visit.words.shop.pay;
  if (((await visit.gateway())?.types ?? []).length === 0) return '';
  return html`<p><a href="${setupsFor(visit)}">${isFirst ? say.registerFirst : say.registerFurther}</a></p>`;
}

function freshSelect(offers: readonly Offer[], form: FormState, { words }: SignedVisit): string {
  const say = words.shop.pay;
  const chosen = form.values.get('fresh');
  const options = offers.map(
    ({ value, label, hint = '' }) =>
      html`<option value="${value}" !${value === chosen ? 'selected' : ''}>${label}: ${hint}</option>`,
  );
  return html`<div class="field fresh">
    <label for="field-fresh">${say.fresh}</label>
    <select id="field-fresh" name="fresh" aria-describedby="hint-fresh">
      !${options}
    </select>
    <small id="hint-fresh">${say.sandboxHint}</small>
  </div>`;
}

/** What of a payment form comes back after a refusal. */
export function keptPay(form: URLSearchParams): URLSearchParams {
  return new URLSearchParams({ pay: form.get('pay') ?? '', fresh: form.get('fresh') ?? '' });
}

function choice({ value, label, hint, disabled }: Offer, isChosen: boolean, form: FormState): string {
  const isWrong = form.errors['pay'] !== undefined;
  return html`<label class="choice">
    <input
      type="radio"
      name="pay"
      value="${value}"
      !${isChosen ? 'checked' : ''}
      !${disabled === true ? 'disabled' : ''}
      !${isWrong ? 'aria-describedby="error-pay"' : ''}
    />
    <span>${label}!${hint === undefined ? '' : html` <small>${hint}</small>`}</span>
  </label>`;
}

function storedOffer(method: Method, { words }: SignedVisit): Offer {
  const say = words.shop.pay;
  const label = labelOf(method, words.shop.pay);
  return method.expired
    ? { value: `method:${method.methodId}`, label, hint: say.expired, disabled: true }
    : { value: `method:${method.methodId}`, label };
}

/** `Carta Visa •••• 4242, valida fino a 12/2046`: masked by the API already. */
export function labelOf(
  { type, label, validThrough }: Pick<Method, 'type' | 'label' | 'validThrough'>,
  say: { readonly kinds: Readonly<Record<Method['type'], string>>; validThrough(month: string): string },
): string {
  const [year = '', month = ''] = validThrough?.split('-') ?? [];
  // A label made of the card's own data ends with its month already.
  const isTold = label !== null && /, \d\d\/\d\d$/.test(label);
  const until = validThrough === null || isTold ? '' : `, ${say.validThrough(`${month}/${year}`)}`;
  return `${say.kinds[type]}${label === null ? '' : ` ${label}`}${until}`;
}

/** What can be registered here and now: in the sandbox its test cards, each with what it does. */
async function freshOffers(visit: SignedVisit): Promise<Offer[]> {
  const { words, language } = visit;
  const gateway = await visit.gateway();
  if (gateway?.name !== 'sandbox') return [];
  const { kinds } = words.shop.pay;
  const told = (what: string | InBoth): string => (typeof what === 'string' ? what : what[language]);
  return [
    ...(gateway.cards ?? []).map(({ token, label, what }) => ({
      value: `card:${token}`,
      label: `${kinds.card} ${label}`,
      hint: told(what),
    })),
    ...(gateway.paypal ?? []).map(({ token, label, what }) => ({
      value: `paypal:${token}`,
      label: `${kinds.paypal} ${label}`,
      hint: told(what),
    })),
  ];
}

/** Only what can be registered anew; '' where nothing can. */
export async function newMethodFields(visit: SignedVisit, form: FormState): Promise<string> {
  const offers = await freshOffers(visit);
  if (offers.length === 0) return '';
  const { pay: say } = visit.words.shop;
  const error = form.errors['pay'];
  return html`<fieldset class="group pay" id="field-pay" tabindex="-1">
    <legend>${say.title}</legend>
    !${error === undefined ? '' : html`<strong class="error" id="error-pay">${error}</strong>`}
    <p class="hint">${say.sandboxHint}</p>
    !${offers.map((offer) => choice(offer, offer.value === form.values.get('pay'), form))}
  </fieldset>`;
}

/** What was chosen, as the API reads it, or null where nothing was. */
export async function chosenMethod(visit: SignedVisit): Promise<Chosen | null> {
  const chosen = visit.form.get('pay') ?? '';
  const value = chosen === 'new' ? (visit.form.get('fresh') ?? '') : chosen;
  if (value === 'bank_transfer' || value === 'postal_slip') return { type: value };
  const [kind, name] = [value.slice(0, value.indexOf(':')), value.slice(value.indexOf(':') + 1)];
  if (kind === 'method') {
    const method = (await walletOf(visit)).find(({ methodId }) => methodId === name);
    return method === undefined ? null : { type: method.type, methodId: method.methodId };
  }
  const gateway = await visit.gateway();
  if (kind === 'card') {
    const card = gateway?.cards?.find(({ token }) => token === name);
    if (card === undefined) return null;
    const { token, brand, last4, validThrough } = card;
    return { type: 'card', token, brand, last4, validThrough };
  }
  const account = kind === 'paypal' ? gateway?.paypal?.find(({ token }) => token === name) : undefined;
  return account === undefined ? null : { type: 'paypal', token: account.token, label: account.label };
}

export function isAtOnce(chosen: Chosen): boolean {
  return chosen.type === 'card' || chosen.type === 'paypal';
}
