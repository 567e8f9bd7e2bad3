/** What the sequences tried and what came of it: a proof of things that never happen proves nothing. */
import type { Knex } from 'knex';
import type { Event } from '../../../domain/events.ts';

/** What came of it, as the database has it in the end. Each line: what, which, how often. */
const IN_THE_END = `
  select 'order' as what, type || ' ' || status as which, count(*)::integer as count from orders group by 1, 2
  union all select 'refund', concat_ws(' ', 'of', source, 'by', way, status,
      case when effect = 'end' then 'ending' end), count(*) from refunds group by 1, 2
  union all select 'refund', case when amount_minor = payable_minor then 'of all of an order' else 'of part of an order' end,
      count(*) from refunds join orders on number = order_number group by 1, 2
  union all select 'payment', concat_ws(' ', source, case when method = 'credit' then '' else method end,
      coalesce(unmatched_reason, case when assigned_order is null then 'heard' else 'assigned' end)), count(*)
      from payments group by 1, 2
  union all select 'bank entry', concat_ws(' ', case when is_credit then 'in' else 'out' end, outcome, why), count(*)
      from bank_entries group by 1, 2
  union all select 'bank entry', 'for several orders', count(*) from bank_entries where cardinality(payment_keys) > 1
  union all select 'bank entry', 'in several files', count(*) from (
      select entry_id from bank_file_entries group by 1 having count(distinct file_id) > 1) as several
  union all select 'order', 'paid by three transfers', count(*) from (
      select account from payment_places join payments on key = payment_key where source = 'bank_file'
      and account like 'receivable:%' and payment_places.amount_minor > 0 group by 1 having count(*) > 2) as thirds
  union all select 'reversal', concat_ws(' ', reason, case when placed_minor is null then 'unplaced'
      when placed_minor = 0 then 'of nothing' when placed_minor < amount_minor then 'of less' else 'in full' end), count(*)
      from reversals group by 1, 2
  union all select 'reversal', 'after credit was used', count(distinct journal_id) from ledger_postings
      where account like 'owed:%' and amount_minor > 0
  union all select 'reversal', 'after a refund', count(*) from reversals where exists (select from ledger_postings
      where ledger_postings.payment_key = reversals.payment_key and account like 'refund_due:%')
  union all select 'reversal', 'before its payment', count(*) from reversals join payments on payments.key = payment_key
      where reversals.recorded_at < payments.recorded_at
  union all select 'stripe event', concat_ws(' ', type, outcome, reason), count(*) from stripe_events group by 1, 2
  union all select 'stripe event', 'refused: ' || reason, sum(refusals) from stripe_refusals group by 1, 2
  union all select 'journal', kind, count(*) from ledger_journals where sequence is null group by 1, 2`;

/** Kinds of lines, and of each line how often. */
export class Coverage {
  readonly #seen = new Map<string, number>();

  saw(what: string, which: string, count = 1): void {
    const line = `${what}: ${which}`;
    this.#seen.set(line, (this.#seen.get(line) ?? 0) + count);
  }

  sawEvents(events: readonly Event[]): void {
    for (const event of events) {
      this.saw('event', event.type);
      if ('why' in event || 'reason' in event)
        this.saw('event', `${event.type} ${String('why' in event ? event.why : event.reason)}`);
    }
  }

  async sawDatabase(db: Knex): Promise<void> {
    const { rows } = await db.raw<{ rows: { what: string; which: string; count: number }[] }>(IN_THE_END);
    for (const { what, which, count } of rows) this.saw(what, which, Number(count));
  }

  of(line: string): number {
    return this.#seen.get(line) ?? 0;
  }

  table(): string {
    const lines = [...this.#seen].filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return lines.map(([line, count]) => `  ${String(count).padStart(7)}  ${line}`).join('\n');
  }
}
