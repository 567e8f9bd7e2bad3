/** What we keep of Stripe: who our customers are there, and each event it told us once. */
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { jsonb, timestamp } from './values.ts';

/** A customer's id at Stripe; null while they have none. */
export async function findStripeCustomer(db: Db, customerId: string): Promise<string | null> {
  const row: { stripe_id: string } | undefined = await db('stripe_customers')
    .where({ customer_id: customerId })
    .first('stripe_id');
  return row?.stripe_id ?? null;
}

/** Keeps a customer's id at Stripe, and returns the one that stands: the first. */
export async function keepStripeCustomer(db: Db, customerId: string, stripeId: string): Promise<string> {
  await db('stripe_customers')
    .insert({ customer_id: customerId, stripe_id: stripeId })
    .onConflict('customer_id')
    .ignore();
  return (await findStripeCustomer(db, customerId)) ?? stripeId;
}

/** A registration begun on Stripe's own page. */
export interface StripeSetup {
  readonly id: string;
  readonly customerId: string;
  /** The page of the customer area that it was begun on. */
  readonly returnTo: string;
  /** What came of it; null until then. */
  readonly methodId: string | null;
}

export async function keepSetup(db: Db, { id, customerId, returnTo }: Omit<StripeSetup, 'methodId'>): Promise<void> {
  await db('stripe_setups').insert({ id, customer_id: customerId, return_to: returnTo });
}

export async function findSetup(db: Db, id: string): Promise<StripeSetup | null> {
  const row: StripeSetup | undefined = await db('stripe_setups')
    .where({ id })
    .first({ id: 'id', customerId: 'customer_id', returnTo: 'return_to', methodId: 'method_id' });
  return row ?? null;
}

/** Writes down what came of a registration. The first that says so is believed. */
export async function finishSetup(db: Db, id: string, methodId: string): Promise<void> {
  await db('stripe_setups').where({ id }).whereNull('method_id').update({ method_id: methodId });
}

export type EventOutcome =
  /** Came in; a crash may have kept it from being worked through. Stripe sends it again then. */
  | 'received'
  /** Its money is in the ledger. */
  | 'booked'
  /** Known, and nothing follows from it by itself. */
  | 'noted'
  /** Not for us: a type we do not know, or another program's charge. */
  | 'ignored'
  /** Something follows from it that an operator has to see to. */
  | 'kept';

export interface EventSettlement {
  readonly outcome: Exclude<EventOutcome, 'received'>;
  /** Of what was kept: why. */
  readonly reason?: string;
  /** What is to be known of it: ids and amounts, no personal data. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Writes down that an event came in, and returns what became of it: `received` where it is new or was not finished. */
export async function receiveEvent(
  db: Db,
  { id, type, receivedAt }: { id: string; type: string; receivedAt: Instant },
): Promise<EventOutcome> {
  await db('stripe_events')
    .insert({ id, type, received_at: timestamp(receivedAt), outcome: 'received' })
    .onConflict('id')
    .ignore();
  const row: { outcome: EventOutcome } | undefined = await db('stripe_events').where({ id }).first('outcome');
  return row?.outcome ?? 'received';
}

/** Writes down what became of an event. What is settled stays; what was kept may be settled when it is sent again. */
export async function settleEvent(db: Db, id: string, { outcome, reason, facts }: EventSettlement): Promise<void> {
  await db('stripe_events')
    .where({ id })
    .whereIn('outcome', ['received', 'kept'])
    .update({ outcome, reason: reason ?? null, facts: jsonb(facts) });
}

/** Events that came in and were not worked through, and that Stripe can still be asked for. */
export async function unfinishedEvents(db: Db, since: Instant, limit: number): Promise<string[]> {
  const rows: { id: string }[] = await db('stripe_events')
    .where({ outcome: 'received' })
    .where('received_at', '>=', timestamp(since))
    .orderBy('received_at')
    .limit(limit)
    .select('id');
  return rows.map(({ id }) => id);
}

/** Up to when Stripe's events were listed; null where they never were. */
export async function caughtUpTo(db: Db): Promise<Instant | null> {
  const row: { until: Instant } | undefined = await db('stripe_catch_up').first({ until: 'caught_up_to' });
  return row?.until ?? null;
}

/** Every event made before `until` was listed. */
export async function keepCaughtUp(db: Db, until: Instant, finishedAt: Instant): Promise<void> {
  await db('stripe_catch_up')
    .insert({ caught_up_to: timestamp(until), finished_at: timestamp(finishedAt) })
    .onConflict('id')
    .merge({
      caught_up_to: db.raw('greatest(stripe_catch_up.caught_up_to, excluded.caught_up_to)'),
      finished_at: timestamp(finishedAt),
    });
}

/** Counts what was told to be Stripe's and could not be believed: one row for each reason and day, whoever insists. */
export async function countRefusal(db: Db, reason: string, at: Instant): Promise<void> {
  await db('stripe_refusals')
    .insert({ day: dateAt(at), reason, refusals: 1, last_at: timestamp(at) })
    .onConflict(['day', 'reason'])
    .merge({ refusals: db.raw('stripe_refusals.refusals + 1'), last_at: timestamp(at) });
}
