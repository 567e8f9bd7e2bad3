/** Entries that a bank books as one sum and details below: split only where the details account for every cent. */
import { centsOf, type BankEntry } from './statement.ts';

/** One transaction of an entry, on the sum's terms where it says no amount of its own. */
export interface BatchPart extends BankEntry {
  readonly hasOwnAmount: boolean;
}

/**
 * The movements of one booked sum. A single detail takes the sum, which is in the account's currency whatever the payer's
 * was. Several are taken one by one where they say their amounts and add up; otherwise the sum stays whole, with all that
 * its details say, and `warning` tells why.
 */
export function reconciled(
  whole: BankEntry,
  parts: readonly BatchPart[],
): { entries: BankEntry[]; warning: string | null } {
  const [first] = parts;
  if (first === undefined) return { entries: [whole], warning: null };
  if (parts.length === 1) {
    const { amount, currency, isCredit, place } = whole;
    return { entries: [plain({ ...first, amount, currency, isCredit, place })], warning: null };
  }
  const sum = parts.reduce((total, part) => total + signed(part), 0);
  const isWhole = parts.every((part) => part.hasOwnAmount && part.currency === whole.currency) && sum === signed(whole);
  if (isWhole) return { entries: named(parts).map(plain), warning: null };
  const together: BankEntry = {
    ...whole,
    remittance: parts.flatMap((part) => part.remittance),
    references: parts.flatMap((part) => part.references),
  };
  return {
    entries: [together],
    warning: `${whole.place} is one sum of ${parts.length} transactions whose amounts are missing or do not add up to it: it is taken whole.`,
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
