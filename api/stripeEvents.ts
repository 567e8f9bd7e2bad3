/**
 * What follows from an event of Stripe. An event only says where to look: what it is about is read from Stripe as it is
 * now, so that events may come in any order, twice, late, or before the answer to the charge itself.
 */
import type Stripe from 'stripe';
import { captureOf, readMetadata, STRIPE_GATEWAY, StripeMismatchError } from '../config/stripe.ts';
import { recordFee } from '../db/gatewayFees.ts';
import { findOrder } from '../db/orders.ts';
import { findMethod, storedMethodOf } from '../db/paymentMethods.ts';
import type { EventSettlement } from '../db/stripe.ts';
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { Context } from './context.ts';
import { hearOfSetup } from './hostedSetups.ts';
import { addresseeOf, clockFor, takePayment } from './payments.ts';
import { ProblemError } from './problem.ts';
import { askStripe, idOf, type StripeConnection } from './stripe.ts';
import { bookRefund, bookReinstatement, bookWithdrawal } from './stripeMoneyBack.ts';

/**
 * Of our own doing, and nothing follows: a charge that failed or waits is looked up by its own life, refunds are made and
 * answered by us.
 */
const NOTED: ReadonlySet<string> = new Set([
  'payment_intent.created',
  'payment_intent.processing',
  'payment_intent.requires_action',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'setup_intent.succeeded',
]);

/** All that something may follow from, of what Stripe tells. */
export const EVENTS_READ: string[] = [
  'payment_intent.succeeded',
  'charge.updated',
  'charge.refunded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'checkout.session.completed',
];

/** @throws ProblemError 503 where Stripe cannot be asked: the event is to be sent again. */
export async function settle(
  context: Context,
  stripe: StripeConnection,
  event: Stripe.Event,
): Promise<EventSettlement> {
  const facts = factsOf(event.data.object);
  if (EVENTS_READ.includes(event.type) && idOf(event.data.object) === null)
    return { outcome: 'kept', reason: 'object_unnamed', facts };
  switch (event.type) {
    case 'payment_intent.succeeded':
      return bookCharge(context, stripe, event.data.object.id);
    // Its fee is known: not always at once when it succeeds.
    case 'charge.updated': {
      const intent = idOf(event.data.object.payment_intent);
      if (intent === null || event.data.object.status !== 'succeeded') return { outcome: 'ignored', facts };
      return bookCharge(context, stripe, intent);
    }
    case 'charge.dispute.funds_withdrawn':
      return bookWithdrawal(context, stripe, event.data.object.id, (event.created * 1000) as Instant);
    case 'charge.dispute.funds_reinstated':
      return bookReinstatement(context, stripe, event.data.object.id, (event.created * 1000) as Instant);
    case 'charge.refunded':
      return bookRefundsOf(context, stripe, event.data.object);
    case 'refund.created':
    case 'refund.updated':
    case 'charge.refund.updated':
      return bookRefund(context, stripe, event.data.object);
    case 'refund.failed': {
      const { payment_intent: intent, failure_reason: why = null } = event.data.object;
      return { outcome: 'kept', reason: 'refund_failed', facts: { ...facts, paymentIntent: idOf(intent), why } };
    }
    case 'checkout.session.completed':
      return noteSetup(context, stripe, event.data.object);
    default:
      return { outcome: NOTED.has(event.type) ? 'noted' : 'ignored', facts };
  }
}

/**
 * Money of a charge that succeeded: the same payment, under the same key and date, that whoever charged enters too. The
 * customer may have confirmed it days after the charge was asked for.
 */
