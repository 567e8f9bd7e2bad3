/** The one way a life's events enter Postgres. */
import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../domain/calendar.ts';
import type { Event } from '../domain/events.ts';
import { evolve } from '../domain/evolve.ts';
import { messagesFor } from '../domain/messages.ts';
import { expiresOn, hasEnded, newSubscription, type Subscription } from '../domain/subscription.ts';
import { recordEvent } from './committing/events.ts';
import type { Db } from './database.ts';
import { freeLiveService } from './liveServices.ts';
import { queueMessages } from './messages.ts';
import { appendTimeline, listTimeline } from './timeline.ts';
import { jsonb, storableValue, timestamp } from './values.ts';

/** Events in sequence, and the state they lead to. */
export interface CommitInput {
  readonly subscription: Subscription;
  readonly events: readonly Event[];
  readonly nextDeadlineAt: Instant | null;
}

/** The events do not continue what is stored: one is missing, or another was stored under the same sequence. */
export class BrokenSequenceError extends Error {
  override readonly name = 'BrokenSequenceError';
}

interface Stored {
  readonly sequence: number;
  readonly state: Subscription;
}

/**
 * Writes events in one transaction: timeline, read model, orders, ledger, messages with their jobs, and the end of a live
 * service. Idempotent by (subscription, sequence): what is stored is skipped, so a batch may come twice, from two
 * processes at once, or overlap another.
 */
export async function commitEvents(db: Db, input: CommitInput): Promise<void> {
  const { subscription, events, nextDeadlineAt } = storableValue(input);
  checkBatch(subscription, events);
  if (events.length === 0) return;
  await db.transaction(async (trx) => {
    const stored = await lockSubscription(trx, subscription.id);
    const fresh = events.filter((event) => event.sequence > (stored?.sequence ?? 0));
    await checkContinues(trx, subscription.id, stored, events, fresh);
    if (fresh.length === 0) return;
    await writeSubscription(trx, subscription, fresh, nextDeadlineAt);
    await appendTimeline(trx, subscription.id, fresh);
    for (const event of fresh) await recordEvent(trx, subscription, event);
    await queueMessages(trx, subscription.id, messagesOf(subscription, stored, fresh));
    if (hasEnded(subscription)) await freeLiveService(trx, subscription.id);
  });
}

function checkBatch(subscription: Subscription, events: readonly Event[]): void {
  const first = events[0]?.sequence ?? 1;
  const inOrder = events.every((event, index) => event.sequence === first + index);
  const last = events.at(-1);
  if (!inOrder || (last !== undefined && last.sequence !== subscription.sequence))
    throw new BrokenSequenceError(`The events for ${subscription.id} do not lead to its state.`);
}

/** Serialises commits to one subscription, also the first, when there is no row to lock yet. */
async function lockSubscription(trx: Db, id: string): Promise<Stored | null> {
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`subscription ${id}`]);
  const row = await trx<{ id: string } & Stored>('subscriptions').where({ id }).first('sequence', 'state');
  return row ?? null;
}

async function checkContinues(
  trx: Db,
  id: string,
  stored: Stored | null,
  events: readonly Event[],
  fresh: readonly Event[],
): Promise<void> {
  const next = (stored?.sequence ?? 0) + 1;
  const first = fresh[0];
  if (first !== undefined && first.sequence !== next)
    throw new BrokenSequenceError(`Event ${first.sequence} of ${id} comes where ${next} is due.`);
  // A workflow reset to an earlier point would otherwise tell another story under numbers that are taken.
  const repeated = events.slice(0, events.length - fresh.length);
  if (repeated.length === 0) return;
  const after = (repeated[0]?.sequence ?? 1) - 1;
  const known = await listTimeline(trx, id, { after, limit: repeated.length });
  const told = repeated.map(({ sequence, at, type, ...data }) => ({ sequence, at, type, data: plainJson(data) }));
  const differs = told.findIndex((entry, index) => !isDeepStrictEqual(entry, known[index]));
  if (differs >= 0)
    throw new BrokenSequenceError(`Event ${repeated[differs]?.sequence} of ${id} is stored with another content.`);
}

function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

async function writeSubscription(
  trx: Db,
  subscription: Subscription,
  fresh: readonly Event[],
  nextDeadlineAt: Instant | null,
): Promise<void> {
  const activated = fresh.findLast((event) => event.type === 'Activated');
  const last = fresh.at(-1) as Event;
  const row = {
    id: subscription.id,
    customer_id: subscription.customerRef,
    product: subscription.product,
    status: subscription.phase.status,
    expires_on: expiresOn(subscription),
    next_deadline_at: nextDeadlineAt === null ? null : timestamp(nextDeadlineAt),
    auto_renewal: subscription.autoRenewal,
    sequence: subscription.sequence,
    state: jsonb(subscription),
    updated_at: timestamp(last.at),
    ...(activated === undefined ? {} : { username: activated.username }),
  };
  const { id: _, ...changes } = row;
  await trx('subscriptions').insert(row).onConflict('id').merge(changes);
}

/**
 * What each event has to tell. A batch may hold several decisions (Postgres was down meanwhile): each event is told with
 * the state its own decision led to, which is where the events of its instant end.
 */
function messagesOf(subscription: Subscription, stored: Stored | null, fresh: readonly Event[]) {
  const before = stored?.state ?? newSubscription(subscription, (fresh[0] as Event).at);
  // A state written by an older version is not folded on; the state at hand serves.
  if (before.schemaVersion !== subscription.schemaVersion) return fresh.flatMap((event) => told(event, subscription));
  let state = before;
  return fresh.flatMap((event, index) => {
    if (fresh[index - 1]?.at !== event.at) state = afterInstant(state, fresh.slice(index));
    return told(event, state);
  });
}

/** The state after the events, of those given, that happened at the instant of the first. */
function afterInstant(state: Subscription, events: readonly Event[]): Subscription {
  const next = events.findIndex((event) => event.at !== events[0]?.at);
  return (next === -1 ? events : events.slice(0, next)).reduce(evolve, state);
}

function told(event: Event, after: Subscription) {
  return messagesFor(event, after).map((message) => ({ event, message }));
}
