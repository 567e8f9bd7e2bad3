/** Whether an entry says that it is one sum of several transactions. */
import { COLLECTIVE_CODES, type SaidOfSum } from './batch.ts';
import { meaningful } from './identity.ts';
import { below, many, words, type Node } from './xmlNodes.ts';

/** Null where it says nothing of the kind. */
export function sumSaidBy(entry: Node): SaidOfSum | null {
  const batches = many(entry, 'NtryDtls').flatMap((group) => many(group, 'Btch'));
  const transactions = batches
    .map((batch) => Number(/^\d{1,9}$/.exec(words(batch, 'NbOfTxs') ?? '')?.[0] ?? 0))
    .reduce((sum, number) => sum + number, 0);
  if (transactions < 2 && !isCollective(entry)) return null;
  return { transactions: transactions < 2 ? null : transactions };
}

/** By what the bank, and whoever ordered it, know the sum. */
export function namesOfSum(entry: Node): string[] {
  const batches = many(entry, 'NtryDtls').flatMap((group) => many(group, 'Btch'));
  const names = [
    words(entry, 'AcctSvcrRef'),
    words(entry, 'NtryRef'),
    ...batches.flatMap((batch) => [words(batch, 'PmtInfId'), words(batch, 'MsgId')]),
  ];
  return [...new Set(names.map(meaningful).filter((name) => name !== null))];
}

/** The code of German banks, e.g. `NTRF+194+00931`. */
function isCollective(entry: Node): boolean {
  const code = words(below(entry, 'BkTxCd', 'Prtry'), 'Cd') ?? '';
  return COLLECTIVE_CODES.includes(/^[A-Z]{4}\+(\d{3})(?:\+|$)/.exec(code)?.[1] ?? '');
}
