/** How things leave the API: money with its currency, dates as dates, instants with Rome's offset. */
import type { OrderPayment } from '../db/credit.ts';
import type { OrderRow } from '../db/orders.ts';
import type { PaymentRow } from '../db/payments.ts';
import type { ReversalRow } from '../db/reversals.ts';
import type { TimelineEntry } from '../db/timeline.ts';
import { formatInstant, type Instant } from '../domain/calendar.ts';
import { wordsOf, type Refusal } from '../domain/errors.ts';
import type { ServiceEnd } from '../domain/ends.ts';
import { ORDER_TYPE_LABELS, SKU_LABELS } from '../domain/labels.ts';
import { chargeReason } from '../domain/chargeReasons.ts';
import { euros, type Money } from '../domain/money.ts';
import type { LineReason } from '../domain/planning.ts';
import type { PricedOrder } from '../domain/pricing.ts';
import type { QuoteWarning } from '../domain/warnings.ts';
import type { Words } from '../domain/words.ts';
import { fingerprintOf } from './fingerprint.ts';

export const instantText: (at: Instant) => string = formatInstant;

const REASONS: Readonly<Record<LineReason, Words>> = {
  new_service: { it: 'Nuovo servizio, dal giorno di attivazione', en: 'New service, from the day of activation' },
  next_period: { it: 'Periodo successivo', en: 'Next period' },
  added: { it: 'Aggiunta', en: 'Added' },
  aligned: { it: 'Allineamento alla nuova scadenza', en: 'Brought to the same new end' },
  extended: { it: 'Estensione dei servizi attivi', en: 'Active service extended to the same end' },
};

const WARNINGS: Readonly<Record<QuoteWarning, Words>> = {
  registered_late: {
    it: 'Mancano meno di 15 giorni alla scadenza: un bonifico potrebbe essere registrato dopo.',
    en: 'Less than 15 days are left before expiry: a bank transfer may be registered too late.',
  },
  reactivation_ends_soon: {
    it: 'Restano meno di 15 giorni per riattivare: un bonifico registrato dopo l’ultimo giorno utile non riattiva il servizio.',
    en: 'Less than 15 days are left to reactivate: a bank transfer registered after the last day brings nothing back.',
  },
  co_term_not_offered: {
    it: 'L’estensione dei servizi attivi non è offerta: il servizio scade già più tardi.',
    en: 'Extending the active services is not offered: they already end later.',
  },
};

/** What an order holds and costs, each line explained. */
export function presentPriced(priced: PricedOrder): Record<string, unknown> {
  const { content } = priced;
  const { type, ...wanted } = content;
  return {
    type,
    typeLabel: ORDER_TYPE_LABELS[type],
    product: priced.product,
    ...wanted,
    lines: priced.lines.map((line) => ({
      sku: line.sku,
      label: SKU_LABELS[line.sku],
      quantity: line.quantity,
      months: line.months,
      annualUnitPrice: euros(line.annualPriceMinor),
      discountPercent: line.discountPercent,
      amount: euros(line.netMinor),
      reason: line.reason,
      explanation: REASONS[line.reason],
      from: line.from,
      until: line.until,
    })),
    net: euros(priced.netMinor),
    vatPercent: priced.vatPercent,
    vat: euros(priced.vatMinor),
    total: euros(priced.grossMinor),
    splitPayment: priced.splitPayment,
    payable: euros(priced.payableMinor),
    agreement: priced.agreement,
    /** In force on the order's day; on each line the better of promotion and agreement counts. */
    promotion: priced.promotion ?? null,
    catalogueVersion: priced.catalogueVersion,
    warnings: priced.warnings.map((code) => ({ code, ...WARNINGS[code] })),
    validOn: priced.placedOn,
  };
}

/** A price and what it does to each service's own end, as they are quoted. */
export interface Quote {
  readonly priced: PricedOrder;
  readonly ends: readonly ServiceEnd[];
  /** So many days before its expiry a service whose auto-renewal is on is charged first. */
  readonly chargeDaysBefore: number;
}

/** A quote, under a fingerprint by which it can be ordered exactly as it was shown. */
export function presentQuote({ priced, ends, chargeDaysBefore }: Quote): Record<string, unknown> {
  return {
    ...presentPriced(priced),
    ends: ends.map((end) => ({ ...end, label: SKU_LABELS[end.sku] })),
    chargeDaysBefore,
    fingerprint: fingerprintOf(priced, ends),
  };
}

/** An order of any age [guide: customer area: type, number, date, cost, state, quantity, years]. */
export function presentOrder(
  row: OrderRow,
  charges: readonly TimelineEntry[],
  payments: readonly OrderPayment[] = [],
): Record<string, unknown> {
  const { validOn, ...priced } = presentPriced(row.priced);
  return {
    number: row.number,
    subscriptionId: row.subscriptionId,
    customerId: row.customerId,
    status: row.status,
    origin: row.origin,
    placedOn: validOn,
    placedAt: row.placedAt === null ? null : instantText(row.placedAt),
    completedOn: row.completedOn,
    cancelledWhy: row.cancelledWhy,
    refusal: row.refusal === null ? null : presentRefusal(row.refusal),
    paymentMethod: row.paymentMethod,
    ...priced,
    received: euros(row.receivedMinor),
    due: euros(row.dueMinor),
    /** What it holds, each with the part it took. */
    payments: payments.map(({ appliedMinor, ...payment }) => ({ ...payment, applied: euros(appliedMinor) })),
    refunded: euros(row.refundedMinor),
    lastCharge: presentCharge(charges.at(-1), row.dueMinor > 0),
    acceptances:
      row.acceptances === null ? null : { ...row.acceptances, acceptedAt: instantText(row.acceptances.acceptedAt) },
  };
}

