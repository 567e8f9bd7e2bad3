/** Sums that a bank booked whole, and the parts in which other files tell of them. */
import { LIKE, sourced, type SourcedEntry } from './bankDoubles.ts';
import type { Db } from './database.ts';

/** A bank's files do not agree on a sum's day by more than its weekend. */
const DAYS = 5;
/** More than the sums of a day, and than the parts of most of them. */
const MOST = 5_000;

/** Other movements into the account of one, about its day, that other files brought and its own does not list. */
const NEAR = `select other.*, bank_files.format
  from bank_entries as one
  join bank_entries as other on other.account = one.account and other.is_credit = one.is_credit
    and other.booked_on between one.booked_on - ${DAYS} and one.booked_on + ${DAYS}
  join bank_files on bank_files.id = other.file_id
  where one.id = ? and other.file_id <> one.file_id and not exists (
    select from bank_file_entries as listed where listed.file_id = one.file_id and listed.entry_id = other.id
  )`;

const EARLIER = '(other.recorded_at, other.id) < (one.recorded_at, one.id)';

/**
 * Parts that a sum may have been told in: of a sum of its amount, or under a name of its own.
 *
 * @param names of the sum, where it says that it is one.
 * @param isOpen whether it waits for its parts; one that does not has only to heed those that came before it.
 */
export async function partsLike(
  db: Db,
  id: string,
  { cents, names, isOpen }: { readonly cents: number; readonly names: readonly string[]; readonly isOpen: boolean },
): Promise<SourcedEntry[]> {
  const heeded = `${NEAR} and other.outcome <> 'ignored'${isOpen ? '' : ` and ${EARLIER}`}`;
  const ofSums = await sourced(
    db,
    `${heeded} and other.entry #>> '{partOf,cents}' = ?::text order by other.recorded_at, other.id limit ${MOST}`,
    [id, String(cents)],
  );
  if (names.length === 0) return ofSums;
  const named = await sourced(
    db,
    `${heeded} and other.entry #> '{partOf}' is null and other.entry #> '{batch}' is null
       and other.entry #>> '{names,batchReference}' = any(?::text[])
     order by other.recorded_at, other.id limit ${MOST}`,
    [id, [...names]],
  );
  return [...ofSums, ...named];
}

/** Sums of the amount and day of one in its own file, itself among them, and how many of other files were found told in parts. */
export async function sumsLike(db: Db, id: string): Promise<{ alike: SourcedEntry[]; settled: number }> {
  const all = await sourced(
    db,
    `${LIKE} and other.entry #> '{partOf}' is null and (other.outcome <> 'ignored' or other.why = 'told_in_parts')
     order by other.file_id <> one.file_id, listed.position limit ${MOST}`,
    [id],
  );
  const fileId = all.find((one) => one.id === id)?.fileId;
  const alike = all.filter((one) => one.fileId === fileId);
  return { alike, settled: all.filter((one) => one.fileId !== fileId && one.why === 'told_in_parts').length };
}

/**
 * Sums that came before one and were booked whole, or put aside by somebody who may have booked them by hand.
 *
 * @param partOf of which sum it says that it is part; null where of none.
 */
export async function sumsBooked(
  db: Db,
  id: string,
  partOf: { readonly cents: number } | null,
): Promise<SourcedEntry[]> {
  const [which, values] =
    partOf === null
      ? [`other.entry #> '{batch}' is not null`, []]
      : ["other.amount_minor = ? and other.entry #> '{partOf}' is null", [partOf.cents]];
  return sourced(
    db,
    `${NEAR} and ${which} and ${EARLIER} and (
       other.payment_keys <> '{}'
       or (other.outcome = 'pending' and coalesce(other.entry #>> '{batch,isOpen}', 'false') = 'false')
       or (other.outcome = 'waiting' and exists (
         select from queue_acknowledgements where kind = 'bank_entry_waiting' and item_id = other.id
       ))
     ) order by other.recorded_at, other.id limit ${MOST}`,
    [id, ...values],
  );
}

/** Where the sum stands of which an entry is part: `Stmt 1, Ntry 3`. */
export function placeOfSum({ fileId, place }: Pick<SourcedEntry, 'fileId' | 'place'>): string {
  return `${fileId} ${place.replace(/, TxDtls \d+$/, '')}`;
}
