/** The words, dates and paragraphs that the English letters share. */
import type { PlainDate } from '../../../domain/calendar.ts';
import type { Sku } from '../../../domain/catalogue.ts';
import { ORDER_TYPE_LABELS, SKU_LABELS } from '../../../domain/labels.ts';
import type { StoredMethodKind } from '../../../domain/orders.ts';
import type { OrderType } from '../../../domain/planning.ts';
import { amount, day, iban } from '../format.ts';
import { facts, link, paragraph, type Block } from '../letter.ts';
import type { OrderStanding, Present } from '../letters.ts';
import { creditorReferenceFor, slipCodeFor } from '../../../domain/remittance.ts';

export const euro = (amountMinor: number): string => amount('en', amountMinor);
export const date = (on: PlainDate): string => day('en', on);

export const nameOf = (sku: Sku): string => SKU_LABELS[sku].en;
export const orderName = (type: OrderType): string => ORDER_TYPE_LABELS[type].en;

export const service = ({ product }: Present): string => nameOf(product);
export const years = (count: number): string => (count === 1 ? '1 year' : `${count} years`);
export const months = (count: number): string => (count === 1 ? '1 month' : `${count} months`);

export function method(kind: StoredMethodKind | null): string {
  if (kind === 'card') return 'credit card';
  return kind === 'paypal' ? 'PayPal account' : 'payment method';
}

export function area(present: Present): Block {
  return link('Go to your customer area', present.areaUrl);
}

/** How to pay what an order still asks for; nothing once it is paid or being charged. */
export function payment(order: OrderStanding | null, { instructions }: Present): Block[] {
  if (order === null || order.payment !== 'unpaid') return [];
  const { bankTransfer, postalSlip, placeholder } = instructions;
  const due: [string, string][] = [
    ['Reason for payment', order.number],
    ['Amount', euro(order.dueMinor)],
  ];
  const blocks = [
    paragraph(
      'You can pay by card or PayPal from your customer area, or by bank transfer or postal slip. For a transfer or a ' +
        'slip, please give only the order number as the reason for payment, so that we recognise it at once.',
    ),
    paragraph(
      'A card or PayPal is registered at once; a transfer or a slip after some working days, when the amount is credited ' +
        'to us. The date of registration counts.',
    ),
    facts('Bank transfer', [
      ['Account holder', bankTransfer.holder],
      ['IBAN', iban(bankTransfer.iban)],
      ...(bankTransfer.bic === undefined ? [] : [['BIC', bankTransfer.bic] as [string, string]]),
      ['Creditor reference (optional)', creditorReferenceFor(order.number)],
      ...due,
    ]),
    facts('Postal slip', [
      ['Account holder', postalSlip.holder],
      ['Postal account number', postalSlip.accountNumber],
      ['Slip code', slipCodeFor(order.number)],
      ...due,
    ]),
  ];
  if (placeholder) blocks.push(paragraph('WARNING: the account details above are samples. Do not pay to them.'));
  return blocks;
}

export function waiting(order: OrderStanding | null, present: Present): Block[] {
  if (order === null) return [];
  const { number, dueMinor } = order;
  if (order.payment === 'processing')
    return [paragraph(`The payment of order ${number} is under way: we will write to you as soon as it settles.`)];
  return [
    paragraph(`Order ${number} is ready and waiting for your payment of ${euro(dueMinor)}.`),
    ...payment(order, present),
  ];
}
