import type { Logger } from 'pino';
import Stripe from 'stripe';
import {
  captureOf,
  connectStripe,
  demandAmount,
  intentMadeFor,
  intentSearchedFor,
  readStripeToken,
  STRIPE_GATEWAY,
  wasNeverTried,
  type ChargeMetadata,
  type StripeAccess,
  type StripeMethod,
} from '../../config/stripe.ts';
import {
  GatewayUnreachableError,
  type ChargeLookup,
  type ChargeRequest,
  type GatewayAnswer,
  type PaymentGateway,
} from './port.ts';
import { asksForCustomer, reasonOf } from './stripeDeclines.ts';
import { refundThrough } from './stripeRefunds.ts';

export interface StripeGatewayOptions extends StripeAccess {
  /** The customer area, which serves the page a charge is confirmed on. */
  readonly publicUrl: string;
  /** Hears, by codes alone, what kept a charge from being settled. */
  readonly log: Logger;
}

/**
 * Cards and PayPal accounts stored at Stripe, charged while their customer is away: one confirmed off-session
 * PaymentIntent for each attempt, under the attempt's id as idempotency key, which is also written on it: Stripe forgets
 * keys after a day.
 */
export function createStripeGateway({ publicUrl, log, ...access }: StripeGatewayOptions): PaymentGateway {
  const stripe = connectStripe(access);
  const confirmation = confirmationsAt(publicUrl);
  /** What a request came to that did not simply succeed. Throws what leaves it open. */
  const settled = (error: unknown, idempotencyKey: string): GatewayAnswer => {
    const answer = answerToError(error, confirmation(idempotencyKey));
    if (answer !== null) return answer;
    throw openedBy(error, log);
  };
  return {
    name: STRIPE_GATEWAY,

    async charge(request) {
      const { idempotencyKey, token } = request;
      const method = readStripeToken(token);
      if (method === null) return { kind: 'declined', reason: 'unknown_token' };
      let intent: Stripe.PaymentIntent;
      try {
        intent = await stripe.paymentIntents.create(intentFor(request, method), { idempotencyKey });
      } catch (error) {
        return settled(error, idempotencyKey);
      }
      return answerOf(intent, request, confirmation(idempotencyKey));
    },

    async find(lookup) {
      const method = lookup.token === null ? null : readStripeToken(lookup.token);
      // Nothing can have been charged here without both halves of a token of ours.
      if (method === null) return null;
      let intent: Stripe.PaymentIntent | null;
      try {
        intent = await lookFor(stripe, method, lookup.idempotencyKey);
      } catch (error) {
        throw openedBy(error, log);
      }
      if (intent === null || wasNeverTried(intent)) return null;
      return answerOf(intent, lookup, confirmation(lookup.idempotencyKey));
    },

    async refund(request) {
      try {
        return await refundThrough(stripe, request);
      } catch (error) {
        throw openedBy(error, log);
      }
    },
  };
}

async function lookFor(stripe: Stripe, method: StripeMethod, key: string): Promise<Stripe.PaymentIntent | null> {
  try {
    return await intentMadeFor(stripe, method, key);
  } catch (error) {
    // What was charged before their customer was deleted there stays charged.
    if (isMissing(error, 'customer')) return intentSearchedFor(stripe, key);
    throw error;
  }
}

/**
 * A page of ours: what Stripe itself offers to confirm a charge is made when the customer is there, and is short-lived.
 * The page has it made and leads there.
 */
function confirmationsAt(publicUrl: string): (idempotencyKey: string) => string {
  const base = publicUrl.replace(/\/$/, '');
  return (idempotencyKey) => `${base}/payments/confirm/${idempotencyKey}`;
}

function intentFor(
  { idempotencyKey: attemptId, amountMinor, purpose }: ChargeRequest,
  { customer, paymentMethod }: StripeMethod,
): Stripe.PaymentIntentCreateParams {
  const { orderNumber, subscriptionId, methodId, kind } = purpose;
  const metadata: ChargeMetadata & Stripe.MetadataParam = { attemptId, orderNumber, subscriptionId, methodId };
  return {
    amount: amountMinor,
    currency: 'eur',
    customer,
    payment_method: paymentMethod,
    allowed_payment_method_types: [kind],
    off_session: true,
    confirm: true,
    description: `Ordine ${orderNumber}`,
    metadata,
    expand: ['latest_charge'],
  };
}

function answerOf(
  intent: Stripe.PaymentIntent,
  { amountMinor }: Pick<ChargeLookup, 'amountMinor'>,
  confirmationUrl: string,
): GatewayAnswer {
  demandAmount(intent, amountMinor);
  switch (intent.status) {
    case 'succeeded':
      return { kind: 'captured', ...captureOf(intent) };
    case 'requires_action':
      return { kind: 'needs_customer', confirmationUrl };
    case 'requires_payment_method': {
      const failure = intent.last_payment_error ?? {};
      if (asksForCustomer(failure)) return { kind: 'needs_customer', confirmationUrl };
      return { kind: 'declined', reason: reasonOf(failure) };
    }
    case 'canceled':
      return { kind: 'declined', reason: reasonOf(intent.last_payment_error ?? {}) };
    // `processing`: PayPal and banks may take days.
    default:
      throw new GatewayUnreachableError(`Stripe has not settled charge ${intent.id}: it is ${intent.status}.`);
  }
}

const AMOUNT: ReadonlySet<string> = new Set(['amount_too_small', 'amount_too_large']);

/** What an error says for good about a charge; null where it leaves open what became of it. */
function answerToError(error: unknown, confirmationUrl: string): GatewayAnswer | null {
  // Its class for every 402: PayPal's declines too.
  if (error instanceof Stripe.errors.StripeCardError) {
    if (asksForCustomer(error)) return { kind: 'needs_customer', confirmationUrl };
    return { kind: 'declined', reason: reasonOf(error) };
  }
  // Refused before anything was charged, and it would be refused again.
  if (isMissing(error, 'payment_method') || isMissing(error, 'customer'))
    return { kind: 'declined', reason: 'unknown_token' };
  const isAmount = error instanceof Stripe.errors.StripeInvalidRequestError && AMOUNT.has(error.code ?? '');
  return isAmount ? { kind: 'declined', reason: reasonOf(error) } : null;
}

function isMissing(error: unknown, what: 'customer' | 'payment_method'): boolean {
  const { StripeInvalidRequestError } = Stripe.errors;
  return error instanceof StripeInvalidRequestError && error.code === 'resource_missing' && error.param === what;
}

/**
 * No connection, a time-out, an error of theirs, too many requests, a key or a request of ours they do not take: whatever
 * it was, nobody knows yet. Its message is not repeated anywhere: it may quote what was sent.
 */
function openedBy(error: unknown, log: Logger): Error {
  if (!(error instanceof Stripe.errors.StripeError)) return error instanceof Error ? error : new Error(String(error));
  const { type, code, statusCode, requestId } = error;
  const { StripeAuthenticationError, StripePermissionError, StripeInvalidRequestError, StripeIdempotencyError } =
    Stripe.errors;
  const isOurs = [
    StripeAuthenticationError,
    StripePermissionError,
    StripeInvalidRequestError,
    StripeIdempotencyError,
  ].some((kind) => error instanceof kind);
  log[isOurs ? 'error' : 'warn'](
    { gateway: STRIPE_GATEWAY, type, code, statusCode, requestId },
    'a charge or refund stays open',
  );
  return new GatewayUnreachableError(`Stripe left it open: ${type} ${code ?? statusCode ?? ''}`.trimEnd());
}
