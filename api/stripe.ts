/** The API's connection to Stripe, where that is the gateway in use. */
import Stripe from 'stripe';
import type { GatewaySettings } from '../config/gateway.ts';
import { connectStripe } from '../config/stripe.ts';
import type { Context } from './context.ts';
import { ProblemError, unavailable } from './problem.ts';

export interface StripeConnection {
  readonly name: 'stripe';
  readonly client: Stripe;
  readonly publishableKey: string;
  readonly webhookSecret: string;
  /** The customer area, to which customers come back from Stripe's pages and their banks'. */
  readonly publicUrl: string;
}

export type Gateway = StripeConnection | { readonly name: 'sandbox' | 'none' };

export function connectGateway(settings: GatewaySettings, publicUrl: string): Gateway {
  if (settings.name !== 'stripe') return { name: settings.name };
  const { name, publishableKey, webhookSecret } = settings;
  return { name, client: connectStripe(settings), publishableKey, webhookSecret, publicUrl };
}

/** Where nothing was said: the sandbox's in the sandbox, none elsewhere. */
export function gatewayOf({ gateway, sandbox }: Context): Gateway {
  return gateway ?? { name: sandbox ? 'sandbox' : 'none' };
}

export function stripeOf(context: Context): StripeConnection | null {
  const gateway = gatewayOf(context);
  return gateway.name === 'stripe' ? gateway : null;
}

/** Stripe does not answer, or not to us: what else there is to ask may wait too. */
export class StripeAwayError extends ProblemError {
  constructor() {
    const { code, detail, headers } = unavailable('The payment gateway');
    super(code, { detail, headers });
  }
}

/**
 * Asks something of Stripe. Null for what is not there.
 *
 * @throws ProblemError 503 where Stripe does not answer, or not to us; its own words, which may quote, are not repeated.
 */
export async function askStripe<T>({ log }: Context, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const { type, code, statusCode, requestId } = error;
    if (error instanceof Stripe.errors.StripeInvalidRequestError && code === 'resource_missing') return null;
    log.warn({ gateway: 'stripe', type, code, statusCode, stripeRequestId: requestId }, 'Stripe did not do as asked');
    throw isRefusal(error) ? unavailable('The payment gateway') : new StripeAwayError();
  }
}

/** Of this one request, today and tomorrow. Any other status is of an outage, a limit, or our key. */
function isRefusal({ statusCode }: Stripe.errors.StripeError): boolean {
  return statusCode === 400 || statusCode === 402 || statusCode === 403 || statusCode === 404;
}

/** The id of an object that Stripe names, or tells in full; null where there is none. */
export function idOf(named: unknown): string | null {
  const id: unknown = typeof named === 'object' && named !== null && 'id' in named ? named.id : named;
  return typeof id === 'string' && /^\w{1,255}$/.test(id) ? id : null;
}
