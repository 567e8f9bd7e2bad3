/** Stripe tells what happened there. Open, as Stripe holds no key of ours: its signature over the bytes says it is Stripe. */
import express, { type Request, type Router } from 'express';
import type Stripe from 'stripe';
import { countRefusal, receiveEvent, settleEvent } from '../db/stripe.ts';
import type { Context } from './context.ts';
import { ProblemError } from './problem.ts';
import { resource } from './routing.ts';
import { stripeOf, type StripeConnection } from './stripe.ts';
import { settle } from './stripeEvents.ts';

const PATH = '/v1/webhooks/stripe';
/** Older signatures are refused: who listened in once must not say it again later. */
const TOLERANCE_SECONDS = 300;
const BODY_LIMIT = '1mb';

/** To be mounted before anything that reads bodies. */
export function stripeWebhooks(router: Router, context: Context): void {
  const stripe = stripeOf(context);
  if (stripe === null) return;
  router.use(PATH, express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false }));
  resource(router, PATH, {
    post: async (request, response) => {
      const event = await verified(context, stripe, request);
      response.json({ received: true, outcome: await takeEvent(context, stripe, event) });
    },
  });
}

/** Each event once: what is settled is not looked at again, however often it is sent. What was kept is tried again. */
export async function takeEvent(context: Context, stripe: StripeConnection, event: Stripe.Event): Promise<string> {
  const { db, log, now } = context;
  const { id, type } = event;
  const known = await receiveEvent(db, { id, type, receivedAt: now() });
  if (known !== 'received' && known !== 'kept') return known;
  const settlement = await settle(context, stripe, event);
  await settleEvent(db, id, settlement);
  const { outcome, reason } = settlement;
  log[outcome === 'kept' ? 'warn' : 'info']({ stripeEvent: id, type, outcome, reason }, 'an event of Stripe');
  return outcome;
}

async function verified(context: Context, { client, webhookSecret }: StripeConnection, request: Request) {
  const body: unknown = request.body;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const header = request.headers['stripe-signature'] ?? '';
  const { webhooks } = client;
  const receivedAt = context.now();
  const check = (tolerance: number): Stripe.Event =>
    webhooks.constructEvent(bytes, header, webhookSecret, tolerance, undefined, receivedAt);
  try {
    return check(TOLERANCE_SECONDS);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ProblemError('malformed_json');
    // Whatever else its verifier threw, it did not say yes: some broken headers it meets with a bare Error.
    // Without a tolerance Stripe's verifier takes any age: it is only asked to tell which of the two is wrong.
    const reason = passes(() => check(0)) ? 'signature_too_old' : 'signature_wrong';
    context.log.warn({ reason }, 'a message that was said to be of Stripe was refused');
    await countRefusal(context.db, reason, receivedAt);
    throw new ProblemError(reason);
  }
}

function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
