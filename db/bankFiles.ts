/** Files that banks gave us, and the movements in them: each once per account, in however many files it comes. */
import { createHash, randomUUID } from 'node:crypto';
import type { Instant } from '../domain/calendar.ts';
import {
  entryOf,
  fileOf,
  type BankFileRecord,
  type BankFileRow,
  type EntryOutcome,
  type EntryRecord,
  type EntryRow,
  type ListedEntry,
  type NewBankFile,
  type NewEntry,
} from './bankRows.ts';
import type { Db } from './database.ts';
import { jsonb, timestamp } from './values.ts';

export function digestOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The id of a movement: the same in whatever file it comes. */
export function entryIdFor(account: string, identity: string): string {
  return `ent_${digestOf(`${account}\n${identity}`).slice(0, 24)}`;
}

const CHUNK = 500;

/**
 * Writes down a file and those of its entries that are new, whole or not at all. The same content again changes nothing,
 * but for entries that were left alone as another account's and are ours since.
 */
export async function takeFile(
  db: Db,
  file: NewBankFile,
  entries: readonly NewEntry[],
): Promise<{ readonly file: BankFileRow; readonly isNew: boolean }> {
  return db.transaction(async (trx) => {
    // One file at a time: two that share entries would otherwise wait for each other.
    await trx.raw("select pg_advisory_xact_lock(hashtextextended('rinnovo bank files', 0))");
    return writeFile(trx, file, entries);
  });
}

/** Like takeFile, in a transaction of the caller's, which others that take files do not wait for. */
export async function writeFile(
  trx: Db,
  file: NewBankFile,
  entries: readonly NewEntry[],
): Promise<{ readonly file: BankFileRow; readonly isNew: boolean }> {
  const isNew = await insertFile(trx, file);
  const row = await fileBy(trx, { digest: file.digest });
  if (row === null) throw new Error('A bank file was neither inserted nor found.');
  for (let from = 0; from < entries.length; from += CHUNK)
    await insertEntries(trx, row.id, entries.slice(from, from + CHUNK), from);
  const left = await trx('bank_file_entries as listed')
    .join('bank_entries', 'bank_entries.id', 'listed.entry_id')
    .where({ 'listed.file_id': row.id, outcome: 'pending' })
    .first('listed.entry_id');
  if (left !== undefined) await trx('bank_files').where({ id: row.id }).update({ finished_at: null });
  return { file: left === undefined ? row : { ...row, finishedAt: null }, isNew };
}

async function insertFile(trx: Db, file: NewBankFile): Promise<boolean> {
  const rows = await trx('bank_files')
    .insert({
      id: `bkf_${randomUUID()}`,
      digest: file.digest,
      name: file.name,
      format: file.format,
      version: file.version,
      statements: file.statements,
      warnings: jsonb(file.warnings),
      received_at: timestamp(file.receivedAt),
      received_by: file.receivedBy,
    })
    .onConflict('digest')
    .ignore()
    .returning('id');
  return rows.length > 0;
}

async function insertEntries(trx: Db, fileId: string, entries: readonly NewEntry[], before: number): Promise<void> {
  const rows = entries.map((entry, index) => ({
    position: before + index + 1,
    id: entry.id,
    account: entry.account,
    identity: digestOf(entry.identity),
    place: entry.place,
    method: entry.method,
    entry: entry.entry,
    amount_minor: entry.amountMinor,
    is_credit: entry.entry.isCredit,
    booked_on: entry.entry.bookedOn ?? entry.entry.valueOn,
    bank_reference: entry.bankReference,
    end_to_end_id: entry.endToEndId,
    why: entry.ignored,
  }));
  await trx.raw(
    `with given as (
       select * from jsonb_to_recordset(?::jsonb) as one (position integer, id text, account text, identity text, place text,
         method text, entry jsonb, amount_minor bigint, is_credit boolean, booked_on date, bank_reference text,
         end_to_end_id text, why text)
     ), taken as (
       insert into bank_entries (id, account, identity, file_id, place, method, entry, amount_minor, is_credit, booked_on,
         bank_reference, end_to_end_id, outcome, why, decided_at)
       select distinct on (account, identity) id, account, identity, ?, place, method, entry, amount_minor, is_credit,
         booked_on, bank_reference, end_to_end_id, case when why is null then 'pending' else 'ignored' end, why,
         case when why is null then null else now() end
       from given order by account, identity, position
       on conflict (account, identity) do update set outcome = 'pending', why = null, decided_at = null
         where bank_entries.why = 'another_account' and excluded.outcome = 'pending'
       returning id
     )
     insert into bank_file_entries (file_id, position, place, entry_id)
     select ?, position, place, id from given
     on conflict (file_id, position) do update set entry_id = excluded.entry_id
       where bank_file_entries.entry_id <> excluded.entry_id`,
    [jsonb(rows), fileId, fileId],
  );
}

