/** Whether the entries of a statement lead from its opening to its closing balance: a movement may be missing. */
import type { BankStatement } from './statement.ts';
import { below, child, many, ownText, words, type Node } from './xmlNodes.ts';

/** Opening balances, or what closed the day before. */
const OPENING = ['OPBD', 'PRCD'];
const CLOSING = ['CLBD'];

/** Null where all adds up, or where the balances that are given say nothing about it. */
export function balanceWarning(statement: Node, { id, entries }: BankStatement): string | null {
  const balances = many(statement, 'Bal');
  const [opening, closing] = [OPENING, CLOSING].map((types) => {
    const found = types.flatMap((type) => balances.filter((balance) => typeOf(balance) === type));
    return found[0] === undefined ? null : moneyOf(found[0]);
  });
  if (!opening || !closing || opening.currency !== closing.currency) return null;
  const booked = entries.filter(({ isBooked }) => isBooked);
  if (booked.some(({ currency }) => currency !== opening.currency)) return null;
  const moved = booked.reduce((sum, { amount, isCredit }) => sum + signed(amount, isCredit), 0n);
  return opening.units + moved === closing.units
    ? null
    : `Statement ${id} does not lead from its opening to its closing balance: a movement may be missing.`;
}

function typeOf(balance: Node): string | null {
  return words(below(balance, 'Tp', 'CdOrPrtry'), 'Cd');
}

function moneyOf(balance: Node): { currency: unknown; units: bigint } | null {
  const amount = child(balance, 'Amt');
  const value = amount === undefined ? null : ownText(amount);
  if (value === null || !/^\d{1,18}(\.\d{0,5})?$/.test(value)) return null;
  return { currency: amount?.['@Ccy'], units: signed(value, words(balance, 'CdtDbtInd') !== 'DBIT') };
}

/** Hundred-thousandths: no currency has more decimals. */
function signed(amount: string, isCredit: boolean): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  const units = BigInt(whole) * 100_000n + BigInt(fraction.padEnd(5, '0').slice(0, 5));
  return isCredit ? units : -units;
}
