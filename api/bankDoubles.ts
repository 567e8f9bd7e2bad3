/** Movements that came before with another file, under another name: never booked twice. */
import { alikeInFile, bookedAs, toldByOthers, type SourcedEntry } from '../db/bankDoubles.ts';
import type { Settlement } from '../db/bankEntries.ts';
import type { EntryRow } from '../db/bankRows.ts';
import { toldBefore, type NamedMovement } from '../domain/sameMovement.ts';
import type { Context } from './context.ts';

interface Told extends NamedMovement {
  readonly id: string;
  readonly isCredit: boolean;
  readonly paymentKeys: readonly string[];
}

function told({ id, format, entry, bankReference, endToEndId, paymentKeys }: SourcedEntry): Told {
  return { ...entry, id, format, bankReference, endToEndId, paymentKeys };
}

/** What becomes of an entry that another file told before, or may have; null where it is one of its own. */
export async function decideDouble(
  { db }: Context,
  entry: Pick<EntryRow, 'id' | 'fileId'>,
): Promise<Settlement | null> {
  const earlier = (await toldByOthers(db, entry.id)).map(told);
  if (earlier.length === 0) return null;
  const own = (await alikeInFile(db, entry.id)).map(told);
  const one = own.find(({ id }) => id === entry.id);
  if (one === undefined) return null;
  const verdict = toldBefore(one, own, earlier);
  if (verdict === 'different') return null;
  if (verdict === 'same') return { outcome: 'ignored', why: 'told_before', candidates: [] };
  // What takes money back must be beyond doubt anyway, and takes back each payment once.
  if (!one.isCredit) return null;
  return { outcome: 'waiting', why: 'double_suspected', candidates: await bookedAs(db, earlier) };
}
