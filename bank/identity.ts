/**
 * By what a movement is known again, in whatever file it comes: the bank's own reference with amount, side and day; without
 * one, all that it says and its place among equal ones of the file. And whether it is any business of ours.
 */
import { centsOf, type BankEntry, type BankFile, type BankStatement } from './statement.ts';

/** Why an entry is left alone. */
export type IgnoredWhy = 'debit' | 'other_currency' | 'not_booked' | 'another_account' | 'nothing';

export interface IdentifiedEntry {
  /** Ours, as it was configured; or whatever the file calls another. */
  readonly account: string;
  /** Unique within its account. */
  readonly identity: string;
  readonly entry: BankEntry;
  readonly ignored: IgnoredWhy | null;
}

/** The accounts that are ours: the first counts where a file of bank transfers names none, `postal` for slips. */
export interface OwnAccounts {
  readonly bank: readonly string[];
  readonly postal: string;
}

/** All entries of a file, in its order. A statement that stands in it twice, word for word, counts once. */
export function identified(file: BankFile, own: OwnAccounts): IdentifiedEntry[] {
  const saidBefore = new Map<string, number>();
  return distinct(file.statements).flatMap((statement) => {
    const named = statement.account ?? (file.format === 'postal-slips' ? own.postal : own.bank[0]) ?? '';
    const ours = [...own.bank, own.postal].find((account) => isSameAccount(named, account));
    const account = ours === undefined ? bare(named) : bare(ours);
    const referredTo = new Map<string, number>();
    return statement.entries.map((entry) => {
      const reference = referenceOf(entry);
      // A bank that says a reference twice in one statement means two movements; in two statements, one.
      const [base, counted] =
        reference === null ? [JSON.stringify(saidBy(entry)), saidBefore] : [reference, referredTo];
      const key = `${account} ${base}`;
      const ordinal = (counted.get(key) ?? 0) + 1;
      counted.set(key, ordinal);
      const announced = entry.isBooked ? '' : 'announced ';
      const identity = `${announced}${base}${ordinal === 1 ? '' : ` #${ordinal}`}`;
      return { account, identity, entry, ignored: ours === undefined ? 'another_account' : ignoredWhy(entry) };
    });
  });
}

function distinct(statements: readonly BankStatement[]): BankStatement[] {
  const seen = new Set<string>();
  return statements.filter(({ id, account, entries }) => {
    if (entries.length === 0) return false;
    const all = JSON.stringify([id, account, entries.map(({ place: _, ...entry }) => entry)]);
    return !seen.has(all) && seen.add(all);
  });
}

/** Money out is of interest only where it takes money in back, which is told by its flag or by a reference it shares. */
function ignoredWhy({ amount, currency, isBooked }: BankEntry): IgnoredWhy | null {
  if (!isBooked) return 'not_booked';
  if (currency !== 'EUR') return 'other_currency';
  return centsOf(amount) === 0 ? 'nothing' : null;
}

/** Texts that banks put where they have no reference to give. */
const NO_REFERENCE = /^(NON ?REF|NOT ?PROVIDED|NONE|N\/?A|[-.0 ]*)$/i;

/** A reference that names something, without the blanks some banks fill it up with; null where it is none. */
export function meaningful(reference: string | null): string | null {
  const text = reference?.replaceAll(/\s+/g, ' ').trim() ?? '';
  return NO_REFERENCE.test(text) ? null : text;
}

function referenceOf(entry: BankEntry): string | null {
  const reference = meaningful(entry.bankReference);
  return reference === null ? null : JSON.stringify([reference, ...amountOf(entry), entry.bookedOn ?? entry.valueOn]);
}

function amountOf({ amount, currency, isCredit }: BankEntry): (string | number | boolean)[] {
  return [centsOf(amount) ?? amount, currency, isCredit];
}

function saidBy(entry: BankEntry): unknown[] {
  const { remittance, references, endToEndId, counterparty, description } = entry;
  const texts = [...remittance, ...references, endToEndId ?? ''].map((text) => text.replaceAll(/\s+/g, ' ').trim());
  // A bank's own words differ between a notification and the statement that follows it.
  const own = texts.every((text) => text === '') ? description : null;
  const { isReversal, bookedOn, valueOn } = entry;
  return [...amountOf(entry), isReversal, bookedOn, valueOn, texts, counterparty.name, counterparty.account, own];
}

/** An account's number with nothing but letters and digits; a statement's currency may stand behind it. */
function bare(account: string): string {
  const text = account.replaceAll(/[^0-9A-Za-z]/g, '').toUpperCase();
  return /^[A-Z]{2}\d{2}\w{11,30}EUR$/.test(text) ? text.slice(0, -3) : text;
}

const IBAN = /^IT\d{2}[A-Z]\d{10}\w{12}$/;

/** Banks name an Italian account by its IBAN, or by a part of it: with or without check letter, or the last 12 digits alone. */
function isSameAccount(named: string, own: string): boolean {
  const [a, b] = [bare(named), bare(own)];
  if (a === b) return true;
  if (IBAN.test(b) && [b.slice(4), b.slice(5), b.slice(-12)].includes(a)) return true;
  const unpadded = (text: string): string => text.replace(/^0+(?=\d)/, '');
  return /^\d{1,12}$/.test(a) && /^\d{1,12}$/.test(b) && unpadded(a) === unpadded(b);
}
