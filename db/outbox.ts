/** Upkeep of the jobs behind the outbox, beside what graphile-worker does by itself. */
import type { Db } from './database.ts';
import { SEND_ACCOUNT_MESSAGE_JOB } from './accountMessages.ts';
import { DELIVER_INVOICE_JOB, ISSUE_CREDIT_NOTE_JOB, ISSUE_INVOICE_JOB } from './invoices.ts';
import { SEND_MESSAGE_JOB } from './messages.ts';

/** All jobs that send mail. */
const MAIL_JOBS = [SEND_MESSAGE_JOB, SEND_ACCOUNT_MESSAGE_JOB];
/** All jobs that issue and deliver invoices. */
const INVOICE_JOBS = [ISSUE_INVOICE_JOB, ISSUE_CREDIT_NOTE_JOB, DELIVER_INVOICE_JOB];

const COUNTED = { form: '[0-9]+', type: 'bigint' } as const;
/** The row that each job works on, and holds meanwhile: a job's key is a prefix and the row's id. */
const ROWS = [
  { job: SEND_MESSAGE_JOB, table: 'messages', prefix: 'message:', ...COUNTED },
  { job: SEND_ACCOUNT_MESSAGE_JOB, table: 'account_messages', prefix: 'account_message:', ...COUNTED },
  { job: ISSUE_INVOICE_JOB, table: 'invoice_requests', prefix: 'invoice_request:', ...COUNTED },
  { job: ISSUE_CREDIT_NOTE_JOB, table: 'invoice_requests', prefix: 'invoice_request:', ...COUNTED },
  { job: DELIVER_INVOICE_JOB, table: 'invoices', prefix: 'invoice_delivery:', form: '[0-9]+-[0-9]+', type: 'text' },
] as const;

/** For how long an SMTP server may keep a message's row waiting. */
const SENDING_TIMEOUT_MS = 180_000;
/** A job locked for so long whose message nobody holds was left by a process that died. */
const ABANDONED_AFTER = '10 seconds';
const LONGEST_WAIT = '10 minutes';

/** Lets the transaction wait for the mail server; everywhere else an idle one is cut off much sooner. */
export async function waitForMailServer(trx: Db): Promise<void> {
  await trx.raw(`select set_config('idle_in_transaction_session_timeout', ?, true)`, [String(SENDING_TIMEOUT_MS)]);
}

/** All that the message's subscription still has to be told, oldest first; empty when the message itself is done. */
export async function queuedBeside(db: Db, messageId: number): Promise<number[]> {
  const rows: { id: number }[] = await db('messages as other')
    .join('messages as own', 'own.subscription_id', 'other.subscription_id')
    .where({ 'own.id': messageId, 'own.status': 'queued', 'other.status': 'queued' })
    .orderBy('other.id')
    .select('other.id');
  return rows.map(({ id }) => id);
}

/** How many messages of a subscription are still to be sent: zero once the customer was told everything so far. */
export async function countQueued(db: Db, subscriptionId: string): Promise<number> {
  const row = await db('messages')
    .where({ subscription_id: subscriptionId, status: 'queued' })
    .count('id as count')
    .first();
  return Number(row?.['count'] ?? 0);
}

/**
 * Frees jobs that a killed process left locked: graphile-worker itself waits four hours. Whoever sends a message holds its
 * row, so a job whose row is free is nobody's; were it judged wrongly, the row would still keep it from being sent twice.
 *
 * @returns the names of the pools whose locks were removed.
 */
export async function unlockAbandonedJobs(db: Db): Promise<string[]> {
  return db.transaction(async (trx) => {
    const pools = new Set<string>();
    for (const row of ROWS) for (const pool of await abandoned(trx, row)) pools.add(pool);
    if (pools.size > 0) await trx.raw('select graphile_worker.force_unlock_workers(?::text[])', [[...pools]]);
    return [...pools];
  });
}

/** The pools that hold a lock on jobs of this kind whose row nobody holds. */
async function abandoned(trx: Db, { job, table, prefix, form, type }: (typeof ROWS)[number]): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { locked_by: string }[] }>(
    `select distinct locked.locked_by from (
       select jobs.locked_by from graphile_worker.jobs as jobs
       join ?? as message on message.id = case when jobs.key ~ ? then substr(jobs.key, ?)::${type} end
       where jobs.task_identifier = ? and jobs.locked_at < now() - ?::interval
       for update of message skip locked
     ) as locked`,
    [table, `^${prefix}${form}$`, prefix.length + 1, job, ABANDONED_AFTER],
  );
  return rows.map(({ locked_by }) => locked_by);
}

/**
 * Brings forward what waits long for a mail server that was unreachable: an outage's mail leaves soon after its end. As
 * does whatever waits with an invoice: data that are put right are invoiced soon after.
 */
export async function shortenWaits(db: Db, errorPrefix: string): Promise<void> {
  await db.raw(
    `select count(*) from graphile_worker.reschedule_jobs(
       array(
         select id from graphile_worker.jobs
         where locked_at is null and attempts < max_attempts and run_at > now() + ?::interval
           and ((task_identifier = any(?) and starts_with(last_error, ?)) or task_identifier = any(?))
       ),
       run_at => now() + ?::interval
     )`,
    [LONGEST_WAIT, MAIL_JOBS, errorPrefix, INVOICE_JOBS, LONGEST_WAIT],
  );
}

/** Sends one mail again at once, as if it had never been tried; `key` is its job's. */
export async function retryMail(db: Db, key: string): Promise<void> {
  await retry(db, key, MAIL_JOBS);
}

/** As `retryMail`, for a document that is to be issued or delivered. */
export async function retryInvoice(db: Db, key: string): Promise<void> {
  await retry(db, key, INVOICE_JOBS);
}

async function retry(db: Db, key: string, jobs: string[]): Promise<void> {
  await db.raw(
    `select count(*) from graphile_worker.reschedule_jobs(
       array(select id from graphile_worker.jobs where key = ? and task_identifier = any(?) and locked_at is null),
       run_at => now(), attempts => 0
     )`,
    [key, jobs],
  );
}

/** Drops one mail for good. One that is just leaving has left. */
export async function giveMailUp(db: Db, key: string): Promise<void> {
  const [table, id] = key.split(':');
  const tables: Readonly<Record<string, string>> = { message: 'messages', account_message: 'account_messages' };
  const name = tables[table ?? ''];
  if (name === undefined || id === undefined) throw new TypeError(`${key} names no mail.`);
  await db.transaction(async (trx) => {
    await trx(name).where({ id, status: 'queued' }).update({ status: 'suppressed' });
    await trx.raw('select graphile_worker.remove_job(?)', [key]);
  });
}

export interface ExhaustedJob {
  readonly messageKey: string;
  readonly attempts: number;
  readonly lastError: string;
}

/** Starts jobs afresh that graphile-worker has given up; the caller is told, so that it can be seen. */
export async function restartExhaustedJobs(db: Db): Promise<ExhaustedJob[]> {
  return db.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: { id: number; key: string; attempts: number; last_error: string }[] }>(
      `select id, key, attempts, last_error from graphile_worker.jobs
       where task_identifier = any(?) and attempts >= max_attempts and locked_at is null`,
      [[...MAIL_JOBS, ...INVOICE_JOBS]],
    );
    if (rows.length === 0) return [];
    await trx.raw('select count(*) from graphile_worker.reschedule_jobs(?::bigint[], run_at => now(), attempts => 0)', [
      rows.map(({ id }) => id),
    ]);
    return rows.map(({ key, attempts, last_error }) => ({ messageKey: key, attempts, lastError: last_error }));
  });
}
