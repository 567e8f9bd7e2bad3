/** What is told of a bank file: what became of each entry, and how many of each there are. */
import type { BankFileRow, EntryOutcome, EntryRow, ListedEntry, StoredCandidate } from '../db/bankRows.ts';
import { euros } from '../domain/money.ts';
import { CANDIDATE_REASON, entryReason } from './bankWords.ts';
import { instantText } from './present.ts';

/** An entry of a report. */
interface Told extends Pick<
  EntryRow,
  'id' | 'entry' | 'amountMinor' | 'outcome' | 'why' | 'paymentKeys' | 'reversalKeys' | 'refundId'
> {
  readonly place: string;
  readonly orderNumbers: readonly string[];
  readonly candidates: readonly StoredCandidate[];
  /** The file that brought it first, where that is another one. */
  readonly knownFrom: string | null;
}

export function toldOf(entry: ListedEntry, fileId: string): Told {
  return { ...entry, place: entry.placeThere, knownFrom: entry.fileId === fileId ? null : entry.fileId };
}

export interface Count {
  readonly outcome: EntryOutcome | 'known';
  readonly why: string | null;
  readonly count: number;
}

/** `ignored` by reason; `known`: entries that another file brought first. */
export function presentCounts(counts: readonly Count[]): Record<string, unknown> {
  const of = (outcome: Count['outcome']): number =>
    counts.filter((one) => one.outcome === outcome).reduce((sum, { count }) => sum + count, 0);
  const ignored = Map.groupBy(
    counts.filter(({ outcome }) => outcome === 'ignored'),
    ({ why }) => why ?? '',
  );
  return {
    entries: counts.reduce((sum, { count }) => sum + count, 0),
    matched: of('matched'),
    unmatched: of('unmatched'),
    reversal: of('reversal'),
    refund: of('refund'),
    waiting: of('waiting'),
    pending: of('pending'),
    known: of('known'),
    ignored: of('ignored'),
    ignoredBecause: Object.fromEntries(
      [...ignored].map(([why, rows]) => [why, rows.reduce((sum, { count }) => sum + count, 0)]),
    ),
  };
}

function countsOf(entries: readonly Told[]): Count[] {
  return entries.map(({ outcome, why, knownFrom }) => ({
    outcome: knownFrom === null ? outcome : 'known',
    why,
    count: 1,
  }));
}

type FileFacts = Pick<BankFileRow, 'name' | 'format' | 'version' | 'statements' | 'warnings'>;

export function presentFile(file: BankFileRow, counts: readonly Count[]): Record<string, unknown> {
  return {
    file: {
      id: file.id,
      name: file.name,
      sha256: file.digest,
      receivedAt: instantText(file.receivedAt),
      receivedBy: file.receivedBy,
      /** Null: not every entry has been dealt with. Send the file again, or POST to its `resumption`. */
      finishedAt: file.finishedAt === null ? null : instantText(file.finishedAt),
    },
    ...facts(file),
    counts: presentCounts(counts),
  };
}

/** All of a file: as it was imported, or (without a row) as it would be. */
export function presentReport(
  file: BankFileRow | null,
  read: FileFacts,
  entries: readonly Told[],
): Record<string, unknown> {
  const counts = countsOf(entries);
  const head =
    file === null
      ? { dryRun: true, file: { id: null, name: read.name }, ...facts(read), counts: presentCounts(counts) }
      : { dryRun: false, ...presentFile(file, counts) };
  return { ...head, entries: entries.map(presentEntry) };
}

function facts({ format, version, statements, warnings }: FileFacts): Record<string, unknown> {
  return { format, version, statements, warnings };
}

export function presentEntry(told: Told): Record<string, unknown> {
  const { id, place, entry, why, knownFrom, outcome, orderNumbers, paymentKeys, reversalKeys, refundId, candidates } =
    told;
  return {
    id,
    place,
    ...presentMovement(told),
    outcome,
    /** Known from another file: what that file made of it. */
    knownFrom,
    orderNumbers,
    paymentKeys,
    reversalKeys,
    /** The refund of ours that it is, or seems to be, of. */
    refundId,
    reason: why === null ? null : { code: why, ...entryReason(why) },
    candidates: presentCandidates(candidates),
    account: entry.counterparty.account,
  };
}

/** What the bank says of a movement. */
export function presentMovement({ entry, amountMinor }: Pick<EntryRow, 'entry' | 'amountMinor'>) {
  const { amount, currency, isCredit, isReversal, bookedOn, valueOn, counterparty, bankReference } = entry;
  const text = [...entry.remittance, ...entry.references, entry.endToEndId ?? '', entry.description ?? ''];
  return {
    amount: currency === 'EUR' && amountMinor !== null ? euros(amountMinor) : { text: amount, currency },
    direction: isCredit ? 'in' : 'out',
    isReversal,
    date: bookedOn ?? valueOn,
    payer: counterparty.name,
    text: [...new Set(text.filter((one) => one !== ''))].join(' · '),
    bankReference,
  };
}

export function presentCandidates(candidates: readonly StoredCandidate[]): Record<string, unknown>[] {
  return candidates.map((one) =>
    'why' in one
      ? {
          orderNumber: one.orderNumber,
          due: euros(one.dueMinor),
          reason: { code: one.why, ...CANDIDATE_REASON[one.why] },
        }
      : { paymentKey: one.paymentKey, orderNumber: one.orderNumber },
  );
}

/** An entry as the queue finds it. */
export interface Found extends Pick<EntryRow, 'entry' | 'amountMinor' | 'why' | 'candidates' | 'place'> {
  readonly file: string;
}

export function presentFound(found: Found): Record<string, unknown> {
  const { why, candidates, file, place } = found;
  return {
    reason: why === null ? null : { code: why, ...entryReason(why) },
    ...presentMovement(found),
    candidates: presentCandidates(candidates),
    file,
    place,
  };
}
