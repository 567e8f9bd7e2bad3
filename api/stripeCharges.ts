/** Money that Stripe took for us: booked once, by whichever of its messages is heard first. */
import type Stripe from 'stripe';
import { captureOf, readMetadata, STRIPE_GATEWAY, StripeMismatchError } from '../config/stripe.ts';
import { recordFee } from '../db/gatewayFees.ts';
import { findOrder } from '../db/orders.ts';
import { findMethod, storedMethodOf } from '../db/paymentMethods.ts';
import { findPayment, type PaymentRow } from '../db/payments.ts';
import type { EventSettlement } from '../db/stripe.ts';
import { dateAt } from '../domain/calendar.ts';
import type { Context } from './context.ts';
import { addresseeOf, clockFor, takePayment } from './payments.ts';
import { ProblemError } from './problem.ts';
import { askStripe, type StripeConnection } from './stripe.ts';

/** What a charge brought, which may be heard of by what was given back of it first. Null where it brought nothing. */
export async function paymentOf(
  context: Context,
  stripe: StripeConnection,
  intent: string,
): Promise<PaymentRow | null> {
  const find = (): Promise<PaymentRow | null> => findPayment(context.db, `${STRIPE_GATEWAY}:${intent}`);
  const known = await find();
  if (known !== null) return known;
  await bookCharge(context, stripe, intent);
  return find();
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

/** Ids and amounts alone: an object of Stripe may hold names and addresses. */
export function factsOf(object: object): Record<string, unknown> {
  const told = object as Record<string, unknown>;
  const metadata = (typeof told['metadata'] === 'object' && told['metadata']) || {};
  const { orderNumber, attemptId } = metadata as Record<string, unknown>;
  const facts = { id: told['id'], amountMinor: told['amount'], currency: told['currency'], orderNumber, attemptId };
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}
