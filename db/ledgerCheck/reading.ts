/** Lives as the check reads them: some at a time, each with all that is stored of it. */
import type { PlainDate } from '../../domain/calendar.ts';
import type { Event } from '../../domain/events.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Db } from '../database.ts';
import { eventOf, type TimelineEntry } from '../timeline.ts';

/** Lives read together, and events of theirs: what is in memory at once. */
const MOST_LIVES = 200;
const MOST_EVENTS = 20_000;

export interface LifeRow {
  readonly id: string;
  readonly customerId: string;
  readonly product: string;
  readonly status: string;
  readonly expiresOn: PlainDate | null;
  readonly autoRenewal: boolean;
  readonly sequence: number;
  readonly state: Subscription;
}

export interface OrderRow {
  readonly number: string;
  readonly subscriptionId: string;
  readonly status: string;
  readonly completedOn: PlainDate | null;
  readonly receivedMinor: number;
  readonly dueMinor: number;
}

export interface JournalRow {
  readonly id: number;
  readonly subscriptionId: string;
  readonly sequence: number | null;
  readonly kind: string;
  readonly postings: readonly {
    readonly account: string;
    readonly amountMinor: number;
    readonly paymentKey: string | null;
  }[];
}

export interface Life {
  readonly row: LifeRow;
  readonly events: readonly Event[];
  readonly orders: readonly OrderRow[];
  readonly journals: readonly JournalRow[];
}

/** The lives after one, as many as may be in memory at once; none after the last. */
export async function nextLives(trx: Db, after: string): Promise<Life[]> {
  const page: { id: string; sequence: number }[] = await trx('subscriptions')
    .where('id', '>', after)
    .orderBy('id')
    .limit(MOST_LIVES)
    .select('id', 'sequence');
  const ids = page.slice(0, batchSize(page)).map(({ id }) => id);
  return ids.length === 0 ? [] : readLives(trx, ids);
}

function batchSize(page: readonly { readonly sequence: number }[]): number {
  let events = 0;
  const end = page.findIndex(({ sequence }) => (events += sequence) > MOST_EVENTS);
  return end === -1 ? page.length : Math.max(1, end);
}

async function readLives(trx: Db, ids: readonly string[]): Promise<Life[]> {
  const rows: LifeRow[] = await trx('subscriptions')
    .whereIn('id', ids)
    .orderBy('id')
    .select('id', 'product', 'status', 'sequence', 'state')
    .select({ customerId: 'customer_id', expiresOn: 'expires_on', autoRenewal: 'auto_renewal' });
  const entries: (TimelineEntry & { subscriptionId: string })[] = await trx('timeline')
    .whereIn('subscription_id', ids)
    .orderBy(['subscription_id', 'sequence'])
    .select('subscription_id as subscriptionId', 'sequence', 'at', 'type', 'data');
  const orders: OrderRow[] = await trx('orders')
    .whereIn('subscription_id', ids)
    .whereNotIn('status', ['reserved', 'refused'])
    .orderBy('number')
    .select('number', 'status')
    .select({ subscriptionId: 'subscription_id', completedOn: 'completed_on' })
    .select({ receivedMinor: 'received_minor', dueMinor: 'due_minor' });
  const { rows: journals } = await trx.raw<{ rows: JournalRow[] }>(
    `select id, subscription_id as "subscriptionId", sequence, kind, json_agg(json_build_object(
       'account', account, 'amountMinor', amount_minor, 'paymentKey', payment_key
     )) as postings
     from ledger_journals join ledger_postings on journal_id = id where subscription_id = any(?) group by id order by id`,
    [[...ids]],
  );
  const [events, ordersOf, journalsOf] = [bySubscription(entries), bySubscription(orders), bySubscription(journals)];
  return rows.map((row) => ({
    row,
    events: (events.get(row.id) ?? []).map(({ subscriptionId: _, ...entry }) => eventOf(entry)),
    orders: ordersOf.get(row.id) ?? [],
    journals: journalsOf.get(row.id) ?? [],
  }));
}

function bySubscription<Row extends { readonly subscriptionId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, ({ subscriptionId }) => subscriptionId);
}
