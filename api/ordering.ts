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
  type OrderRow,
} from '../db/orders.ts';
import { storeMethod } from '../db/paymentMethods.ts';
import { findSubscription } from '../db/subscriptions.ts';
import type { Instant } from '../domain/calendar.ts';
import { refusal, RefusedError, type Refusal } from '../domain/errors.ts';
import type { StoredMethod } from '../domain/orders.ts';
import type { PricedOrder } from '../domain/pricing.ts';
import type { Context } from './context.ts';
import type { Keep } from './idempotency.ts';
import type { GatewayMethod, OrderRequest } from './ordersSchema.ts';
import { presentPriced } from './present.ts';
import { ProblemError, unavailable } from './problem.ts';
import { customerNamed, lifeNamed, priceChange, priceFirstPurchase } from './quotes.ts';
import { TERMS_IN_FORCE } from './terms.ts';
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
  if (order.refusal !== null) throw new RefusedError(order.refusal);
  return order;
}

async function reserve(
  context: Context,
  wanted: OrderRequest,
  { number, subscriptionId }: { number: string; subscriptionId: string },
): Promise<OrderRow> {
  const { priced, customerId, now } = await price(context, wanted);
  const { expectedTotal } = wanted;
  if (expectedTotal !== undefined && expectedTotal.amountMinor !== priced.grossMinor) {
    throw new ProblemError('order_out_of_date', {
      errors: [{ field: 'expectedTotal', reason: 'is not what this order costs now.' }],
      extra: { quote: presentPriced(priced) },
    });
  }
  try {
    await reserveOrder(context.db, {
      number,
      subscriptionId,
      customerId,
      priced,
      acceptances: { ...TERMS_IN_FORCE, acceptedAt: now },
      paymentMethod: wanted.paymentMethod.type,
    });
  } catch (error) {
    if (error instanceof TaxIdentityTakenError) throw await taken(context, error.subscriptionId);
    throw error;
  }
  return existing(context, number);
}

async function price(
  context: Context,
  wanted: OrderRequest,
): Promise<{ priced: PricedOrder; customerId: string; now: Instant }> {
  if (wanted.type === 'first_purchase') {
    const { id, publicAdministration } = await customerNamed(context, wanted.customerId);
    const now = context.now();
    return { priced: priceFirstPurchase(context, wanted, publicAdministration, now), customerId: id, now };
  }
  const life = await lifeNamed(context, wanted.subscriptionId);
  const customerId = life.subscription.customerRef;
  return { priced: priceChange(context, wanted, life), customerId, now: life.now };
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
  const pay = isGatewayMethod(wanted.paymentMethod)
    ? await storeGatewayMethod(context, customerId, wanted.paymentMethod)
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

function isGatewayMethod(method: AnyMethod): method is GatewayMethod {
  return method.type === 'card' || method.type === 'paypal';
}

/** Keeps a card or PayPal account in Postgres; only the id it gets there goes further. */
export async function storeGatewayMethod(
  { db }: Context,
  customerId: string,
  { type, token, label }: GatewayMethod,
): Promise<StoredMethod> {
  const otherwise = type === 'card' ? 'Carta' : 'PayPal';
  const { methodId, kind } = await storeMethod(db, { customerId, kind: type, token, label: label ?? otherwise });
  return { methodId, kind };
}
