import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { Status, Subscription } from '../domain/subscription.ts';
import type { Db } from './database.ts';

export { liveServiceOf } from './liveServices.ts';

/** The read model of a life, as of its last commit. */
export interface SubscriptionRow {
  readonly id: string;
  readonly customerId: string;
  readonly product: Subscription['product'];
  readonly status: Status;
  readonly expiresOn: PlainDate | null;
  readonly nextDeadlineAt: Instant | null;
  readonly autoRenewal: boolean;
  /** Number of the last event committed. */
  readonly sequence: number;
  readonly state: Subscription;
  readonly username: string | null;
  /** When the last event took effect, on the life's own clock. */
  readonly updatedAt: Instant;
}

interface SubscriptionRecord {
  id: string;
  customer_id: string;
  product: Subscription['product'];
  status: Status;
  expires_on: PlainDate | null;
  next_deadline_at: Instant | null;
  auto_renewal: boolean;
  sequence: number;
  state: Subscription;
  username: string | null;
  updated_at: Instant;
}

export async function findSubscription(db: Db, id: string): Promise<SubscriptionRow | null> {
  const row = await db<SubscriptionRecord>('subscriptions').where({ id }).first();
  return row === undefined ? null : subscriptionOf(row);
}

/** Ids of a customer's services, newest first; of one of them only, where it is given. */
export async function listSubscriptionsOf(
  db: Db,
  { customerId, subscriptionId }: { readonly customerId: string; readonly subscriptionId?: string },
): Promise<string[]> {
  const rows = await db<SubscriptionRecord & { created_at: Instant }>('subscriptions')
    .where({ customer_id: customerId, ...(subscriptionId === undefined ? {} : { id: subscriptionId }) })
    .orderBy([{ column: 'created_at', order: 'desc' }, { column: 'id' }])
    .select('id');
  return rows.map(({ id }) => id);
}

/** Whose a subscription is: known from its first order on, before the life itself is written down. */
export async function findCustomerOf(db: Db, id: string): Promise<string | null> {
  const { rows } = await db.raw<{ rows: { customer_id: string }[] }>(
    `select customer_id from subscriptions where id = ?
     union all (select customer_id from orders where subscription_id = ? limit 1) limit 1`,
    [id, id],
  );
  return rows[0]?.customer_id ?? null;
}

/** A page of the lives that have not ended, by id, from the one after `after`. */
export async function listLiving(
  db: Db,
  { after = '', limit }: { readonly after?: string; readonly limit: number },
): Promise<SubscriptionRow[]> {
  const rows = await db<SubscriptionRecord>('subscriptions')
    .where('id', '>', after)
    .whereNotIn('status', ['terminated', 'closed'])
    .orderBy('id')
    .limit(limit);
  return rows.map(subscriptionOf);
}

/** A page of all ids, from the one after `after`. */
export async function listSubscriptionIds(
  db: Db,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<string[]> {
  const rows = await db<SubscriptionRecord>('subscriptions')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .select('id');
  return rows.map(({ id }) => id);
}

function subscriptionOf(row: SubscriptionRecord): SubscriptionRow {
  return {
    id: row.id,
    customerId: row.customer_id,
    product: row.product,
    status: row.status,
    expiresOn: row.expires_on,
    nextDeadlineAt: row.next_deadline_at,
    autoRenewal: row.auto_renewal,
    sequence: row.sequence,
    state: row.state,
    username: row.username,
    updatedAt: row.updated_at,
  };
}
