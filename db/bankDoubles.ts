/** Movements that files told of before: those that another may be, under another name. */
import { entryOf, type EntryRecord, type EntryRow } from './bankRows.ts';
import type { Db } from './database.ts';

/** An entry with the format of the file that brought it first. */
export interface SourcedEntry extends EntryRow {
  readonly format: string;
}

/** More than a day's movements of one amount. */
const MOST = 500;

const LIKE = `select other.*, bank_files.format
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
    id,
  );
}

/** Entries like one that came first with its own file, itself among them, in the file's order. */
export async function alikeInFile(db: Db, id: string): Promise<SourcedEntry[]> {
  return sourced(
    db,
    `${LIKE} and other.file_id = one.file_id and (other.outcome <> 'ignored' or other.why = 'told_before')
     order by listed.position limit ${MOST}`,
    id,
  );
}

async function sourced(db: Db, query: string, id: string): Promise<SourcedEntry[]> {
  const { rows } = await db.raw<{ rows: (EntryRecord & { format: string })[] }>(query, [id]);
  return rows.map((row) => ({ ...entryOf(row), format: row.format }));
}
