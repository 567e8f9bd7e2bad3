/** What waits, and since when: nothing is wrong with it yet, but somebody should know. */
import type { Instant } from '../../domain/calendar.ts';
import type { Db } from '../database.ts';

export interface Waiting {
  readonly what: 'unmatched' | 'unheard' | 'disputed' | 'reversals_unplaced' | 'refunds_unpaid' | 'customers_owe';
  readonly count: number;
  readonly amountMinor: number;
  /** Since when the oldest waits, on the wall's clock. */
  readonly since: Instant | null;
}

/** Each yields one row for every thing that waits: its amount, and since when. */
const QUERIES: Readonly<Record<Waiting['what'], string>> = {
  unmatched: `
    select places.amount_minor, recorded_at from payment_places as places join payments on key = payment_key
    where account = 'unmatched' and places.amount_minor > 0 and source <> 'disputed'`,
  unheard: `
    select amount_minor, recorded_at from payments
    where subscription_id is not null and heard_sequence is null and unmatched_reason is null`,
  disputed: `select amount_minor, recorded_at from payments where source = 'disputed'`,
  reversals_unplaced: `
    select amount_minor - coalesce(placed_minor, 0), recorded_at from reversals
    where placed_minor is null or placed_minor < amount_minor`,
  refunds_unpaid: `select amount_minor, recorded_at from refunds where status in ('due', 'sent', 'failed')`,
  customers_owe: `
    select sum(amount_minor), min(recorded_at) from ledger_postings join ledger_journals on id = journal_id
    where account like 'owed:%' group by account having sum(amount_minor) <> 0`,
};

export async function whatWaits(trx: Db): Promise<Waiting[]> {
  const waiting: Waiting[] = [];
  for (const [what, query] of Object.entries(QUERIES)) {
    const { rows } = await trx.raw<{ rows: Omit<Waiting, 'what'>[] }>(
      `select count(*) as count, coalesce(sum(amount), 0)::bigint as "amountMinor", min(since) as since
       from (${query}) as waiting (amount, since)`,
    );
    const [row] = rows;
    if (row !== undefined && row.count > 0) waiting.push({ what: what as Waiting['what'], ...row });
  }
  return waiting;
}
