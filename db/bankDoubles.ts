/** Movements that files told of before: those that another may be, under another name. */
import type { Knex } from 'knex';
import { entryOf, type EntryRecord, type EntryRow } from './bankRows.ts';
import type { Db } from './database.ts';

/** An entry with the format of the file that brought it first. */
export interface SourcedEntry extends EntryRow {
  readonly format: string;
}

/** More than a day's movements of one amount. */
const MOST = 500;

/** Entries of the account, amount, side and day of one. */
export const LIKE = `select other.*, bank_files.format
  from bank_entries as one
  join bank_entries as other on other.account = one.account and other.amount_minor = one.amount_minor
    and other.is_credit = one.is_credit and other.booked_on = one.booked_on
  join bank_files on bank_files.id = other.file_id
  left join bank_file_entries as listed on listed.file_id = one.file_id and listed.entry_id = other.id
  where one.id = ?`;

/**
 * Entries of the account, amount, side and day of one, that other files brought earlier and its own does not list, and of
 * which something became.
 */
export async function toldByOthers(db: Db, id: string): Promise<SourcedEntry[]> {
  return sourced(
    db,
    `${LIKE} and other.file_id <> one.file_id and listed.entry_id is null and other.outcome <> 'ignored'
       and (other.recorded_at, other.id) < (one.recorded_at, one.id)
     order by other.recorded_at, other.id limit ${MOST}`,
    [id],
  );
}

/** Entries like one that came first with its own file, itself among them, in the file's order. */
export async function alikeInFile(db: Db, id: string): Promise<SourcedEntry[]> {
  return sourced(
    db,
    `${LIKE} and other.file_id = one.file_id and (other.outcome <> 'ignored' or other.why = 'told_before')
     order by listed.position limit ${MOST}`,
    [id],
  );
}

/** Entries by a query of `bank_entries as other` with the format of their files. */
export async function sourced(db: Db, query: string, values: readonly Knex.RawBinding[]): Promise<SourcedEntry[]> {
  const { rows } = await db.raw<{ rows: (EntryRecord & { format: string })[] }>(query, values);
  return rows.map((row) => ({ ...entryOf(row), format: row.format }));
}

const MOST_SHOWN = 20;

/** The payments that entries were booked as, for people to compare with. */
export async function bookedAs(
  db: Db,
  entries: readonly { readonly paymentKeys: readonly string[] }[],
): Promise<{ readonly paymentKey: string; readonly orderNumber: string }[]> {
  const keys = entries.flatMap(({ paymentKeys }) => paymentKeys).slice(0, MOST_SHOWN);
  if (keys.length === 0) return [];
  return db('payments')
    .where('key', db.raw('any(?::text[])', [keys]))
    .orderByRaw('array_position(?::text[], key)', [keys])
    .select('key as paymentKey', 'order_number as orderNumber');
}
