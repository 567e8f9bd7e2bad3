/** Stripe as the worker, which charges, and the API, which hears what came of it, both see it. */
import Stripe from 'stripe';
import type { Instant } from '../domain/calendar.ts';

/** Part of the identity of each payment Stripe takes, so it never changes. */
export const STRIPE_GATEWAY = 'stripe';

const STRIPE_CURRENCY = 'eur';
/** Two requests, a look and a charge, fit into the time one activity has. */
const REQUEST_TIMEOUT_MS = 12_000;
const PAGE = 100;

export interface StripeAccess {
  readonly secretKey: string;
  /** Another place than Stripe's own, e.g. `http://127.0.0.1:12111` where a mock listens. */
  readonly apiBase?: string | undefined;
}

/**
 * A client that asks once and says what it got: trying again is the lives' own business, where everybody sees it. (A
 * connection that breaks under it is made once more, with the same idempotency key: that cannot be switched off.) It
 * speaks the API version its package was made for, whatever the account's own is.
 */
export function connectStripe({ secretKey, apiBase }: StripeAccess): Stripe {
  return new Stripe(secretKey, {
    ...(apiBase === undefined ? {} : placeOf(apiBase)),
    maxNetworkRetries: 0,
    timeout: REQUEST_TIMEOUT_MS,
    telemetry: false,
  });
}

function placeOf(apiBase: string): { protocol: 'http' | 'https'; host: string; port: string } {
  const { protocol, hostname, port } = new URL(apiBase);
  const isPlain = protocol === 'http:';
  return { protocol: isPlain ? 'http' : 'https', host: hostname, port: port || (isPlain ? '80' : '443') };
}

/** What of a stored card or PayPal account Stripe has to be told: kept as one token, `cus_…:pm_…`. */
export interface StripeMethod {
  readonly customer: string;
  readonly paymentMethod: string;
}

export function stripeToken({ customer, paymentMethod }: StripeMethod): string {
  return `${customer}:${paymentMethod}`;
}

/** Null for what is no token of Stripe's, e.g. one of the sandbox's. */
export function readStripeToken(token: string): StripeMethod | null {
  const [, customer, paymentMethod] = /^(cus_\w+):(pm_\w+)$/.exec(token) ?? [];
  return customer === undefined || paymentMethod === undefined ? null : { customer, paymentMethod };
}

/** What is written on each charge at Stripe, so that whatever comes back of it says whose it is. No personal data. */
export interface ChargeMetadata {
  readonly attemptId: string;
  readonly orderNumber: string;
  readonly subscriptionId: string;
  /** Our id of the card or account. */
  readonly methodId: string;
}

/** Null where a charge is not of this program: an account may serve others too. */
export function readMetadata(metadata: Stripe.Metadata): ChargeMetadata | null {
  const { attemptId, orderNumber, subscriptionId, methodId } = metadata;
  if (attemptId === undefined || orderNumber === undefined) return null;
  if (subscriptionId === undefined || methodId === undefined) return null;
  return { attemptId, orderNumber, subscriptionId, methodId };
}

/** One key should name one charge. Should it name more, what took money counts, then what still may. */
const COUNTS_FIRST: readonly Stripe.PaymentIntent.Status[] = [
  'succeeded',
  'processing',
  'requires_capture',
  'requires_action',
];

/**
 * The charge that carries the key, among all of its customer's. They are listed and not searched for, since Stripe's
 * search lags by a minute and more, and not by date either: a life in the sandbox has a calendar of its own.
 */
export async function intentMadeFor(
  stripe: Stripe,
  { customer }: StripeMethod,
  idempotencyKey: string,
): Promise<Stripe.PaymentIntent | null> {
  return firstOf(stripe.paymentIntents.list({ customer, limit: PAGE, expand: ['data.latest_charge'] }), idempotencyKey);
}

/**
 * The charge that carries the key, whoever's it is: for one whose customer was deleted at Stripe, where nothing can be
 * charged any more. Stripe's search may not know of the last minutes yet.
 */
export async function intentSearchedFor(stripe: Stripe, idempotencyKey: string): Promise<Stripe.PaymentIntent | null> {
  if (!/^[\w.:-]+$/.test(idempotencyKey)) return null;
  const query = `metadata["attemptId"]:"${idempotencyKey}"`;
  return firstOf(stripe.paymentIntents.search({ query, limit: PAGE, expand: ['data.latest_charge'] }), idempotencyKey);
}

async function firstOf(
  made: AsyncIterable<Stripe.PaymentIntent>,
  idempotencyKey: string,
): Promise<Stripe.PaymentIntent | null> {
  const own: Stripe.PaymentIntent[] = [];
  for await (const intent of made) if (readMetadata(intent.metadata)?.attemptId === idempotencyKey) own.push(intent);
  for (const status of COUNTS_FIRST) {
    const found = own.find((intent) => intent.status === status);
    if (found !== undefined) return found;
  }
  return own[0] ?? null;
}

/** Made, and never asked of a bank: Stripe broke off between the two. Nobody was charged, and nothing was declined. */
export function wasNeverTried({ status, last_payment_error: error }: Stripe.PaymentIntent): boolean {
  return status === 'requires_confirmation' || (status === 'requires_payment_method' && error === null);
}

export interface Capture {
  readonly captureId: string;
  readonly amountMinor: number;
  readonly capturedAt: Instant;
}

/** A charge at Stripe that is not what was asked for: nobody books it, somebody has to look. */
export class StripeMismatchError extends Error {
  override readonly name = 'StripeMismatchError';
}

/**
 * The money of a charge that succeeded, dated by Stripe's own clock; `latest_charge` is to be expanded. Both who charges
 * and who hears of it later read it here: what they book is then the same.
 *
 * @throws StripeMismatchError where it is not euro, or not all of what was asked for.
 */
export function captureOf(intent: Stripe.PaymentIntent): Capture {
  const { id, amount, amount_received: received, latest_charge: charge } = intent;
  demandAmount(intent, amount);
  if (received !== amount) throw new StripeMismatchError(`Charge ${id} of ${amount} brought ${received}.`);
  if (charge === null || typeof charge === 'string')
    throw new StripeMismatchError(`Charge ${id} does not tell when it was made.`);
  return { captureId: id, amountMinor: received, capturedAt: (charge.created * 1000) as Instant };
}

/** @throws StripeMismatchError where a charge is over another amount or in another currency. */
export function demandAmount({ id, amount, currency }: Stripe.PaymentIntent, amountMinor: number): void {
  if (currency !== STRIPE_CURRENCY) throw new StripeMismatchError(`Charge ${id} is in ${currency}, not in euro.`);
  if (amount !== amountMinor) throw new StripeMismatchError(`Charge ${id} is over ${amount}, not ${amountMinor}.`);
}
