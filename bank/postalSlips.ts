/**
 * Paid postal slips as a table (CSV): one row each, columns named in the first row, in Italian or English, in any order:
 * `data`/`date` and `importo`/`amount`, and of `codice`/`code` (18 digits), `causale`/`reason`, `versante`/`payer`,
 * `riferimento`/`reference`, `conto`/`account` those that there are. Separated by semicolons, commas or tabs.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { isPlainDate, type PlainDate } from '../domain/calendar.ts';
import { UnreadableFileError, type BankEntry, type BankFile, type BankStatement } from './statement.ts';

const COLUMNS = {
  date: ['data', 'date', 'data accettazione', 'data pagamento', 'data contabile'],
  amount: ['importo', 'amount', 'importo euro', 'importo (eur)'],
  code: ['codice', 'code', 'codice bollettino', 'quarto campo', 'codice cliente'],
  reason: ['causale', 'reason', 'descrizione'],
  payer: ['versante', 'payer', 'eseguito da', 'ordinante'],
  reference: ['riferimento', 'reference', 'identificativo', 'id'],
  account: ['conto', 'account', 'numero conto', 'c/c'],
} as const;
type Column = keyof typeof COLUMNS;

interface Row {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

export function isPostalSlips(text: string): boolean {
  const [head = ''] = text.replace(/^\ufeff/, '').split(/\r?\n/, 1);
  const names = head.split(separatorOf(head)).map(nameOf);
  return (['date', 'amount'] as const).every((column) => names.includes(column));
}

/** Reads the table whole, or throws an UnreadableFileError naming the line and what is wrong there. */
export function readPostalSlips(text: string): BankFile {
  const [head = { info: { lines: 1 }, record: [] }, ...rows] = rowsOf(text);
  const columns = head.record.map(nameOf);
  const known = columns.filter((column) => column !== null);
  if (new Set(known).size !== known.length) throw new UnreadableFileError('names a column twice.', 1);
  const slips = rows.map(({ info, record }) => slipOf(record, columns, info.lines));
  return { format: 'postal-slips', version: null, statements: byAccount(slips), warnings: [] };
}

function rowsOf(text: string): Row[] {
  const [head = ''] = text.split(/\r?\n/, 1);
  try {
    return parse(text, {
      bom: true,
      delimiter: separatorOf(head),
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UnreadableFileError(`is not a row of this table: ${error.message}`, Number(error['lines'] ?? 1));
  }
}

function separatorOf(head: string): string {
  return [';', '\t', ','].find((separator) => head.includes(separator)) ?? ';';
}

function nameOf(text: string): Column | null {
  const name = text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
  return (
    (Object.keys(COLUMNS) as Column[]).find((column) => (COLUMNS[column] as readonly string[]).includes(name)) ?? null
  );
}

interface Slip {
  readonly account: string | null;
  readonly entry: BankEntry;
}

function slipOf(record: readonly string[], columns: readonly (Column | null)[], line: number): Slip {
  const cell = (column: Column): string | null => record[columns.indexOf(column)]?.trim() || null;
  const code = cell('code')?.replaceAll(/\s/g, '') ?? null;
  const reason = cell('reason');
  const paidOn = dateOf(cell('date') ?? '', line);
  return {
    account: cell('account'),
    entry: {
      place: `line ${line}`,
      amount: amountOf(cell('amount') ?? '', line),
      currency: 'EUR',
      isCredit: true,
      isReversal: false,
      isBooked: true,
      bookedOn: paidOn,
      valueOn: paidOn,
      bankReference: cell('reference'),
      endToEndId: null,
      counterparty: { name: cell('payer'), account: null },
      remittance: reason === null ? [] : [reason],
      references: code === null ? [] : [code],
      description: null,
    },
  };
}

/** `2027-03-04` or `04/03/2027`, never the American way. */
function dateOf(text: string, line: number): PlainDate {
  const [, day, month, year] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text) ?? [];
  const date = day === undefined ? text : `${year}-${month?.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (!isPlainDate(date))
    throw new UnreadableFileError(`has the date "${text}", which is none: write 2027-03-04 or 04/03/2027.`, line);
  return date;
}

/** `1.234,56`, `1234,56` or `1234.56`. Whether "1.234" is a thousand or one and a bit nobody can tell: it is refused. */
function amountOf(text: string, line: number): string {
  const bare = text.replace(/^(€|EUR)\s*|\s*(€|EUR)$/gi, '');
  const [, italian, cents] = /^(\d{1,3}(?:\.\d{3})*|\d+),(\d{2})$/.exec(bare) ?? [];
  if (italian !== undefined && cents !== undefined) return `${BigInt(italian.replaceAll('.', ''))}.${cents}`;
  if (/^\d+(\.\d{2})?$/.test(bare)) return bare;
  throw new UnreadableFileError(`has the amount "${text}", which cannot be read: write 1234,56.`, line);
}

function byAccount(slips: readonly Slip[]): BankStatement[] {
  const accounts = [...new Set(slips.map(({ account }) => account))];
  return accounts.map((account) => ({
    id: account ?? 'postal slips',
    account,
    entries: slips.filter((slip) => slip.account === account).map(({ entry }) => entry),
  }));
}
