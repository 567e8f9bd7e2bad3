/** A customer's credit: shown, and used for an order only where its reader chooses so. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import { checkbox, hidden, type FormState } from '../fields.ts';
import type { Money } from '../format.ts';
import { notice } from '../layout.ts';
import type { SignedVisit } from '../visit.ts';
import type { Customer, Order } from './contract.ts';

type Standing = Pick<Customer, 'credit' | 'owed'>;

/** Null for a service's own credentials: credit is the customer's. */
export async function standingOf({ api, account }: SignedVisit): Promise<Standing | null> {
  if (account.kind !== 'customer') return null;
  return api.get<Customer>(`/customers/${segment(account.customerId)}`);
}

/** What using credit for what is due comes to. */
export interface CreditUse {
  readonly credit: Money;
  readonly used: Money;
  /** Still to be paid then; null where that is nothing. */
  readonly rest: Money | null;
}

/** Null where there is no credit, or nothing due. */
export function creditUse(standing: Standing | null, due: Money): CreditUse | null {
  const { currency } = due;
  const credit = standing?.credit ?? { amountMinor: 0, currency };
  const usedMinor = Math.min(credit.amountMinor, due.amountMinor);
  if (usedMinor <= 0) return null;
  const restMinor = due.amountMinor - usedMinor;
  return {
    credit,
    used: { amountMinor: usedMinor, currency },
    rest: restMinor === 0 ? null : { amountMinor: restMinor, currency },
  };
}

/** What a reader was shown of it, to be sent with their answer. */
export function shownUse(use: CreditUse | null): string {
  return use === null ? '' : hidden({ creditShown: seenOf(use) });
}

/** Whether what was answered to is still so. */
export function isAsShown(form: URLSearchParams, use: CreditUse | null): boolean {
  return use !== null && form.get('creditShown') === seenOf(use);
}

/** Whether, as it was shown, credit leaves nothing to pay. */
export function isCovered(form: URLSearchParams): boolean {
  return /^\d+-0$/.test(form.get('creditShown') ?? '');
}

function seenOf({ used, rest }: CreditUse): string {
  return `${used.amountMinor}-${rest?.amountMinor ?? 0}`;
}

/** "Use my credit", off unless it was switched on; with what is then left to pay. '' where there is none. */
export function creditChoice(use: CreditUse | null, form: FormState, { words, format }: SignedVisit): string {
  if (use === null) return '';
  const say = words.shop.credit;
  const label = say.choose(format.money(use.used), use.rest === null ? null : format.money(use.rest));
  const hint = use.rest === null ? say.coversHint : say.chooseHint;
  return html`<fieldset class="group">
    <legend>${say.legend}</legend>
    !${shownUse(use)} !${checkbox({ name: 'useCredit', label, hint }, form)}
  </fieldset>`;
}

/** What is to be paid, without the credit and with it; the style sheet shows the one that was chosen. */
export function toPay(due: Money, use: CreditUse | null, { words, format }: SignedVisit): string {
  const { checkout, credit: say } = words.shop;
  const rest = use === null ? null : format.money(use.rest ?? { ...due, amountMinor: 0 });
  return html`<p class="to-pay">${checkout.toPay} <strong>${format.money(due)}</strong></p>
    !${rest === null ? '' : html`<p class="to-pay with-credit">${say.toPay} <strong>${rest}</strong></p>`}`;
}

/** What the customer has with us, and what they owe us. '' where both are nothing. */
export async function standingNotices(visit: SignedVisit): Promise<string> {
  const { words, format } = visit;
  const say = words.shop.credit;
  const standing = await standingOf(visit);
  if (standing === null) return '';
  const { credit, owed } = standing;
  const has = html`<strong>${say.have(format.money(credit))}</strong> ${say.means}`;
  return (
    (owed.amountMinor > 0 ? notice('warning', html`${say.owe(format.money(owed))}`, words) : '') +
    (credit.amountMinor > 0 ? notice('info', has, words) : '')
  );
}

/** As much of an order as was paid with credit, in cents. */
export function paidByCredit({ payments }: Order): number {
  return payments
    .filter(({ method }) => method === 'credit')
    .reduce((sum, { applied }) => sum + applied.amountMinor, 0);
}