export async function bookCharge(context: Context, stripe: StripeConnection, id: string): Promise<EventSettlement> {
  const intent = await askStripe(context, () =>
    stripe.client.paymentIntents.retrieve(id, { expand: ['latest_charge.balance_transaction'] }),
  );
  const kept = (reason: string): EventSettlement => ({ outcome: 'kept', reason, facts: factsOf(intent ?? { id }) });
  if (intent === null) return kept('unknown_at_stripe');
  const metadata = readMetadata(intent.metadata);
  if (metadata === null) return { outcome: 'ignored', facts: factsOf(intent) };
  if (intent.status !== 'succeeded') return kept('not_succeeded');
  const method = await findMethod(context.db, metadata.methodId);
  if (method === null) return kept('method_unknown');
  try {
    const { captureId, amountMinor, capturedAt } = captureOf(intent);
    const order = await findOrder(context.db, metadata.orderNumber);
    const registeredOn = dateAt(capturedAt);
    const clock = await clockFor(context, order, registeredOn);
    const taken = await takePayment(context, {
      key: `${STRIPE_GATEWAY}:${captureId}`,
      source: STRIPE_GATEWAY,
      externalId: captureId,
      orderNumber: metadata.orderNumber,
      subscriptionId: addresseeOf(order, clock.row),
      amountMinor,
      method: method.kind,
      registeredOn,
      receivedAt: clock.now,
      storedMethod: storedMethodOf(method),
    });
    const feeMinor = feeOf(intent);
    if (feeMinor !== null) {
      const { key: paymentKey } = taken.payment;
      await recordFee(context.db, {
        paymentKey,
        gateway: STRIPE_GATEWAY,
        method: method.kind,
        amountMinor: feeMinor,
        at: capturedAt,
      });
    }
    return { outcome: 'booked', facts: { ...factsOf(intent), paymentKey: taken.payment.key, feeMinor } };
  } catch (error) {
    if (error instanceof StripeMismatchError) return kept('amount_mismatch');
    if (error instanceof ProblemError && error.code === 'payment_conflict') return kept('payment_conflict');
    throw error;
  }
}

/** What Stripe keeps of a charge, in cents; null where it does not tell (yet), or in another currency. */
function feeOf({ latest_charge: charge }: Stripe.PaymentIntent): number | null {
  const balance = charge === null || typeof charge === 'string' ? null : charge.balance_transaction;
  if (balance === null || typeof balance !== 'object' || balance.currency !== 'eur') return null;
  return balance.fee > 0 ? balance.fee : null;
}

/** All refunds of a charge: the event does not say which one it is about. What needs somebody comes first. */
async function bookRefundsOf(
  context: Context,
  stripe: StripeConnection,
  charge: Stripe.Charge,
): Promise<EventSettlement> {
  const noted: EventSettlement = { outcome: 'noted', facts: factsOf(charge) };
  const about = idOf(charge.payment_intent);
  if (about === null) return noted;
  const made = await askStripe(context, () =>
    stripe.client.refunds.list({ payment_intent: about, limit: 100 }).autoPagingToArray({ limit: 1000 }),
  );
  const settled: EventSettlement[] = [];
  for (const refund of made ?? []) settled.push(await bookRefund(context, stripe, refund));
  const byNeed = (['kept', 'booked'] as const).map((wanted) => settled.find(({ outcome }) => outcome === wanted));
  return byNeed.find((one) => one !== undefined) ?? noted;
}

/** A card was registered on Stripe's page, also where its customer did not come back from there. */
async function noteSetup(
  context: Context,
  stripe: StripeConnection,
  { id, mode }: Stripe.Checkout.Session,
): Promise<EventSettlement> {
  const methodId = mode === 'setup' ? await hearOfSetup(context, stripe, id) : null;
  return methodId === null ? { outcome: 'ignored', facts: { id } } : { outcome: 'noted', facts: { id, methodId } };
}

/** Ids and amounts alone: an object of Stripe may hold names and addresses. */
function factsOf(object: object): Record<string, unknown> {
  const told = object as Record<string, unknown>;
  const metadata = (typeof told['metadata'] === 'object' && told['metadata']) || {};
  const { orderNumber, attemptId } = metadata as Record<string, unknown>;
  const facts = { id: told['id'], amountMinor: told['amount'], currency: told['currency'], orderNumber, attemptId };
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}
