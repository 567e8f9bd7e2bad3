/**
 * Money that goes back at Stripe: taken by a card's bank, returned by it when a dispute is won, or given back by hand in
 * Stripe's dashboard. Each is read from Stripe as it is now, and booked once.
 */
import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import { readMetadata, STRIPE_GATEWAY, type ChargeMetadata } from '../config/stripe.ts';
import { paymentPlaces } from '../db/ledger.ts';
import { findOrder } from '../db/orders.ts';
import type { PaymentRow } from '../db/payments.ts';
import { findRefund, RefundRefusedError } from '../db/refunds.ts';
import type { EventSettlement } from '../db/stripe.ts';
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { Context } from './context.ts';
import { heard } from './hearing.ts';
import { addresseeOf, clockFor, takePayment } from './payments.ts';
import { ProblemError, unavailable } from './problem.ts';
import { takeRefund } from './refunds.ts';
import { takeReversal } from './reversals.ts';
import { askStripe, idOf, type StripeConnection } from './stripe.ts';
import { paymentOf } from './stripeCharges.ts';

type Facts = EventSettlement['facts'];

interface Disputed {
  readonly dispute: Stripe.Dispute;
  readonly intent: Stripe.PaymentIntent;
  readonly metadata: ChargeMetadata;
  readonly facts: Facts;
}

/** The dispute of a charge of ours, in euro; or what is to be said of it where it is not. */
async function disputed(
  context: Context,
  { client }: StripeConnection,
  id: string,
): Promise<Disputed | EventSettlement> {
  const dispute = await askStripe(context, () => client.disputes.retrieve(id, { expand: ['payment_intent'] }));
  if (dispute === null) return { outcome: 'kept', reason: 'unknown_at_stripe', facts: { dispute: id } };
  const { payment_intent: intent, amount, currency } = dispute;
  const metadata = intent === null || typeof intent === 'string' ? null : readMetadata(intent.metadata);
  if (intent === null || typeof intent === 'string' || metadata === null)
    return { outcome: 'ignored', facts: { dispute: id } };
  const { orderNumber } = metadata;
  const facts = { dispute: id, paymentIntent: intent.id, amountMinor: amount, currency, orderNumber };
  if (currency !== 'eur') return { outcome: 'kept', reason: 'amount_mismatch', facts };
  return { dispute, intent, metadata, facts };
}

/** A card's holder had the bank take the money back, or part of it: it left our account with Stripe, whoever will win. */
export async function bookWithdrawal(
  context: Context,
  stripe: StripeConnection,
  id: string,
  withdrawnAt: Instant,
): Promise<EventSettlement> {
  const found = await disputed(context, stripe, id);
  if (!('dispute' in found)) return found;
  const { dispute, intent, metadata, facts } = found;
  const registeredOn = dateAt(withdrawnAt);
  const clock = await clockFor(context, await findOrder(context.db, metadata.orderNumber), registeredOn);
  const { kind, reversal } = await takeReversal(context, {
    key: `${STRIPE_GATEWAY}:${id}`,
    source: STRIPE_GATEWAY,
    externalId: id,
    paymentKey: `${STRIPE_GATEWAY}:${intent.id}`,
    amountMinor: dispute.amount,
    registeredOn,
    receivedAt: clock.now,
    reason: 'chargeback',
  });
  if (kind === 'different') return { outcome: 'kept', reason: 'reversal_conflict', facts };
  return { outcome: 'booked', facts: { ...facts, reversalKey: reversal.key } };
}

/** A dispute was won: what had left comes in again, as a payment of its own for the same order. */
export async function bookReinstatement(
  context: Context,
  stripe: StripeConnection,
  id: string,
  reinstatedAt: Instant,
): Promise<EventSettlement> {
  const found = await disputed(context, stripe, id);
  if (!('dispute' in found)) return found;
  const { dispute, intent, metadata, facts } = found;
  const paid = await paymentOf(context, stripe, intent.id);
  if (paid === null) return { outcome: 'kept', reason: 'payment_unknown', facts };
  const order = await findOrder(context.db, metadata.orderNumber);
  const registeredOn = dateAt(reinstatedAt);
  const clock = await clockFor(context, order, registeredOn);
  const externalId = `${id}-reinstated`;
  try {
    const { payment } = await takePayment(context, {
      key: `${STRIPE_GATEWAY}:${externalId}`,
      source: STRIPE_GATEWAY,
      externalId,
      orderNumber: metadata.orderNumber,
      subscriptionId: addresseeOf(order, clock.row),
      amountMinor: dispute.amount,
      method: paid.method,
      registeredOn,
      receivedAt: clock.now,
      // Nobody chose the card anew: auto-renewal stays as it is.
      storedMethod: null,
    });
    return { outcome: 'booked', facts: { ...facts, paymentKey: payment.key } };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'payment_conflict') throw error;
    return { outcome: 'kept', reason: 'payment_conflict', facts };
  }
}

