/** Stripe tells what happened there. Open, as Stripe holds no key of ours: its signature over the bytes says it is Stripe. */
import express, { type ErrorRequestHandler, type Request, type Router } from 'express';
import type Stripe from 'stripe';
import { z } from 'zod';
import { signatureFault } from '../config/webhookSignature.ts';
import { countRefusal, receiveEvent, settleEvent } from '../db/stripe.ts';
import type { Context } from './context.ts';
import { ProblemError, problemOf } from './problem.ts';
import { resource } from './routing.ts';
import { stripeOf, type StripeConnection } from './stripe.ts';
import { settle } from './stripeEvents.ts';

const PATH = '/v1/webhooks/stripe';
const BODY_LIMIT = '1mb';

/** What all events have in common; the rest is read from Stripe. */
const eventShape = z.object({
  id: z.string().regex(/^[\w-]{1,255}$/),
  type: z.string().regex(/^[\w.]{1,255}$/),
  created: z.int().min(0).max(99_999_999_999),
  data: z.object({ object: z.record(z.string(), z.unknown()) }),
});

/** To be mounted before anything that reads bodies: what was parsed has no bytes left to hold a signature against. */
export function stripeWebhooks(router: Router, context: Context): void {
  const stripe = stripeOf(context);
  if (stripe === null) return;
  router.use(PATH, express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false }));
  resource(router, PATH, {
    post: async (request, response) => {
      const event = verified(context, stripe, request);
      response.json({ received: true, outcome: await takeEvent(context, stripe, event) });
    },
  });
  router.use(PATH, countRefusals(context));
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

/** @throws ProblemError 400 for whatever Stripe did not sign, just now, as it is. */
function verified({ now }: Context, { webhookSecret }: StripeConnection, request: Request): Stripe.Event {
  const body: unknown = request.body;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const header = request.headers['stripe-signature'];
  const signed = { body: bytes, header: typeof header === 'string' ? header : '', secrets: webhookSecret.split(',') };
  const fault = signatureFault({ ...signed, receivedAt: now() });
  if (fault !== null) throw new ProblemError(fault);
  const event = eventShape.safeParse(parsed(bytes));
  if (!event.success) throw new ProblemError('event_unreadable');
  return event.data as unknown as Stripe.Event;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new ProblemError('malformed_json');
  }
}

/** What was refused here is counted by its reason, for operators to see; nothing of it is kept. */
function countRefusals(context: Context): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return async (error: unknown, _request, _response, _next) => {
    const problem = problemOf(error);
    if (problem !== null && problem.status < 500 && problem.status !== 405) {
      context.log.warn({ reason: problem.code }, 'a message that was said to be of Stripe was refused');
      await countRefusal(context.db, problem.code, context.now());
    }
    throw error;
  };
}
