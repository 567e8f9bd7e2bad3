/**
 * SWIFT customer statements (MT940) and interim reports (MT942). Banks bend the standard: envelopes are missing or there,
 * lines are wrapped inside words, `:61:` has codes it should not have. What cannot be read is refused, never guessed.
 */
import { daysBetween, isPlainDate, type PlainDate } from '../domain/calendar.ts';
import { COLLECTIVE_CODES } from './batch.ts';
import { detailsOf } from './mt940Details.ts';
import { pageWarnings, type Page } from './mt940Pages.ts';
import { UnreadableFileError, type BankEntry, type BankFile, type BankStatement } from './statement.ts';
import { linesOf } from './text.ts';

interface Field {
  readonly tag: string;
  readonly lines: readonly string[];
  /** Of its first line, from 1. */
  readonly line: number;
}

/** Only those there are: a time of day at a line's beginning looks like one too. */
const TAG = /^:(13D?|20|21|25P?|28C?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]):(.*)$/s;

export function isMt940(text: string): boolean {
  return /(^|[\r\n]|\{4:|@@):20:/.test(text) && /(^|[\r\n]|@@):(60[FM]|61|34F|90[DC]):/.test(text);
}

/** Reads all statements of a file, or throws an UnreadableFileError naming the line and what is wrong there. */
export function readMt940(text: string): BankFile {
  const fields = fieldsOf(text);
  const statements: BankStatement[] = [];
  const warnings: string[] = [];
  const pages: Page[] = [];
  for (const group of grouped(fields)) {
    const { statement, warning, page } = statementOf(group, statements.length + 1);
    statements.push(statement);
    pages.push(page);
    if (warning !== null) warnings.push(warning);
  }
  const isInterim = fields.some(({ tag }) => tag === '34F' || tag === '90D' || tag === '90C');
  return {
    format: isInterim ? 'mt942' : 'mt940',
    version: null,
    statements,
    warnings: [...warnings, ...pageWarnings(pages)],
  };
}

/** An envelope's block may open and close on the lines of the message itself. */
const ENVELOPE = /^(\{\d:(?:[^{}]|\{[^{}]*\})*\})*\{4:/;

/** Some programs write `@@` for a line's end. */
function unwrapped(text: string): string {
  return /@@:\d{2}[A-Z]?:/.test(text) ? text.replaceAll('@@', '\n') : text;
}

function fieldsOf(text: string): Field[] {
  const fields: { tag: string; lines: string[]; line: number }[] = [];
  for (const [index, raw] of linesOf(unwrapped(text)).entries()) {
    const line = raw.replace(ENVELOPE, '').replace(/^\p{Cc}+|\p{Cc}+$/gu, '');
    const [, tag, first] = TAG.exec(line) ?? [];
    if (tag !== undefined) fields.push({ tag, lines: [(first ?? '').trimEnd()], line: index + 1 });
    else if (/^-\s*(\}|$)|^\{\d:/.test(line)) fields.push({ tag: '-', lines: [], line: index + 1 });
    else if (line.trim() !== '') {
      const last = fields.at(-1);
      if (last !== undefined && last.tag !== '-') last.lines.push(line.trimEnd());
    }
  }
  return fields;
}

/** A statement begins with `:20:`; an account's statement on several pages comes as several. */
function grouped(fields: readonly Field[]): Field[][] {
  const groups: Field[][] = [];
  for (const field of fields) {
    if (field.tag === '20') groups.push([field]);
    else if (field.tag !== '-') groups.at(-1)?.push(field);
  }
  return groups;
}

function statementOf(
  fields: readonly Field[],
  number: number,
): { statement: BankStatement; warning: string | null; page: Page } {
  const first = (tags: RegExp): string | null => fields.find(({ tag }) => tags.test(tag))?.lines.join('') ?? null;
  const account = first(/^25/);
  const opening = balanceOf(fields.find(({ tag }) => /^60/.test(tag)));
  const closing = balanceOf(fields.findLast(({ tag }) => /^62/.test(tag)));
  const currency =
    opening?.currency ??
    closing?.currency ??
    /^([A-Z]{3})/.exec(first(/^34F$/) ?? '')?.[1] ??
    /\d([A-Z]{3})$/.exec(account ?? '')?.[1] ??
    null;
  const entries: BankEntry[] = [];
  for (const [index, field] of fields.entries()) {
    if (field.tag !== '61') continue;
    if (currency === null)
      throw new UnreadableFileError('is a movement in a currency that nothing before it names.', field.line);
    entries.push(entryOf(field, wordsAfter(fields, index), currency));
  }
  const page = { account, number: first(/^28/) };
  const statement = { id: `${first(/^20$/) ?? number} ${page.number ?? ''}`.trim(), account, entries };
  return { statement, warning: balanceWarning(statement, opening, closing), page };
}

/** What is said of a movement: some banks give each line of it a field of its own. */
function wordsAfter(fields: readonly Field[], index: number): string[] {
  const words: string[] = [];
  for (let at = index + 1; fields[at]?.tag === '86'; at += 1) words.push(...(fields[at]?.lines ?? []));
  return words;
}

interface Balance {
  /** Null where the bank leaves it to the opening balance. */
  readonly currency: string | null;
  readonly cents: bigint;
}

function balanceOf(field: Field | undefined): Balance | null {
  if (field === undefined) return null;
  const [, side, currency = null, amount] = /^([CD])\d{6}([A-Z]{3})?([\d,]+)/.exec(field.lines[0] ?? '') ?? [];
  if (side === undefined || amount === undefined)
    throw new UnreadableFileError(
      `is a balance that cannot be read: ":${field.tag}:${field.lines[0] ?? ''}".`,
      field.line,
    );
  const cents = exactly(decimalOf(amount, field.line));
  return { currency, cents: side === 'C' ? cents : -cents };
}

/** Thousandths, so that currencies with three decimals add up too. */
function exactly(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole) * 1000n + BigInt(fraction.padEnd(3, '0').slice(0, 3));
}

function balanceWarning(
  { id, entries }: BankStatement,
  opening: Balance | null,
  closing: Balance | null,
): string | null {
  if (opening === null || closing === null) return null;
  const moved = entries
    .filter(({ isBooked }) => isBooked)
    .reduce((sum, { amount, isCredit }) => sum + (isCredit ? exactly(amount) : -exactly(amount)), 0n);
  return opening.cents + moved === closing.cents
    ? null
    : `Statement ${id} does not lead from its opening to its closing balance: a movement may be missing.`;
}

/**
 * `:61:` value date, entry date, side, funds code, amount, type, customer reference, `//` bank reference, and on a line of
 * its own more about it. RC takes a credit back, RD a debit; EC and ED are only expected.
 */
const MOVEMENT =
  /^(\d{6})(\d{4}| {4})?(R[CD]|E[CD]|[CD])([A-Z])?(\d{1,15},\d{0,3}|\d{1,15}(?=[NFS][A-Z0-9]{3}))([A-Z][A-Z0-9]{3})?(.*?)(?:\/\/(.*))?$/;

function entryOf(field: Field, details: readonly string[], currency: string): BankEntry {
  const [main = '', ...more] = field.lines;
  const match = MOVEMENT.exec(main);
  if (match === null) throw new UnreadableFileError(`is a movement that cannot be read: ":61:${main}".`, field.line);
  const [, value = '', written = '', side = '', , amount = '', , customer = '', bank = ''] = match;
  const entry = written.trim();
  const valueOn = entry === '' ? dateOf(value, field.line) : dateOf(interestDay(value), field.line);
  const told = detailsOf(details, more);
  const own = given(customer);
  return {
    place: `line ${field.line}`,
    amount: decimalOf(amount, field.line),
    currency,
    isCredit: side === 'C' || side === 'RD' || side === 'EC',
    isReversal: side.startsWith('R'),
    isBooked: !side.startsWith('E'),
    bookedOn: entry === '' ? valueOn : entryDate(entry, valueOn, field.line),
    valueOn,
    bankReference: given(bank),
    ...told,
    endToEndId: told.endToEndId ?? own,
    // The payer's reference may stand here, though another id was given further on.
    references: told.endToEndId === null || own === null || own === told.endToEndId ? told.references : [own],
    ...(isCollective(details)
      ? { batch: { transactions: null, isOpen: true, names: [bank, customer].flatMap(givenIn) } }
      : {}),
  };
}

/** Whether the code of German banks that the details begin with is one of a sum: `194?00…`. */
function isCollective([first = '']: readonly string[]): boolean {
  return COLLECTIVE_CODES.includes(/^(\d{3})\?/.exec(first)?.[1] ?? '');
}

function givenIn(reference: string): string[] {
  return [given(reference)].filter((text) => text !== null);
}

const NO_REFERENCE = /^(NONREF|NOTPROVIDED|)$/i;

function given(reference: string): string | null {
  const text = reference.trim();
  return NO_REFERENCE.test(text) ? null : text;
}

function decimalOf(amount: string, line: number): string {
  const [, whole, fraction = ''] = /^(\d{1,18}),?(\d{0,3})$/.exec(amount) ?? [];
  if (whole === undefined) throw new UnreadableFileError(`has an amount that cannot be read: "${amount}".`, line);
  return fraction === '' ? String(BigInt(whole)) : `${BigInt(whole)}.${fraction}`;
}

/** `YYMMDD`; 80 and above are of the last century. */
function dateOf(text: string, line: number): PlainDate {
  const century = text >= '80' ? '19' : '20';
  const date = `${century}${text.slice(0, 2)}-${text.slice(2, 4)}-${text.slice(4, 6)}`;
  if (!isPlainDate(date)) throw new UnreadableFileError(`has the date "${text}", which does not exist.`, line);
  return date;
}

/**
 * German banks count interest by months of 30 days, and write the 30th of February as a value date. It is read as that
 * month's last day where the bank says beside it when it booked: that day is the one that counts.
 */
function interestDay(text: string): string {
  if (!/^\d{2}02(29|30)$/.test(text)) return text;
  const isLeap = Number(text.slice(0, 2)) % 4 === 0;
  return `${text.slice(0, 4)}${isLeap ? '29' : '28'}`;
}

/** `MMDD` without a year: the one that brings it closest to the value date. */
function entryDate(text: string, valueOn: PlainDate, line: number): PlainDate {
  const year = Number(valueOn.slice(0, 4));
  const days = [year - 1, year, year + 1]
    .map((candidate) => `${candidate}-${text.slice(0, 2)}-${text.slice(2, 4)}`)
    .filter(isPlainDate)
    .toSorted((a, b) => Math.abs(daysBetween(valueOn, a)) - Math.abs(daysBetween(valueOn, b)));
  const [closest] = days;
  if (closest === undefined) throw new UnreadableFileError(`has the date "${text}", which does not exist.`, line);
  return closest;
}
