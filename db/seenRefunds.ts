/** What a bank's entries tell of our refunds: that one was paid, and that one came back. */
import type { Instant } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { moved, postJournal, type Account, type Posting } from './ledger.ts';
import { findRefund, lockRefund, type RefundRow } from './refunds.ts';
import { transferSeen } from './transferLists.ts';
import { timestamp } from './values.ts';

/** `refund_twice_returned`: of what the bank had paid twice, nothing of the second being booked. */
export type RefundSight = 'refund_paid' | 'refund_returned' | 'refund_twice_returned';

/** A refund, and what entries told of it before. */
export interface SeenRefund {
  readonly refund: RefundRow;
  /** How often it was seen paid, less how often it came back: below zero where a return was seen before its transfer. */
  readonly paid: number;
  /** How often it was paid in vain and has not come back. */
  readonly twice: number;
}

export async function seenRefund(db: Db, id: string): Promise<SeenRefund | null> {
  const refund = await findRefund(db, id);
  if (refund === null) return null;
  const { rows } = await db.raw<{ rows: Omit<SeenRefund, 'refund'>[] }>(
    `select coalesce(sum(case why when 'refund_paid' then 1 when 'refund_returned' then -1 else 0 end), 0)::integer as paid,
       coalesce(sum(case why when 'refund_paid_twice' then 1 when 'refund_twice_returned' then -1 else 0 end), 0)::integer as twice
     from bank_entries where refund_id = ?`,
    [id],
  );
  return { refund, paid: rows[0]?.paid ?? 0, twice: rows[0]?.twice ?? 0 };
}

/**
 * Books what an entry tells of a refund, and by what code the bank says why it came back. False, and nothing changed, where the refund is not (any more) as it was when
 * that was decided.
 */
export async function bookSight(
  trx: Db,
  entryId: string,
  {
    refundId,
    why,
    at,
    code = '',
  }: { readonly refundId: string; readonly why: RefundSight; readonly at: Instant; readonly code?: string },
): Promise<boolean> {
  if (why === 'refund_twice_returned') return true;
  // What was seen to come back had been paid: this entry tells nothing new.
  if (why === 'refund_paid' && ((await seenRefund(trx, refundId))?.paid ?? 0) < 0) return true;
  await transferSeen(trx, refundId, at);
  const refund = await lockRefund(trx, refundId);
  if (refund?.status !== 'paid' || refund.way !== 'transfer') return false;
  // Where an operator had settled its list before, the entry only bears that out.
  if (why === 'refund_returned') await takeReturned(trx, refund, { entryId, at, code });
  return true;
}

/** Its money is owed again, as it was before it went out: an operator sends it anew, or gives it up. */
async function takeReturned(
  trx: Db,
  { id, amountMinor, subscriptionId, settledAt }: RefundRow,
  { entryId, at, code }: { readonly entryId: string; readonly at: Instant; readonly code: string },
): Promise<void> {
  const due: Account = `refund_due:${id}`;
  const parts: { key: string; amountMinor: number }[] = await trx('ledger_postings')
    .join('ledger_journals', 'id', 'journal_id')
    .where({ kind: 'RefundDecided', account: due })
    .whereNotNull('payment_key')
    .orderBy('payment_key')
    .select('payment_key as key', trx.raw('-amount_minor as "amountMinor"'));
  const rest = amountMinor - parts.reduce((sum, part) => sum + part.amountMinor, 0);
  const postings: Posting[] = [
    ...parts.flatMap((part) => moved(part.key, part.amountMinor, 'cash:bank_transfer', due)),
    { account: 'cash:bank_transfer', amountMinor: rest },
    { account: due, amountMinor: -rest },
  ];
  await trx('refund_returns').insert({
    entry_id: entryId,
    refund_id: id,
    paid_at: timestamp(settledAt ?? at),
    returned_at: timestamp(at),
  });
  await trx('refunds')
    .where({ id })
    .update({ status: 'failed', failure: `returned_by_bank ${code}`.trim(), list_id: null, settled_at: null });
  await postJournal(trx, { kind: 'RefundReturned', at, subscriptionId, sequence: null, postings });
}
