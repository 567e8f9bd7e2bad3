/** Sums that a bank books whole and tells of in parts elsewhere: booked whole or in parts, never both. */
import { partsLike, placeOfSum, sumsBooked, sumsLike } from '../db/bankBatches.ts';
import { bookedAs, type SourcedEntry } from '../db/bankDoubles.ts';
import type { Settlement } from '../db/bankEntries.ts';
import type { EntryRow } from '../db/bankRows.ts';
import {
  areAllOf,
  mayBePartOf,
  mayBeSum,
  namesOfWhole,
  toldInParts,
  type SummedMovement,
} from '../domain/bookedSums.ts';
import { decideDouble } from './bankDoubles.ts';
import type { Context } from './context.ts';

interface Summed extends SummedMovement {
  readonly id: string;
  readonly paymentKeys: readonly string[];
}

type Entry = Omit<SourcedEntry, 'format'> & { readonly format?: string };

function summed({ id, format = '', entry, amountMinor, bankReference, endToEndId, paymentKeys }: Entry): Summed {
  const bookedOn = entry.bookedOn ?? entry.valueOn;
  return { ...entry, id, format, amountMinor, bookedOn, bankReference, endToEndId, paymentKeys };
}

/** What becomes of an entry that another file told before, alone, whole or in parts, or may have; null where it is one of its own. */
export async function decideTwice(context: Context, entry: EntryRow): Promise<Settlement | null> {
  const double = await decideDouble(context, entry);
  const isOpen = entry.entry.batch?.isOpen === true && entry.entry.isCredit;
  if (double !== null && !(double.outcome === 'waiting' && isOpen)) return double;
  const batch = await decideBatch(context, entry);
  // One that waits for its parts goes on doing so, beside what else it may be.
  return batch?.outcome === 'waiting' && double?.outcome === 'waiting'
    ? { ...batch, candidates: [...double.candidates, ...batch.candidates] }
    : (batch ?? double);
}

/** Money in that may be told whole and in parts. */
async function decideBatch(context: Context, entry: EntryRow): Promise<Settlement | null> {
  const { isCredit, isReversal, returned, partOf } = entry.entry;
  if (!isCredit || isReversal || returned !== undefined || entry.amountMinor === null) return null;
  const one = summed(entry);
  if (partOf === undefined && mayBeSum(one)) {
    const asSum = await decideSum(context, entry, one);
    if (asSum !== null) return asSum;
  }
  const booked = (await sumsBooked(context.db, entry.id, partOf ?? null)).map(summed);
  const sums = booked.filter((whole) => mayBePartOf(one, whole));
  if (sums.length === 0) return null;
  return { outcome: 'waiting', why: 'part_of_booked', candidates: await bookedAs(context.db, sums) };
}

async function decideSum(context: Context, { id }: EntryRow, one: Summed): Promise<Settlement | null> {
  const isOpen = one.batch?.isOpen === true;
  const names = one.batch === undefined ? [] : namesOfWhole(one);
  const told = await partsLike(context.db, id, { cents: one.amountMinor ?? 0, names, isOpen });
  const groups = [...Map.groupBy(told, groupOf).values()]
    .map((parts) => parts.map(summed))
    .filter((parts) => parts.length > 1 && areAllOf(one, parts));
  const waiting = async (why: string, parts: readonly SummedMovement[]): Promise<Settlement> => ({
    outcome: 'waiting',
    why,
    candidates: await bookedAs(context.db, parts as readonly Summed[]),
  });
  if (groups.length > 0) {
    const { alike, settled } = await sumsLike(context.db, id);
    const own = alike.map((entry) => (entry.id === id ? one : summed(entry)));
    const { sameness, parts } = toldInParts(one, groups, { alike: own, settled });
    const candidates = await bookedAs(context.db, parts as readonly Summed[]);
    if (sameness === 'same') return { outcome: 'ignored', why: 'told_in_parts', candidates };
    if (sameness === 'doubtful') return waiting(isOpen ? 'batch_without_parts' : 'double_suspected', parts);
  }
  return isOpen ? waiting('batch_without_parts', []) : null;
}

/** Those of one entry of a file, or, said to be of no sum, all that share a name. */
function groupOf(part: SourcedEntry): string {
  return part.entry.partOf === undefined ? (part.entry.names?.['batchReference'] ?? part.id) : placeOfSum(part);
}
