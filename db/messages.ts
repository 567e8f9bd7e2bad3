/** The outbox: a message is written, and its job added, in the transaction of the event it tells of. */
import type { Instant } from '../domain/calendar.ts';
import type { Event } from '../domain/events.ts';
import type { Message } from '../domain/messages.ts';
import type { Db } from './database.ts';
import { jsonb, timestamp } from './values.ts';

/** graphile-worker's task name; its payload is a SendMessagePayload. */
export const SEND_MESSAGE_JOB = 'send_message';

export interface SendMessagePayload {
  readonly messageId: number;
}

export interface MessageRow {
  readonly id: number;
  readonly subscriptionId: string;
  /** Of the event it tells of. */
  readonly sequence: number;
  /** When that happened, on the life's own clock. */
  readonly at: Instant;
  readonly message: Message;
  /** `suppressed`: settled before it was sent. */
  readonly status: 'queued' | 'sent' | 'suppressed';
  /** On the wall's clock. */
  readonly sentAt: Instant | null;
}

interface MessageRecord {
  id: number;
  subscription_id: string;
  sequence: number;
  at: Instant;
  kind: string;
  occasion: string;
  payload: unknown;
  status: MessageRow['status'];
  sent_at: Instant | null;
}

/** Writes messages and adds the job of each that is new; an occasion already told of is not told again. */
export async function queueMessages(
  trx: Db,
  subscriptionId: string,
  told: readonly { readonly event: Pick<Event, 'sequence' | 'at'>; readonly message: Message }[],
): Promise<void> {
  if (told.length === 0) return;
  const added: { id: number }[] = await trx('messages')
    .insert(
      told.map(({ event, message }) => ({
        subscription_id: subscriptionId,
        sequence: event.sequence,
        at: timestamp(event.at),
        kind: message.kind,
        occasion: message.occasion,
        payload: jsonb(message.payload),
      })),
    )
    .onConflict(['subscription_id', 'occasion'])
    .ignore()
    .returning('id');
  // One queue per subscription keeps its messages in order; the key makes each job unique.
  await trx.raw(
    `select graphile_worker.add_job(
       ?, json_build_object('messageId', id), queue_name => ?, job_key => 'message:' || id
     ) from unnest(?::bigint[]) as id order by id`,
    [SEND_MESSAGE_JOB, `mail:${subscriptionId}`, added.map(({ id }) => id)],
  );
}

/**
 * Takes a message that is still to be sent, or null. Run it, the sending and the marking in one transaction: the row is
 * held meanwhile, so nobody else sends it, and a crash leaves it queued.
 */
export async function claimMessage(trx: Db, id: number): Promise<MessageRow | null> {
  const row = await trx<MessageRecord>('messages').where({ id, status: 'queued' }).forUpdate().first();
  return row === undefined ? null : messageOf(row);
}

export async function markSent(trx: Db, id: number): Promise<void> {
  await trx('messages').where({ id, status: 'queued' }).update({ status: 'sent', sent_at: trx.fn.now() });
}

export async function markSuppressed(trx: Db, id: number): Promise<void> {
  await trx('messages').where({ id, status: 'queued' }).update({ status: 'suppressed' });
}

/** Everything a customer was or will be told about a subscription, in order. */
export async function listMessages(db: Db, subscriptionId: string): Promise<MessageRow[]> {
  const rows = await db<MessageRecord>('messages').where({ subscription_id: subscriptionId }).orderBy('id');
  return rows.map(messageOf);
}

function messageOf(row: MessageRecord): MessageRow {
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    sequence: row.sequence,
    at: row.at,
    // Written by queueMessages from a Message, so it reads back as one.
    message: { kind: row.kind, occasion: row.occasion, payload: row.payload } as Message,
    status: row.status,
    sentAt: row.sent_at,
  };
}
