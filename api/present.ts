/** How things leave the API: money with its currency, dates as dates, instants with Rome's offset. */
import type { OrderRow } from '../db/orders.ts';
import type { PaymentRow } from '../db/payments.ts';
import type { TimelineEntry } from '../db/timeline.ts';
import { formatInstant, type Instant } from '../domain/calendar.ts';
import { euros, type Money } from '../domain/money.ts';
import type { LineReason } from '../domain/planning.ts';
import type { PricedOrder, QuoteWarning } from '../domain/pricing.ts';
import type { Words } from '../domain/view.ts';

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
    product: priced.product,
    ...wanted,
    lines: priced.lines.map((line) => ({
      sku: line.sku,
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
    catalogueVersion: priced.catalogueVersion,
    warnings: priced.warnings.map((code) => ({ code, ...WARNINGS[code] })),
    validOn: priced.placedOn,
  };
}

/** An order of any age [guide: customer area: type, number, date, cost, state, quantity, years]. */
export function presentOrder(row: OrderRow, charges: readonly TimelineEntry[]): Record<string, unknown> {
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
    refusal: row.refusal,
    paymentMethod: row.paymentMethod,
    ...priced,
    received: euros(row.receivedMinor),
    due: euros(row.dueMinor),
    lastCharge: presentCharge(charges.at(-1), row.status === 'awaiting_payment'),
    acceptances:
      row.acceptances === null ? null : { ...row.acceptances, acceptedAt: instantText(row.acceptances.acceptedAt) },
  };
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
  return {
    status: CHARGE_STATUS[event.type] ?? 'pending',
    at: instantText(event.at),
    reason: reason ?? why ?? null,
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
 * `credited`: it became customer credit. `unmatched`: it waits for an operator.
 */
export function presentPayment(row: PaymentRow, places: readonly Place[]): Record<string, unknown> {
  const held = (prefix: string): boolean => places.some(({ account }) => account.startsWith(prefix));
  const judged = held('receivable:') ? 'applied' : held('customer_credit:') ? 'credited' : 'received';
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
    status: row.unmatchedReason === null ? judged : 'unmatched',
    unmatchedReason: row.unmatchedReason,
    places,
  };
}

/** An event of the timeline. */
export function presentEvent({ sequence, at, type, data }: TimelineEntry): Record<string, unknown> {
  return { sequence, at: instantText(at), type, data: presentData(data) };
}

/** Events keep amounts as cents and instants as milliseconds under names that say so; here both get their outer form. */
function presentData(value: unknown, name = ''): unknown {
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
