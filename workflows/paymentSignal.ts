/**
 * Reads what the `recordPayment` signal carries. An operator may send one by hand from the Temporal UI, so anything can
 * come: what cannot be read becomes a fact too, which the timeline shows, and never an error. By hand and not with a
 * schema library, which would triple the workflow bundle.
 */
import { isPlainDate, type Instant } from '../domain/calendar.ts';
import type { Fact, PaymentFact } from '../domain/commands.ts';
import { CURRENCY, MAX_AMOUNT_MINOR } from '../domain/money.ts';
import { isOrderNumber } from '../domain/orderNumber.ts';
import { PAYMENT_METHODS, type PaymentMethodKind, type StoredMethod } from '../domain/orders.ts';

export type Fields = Readonly<Record<string, unknown>>;
type PaymentSignal = Fact & { type: 'RecordPayment' | 'RecordRejectedSignal' };

export const MAX_KEY_LENGTH = 200;
const MAX_SHOWN = 60;

export class Unreadable extends Error {
  readonly field: string;
  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

/** @param now the life's own clock: when the payment counts as heard unless it says itself. */
export function readPaymentSignal(payload: unknown, now: Instant): PaymentSignal {
  try {
    return { type: 'RecordPayment', payment: readPayment(payload, now) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { type: 'RecordRejectedSignal', field: error.field, reason: error.message };
  }
}

function readPayment(payload: unknown, now: Instant): PaymentFact {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new Unreadable('payment', `A payment is a JSON object, not ${show(payload)}.`);
  }
  const fields = payload as Fields;
  const byHand = fields['key'] === undefined;
  const source = fields['source'] === undefined ? 'operator' : text(fields, 'source');
  const payment = {
    key: byHand ? `${source}:${text(fields, 'externalId')}` : text(fields, 'key'),
    orderNumber: orderNumber(fields),
    amountMinor: amount(fields),
    method: method(fields),
    registeredOn: date(fields),
    receivedAt: receivedAt(fields, now),
    storedMethod: storedMethod(fields),
    ...(byHand ? {} : assignment(fields)),
  };
  if (payment.key.length > MAX_KEY_LENGTH) throw new Unreadable('externalId', 'This id is too long.');
  // Amounts without a currency are taken from the ledger's own facts only.
  if ((byHand || fields['currency'] !== undefined) && fields['currency'] !== CURRENCY) {
    throw new Unreadable('currency', `The currency is "${CURRENCY}", not ${show(fields['currency'])}.`);
  }
  return payment;
}

/** The key keeps to printable characters, so that what an operator reads is what was compared. */
export function text(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) && value.length <= MAX_KEY_LENGTH) return value;
  throw new Unreadable(
    field,
    `This is a text without blanks of 1 to ${MAX_KEY_LENGTH} characters, not ${show(value)}.`,
  );
}

function orderNumber(fields: Fields): string {
  const value = fields['orderNumber'];
  if (typeof value === 'string' && isOrderNumber(value)) return value;
  throw new Unreadable('orderNumber', `This is no order number, digit by digit: ${show(value)}.`);
}

export function amount(fields: Fields): number {
  const value = fields['amountMinor'];
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_AMOUNT_MINOR) return value;
  throw new Unreadable('amountMinor', `The amount is a whole number of cents above zero, not ${show(value)}.`);
}

function method(fields: Fields): PaymentMethodKind {
  const value = fields['method'];
  const known = PAYMENT_METHODS.find((kind) => kind === value);
  // Customer credit is drawn by the ledger, whose facts carry a key: by hand it would be money from nowhere.
  if (known !== undefined && (known !== 'credit' || fields['key'] !== undefined)) return known;
  throw new Unreadable('method', `The method is one of bank_transfer, postal_slip, card, paypal, not ${show(value)}.`);
}

export function date(fields: Fields): PaymentFact['registeredOn'] {
  const value = fields['registeredOn'];
  if (isPlainDate(value)) return value;
  throw new Unreadable('registeredOn', `The registration date has the form YYYY-MM-DD, not ${show(value)}.`);
}

export function receivedAt(fields: Fields, now: Instant): Instant {
  const value = fields['receivedAt'];
  if (value === undefined) return now;
  if (typeof value === 'number' && Number.isInteger(value)) return value as Instant;
  throw new Unreadable('receivedAt', `The instant of arrival is in epoch milliseconds, not ${show(value)}.`);
}

function storedMethod(fields: Fields): StoredMethod | null {
  const value = fields['storedMethod'];
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') {
    const { methodId, kind, validThrough } = value as Fields;
    const isKnown = kind === 'card' || kind === 'paypal';
    if (typeof methodId === 'string' && isKnown && (validThrough === undefined || isPlainDate(validThrough)))
      return { methodId, kind, ...(validThrough === undefined ? {} : { validThrough }) };
  }
  throw new Unreadable(
    'storedMethod',
    'A stored method has a methodId, a kind, "card" or "paypal", and perhaps a last day, validThrough.',
  );
}

/** Told by the API only, of a payment that has a key. */
function assignment(fields: Fields): Pick<PaymentFact, 'assignment'> {
  const value = fields['assignment'];
  if (value === undefined) return {};
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return { assignment: value };
  throw new Unreadable('assignment', `An assignment is numbered from 1, not ${show(value)}.`);
}

/** What was found, short enough for a timeline. */
export function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? typeof value;
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown;
}
