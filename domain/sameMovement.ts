/**
 * Whether two files tell of one movement of an account under different names, as a notification (camt.054) and the statement
 * that follows it may: asked only of movements of one account, amount, side and day. Money must neither be lost nor doubled,
 * so what cannot be told apart and cannot be told to be the same goes to a person.
 */
import type { Movement } from './bankMatching.ts';

/** A movement with all its names, none of them a filler like `NOTPROVIDED`. */
export interface NamedMovement extends Movement {
  /** Of the file: two of one format from one bank give one movement the same reference. */
  readonly format: string;
  readonly bankReference: string | null;
  readonly names?: Readonly<Partial<Record<string, string>>>;
}

export type Sameness = 'same' | 'doubtful' | 'different';

/** Names that are unlike for different movements, whoever gave them. */
const UNIQUE = ['uetr', 'transactionId'] as const;

export function sameness(a: NamedMovement, b: NamedMovement): Sameness {
  const [ofA, ofB] = [namesOf(a), namesOf(b)];
  if (ofA.some((name) => ofB.includes(name))) return 'same';
  const isOther = UNIQUE.some((name) => differ(a.names?.[name], b.names?.[name]));
  if (isOther || (a.format === b.format && differ(a.bankReference, b.bankReference))) return 'different';
  if (contradict(a, b)) return 'different';
  if (a.endToEndId !== null && a.endToEndId === b.endToEndId) return 'same';
  if (a.references.length > 0 && bare(a.references.join()) === bare(b.references.join())) return 'same';
  return 'doubtful';
}

/**
 * What to make of a movement of one file, given those that other files told before. Of several that say the same in its own
 * file, `alike` in its order and itself among them, only as many were told before as the others have.
 */
export function toldBefore<T extends NamedMovement>(one: T, alike: readonly T[], before: readonly T[]): Sameness {
  for (const wanted of ['same', 'doubtful'] as const) {
    const told = before.filter((other) => sameness(one, other) === wanted);
    if (told.length === 0) continue;
    const competing = alike.filter((other) => told.some((earlier) => sameness(other, earlier) === wanted));
    return competing.indexOf(one) < told.length ? wanted : 'different';
  }
  return 'different';
}

/** By which the bank and the banks on the way know it. */
function namesOf({ bankReference, names = {} }: NamedMovement): string[] {
  const { uetr, transactionId, entryReference } = names;
  return [bankReference, uetr, transactionId, entryReference].filter((name) => name !== null && name !== undefined);
}

/** Whether both say something, and not the same. */
function contradict(a: NamedMovement, b: NamedMovement): boolean {
  return (
    differ(a.endToEndId, b.endToEndId) ||
    differ(bare(a.references.join()), bare(b.references.join())) ||
    differ(bare(a.counterparty.account ?? ''), bare(b.counterparty.account ?? '')) ||
    areUnlike(bare(a.counterparty.name ?? ''), bare(b.counterparty.name ?? '')) ||
    areUnlike(saidBy(a), saidBy(b))
  );
}

function differ(a: string | null | undefined, b: string | null | undefined): boolean {
  return Boolean(a) && Boolean(b) && a !== b;
}

/** Banks cut names and texts, and put words of their own around them. */
function areUnlike(a: string, b: string): boolean {
  return a !== '' && b !== '' && !a.includes(b) && !b.includes(a);
}

function saidBy({ remittance }: NamedMovement): string {
  return bare(remittance.join('').replaceAll(/\b(EREF|KREF|MREF|CRED|SVWZ)\+/g, ''));
}

function bare(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}
