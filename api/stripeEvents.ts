/**
 * What follows from an event of Stripe. An event only says where to look: what it is about is read from Stripe as it is
 * now, so that events may come in any order, twice, late, or before the answer to the charge itself.
 */
import type Stripe from 'stripe';
import { captureOf, readMetadata, STRIPE_GATEWAY, StripeMismatchError } from '../config/stripe.ts';
import { findOrder } from '../db/orders.ts';
import { findMethod, storedMethodOf } from '../db/paymentMethods.ts';
import type { EventSettlement } from '../db/stripe.ts';
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { Context } from './context.ts';
import { addresseeOf, clockFor, takePayment } from './payments.ts';
import { ProblemError } from './problem.ts';
import { takeReversal } from './reversals.ts';
import { askStripe, type StripeConnection } from './stripe.ts';

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
  'charge.refunded',
  'refund.updated',
  'charge.refund.updated',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'setup_intent.succeeded',
]);

/** @throws ProblemError 503 where Stripe cannot be asked: the event is to be sent again. */
export async function settle(
  context: Context,
  stripe: StripeConnection,
  event: Stripe.Event,
): Promise<EventSettlement> {
  switch (event.type) {
    case 'payment_intent.succeeded':
      return bookCharge(context, stripe, event.data.object.id);
    case 'charge.dispute.funds_withdrawn':
      return bookDispute(context, stripe, event.data.object.id, (event.created * 1000) as Instant);
    case 'charge.dispute.funds_reinstated':
      return aboutDispute(event.data.object, 'dispute_won');
    case 'refund.created':
      return noteRefund(context, stripe, event.data.object);
    case 'refund.failed': {
      const { id, amount, currency, payment_intent: intent, failure_reason: why = null } = event.data.object;
      const facts = { refund: id, paymentIntent: idOf(intent), amountMinor: amount, currency, why };
      return { outcome: 'kept', reason: 'refund_failed', facts };
    }
    default:
      return { outcome: NOTED.has(event.type) ? 'noted' : 'ignored', facts: factsOf(event.data.object) };
  }
}

/**
 * Money of a charge that succeeded: the same payment, under the same key and date, that whoever charged enters too. The
 * customer may have confirmed it days after the charge was asked for.
 */
export async function bookCharge(context: Context, stripe: StripeConnection, id: string): Promise<EventSettlement> {
  const intent = await askStripe(context, () =>
    stripe.client.paymentIntents.retrieve(id, { expand: ['latest_charge'] }),
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
    return { outcome: 'booked', facts: { ...factsOf(intent), paymentKey: taken.payment.key } };
  } catch (error) {
    if (error instanceof StripeMismatchError) return kept('amount_mismatch');
    if (error instanceof ProblemError && error.code === 'payment_conflict') return kept('payment_conflict');
    throw error;
  }
}

/** A card's holder had the bank take the money back: it left our account with Stripe, whoever will win. */
async function bookDispute(
  context: Context,
  stripe: StripeConnection,
  id: string,
  withdrawnAt: Instant,
): Promise<EventSettlement> {
  const dispute = await askStripe(context, () => stripe.client.disputes.retrieve(id, { expand: ['payment_intent'] }));
  if (dispute === null) return { outcome: 'kept', reason: 'unknown_at_stripe', facts: { dispute: id } };
  const { payment_intent: intent, amount, currency } = dispute;
  if (intent === null || typeof intent === 'string' || readMetadata(intent.metadata) === null)
    return { outcome: 'ignored', facts: { dispute: id } };
  if (currency !== 'eur') return aboutDispute(dispute, 'amount_mismatch');
  const registeredOn = dateAt(withdrawnAt);
  const order = await findOrder(context.db, readMetadata(intent.metadata)?.orderNumber ?? '');
  const clock = await clockFor(context, order, registeredOn);
  const { kind, reversal } = await takeReversal(context, {
    key: `${STRIPE_GATEWAY}:${id}`,
    source: STRIPE_GATEWAY,
    externalId: id,
    paymentKey: `${STRIPE_GATEWAY}:${intent.id}`,
    amountMinor: amount,
    registeredOn,
    receivedAt: clock.now,
    reason: 'chargeback',
  });
  if (kind === 'different') return aboutDispute(dispute, 'reversal_conflict');
  return { outcome: 'booked', facts: { dispute: id, paymentIntent: intent.id, reversalKey: reversal.key } };
}

/** Refunds of ours are written down by who makes them. One made by hand at Stripe is to be entered as a reversal. */
async function noteRefund(context: Context, stripe: StripeConnection, refund: Stripe.Refund): Promise<EventSettlement> {
  const { id, amount, currency, payment_intent: about, metadata } = refund;
  const paymentIntent = idOf(about);
  const facts = { refund: id, paymentIntent, amountMinor: amount, currency };
  if (metadata?.['refundKey'] !== undefined) return { outcome: 'noted', facts };
  const intent =
    paymentIntent === null
      ? null
      : await askStripe(context, () => stripe.client.paymentIntents.retrieve(paymentIntent));
  if (intent === null || readMetadata(intent.metadata) === null) return { outcome: 'ignored', facts };
  return { outcome: 'kept', reason: 'refunded_by_hand', facts };
}

function aboutDispute(
  { id, amount, currency, payment_intent: intent }: Stripe.Dispute,
  reason: string,
): EventSettlement {
  const facts = { dispute: id, paymentIntent: idOf(intent), amountMinor: amount, currency };
  return { outcome: 'kept', reason, facts };
}

function idOf(named: string | { readonly id: string } | null): string | null {
  return typeof named === 'string' ? named : (named?.id ?? null);
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
