/**
 * What follows from an event of Stripe. An event only says where to look: what it is about is read from Stripe as it is
 * now, so that events may come in any order, twice, late, or before the answer to the charge itself.
 */
import type Stripe from 'stripe';
import type { EventSettlement } from '../db/stripe.ts';
import type { Instant } from '../domain/calendar.ts';
import type { Context } from './context.ts';
import { hearOfSetup } from './hostedSetups.ts';
import { askStripe, idOf, type StripeConnection } from './stripe.ts';
import { bookCharge, factsOf } from './stripeCharges.ts';
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