/** Entries of a file that are to be dealt with: money in first, so that what takes it back finds it. */
export async function pendingEntries(db: Db, fileId: string): Promise<EntryRow[]> {
  const rows = await db<EntryRecord>('bank_entries')
    .join('bank_file_entries as listed', 'listed.entry_id', 'bank_entries.id')
    .where({ 'listed.file_id': fileId, outcome: 'pending' })
    .orderBy([{ column: 'is_credit', order: 'desc' }, { column: 'position' }])
    .select('bank_entries.*');
  return rows.map(entryOf);
}

/** Files of which entries may be left, the oldest first, whoever is at them. */
export async function unfinishedFiles(db: Db, limit: number): Promise<string[]> {
  return db('bank_files').whereNull('finished_at').orderBy('received_at').limit(limit).pluck('id');
}

/** Called once none of its entries is pending any more. */
export async function finishFile(db: Db, id: string, at: Instant): Promise<void> {
  await db('bank_files')
    .where({ id, finished_at: null })
    .update({ finished_at: timestamp(at) });
}

export async function findFile(db: Db, id: string): Promise<BankFileRow | null> {
  return fileBy(db, { id });
}

async function fileBy(db: Db, where: { readonly id: string } | { readonly digest: string }) {
  const row = await db<BankFileRecord>('bank_files').where(where).first();
  return row === undefined ? null : fileOf(row);
}

/** Newest first, from the one after `after`. */
export async function listFiles(
  db: Db,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<BankFileRow[]> {
  const query = db<BankFileRecord>('bank_files').orderByRaw('received_at desc, id desc').limit(limit);
  if (after !== undefined)
    void query.whereRaw('(received_at, id) < (select received_at, id from bank_files where id = ?)', [after]);
  return (await query).map(fileOf);
}

/** All entries of a file as they are now, in its order; or one of them. */
export async function listEntries(db: Db, fileId: string, entryId?: string): Promise<ListedEntry[]> {
  const rows: (EntryRecord & { place_there: string; order_numbers: string[] })[] = await db(
    'bank_file_entries as listed',
  )
    .where(entryId === undefined ? {} : { 'listed.entry_id': entryId })
    .join('bank_entries', 'bank_entries.id', 'listed.entry_id')
    .where({ 'listed.file_id': fileId })
    .orderBy('position')
    .select('bank_entries.*', 'listed.place as place_there')
    .select(
      db.raw(`array(
        select coalesce(assigned_order, order_number) from payments where key = any(payment_keys)
          and subscription_id is not null order by key
      ) as order_numbers`),
    );
  return rows.map((row) => ({ ...entryOf(row), placeThere: row.place_there, orderNumbers: row.order_numbers }));
}

/** How many entries a file has by what became of them (`known` where another file brought them first) and why. */
export async function countEntries(
  db: Db,
  fileIds: readonly string[],
): Promise<ReadonlyMap<string, readonly { outcome: EntryOutcome | 'known'; why: string | null; count: number }[]>> {
  const rows: { file_id: string; outcome: EntryOutcome | 'known'; why: string | null; count: number }[] = await db(
    'bank_file_entries as listed',
  )
    .join('bank_entries', 'bank_entries.id', 'listed.entry_id')
    .where('listed.file_id', db.raw('any(?::text[])', [[...fileIds]]))
    .groupByRaw('1, 2, 3')
    .select('listed.file_id')
    .select(db.raw("case when bank_entries.file_id = listed.file_id then outcome else 'known' end as outcome"))
    .select(db.raw("case when bank_entries.file_id = listed.file_id and outcome = 'ignored' then why end as why"))
    .count('* as count');
  return Map.groupBy(rows, ({ file_id: id }) => id);
}
