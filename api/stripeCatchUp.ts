/**
 * What Stripe's messages did not bring: its events are listed from where they were listed before, and each is taken as if
 * its message had come. Stripe sends a message again for three days, and keeps events for thirty; what is older is found by
 * the charges and refunds themselves.
 */
import type { Router } from 'express';
import type Stripe from 'stripe';
import { readMetadata } from '../config/stripe.ts';
import { exclusively } from '../db/exclusive.ts';
import { caughtUpTo, keepCaughtUp, receiveEvent, settleEvent, unfinishedEvents } from '../db/stripe.ts';
import type { Instant } from '../domain/calendar.ts';
import { operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { nothing } from './ordersSchema.ts';
import { instantText } from './present.ts';
import { ProblemError } from './problem.ts';
import { inRounds, type Rounds } from './rounds.ts';
import { bodyOf, resource } from './routing.ts';
import { askStripe, StripeAwayError, stripeOf, type StripeConnection } from './stripe.ts';
import { bookCharge } from './stripeCharges.ts';
import { EVENTS_READ } from './stripeEvents.ts';
import { bookRefund } from './stripeMoneyBack.ts';
import { takeEvent } from './stripeWebhooks.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const EVERY_MS = 15 * MINUTE_MS;
/** Stripe keeps events for 30 days; an hour is left for the listing. */
const KEPT_MS = 30 * DAY_MS - 60 * MINUTE_MS;
/** Looked at again each time: Stripe's clock is not ours, and an event may be listed a little after it was made. */
const OVERLAP_MS = 60 * MINUTE_MS;
const PAGE = 100;

interface CaughtUp {
  readonly from: Instant;
  readonly until: Instant;
  readonly events: number;
  /** Of them, those that had not been heard of, by what became of them. */
  readonly heard: Readonly<Record<string, number>>;
  /** Could not be worked through: they stand in the queue, and are tried again. */
  readonly failed: number;
  /** Older than any event, and looked for by charge and refund. */
  readonly gap: { readonly from: Instant; readonly until: Instant; readonly found: number } | null;
}

export function stripeCatchUp(router: Router, context: Context): void {
  const stripe = stripeOf(context);
  if (stripe === null) return;
  resource(router, '/gateway/catch-up', {
    post: operatorsOnly(async (request, response) => {
      bodyOf(request, nothing);
      const done = await catchUp(context, stripe);
      if (done === null) throw new ProblemError('catch_up_running');
      const { from, until, gap, ...counted } = done;
      const told = gap === null ? null : { ...gap, from: instantText(gap.from), until: instantText(gap.until) };
      response.json({ from: instantText(from), until: instantText(until), ...counted, gap: told });
    }),
  });
}

/** Catches up at the start and every quarter of an hour. Stopped between two events, it lists what is left at the next start. */
export function startCatchingUp(context: Context): Rounds {
  const stripe = stripeOf(context);
  if (stripe === null) return { stop: () => Promise.resolve() };
  return inRounds({ firstMs: 0, everyMs: EVERY_MS }, async (signal) => {
    try {
      await catchUp(context, stripe, signal);
    } catch (error) {
      if (!signal.aborted) context.log.error({ error }, 'what Stripe told could not be caught up with');
    }
  });
}

/** Null, and nothing done, while another process is at it. @throws ProblemError 503 where Stripe cannot be asked. */
export async function catchUp(
  context: Context,
  stripe: StripeConnection,
  signal?: AbortSignal,
): Promise<CaughtUp | null> {
  return exclusively(context.db, 'rinnovo stripe events', () => listed(context, stripe, signal));
}

async function listed(context: Context, stripe: StripeConnection, signal?: AbortSignal): Promise<CaughtUp> {
  const { db, log } = context;
  const until = context.now();
  const oldest = (until - KEPT_MS) as Instant;
  const last = await caughtUpTo(db);
  const gap = last !== null && last < oldest ? { from: (last - OVERLAP_MS) as Instant, until: oldest } : null;
  const found = gap === null ? 0 : await lookedFor(context, stripe, gap);
  const from = Math.max(oldest, (last ?? 0) - OVERLAP_MS) as Instant;
  const heard: Record<string, number> = {};
  const seen = new Set<string>();
  let failed = 0;
  const take = async (event: Stripe.Event): Promise<void> => {
    signal?.throwIfAborted();
    if (seen.has(event.id)) return;
    seen.add(event.id);
    const outcome = await taken(context, stripe, event);
    if (outcome === 'failed') failed += 1;
    else if (outcome !== null) heard[outcome] = (heard[outcome] ?? 0) + 1;
  };
  // Came in, and a crash or a fault of ours kept them from being worked through.
  for (const id of await unfinishedEvents(db, oldest, 1000)) {
    const event = await askStripe(context, () => stripe.client.events.retrieve(id));
    if (event !== null) await take(event);
  }
  const params = { created: { gte: seconds(from) }, types: EVENTS_READ, limit: PAGE };
  await paged(context, (after) => stripe.client.events.list({ ...params, ...after }), take);
  await keepCaughtUp(db, until, context.now());
  // Nothing but what the messages brought: the way it should be.
  const events = seen.size;
  const isNews = Object.keys(heard).length > 0 || failed > 0 || gap !== null;
  log[isNews ? 'warn' : 'info']({ events, heard, failed, gap, found }, 'caught up with what Stripe told');
  return { from, until, events, heard, failed, gap: gap === null ? null : { ...gap, found } };
}

/** What became of an event that had not been heard of; null where it had. An outage ends it all: it is begun anew later. */
async function taken(context: Context, stripe: StripeConnection, event: Stripe.Event): Promise<string | null> {
  const { id, type } = event;
  const known = await receiveEvent(context.db, { id, type, receivedAt: context.now() });
  if (known !== 'received') return null;
  try {
    return await takeEvent(context, stripe, event);
  } catch (error) {
    if (error instanceof StripeAwayError) throw error;
    context.log.error({ error, stripeEvent: id, type }, 'an event of Stripe could not be worked through');
    return 'failed';
  }
}

/** What cannot be booked is left to the operator, who is asked to look at that time anyway. */
async function orLeave({ log }: Context, id: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StripeAwayError) throw error;
    log.error({ error, stripeObject: id }, 'a charge or refund older than any event could not be booked');
  }
}

