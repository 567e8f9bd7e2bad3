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
