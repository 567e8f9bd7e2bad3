/**
 * What needs a person, found where it stands: each kind is one query over what is stored anyway, so that an item is there
 * as soon as it is true and gone as soon as it is settled. What nothing settles by itself is looked at and acknowledged.
 */
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { NEVER_INVOICED } from './missingInvoices.ts';

export const QUEUE_KINDS = [
  'activation_failed',
  'bank_entry_waiting',
  'bank_file_unfinished',
  'charge_unanswered',
  'customer_owes',
  'gateway_event',
  'invoice_faulty',
  'invoice_missing',
  'invoice_undelivered',
  'life_overdue',
  'mail_undelivered',
  'payment_conflict',
  'payment_disputed',
  'payment_unheard',
  'payment_unmatched',
  'reversal_excess',
  'reversal_unplaced',
  'refund_due',
  'refund_failed',
  'refund_unanswered',
  'signal_rejected',
  'webhook_refused',
] as const;
export type QueueKind = (typeof QUEUE_KINDS)[number];

export interface QueueRow {
  readonly kind: QueueKind;
  /** Unique within its kind. */
  readonly id: string;
  /** On the clock of whoever wrote it: a life's own, or the wall's for money and mail. */
  readonly since: Instant;
  readonly subscriptionId: string | null;
  readonly orderNumber: string | null;
  readonly paymentKey: string | null;
  /** What there is to know, by the kind; amounts in cents. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** A place in the list: the last item of the page before. */
export interface QueuePlace {
  readonly since: Instant;
  readonly kind: string;
  readonly id: string;
}

/** A charge may be without an answer, and a deadline late, for so long before somebody should look. */
const UNANSWERED = '1 hour';
const OVERDUE = '15 minutes';
/** Money is told again and again: at the latest once an hour. */
const UNHEARD = '1 hour';
/** Mail is tried again for days by itself; after one, its address is probably wrong. */
const UNDELIVERED = '1 day';
/** For how long a signal that could not be read is shown, unless it is acknowledged. */
const REJECTED = '30 days';
/** A bank file of thousands of entries is dealt with in minutes. */
const UNFINISHED = '15 minutes';

/** What a bank said of a movement, and what it may be meant for. */
const ENTRY_DETAILS = `jsonb_build_object('why', why, 'entry', entry, 'amountMinor', bank_entries.amount_minor,
  'candidates', candidates, 'file', file_id, 'place', place)`;

/** Each query yields id, since, subscription_id, order_number, payment_key, details. */
const QUERIES: Readonly<Record<QueueKind, string>> = {
  activation_failed: `
    select lives.id, failed.at as since, lives.id as subscription_id, state #>> '{orders,0,number}' as order_number,
      null as payment_key,
      jsonb_build_object('reason', state #>> '{phase,reason}', 'paidOn', state #>> '{phase,paidOn}',
        'customerId', customer_id) as details
    from subscriptions as lives
    join lateral (
      select at from timeline where subscription_id = lives.id and type = 'ActivationFailed' order by sequence desc limit 1
    ) as failed on true
    where status = 'activation_failed'`,
  bank_entry_waiting: `
    select id, recorded_at, null, null, null, ${ENTRY_DETAILS} from bank_entries where outcome = 'waiting'`,
  bank_file_unfinished: `
    select id, received_at, null, null, null, jsonb_build_object('name', name, 'format', format)
    from bank_files where finished_at is null and received_at < now() - interval '${UNFINISHED}'`,
  // A moved clock is ahead of the wall, so a life is as old as the later of the two.
  charge_unanswered: `
    select state #>> '{attempt,attemptId}', to_timestamp((state #>> '{attempt,startedAt}')::bigint / 1000.0),
      id, state #>> '{attempt,orderNumber}', null,
      jsonb_build_object('amountMinor', (state #>> '{attempt,amountMinor}')::bigint,
        'unanswered', (state #>> '{attempt,unanswered}')::integer, 'occasion', state #>> '{attempt,occasion}')
    from subscriptions
    where jsonb_typeof(state -> 'attempt') = 'object' and (state #>> '{attempt,unanswered}')::integer > 0
      and greatest(now(), updated_at) - to_timestamp((state #>> '{attempt,startedAt}')::bigint / 1000.0)
        > interval '${UNANSWERED}'`,
  // Once more taken back, it is another item: what was seen to stays seen to.
  customer_owes: `
    select substr(account, 6) || '@' || max(id) filter (where amount_minor > 0),
      max(recorded_at) filter (where amount_minor > 0), null, null, null,
      jsonb_build_object('customerId', substr(account, 6), 'owedMinor', sum(amount_minor),
        'creditMinor', coalesce((select balance_minor from customer_credits where customer_id = substr(account, 6)), 0))
    from ledger_postings join ledger_journals on id = journal_id
    where account like 'owed:%' group by account having sum(amount_minor) > 0`,
  invoice_faulty: `
    select requests.id::text, requests.created_at, lives.id, orders.number, refunds.payment_key,
      jsonb_build_object('document', requests.kind, 'refundId', requests.refund_id, 'faults', faults,
        'customerId', lives.customer_id)
    from invoice_requests as requests
    left join refunds on refunds.id = requests.refund_id
    left join orders on orders.number = coalesce(requests.order_number, refunds.order_number)
    left join subscriptions as lives on lives.id = orders.subscription_id
    where requests.status = 'queued' and faults is not null`,
  invoice_missing: `
    select number, completed_on::timestamp at time zone 'Europe/Rome', subscription_id, number, null,
      jsonb_build_object('amountMinor', payable_minor, 'completedOn', completed_on, 'customerId', customer_id)
    from orders where ${NEVER_INVOICED}`,
  // A try that failed once is made again in a moment, and soon found well.
  invoice_undelivered: `
    select id, created_at, subscription_id, order_number, null,
      jsonb_build_object('document', kind, 'fileName', file_name, 'attempts', delivery_attempts,
        'lastError', delivery_error, 'customerId', customer_id)
    from invoices where delivery_status = 'failed' and delivery_attempts > 1`,
  gateway_event: `
    select id, received_at, null, facts ->> 'orderNumber', null,
      facts || jsonb_build_object('type', type, 'reason', coalesce(reason, outcome))
    from stripe_events where outcome = 'kept' or (outcome = 'received' and received_at < now() - interval '${UNHEARD}')`,
  life_overdue: `
    select id || '@' || (extract(epoch from next_deadline_at) * 1000)::bigint, next_deadline_at, id, null, null,
      jsonb_build_object('status', status, 'lastHeardOfAt', (extract(epoch from updated_at) * 1000)::bigint)
    from subscriptions where next_deadline_at < now() - interval '${OVERDUE}'`,
  mail_undelivered: `
    select jobs.key, jobs.created_at, messages.subscription_id, null, null,
      jsonb_build_object('message', coalesce(messages.kind, account_messages.kind), 'attempts', jobs.attempts,
        'lastError', jobs.last_error, 'nextTryAt', (extract(epoch from jobs.run_at) * 1000)::bigint,
        'customerId', coalesce(lives.customer_id, accounts.customer_id))
    from graphile_worker.jobs as jobs
    left join messages on messages.id = case when jobs.key ~ '^message:[0-9]+$' then substr(jobs.key, 9)::bigint end
    left join subscriptions as lives on lives.id = messages.subscription_id
    left join account_messages
      on account_messages.id = case when jobs.key ~ '^account_message:[0-9]+$' then substr(jobs.key, 17)::bigint end
    left join accounts on accounts.id = account_messages.account_id
    where jobs.attempts > 0 and jobs.last_error is not null
      and (jobs.created_at < now() - interval '${UNDELIVERED}' or jobs.attempts >= jobs.max_attempts)
      and coalesce(messages.status, account_messages.status) = 'queued'`,
  payment_conflict: `
    select subscription_id || ':' || sequence, recorded_at, subscription_id, null, data ->> 'key',
      jsonb_build_object('told', data ->> 'content', 'known', data ->> 'known')
    from timeline where type = 'PaymentConflictNoted'`,
  payment_disputed: `
    select key, recorded_at, subscription_id, order_number, key,
      jsonb_build_object('claims', claims_key, 'amountMinor', amount_minor, 'method', method,
        'registeredOn', registered_on)
    from payments where source = 'disputed'`,
  payment_unheard: `
    select key, recorded_at, subscription_id, coalesce(assigned_order, order_number), key,
      jsonb_build_object('amountMinor', amount_minor, 'method', method, 'registeredOn', registered_on)
    from payments
    where subscription_id is not null and heard_sequence is null and unmatched_reason is null
      and greatest(recorded_at, case when assigned_at is not null then least(assigned_at, now()) end) < now() - interval '${UNHEARD}'`,
  payment_unmatched: `
    select payments.key, payments.recorded_at, subscription_id, coalesce(assigned_order, order_number), key,
      jsonb_build_object('reason', unmatched_reason, 'amountMinor', payments.amount_minor,
        'waitingMinor', places.amount_minor, 'method', payments.method, 'registeredOn', registered_on)
        || case when bank_entries.id is null then '{}' else jsonb_build_object('bank', ${ENTRY_DETAILS}) end
    from payment_places as places join payments on payments.key = places.payment_key
    left join bank_entries on bank_entries.payment_keys @> array[payments.key]
    where places.account = 'unmatched' and places.amount_minor > 0 and source <> 'disputed'`,
  reversal_excess: `
    select reversals.key, reversals.recorded_at, payments.subscription_id,
      coalesce(payments.assigned_order, payments.order_number), reversals.payment_key,
      jsonb_build_object('amountMinor', reversals.amount_minor, 'excessMinor', reversals.amount_minor - placed_minor,
        'reason', reason, 'registeredOn', reversals.registered_on)
    from reversals join payments on payments.key = reversals.payment_key where placed_minor < reversals.amount_minor`,
  reversal_unplaced: `
    select reversals.key, reversals.recorded_at, payments.subscription_id,
      coalesce(payments.assigned_order, payments.order_number), reversals.payment_key,
      jsonb_build_object('amountMinor', reversals.amount_minor, 'reason', reason,
        'registeredOn', reversals.registered_on, 'paymentKnown', payments.key is not null)
    from reversals left join payments on payments.key = reversals.payment_key
    where placed_minor is null
      and (payments.key is null or reversals.recorded_at < now() - interval '${UNHEARD}')`,
  refund_due: `
    select id, recorded_at, subscription_id, order_number, payment_key,
      jsonb_build_object('amountMinor', amount_minor, 'reason', reason, 'customerId', customer_id)
    from refunds where status = 'due' and way = 'transfer' and told`,
  refund_failed: `
    select id, recorded_at, subscription_id, order_number, payment_key,
      jsonb_build_object('amountMinor', amount_minor, 'reason', reason, 'failure', failure, 'customerId', customer_id)
    from refunds where status = 'failed'`,
  refund_unanswered: `
    select id, recorded_at, subscription_id, order_number, payment_key,
      jsonb_build_object('amountMinor', amount_minor, 'told', told, 'way', way)
    from refunds
    where (not told or (way = 'original' and status in ('due', 'sent'))) and recorded_at < now() - interval '${UNANSWERED}'`,
  signal_rejected: `
    select subscription_id || ':' || sequence, recorded_at, subscription_id, null, null,
      jsonb_build_object('field', data ->> 'field', 'reason', data ->> 'reason')
    from timeline where type = 'SignalRejected' and recorded_at > now() - interval '${REJECTED}'`,
  webhook_refused: `
    select day || ':' || reason, last_at, null, null, null,
      jsonb_build_object('reason', reason, 'refusals', refusals)
    from stripe_refusals where last_at > now() - interval '${REJECTED}'`,
};

/** What needs a person, oldest first; of some kinds where they are given. */
export async function listQueue(
  db: Db,
  {
    kind,
    kinds = kind === undefined ? QUEUE_KINDS : [kind],
    id,
    after,
    limit,
  }: { kind?: QueueKind; kinds?: readonly QueueKind[]; id?: string; after?: QueuePlace; limit: number },
): Promise<QueueRow[]> {
  const parts = kinds.map(
    (one) => `select '${one}' as kind, found.* from (${QUERIES[one]})
      as found (id, since, subscription_id, order_number, payment_key, details)`,
  );
  const list = db
    .with('items', db.raw(parts.join(' union all ')))
    .from('items')
    // To the millisecond, which is what a place in the list can hold.
    .select('kind', 'id', db.raw("date_trunc('milliseconds', since) as since"))
    .select('subscription_id as subscriptionId', 'order_number as orderNumber', 'payment_key as paymentKey', 'details')
    .whereNotExists(
      db('queue_acknowledgements').whereRaw('queue_acknowledgements.kind = items.kind and item_id = items.id'),
    )
    .orderByRaw('date_trunc(\'milliseconds\', since), kind collate "C", id collate "C"')
    .limit(limit);
  if (id !== undefined) void list.where({ id });
  if (after !== undefined) {
    const place = [after.since / 1000, after.kind, after.id];
    void list.whereRaw(
      `(date_trunc('milliseconds', since), kind collate "C", id collate "C") > (to_timestamp(?), ?, ?)`,
      place,
    );
  }
  return (await list) as QueueRow[];
}

export interface Acknowledgement {
  readonly kind: string;
  readonly id: string;
  readonly note: string;
  readonly operatorId: string;
  readonly acknowledgedAt: Instant;
}

/** Takes an item off the list for good; the first note stands. */
export async function acknowledge(
  db: Db,
  { kind, id, note, operatorId }: Omit<Acknowledgement, 'acknowledgedAt'>,
): Promise<void> {
  await db('queue_acknowledgements')
    .insert({ kind, item_id: id, note, operator_id: operatorId })
    .onConflict(['kind', 'item_id'])
    .ignore();
}

export async function findAcknowledgement(db: Db, kind: string, id: string): Promise<Acknowledgement | null> {
  const row: Acknowledgement | undefined = await db('queue_acknowledgements')
    .where({ kind, item_id: id })
    .first('kind', 'item_id as id', 'note', 'operator_id as operatorId', 'acknowledged_at as acknowledgedAt');
  return row ?? null;
}