/**
 * Charges and refunds made while nobody listened, for longer than events are kept. Disputes are not found so: those of that
 * time are in Stripe's dashboard, which an operator is asked to look at.
 */
async function lookedFor(
  context: Context,
  stripe: StripeConnection,
  { from, until }: { from: Instant; until: Instant },
): Promise<number> {
  const created = { gte: seconds(from), lt: seconds(until) };
  const { client } = stripe;
  let found = 0;
  const charged = { created, limit: PAGE };
  await paged(
    context,
    (after) => client.paymentIntents.list({ ...charged, ...after }),
    async ({ id, status, metadata }) => {
      if (status !== 'succeeded' || readMetadata(metadata) === null) return;
      found += 1;
      await orLeave(context, id, () => bookCharge(context, stripe, id));
    },
  );
  await paged(
    context,
    (after) => client.refunds.list({ ...charged, ...after }),
    (refund) =>
      orLeave(context, refund.id, async () => {
        const { outcome } = await bookRefund(context, stripe, refund);
        if (outcome === 'booked' || outcome === 'kept') found += 1;
      }),
  );
  const id = `gap_${seconds(from)}_${seconds(until)}`;
  await receiveEvent(context.db, { id, type: 'catch_up.gap', receivedAt: context.now() });
  const facts = { from: instantText(from), until: instantText(until), found };
  await settleEvent(context.db, id, { outcome: 'kept', reason: 'events_forgotten', facts });
  return found;
}

interface PageOf<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
}

/** Every entry of a list, page by page. */
async function paged<T extends { readonly id: string }>(
  context: Context,
  list: (after: { starting_after?: string }) => Promise<PageOf<T>>,
  take: (each: T) => Promise<void>,
): Promise<void> {
  let after: { starting_after?: string } = {};
  for (;;) {
    const page = await askStripe(context, () => list(after));
    for (const each of page?.data ?? []) await take(each);
    const last = page?.data.at(-1);
    if (page?.has_more !== true || last === undefined) return;
    after = { starting_after: last.id };
  }
}

function seconds(at: Instant): number {
  return Math.floor(at / 1000);
}
