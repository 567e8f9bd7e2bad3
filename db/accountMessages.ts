/** What is mailed about an account, beside the outbox of what is told about services. Written with its job in one statement. */
import type { Db } from './database.ts';

/** graphile-worker's task name; its payload is a SendAccountMessagePayload. */
export const SEND_ACCOUNT_MESSAGE_JOB = 'send_account_message';

export interface SendAccountMessagePayload {
  readonly accountMessageId: number;
}

export type AccountMessageKind =
  'registration_confirmed' | 'password_reset' | 'invitation' | 'username_reminder' | 'password_changed';

export interface AccountMessageRow {
  readonly id: number;
  readonly accountId: string;
  readonly kind: AccountMessageKind;
}

/** Tells an account's customer. */
export async function queueAccountMessage(trx: Db, accountId: string, kind: AccountMessageKind): Promise<void> {
  await queue(trx, kind, 'select id from accounts where id = ?', accountId);
}

/** The account of that name, if there is one, is mailed a link: one statement either way, so that nothing tells which. */
export async function queuePasswordReset(db: Db, username: string): Promise<void> {
  await queue(db, 'password_reset', 'select id from accounts where lower(username) = lower(?)', username);
}

/** Whoever has that e-mail address, if anybody, is told their usernames. One mail, also where several customers share it. */
export async function queueUsernameReminder(db: Db, email: string): Promise<void> {
  const oldest = `select accounts.id from accounts join customers on customers.id = accounts.customer_id
    where lower(customers.email) = lower(?) order by accounts.created_at, accounts.id limit 1`;
  await queue(db, 'username_reminder', oldest, email);
}

/** One that is queued already says all there is to say. */
async function queue(db: Db, kind: AccountMessageKind, account: string, named: string): Promise<void> {
  // One queue per account keeps its messages in order; the key makes each job unique.
  await db.raw(
    `with account as (${account}),
     added as (
       insert into account_messages (account_id, kind)
       select id, ? from account where not exists (
         select from account_messages where account_id = account.id and kind = ? and status = 'queued'
       )
       returning id, account_id
     )
     select graphile_worker.add_job(
       ?, json_build_object('accountMessageId', id), queue_name => 'mail:' || account_id,
       job_key => 'account_message:' || id
     ) from added`,
    [named, kind, kind, SEND_ACCOUNT_MESSAGE_JOB],
  );
}

/**
 * Takes a message that is still to be sent, or null. Run it, the sending and the marking in one transaction: the row is
 * held meanwhile, so nobody else sends it, and a crash leaves it queued.
 */
export async function claimAccountMessage(trx: Db, id: number): Promise<AccountMessageRow | null> {
  const row: { id: number; account_id: string; kind: AccountMessageKind } | undefined = await trx('account_messages')
    .where({ id, status: 'queued' })
    .forUpdate()
    .first('id', 'account_id', 'kind');
  return row === undefined ? null : { id: row.id, accountId: row.account_id, kind: row.kind };
}

/** `suppressed`: there was nothing to send any more. */
export async function markAccountMessage(trx: Db, id: number, status: 'sent' | 'suppressed'): Promise<void> {
  await trx('account_messages')
    .where({ id, status: 'queued' })
    .update({ status, sent_at: status === 'sent' ? trx.fn.now() : null });
}
