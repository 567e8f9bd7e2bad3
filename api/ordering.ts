/**
 * Placing an order: number -> price -> reserve -> ask the subscription. Each step can be done again, so a request that
 * died anywhere is gone on with by its Idempotency-Key, and never makes a second order.
 */
import { randomUUID } from 'node:crypto';
import {
  findOrder,
  listOrders,
  nextOrderNumber,
  refuseReservation,
  reserveOrder,
  TaxIdentityTakenError,
  type Acceptances,
  type OrderRow,
} from '../db/orders.ts';
import { findSubscription } from '../db/subscriptions.ts';
import { dateAt, type Instant } from '../domain/calendar.ts';
import { refusal, RefusedError, type Refusal } from '../domain/errors.ts';
import type { PaymentMethodKind } from '../domain/orders.ts';
import type { Context } from './context.ts';
import type { Keep } from './idempotency.ts';
import type { GatewayMethod, OrderRequest } from './ordersSchema.ts';
import { presentQuote, type Quote } from './present.ts';
import { ProblemError, unavailable, type FieldError } from './problem.ts';
import { customerNamed, lifeNamed, quoteChange, quoteFirst } from './quotes.ts';
import { REASONS } from './reasons.ts';
import { sheetsFor, TERMS_IN_FORCE } from './terms.ts';
import { chosenMethod, usableKind } from './wallet.ts';
import { NoLifeError, UnreachableError } from './workflows.ts';

/** Places an order and returns it as it stands. */
export async function placeOrder(context: Context, wanted: OrderRequest, keep: Keep): Promise<OrderRow> {
  const { db } = context;
  const { number, subscriptionId } = await keep({
    number: await nextOrderNumber(db),
    subscriptionId: wanted.type === 'first_purchase' ? `sub_${randomUUID()}` : wanted.subscriptionId,
  });
  const reserved = (await findOrder(db, number)) ?? (await reserve(context, wanted, { number, subscriptionId }));
  const order = reserved.status === 'reserved' ? await askSubscription(context, wanted, reserved) : reserved;
  if (order.refusal !== null) throw await refused(context, wanted, order.refusal);
  return order;
}

/** What the subscription answered; where it had changed since it was quoted a moment ago, with the fresh quote. */
async function refused(context: Context, wanted: OrderRequest, why: Refusal): Promise<Error> {
  if (why.code !== 'order_out_of_date') return new RefusedError(why);
  const { quote } = await price(context, wanted);
  return new ProblemError('order_out_of_date', { extra: { quote: presentQuote(quote) } });
}

async function reserve(
  context: Context,
  wanted: OrderRequest,
  { number, subscriptionId }: { number: string; subscriptionId: string },
): Promise<OrderRow> {
  const { quote, customerId, now } = await price(context, wanted);
  checkAsQuoted(wanted, quote);
  const paymentMethod = await wayOf(context, customerId, wanted.paymentMethod, now);
  try {
    await reserveOrder(context.db, {
      number,
      subscriptionId,
      customerId,
      priced: quote.priced,
      acceptances: { ...acceptedIn(wanted, quote), acceptedAt: now },
      paymentMethod,
      holder: wanted.type === 'first_purchase' ? wanted.holder : undefined,
    });
  } catch (error) {
    if (error instanceof TaxIdentityTakenError) throw await taken(context, error.subscriptionId);
    throw error;
  }
  return existing(context, number);
}

/** What the customer accepted, in the versions in force. */
function acceptedIn({ acceptedTerms }: OrderRequest, { priced }: Quote): Omit<Acceptances, 'acceptedAt'> {
  if (acceptedTerms.serviceSheets !== true) return TERMS_IN_FORCE;
  return { ...TERMS_IN_FORCE, serviceSheets: sheetsFor(priced.lines.map(({ sku }) => sku)) };
}

