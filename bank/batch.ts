/**
 * Entries that a bank books as one sum of several transactions: split only where the details account for every cent. One whose
 * transactions are not all listed says so, as another file may tell of them.
 */
import { centsOf, type BankEntry, type BookedSum } from './statement.ts';

/** One transaction of an entry, on the sum's terms where it says no amount of its own. */
export interface BatchPart extends BankEntry {
  readonly hasOwnAmount: boolean;
}

/** That a bank says that an entry is a sum of several. */
export interface SaidOfSum {
  /** Null where it says only that there are several. */
  readonly transactions: number | null;
}

/** German banks' codes of money in that is booked as one: transfers, instant ones, and two kinds of direct debits. */
export const COLLECTIVE_CODES: readonly string[] = ['189', '192', '194', '196'];

interface Reconciled {
  readonly entries: readonly BankEntry[];
  readonly warning: string | null;
}

/**
 * The movements of one booked sum. A single detail takes the sum, which is in the account's currency whatever the payer's
 * was. Several are taken one by one where they say their amounts and add up; otherwise the sum stays whole, with all that
 * its details say, and `warning` tells why.
 *
 * @param said where the bank says that it is a sum of several; null where it does not.
 * @param names by what the bank knows the sum.
 */
export function reconciled(
  whole: BankEntry,
  parts: readonly BatchPart[],
  { said, names }: { readonly said: SaidOfSum | null; readonly names: readonly string[] },
): Reconciled {
  const [first] = parts;
  if (said !== null && parts.length < 2) return open(whole, parts, { ...said, names });
  if (first === undefined) return { entries: [whole], warning: null };
  if (parts.length === 1) {
    const { amount, currency, isCredit, place } = whole;
    return { entries: [plain({ ...first, amount, currency, isCredit, place })], warning: null };
  }
  const sum = parts.reduce((total, part) => total + signed(part), 0);
  const isWhole = parts.every((part) => part.hasOwnAmount && part.currency === whole.currency) && sum === signed(whole);
  const partOf = { cents: Math.abs(sum), names };
  if (isWhole) return { entries: named(parts).map((part) => ({ ...plain(part), partOf })), warning: null };
  if (said !== null && (said.transactions ?? 0) > parts.length) return open(whole, parts, { ...said, names });
  return {
    entries: [together(whole, parts, { transactions: parts.length, isOpen: false, names })],
    warning: `${whole.place} is one sum of ${parts.length} transactions whose amounts are missing or do not add up to it: it is taken whole.`,
  };
}

function open(
  whole: BankEntry,
  parts: readonly BatchPart[],
  { transactions, names }: Omit<BookedSum, 'isOpen'>,
): Reconciled {
  const told = transactions === null ? 'several transactions' : `${transactions} transactions`;
  return {
    entries: [together(whole, parts, { transactions, isOpen: true, names })],
    warning: whole.isCredit ? `${whole.place} is one sum of ${told} that are not all listed.` : null,
  };
}

function together(whole: BankEntry, parts: readonly BatchPart[], batch: BookedSum): BankEntry {
  return {
    ...whole,
    remittance: [...whole.remittance, ...parts.flatMap((part) => part.remittance)],
    references: [...whole.references, ...parts.flatMap((part) => part.references)],
    batch,
  };
}

/** Parts that share the sum's own reference are told apart by their place in it, which is the same each time the file comes. */
function named(parts: readonly BatchPart[]): BatchPart[] {
  return parts.map((part, index) => {
    const isShared = parts.some((other) => other !== part && other.bankReference === part.bankReference);
    return isShared && part.bankReference !== null
      ? { ...part, bankReference: `${part.bankReference}/${index + 1}` }
      : part;
  });
}

function plain({ hasOwnAmount: _, ...entry }: BatchPart): BankEntry {
  return entry;
}

/** Cents with a sign; what cannot be counted never adds up to anything. */
function signed({ amount, isCredit }: BankEntry): number {
  const cents = centsOf(amount);
  return cents === null ? Number.NaN : isCredit ? cents : -cents;
}
