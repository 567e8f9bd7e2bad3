import type { Instant } from '../domain/calendar.ts';
import type { Event, EventType } from '../domain/events.ts';
import type { Db } from './database.ts';
import { jsonb, timestamp } from './values.ts';

/** What happened, as it is shown: `data` is the event without its sequence, instant and type. */
export interface TimelineEntry {
  readonly sequence: number;
  readonly at: Instant;
  readonly type: EventType;
  readonly data: Record<string, unknown>;
}

const DEFAULT_LIMIT = 1000;

/** A subscription's events in their order, from the one after `after`, at most `limit`. */
export async function listTimeline(
  db: Db,
  subscriptionId: string,
  { after = 0, limit = DEFAULT_LIMIT }: { after?: number; limit?: number } = {},
): Promise<TimelineEntry[]> {
  return db<TimelineEntry & { subscription_id: string }>('timeline')
    .where({ subscription_id: subscriptionId })
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .select('sequence', 'at', 'type', 'data');
}

/** All of a subscription's events after `after`, read page by page: a life of decades has thousands. */
export async function wholeTimeline(db: Db, subscriptionId: string, after = 0): Promise<TimelineEntry[]> {
  const entries: TimelineEntry[] = [];
  for (let from = after; ; from = entries.at(-1)?.sequence ?? from) {
    const page = await listTimeline(db, subscriptionId, { after: from });
    entries.push(...page);
    if (page.length < DEFAULT_LIMIT) return entries;
  }
}

/** An entry as the event it was written from; entries are never changed. */
export function eventOf({ sequence, at, type, data }: TimelineEntry): Event {
  return { ...data, type, sequence, at } as Event;
}

/** What happened to the charges of one order, in their order. */
export async function listCharges(db: Db, subscriptionId: string, orderNumber: string): Promise<TimelineEntry[]> {
  return db<TimelineEntry & { subscription_id: string }>('timeline')
    .where({ subscription_id: subscriptionId })
    .whereLike('type', 'Charge%')
    .whereRaw("coalesce(data ->> 'number', data #>> '{attempt,orderNumber}') = ?", [orderNumber])
    .orderBy('sequence')
    .select('sequence', 'at', 'type', 'data');
}

/** The latest that happened to the charges of each order, by order number. */
export async function latestCharges(
  db: Db,
  orders: readonly { readonly subscriptionId: string; readonly number: string }[],
): Promise<ReadonlyMap<string, TimelineEntry>> {
  const { rows } = await db.raw<{ rows: (TimelineEntry & { number: string })[] }>(
    `select distinct on (number) number, sequence, at, type, data
     from timeline, coalesce(data ->> 'number', data #>> '{attempt,orderNumber}') as number
     where subscription_id = any(?) and type like 'Charge%' and number = any(?)
     order by number, sequence desc`,
    [[...new Set(orders.map(({ subscriptionId }) => subscriptionId))], orders.map(({ number }) => number)],
  );
  return new Map(rows.map(({ number, ...charge }) => [number, charge]));
}

export async function appendTimeline(trx: Db, subscriptionId: string, events: readonly Event[]): Promise<void> {
  await trx('timeline').insert(
    events.map(({ sequence, at, type, ...data }) => ({
      subscription_id: subscriptionId,
      sequence,
      at: timestamp(at),
      type,
      data: jsonb(data),
    })),
  );
}