/** What was quoted is what is ordered: anything else is refused with the quote as it is now. */
function checkAsQuoted({ expectedTotal, quote: wantedQuote }: OrderRequest, quote: Quote): void {
  const fresh = presentQuote(quote);
  const errors: FieldError[] = [];
  if (wantedQuote !== undefined && wantedQuote !== fresh['fingerprint'])
    errors.push({ field: 'quote', reason: REASONS.quote_changed });
  if (expectedTotal !== undefined && expectedTotal.amountMinor !== quote.priced.grossMinor)
    errors.push({ field: 'expectedTotal', reason: REASONS.total_changed });
  if (errors.length > 0) throw new ProblemError('order_out_of_date', { errors, extra: { quote: fresh } });
}

async function price(
  context: Context,
  wanted: OrderRequest,
): Promise<{ quote: Quote; customerId: string; now: Instant }> {
  if (wanted.type === 'first_purchase') {
    const customer = await customerNamed(context, wanted.customerId);
    const { publicAdministration } = wanted.holder ?? customer;
    const now = context.now();
    return { quote: await quoteFirst(context, wanted, publicAdministration, now), customerId: customer.id, now };
  }
  const life = await lifeNamed(context, wanted.subscriptionId);
  const customerId = life.subscription.customerRef;
  return { quote: await quoteChange(context, wanted, life), customerId, now: life.now };
}

/** Who holds the tax identity: a service, or a purchase of which nobody knows yet what became of it. */
async function taken({ db }: Context, subscriptionId: string): Promise<ProblemError> {
  const [service, tries] = await Promise.all([findSubscription(db, subscriptionId), listOrders(db, subscriptionId)]);
  if (service === null && tries.every(({ status }) => status === 'reserved')) {
    return new ProblemError('purchase_in_progress');
  }
  return new ProblemError('service_already_active');
}

async function askSubscription(context: Context, wanted: OrderRequest, order: OrderRow): Promise<OrderRow> {
  const { number, priced, subscriptionId, customerId } = order;
  // Where credit is used first, what is missing then is charged afterwards.
  const pay =
    isGatewayMethod(wanted.paymentMethod) && wanted.useCredit !== true
      ? await chosenMethod(context, customerId, wanted.paymentMethod, 'paymentMethod.')
      : null;
  try {
    if (wanted.type === 'first_purchase') {
      const { product, splitPayment } = priced;
      const life = { id: subscriptionId, customerRef: customerId, product, splitPayment, settings: context.settings };
      await context.lives.begin(life, { number, priced }, pay, context.now());
    } else {
      const placing = { type: 'PlaceOrder', order: { number, priced }, pay } as const;
      await context.lives.request(subscriptionId, placing, number);
    }
  } catch (error) {
    if (error instanceof UnreachableError) return takenMeanwhile(context, number, error);
    await refuseReservation(context.db, number, reasonOf(error));
  }
  // Not what was reserved: an order that was taken after all stays taken.
  return existing(context, number);
}

/** No answer in time, e.g. because the gateway is slow; but the order itself may well be placed by now. */
async function takenMeanwhile(context: Context, number: string, error: UnreachableError): Promise<OrderRow> {
  const order = await existing(context, number);
  if (order.status === 'reserved') throw unavailable('The subscription', error);
  return order;
}

/** Why the subscription did not take it. Anything unexpected leaves the reservation as it is. */
function reasonOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  if (error instanceof NoLifeError) return refusal('subscription_ended');
  throw error;
}

async function existing({ db }: Context, number: string): Promise<OrderRow> {
  const order = await findOrder(db, number);
  if (order === null) throw new Error(`Order ${number} was reserved and is gone.`);
  return order;
}

type AnyMethod = OrderRequest['paymentMethod'];

export function isGatewayMethod(method: AnyMethod): method is GatewayMethod {
  return method.type !== 'bank_transfer' && method.type !== 'postal_slip';
}

/** How an order is going to be paid. A method that cannot pay it is refused before anything is reserved. */
async function wayOf(
  context: Context,
  customerId: string,
  method: AnyMethod,
  now: Instant,
): Promise<PaymentMethodKind> {
  if (!isGatewayMethod(method)) return method.type;
  return usableKind(context, customerId, method, { today: dateAt(now), at: 'paymentMethod.' });
}
