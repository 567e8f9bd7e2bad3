import Stripe from 'stripe';
import type { Instant } from '../../domain/calendar.ts';
import { GatewayUnreachableError, type RefundAnswer, type RefundRequest } from './port.ts';

/** Why Stripe gives nothing back, by its error codes (https://docs.stripe.com/error-codes); shown to operators. */
const REFUSALS: Readonly<Record<string, string>> = {
  charge_already_refunded: 'already_refunded',
  charge_disputed: 'charge_disputed',
  refund_disputed_payment: 'charge_disputed',
  charge_not_refundable: 'not_refundable',
  balance_insufficient: 'balance_insufficient',
  resource_missing: 'capture_unknown',
};

const PAGE = 100;

/** The refund's id is written on it, since Stripe forgets idempotency keys after a day: it is looked for first. */
export async function refundThrough(stripe: Stripe, request: RefundRequest): Promise<RefundAnswer> {
  const { idempotencyKey: refundKey, captureId, amountMinor: amount } = request;
  try {
    const made = await refundMadeFor(stripe, request);
    if (made !== null) return refundAnswer(made, amount);
    const params = { payment_intent: captureId, amount, metadata: { refundKey } };
    return refundAnswer(await stripe.refunds.create(params, { idempotencyKey: `refund:${refundKey}` }), amount);
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === null) throw error;
    return { kind: 'refused', reason };
  }
}

async function refundMadeFor(
  stripe: Stripe,
  { captureId, idempotencyKey }: RefundRequest,
): Promise<Stripe.Refund | null> {
  for await (const refund of stripe.refunds.list({ payment_intent: captureId, limit: PAGE })) {
    if (refund.metadata?.['refundKey'] === idempotencyKey) return refund;
  }
  return null;
}

function refundAnswer({ id, status, amount, currency, created, failure_reason: why }: Stripe.Refund, asked: number) {
  if (amount !== asked || currency !== 'eur') throw new Error(`Refund ${id} is over ${amount} ${currency}.`);
  switch (status) {
    case 'succeeded':
      return { kind: 'refunded', refundId: id, refundedAt: (created * 1000) as Instant } as const;
    case 'failed':
    case 'canceled':
      return { kind: 'refused', reason: why ?? status } as const;
    default:
      throw new GatewayUnreachableError(`Stripe has not settled refund ${id}: it is ${status}.`);
  }
}

function refusalOf(error: unknown): string | null {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return null;
  const { code, param } = error;
  if (code !== undefined && Object.hasOwn(REFUSALS, code)) return REFUSALS[code] ?? null;
  // More than what was captured and has not gone back yet: this one has no code.
  return param === 'amount' ? 'amount_too_large' : null;
}