/**
 * A refund. Ours are written down by who makes them. One made by hand at Stripe is taken over: it gets the name of a
 * refund of ours there, so that whoever pays refunds out finds it made, and goes through the ledger as that one.
 */
export async function bookRefund(
  context: Context,
  stripe: StripeConnection,
  told: Pick<Stripe.Refund, 'id' | 'metadata'>,
): Promise<EventSettlement> {
  const { client } = stripe;
  const { id } = told;
  if (isMadeByUs(told)) return { outcome: 'noted', facts: { refund: id } };
  const refund = await askStripe(context, () => client.refunds.retrieve(id, { expand: ['payment_intent'] }));
  if (refund === null) return { outcome: 'kept', reason: 'unknown_at_stripe', facts: { refund: id } };
  const { payment_intent: intent, metadata, amount: amountMinor, currency, status } = refund;
  const ours = refundIdFor(id);
  const facts = { refund: id, paymentIntent: idOf(intent), amountMinor, currency };
  if (isMadeByUs({ id, metadata })) return { outcome: 'noted', facts };
  if (intent === null || typeof intent === 'string') return { outcome: 'ignored', facts };
  if (readMetadata(intent.metadata) === null) return { outcome: 'ignored', facts };
  if (status === 'failed' || status === 'canceled') return { outcome: 'noted', facts };
  if (currency !== 'eur') return { outcome: 'kept', reason: 'amount_mismatch', facts };
  const payment = await paymentOf(context, stripe, intent.id);
  if (payment === null) return { outcome: 'kept', reason: 'payment_unknown', facts };
  if ((await findRefund(context.db, ours)) === null) {
    const { heardSequence, unmatchedReason } = await heard(context, payment);
    // Nobody knows yet whose it is: told again later.
    if (heardSequence === null && unmatchedReason === null) throw unavailable('The subscription');
    const from = await placeOf(context, payment);
    if (from === null) return { outcome: 'kept', reason: 'refund_of_nothing', facts };
    await askStripe(context, () => client.refunds.update(id, { metadata: { refundKey: ours } }));
    const refused = await takenOver(context, { id: ours, from, amountMinor, stripeId: id });
    if (refused !== null) return { outcome: 'kept', reason: refused, facts };
  }
  return { outcome: 'booked', facts: { ...facts, refundId: ours } };
}

type From = Parameters<typeof takeRefund>[1]['from'];

/** Where the money of a payment is: an order's, or waiting. What became credit or was taken back is for an operator. */
async function placeOf({ db }: Context, { key }: PaymentRow): Promise<From | null> {
  const places = await paymentPlaces(db, key);
  const receivable = places.find(({ account }) => account.startsWith('receivable:'));
  if (receivable !== undefined)
    return { source: 'order', orderNumber: receivable.account.slice('receivable:'.length), paymentKey: key };
  return places.some(({ account }) => account === 'unmatched') ? { source: 'payment', paymentKey: key } : null;
}

/** Null where it is in the ledger; otherwise why not, and nothing changed. */
async function takenOver(
  context: Context,
  { id, from, amountMinor, stripeId }: { id: string; from: From; amountMinor: number; stripeId: string },
): Promise<string | null> {
  const order = from.source === 'order' ? await findOrder(context.db, from.orderNumber) : null;
  const { now } = await clockFor(context, order, dateAt(context.now()));
  const decided = { effect: 'keep', to: 'original', requestedAt: now, operatorId: STRIPE_GATEWAY } as const;
  try {
    await takeRefund(context, { id, from, amountMinor, reason: `Made by hand at Stripe: ${stripeId}`, ...decided });
    return null;
  } catch (error) {
    if (error instanceof RefundRefusedError) return error.code;
    throw error;
  }
}

/** Asked for by us, and not made by hand and taken over. */
function isMadeByUs({ id, metadata }: Pick<Stripe.Refund, 'id' | 'metadata'>): boolean {
  const named = metadata?.['refundKey'];
  return named !== undefined && named !== refundIdFor(id);
}

/** Told again, it is the same refund. */
function refundIdFor(stripeId: string): string {
  const hex = createHash('sha256').update(`stripe ${stripeId}`).digest('hex');
  return `ref_${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')}`;
}
