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

/** What happened to the charges of one order, in their order. */
export async function listCharges(db: Db, subscriptionId: string, orderNumber: string): Promise<TimelineEntry[]> {
  return db<TimelineEntry & { subscription_id: string }>('timeline')
    .where({ subscription_id: subscriptionId })
    .whereLike('type', 'Charge%')
    .whereRaw("coalesce(data ->> 'number', data #>> '{attempt,orderNumber}') = ?", [orderNumber])
    .orderBy('sequence')
    .select('sequence', 'at', 'type', 'data');
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