/** Why an order was never taken; the reason in words too. */
function presentRefusal(refusal: Refusal): Record<string, unknown> {
  const { code, detail, field } = refusal;
  return { code, detail, ...(field === undefined ? {} : { field }), explanation: wordsOf(refusal) };
}

const CHARGE_STATUS: Readonly<Record<string, string>> = {
  ChargeStarted: 'pending',
  ChargeResumed: 'pending',
  ChargeUnresolved: 'pending',
  ChargeSucceeded: 'succeeded',
  ChargeDeclined: 'declined',
  ChargeNeedsCustomer: 'needs_customer',
  ChargeNotMade: 'not_made',
  ChargesStopped: 'stopped',
};

/** The latest of an order's charges to a card or PayPal account, or null where none was made. */
function presentCharge(event: TimelineEntry | undefined, isUnpaid: boolean): Record<string, unknown> | null {
  if (event === undefined) return null;
  const { reason, why, nextTryOn, confirmationUrl } = event.data;
  const code = [reason, why].find((one) => typeof one === 'string') ?? null;
  return {
    status: CHARGE_STATUS[event.type] ?? 'pending',
    at: instantText(event.at),
    reason: code,
    /** The reason in words. */
    explanation: code === null ? null : chargeReason(code),
    nextTryOn: (isUnpaid && nextTryOn) || null,
    /** Where the customer confirms the charge with their bank. */
    confirmationUrl: (isUnpaid && confirmationUrl) || null,
  };
}

/** Where the money of a payment is now. */
export interface Place {
  readonly account: string;
  readonly amount: Money;
}

/**
 * `received`: in the ledger, not yet judged by its subscription. `applied`: all or part of it pays its order.
 * `credited`: it became customer credit, or settled what its customer owed. `unmatched`: it waits for an operator.
 * `assigned`: all of it was given away in parts. `returned`: all of it has left again.
 */
export function presentPayment(
  row: PaymentRow,
  places: readonly Place[],
  parts: readonly PaymentRow[] = [],
): Record<string, unknown> {
  const held = (prefix: string): boolean => places.some(({ account }) => account.startsWith(prefix));
  const judged = held('receivable:') ? 'applied' : held('customer_credit:') ? 'credited' : 'received';
  const isGone = places.length > 0 && places.every(({ account }) => account.startsWith('cash:'));
  const isGivenAway = parts.reduce((sum, part) => sum + part.amountMinor, 0) === row.amountMinor;
  const isJudged = row.unmatchedReason === null || (held('customer_credit:') && !held('unmatched'));
  return {
    key: row.key,
    source: row.source,
    externalId: row.externalId,
    orderNumber: row.orderNumber,
    subscriptionId: row.subscriptionId,
    amount: euros(row.amountMinor),
    method: row.method,
    registeredOn: row.registeredOn,
    receivedAt: instantText(row.receivedAt),
    status: isGone ? (isGivenAway ? 'assigned' : 'returned') : isJudged ? judged : 'unmatched',
    unmatchedReason: row.unmatchedReason,
    /** The order an operator gave it to, where one did. */
    assignedTo: row.assignedTo?.orderNumber ?? null,
    places,
    /** The payment it was part of; and what was given away of it, each a payment of its own. */
    partOf: row.partOf ?? null,
    parts: parts.map(({ key, orderNumber, amountMinor }) => ({ key, orderNumber, amount: euros(amountMinor) })),
  };
}

/** Money taken back; `waiting` until the payment's life, or the ledger alone, has placed it. */
export function presentReversal(row: ReversalRow): Record<string, unknown> {
  const { key, source, externalId, paymentKey, amountMinor, placedMinor } = row;
  return {
    key,
    source,
    externalId,
    paymentKey,
    amount: euros(amountMinor),
    registeredOn: row.registeredOn,
    receivedAt: instantText(row.receivedAt),
    reason: row.reason,
    status: placedMinor === null ? 'waiting' : placedMinor < amountMinor ? 'conflict' : 'placed',
    /** What the payment did not hold any more. */
    excess: euros(placedMinor === null ? 0 : amountMinor - placedMinor),
  };
}

/** An event of the timeline. */
export function presentEvent({ sequence, at, type, data }: TimelineEntry): Record<string, unknown> {
  return { sequence, at: instantText(at), type, data: presentData(data) };
}

/** Events keep amounts as cents and instants as milliseconds under names that say so; here both get their outer form. */
export function presentData(value: unknown, name = ''): unknown {
  if (typeof value === 'number') {
    if (name.endsWith('Minor')) return euros(value);
    return /(At|Until)$/.test(name) ? instantText(value as Instant) : value;
  }
  if (Array.isArray(value)) return value.map((item) => presentData(item));
  if (typeof value !== 'object' || value === null) return value;
  // A table of amounts, such as an order's unit prices, has one name for all.
  const ofAmounts = name.endsWith('Minor');
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/Minor$/, ''), presentData(item, ofAmounts ? name : key)]),
  );
}
