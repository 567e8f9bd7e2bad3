/** Money that left an order again: refunds with their credit notes, and payments that were taken back. Answers HTML. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import { notice } from '../layout.ts';
import type { SignedVisit } from '../visit.ts';
import type { Order, Refund, Returns } from './contract.ts';
import { invoiceLinks, type Invoice } from './invoices.ts';

export async function readReturns({ api }: SignedVisit, number: string): Promise<Returns> {
  return api.get<Returns>(`/orders/${segment(number)}/returns`);
}

/** First thing on the order while money that was taken back is asked for again. */
export function dueAgain({ reversals }: Returns, { due, status }: Order, { words, format }: SignedVisit): string {
  const isDue = due.amountMinor > 0 && (status === 'awaiting_payment' || status === 'completed');
  if (reversals.length === 0 || !isDue) return '';
  const say = words.shop.returns;
  const valid = status === 'completed' ? ` ${say.stillValid}` : '';
  return notice('warning', html`${say.dueAgain(format.money(due))}${valid}`, words);
}

/** Nothing while there is none. */
export function returnsOf({ refunds, reversals }: Returns, invoices: readonly Invoice[], visit: SignedVisit): string {
  if (refunds.length + reversals.length === 0) return '';
  const { words, format } = visit;
  const say = words.shop.returns;
  const takenBack = reversals.map(
    ({ amount, registeredOn, reason }) =>
      html`<li>${say.reversal(format.money(amount), format.dateText(registeredOn))} (${say.reasons[reason]})</li>`,
  );
  const sentBack = refunds.map((refund) => {
    const note = invoices.find(({ refundId }) => refundId === refund.id);
    return refundItem(refund, note, visit);
  });
  return html`<section aria-labelledby="returns">
    <h2 id="returns">${say.title}</h2>
    <ul>
      !${takenBack} !${sentBack}
    </ul>
  </section>`;
}

const STATUS_BADGES: Readonly<Record<Refund['status'], string>> = {
  due: 'warn',
  sent: 'warn',
  paid: 'ok',
  failed: 'bad',
  withdrawn: 'muted',
};

function refundItem(refund: Refund, note: Invoice | undefined, visit: SignedVisit): string {
  const { words, format } = visit;
  const say = words.shop.returns;
  const { amount, way, ibanEnding, status, requestedAt, settledAt } = refund;
  const to = way === 'original' ? say.original : say.transfer(ibanEnding);
  const settled = status === 'paid' && settledAt !== null ? say.settledOn(format.dayText(settledAt)) : '';
  return html`<li>
    ${say.refund(format.money(amount), format.dayText(requestedAt))}, ${to}.
    <span class="badge !${STATUS_BADGES[status]}"
      ><span class="visually-hidden">${say.status}:</span> ${say.statuses[status]} ${settled}</span
    >
    !${note === undefined ? '' : html`<br />!${invoiceLinks(note, visit)}`}
  </li>`;
}
