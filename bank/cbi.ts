/**
 * The Italian banks' own statement (CBI, "rendicontazione" RH): records of 120 characters, a statement being 61 (opening
 * balance), 62 (a movement), 63 (more about it), 64 (closing balance), between a head RH and a tail EF that counts them.
 */
import { isPlainDate, type PlainDate } from '../domain/calendar.ts';
import { UnreadableFileError, type BankEntry, type BankFile, type BankStatement } from './statement.ts';
import { linesOf } from './text.ts';

const RECORD_LENGTH = 120;

export function isCbi(text: string): boolean {
  return /^.RH[A-Z0-9 ]{10}\d{6}/.test(text);
}

/** Reads a flow of one or several RH files, or throws an UnreadableFileError naming the line and what is wrong there. */
export function readCbi(text: string): BankFile {
  const reader = new Reader();
  for (const [index, line] of recordsOf(text).entries()) reader.take(line, index + 1);
  return reader.finish();
}

/** Flows come with line ends or as one run of records; blanks at a line's end are sometimes lost. */
function recordsOf(text: string): string[] {
  const lines = linesOf(text).filter((line) => line.trim() !== '' && line !== '\u001a');
  const [only = ''] = lines;
  if (lines.length > 1 || only.length <= RECORD_LENGTH) return lines;
  return Array.from({ length: Math.ceil(only.length / RECORD_LENGTH) }, (_, index) =>
    only.slice(index * RECORD_LENGTH, (index + 1) * RECORD_LENGTH),
  );
}

type Draft = { -readonly [K in keyof BankEntry]: BankEntry[K] } & { texts: string[] };

interface OpenStatement {
  readonly id: string;
  readonly account: string | null;
  readonly currency: string;
  readonly openingCents: bigint;
  readonly entries: Draft[];
}

class Reader {
  readonly #statements: BankStatement[] = [];
  readonly #warnings: string[] = [];
  #inFlow = false;
  #flow = '';
  #records = 0;
  #open: OpenStatement | null = null;

  take(record: string, line: number): void {
    if (record.length > RECORD_LENGTH)
      throw new UnreadableFileError(`has ${record.length} characters where a record has ${RECORD_LENGTH}.`, line);
    const padded = record.padEnd(RECORD_LENGTH);
    const type = field(padded, 2, 3);
    if (!this.#inFlow && type !== 'RH')
      throw new UnreadableFileError(`is a record "${type}" before any head (RH).`, line);
    this.#records += 1;
    switch (type) {
      case 'RH':
        if (this.#inFlow) throw new UnreadableFileError('begins a flow before the last one ended (EF).', line);
        this.#inFlow = true;
        this.#flow = field(padded, 20, 39).trim();
        this.#records = 1;
        return;
      case '61':
        return this.#begin(padded, line);
      case '62':
        return void this.#statement(line).entries.push(movement(padded, line, this.#statement(line).currency));
      case '63':
        return this.#more(padded, line);
      case '64':
        return this.#end(padded, line);
      case '65':
        return; // what will be available on later days
      case 'EF':
        return this.#close(padded, line);
      default:
        throw new UnreadableFileError(`is a record "${type}", which this kind of flow does not have.`, line);
    }
  }

  finish(): BankFile {
    if (this.#inFlow) throw new UnreadableFileError('it ends without a tail (EF): a part of it is missing.');
    return { format: 'cbi-rh', version: null, statements: this.#statements, warnings: this.#warnings };
  }

  #statement(line: number): OpenStatement {
    if (this.#open === null)
      throw new UnreadableFileError('belongs to no statement: there is no opening balance (61) before it.', line);
    return this.#open;
  }

  #begin(record: string, line: number): void {
    if (this.#open !== null)
      throw new UnreadableFileError('opens a statement before the last one was closed (64).', line);
    this.#open = {
      id: `${this.#flow} ${field(record, 4, 10)} ${field(record, 78, 83)}`.trim(),
      account: accountOf(record),
      currency: field(record, 75, 77),
      openingCents: signedCents(record, 84, line),
      entries: [],
    };
  }

  #more(record: string, line: number): void {
    const entry = this.#statement(line).entries.at(-1);
    if (entry === undefined)
      throw new UnreadableFileError('tells more about a movement, and there is none before it.', line);
    // Blanks at the end may belong to a text that goes on in the next record.
    entry.texts.push(record.slice(13));
  }

  #end(record: string, line: number): void {
    const { openingCents, entries, currency: _, ...statement } = this.#statement(line);
    const moved = entries.reduce(
      (sum, { amount, isCredit }) => sum + (isCredit ? exactCents(amount) : -exactCents(amount)),
      0n,
    );
    if (openingCents + moved !== signedCents(record, 20, line))
      this.#warnings.push(
        `Statement ${statement.id} does not lead from its opening to its closing balance: a movement may be missing.`,
      );
    this.#statements.push({ ...statement, entries: entries.map(told) });
    this.#open = null;
  }

  #close(record: string, line: number): void {
    if (this.#open !== null)
      throw new UnreadableFileError('ends the flow inside a statement: there is no closing balance (64).', line);
    const counted = Number(field(record, 83, 89));
    if (counted !== this.#records)
      throw new UnreadableFileError(
        `says that the flow has ${counted} records, and it has ${this.#records}: a part is missing or doubled.`,
        line,
      );
    this.#inFlow = false;
  }
}

/** Positions as the standard counts them: from 1, both ends included. */
function field(record: string, from: number, to: number): string {
  return record.slice(from - 1, to);
}

/** The account as an IBAN where the record has all its parts. */
function accountOf(record: string): string | null {
  const number = field(record, 52, 74).replaceAll(' ', '');
  const iban = `${field(record, 100, 103)}${number}`;
  if (/^[A-Z]{2}\d{2}[A-Z]\d{10}[0-9A-Z]{12}$/.test(iban)) return iban;
  return number === '' ? null : number;
}

function movement(record: string, line: number, currency: string): Draft {
  const side = field(record, 26, 26);
  if (side !== 'C' && side !== 'D')
    throw new UnreadableFileError(`is a movement that is neither C nor D, but "${side}".`, line);
  return {
    place: `line ${line}`,
    amount: decimalOf(field(record, 27, 41), line),
    currency,
    isCredit: side === 'C',
    isReversal: false,
    isBooked: true,
    bookedOn: dateOf(field(record, 20, 25), line),
    valueOn: dateOf(field(record, 14, 19), line),
    bankReference: orNull(field(record, 62, 77)),
    endToEndId: null,
    counterparty: { name: null, account: null },
    remittance: [],
    references: [],
    description: orNull(field(record, 78, 120)),
    texts: [],
  };
}

/** What the records 63 say: parts with a flag of three letters, or one text broken every 107 characters with `:TAG:`s in it. */
function told({ texts, ...entry }: Draft): BankEntry {
  const flagged = (flag: string): string =>
    texts
      .filter((text) => text.startsWith(flag))
      .map((text) => text.slice(flag.length))
      .join('');
  const order = texts.find((text) => text.startsWith('YYY')) ?? '';
  const run = texts
    .filter((text) => !FLAGS.test(text))
    .join('')
    .trim();
  const tags = new Map(
    [...run.matchAll(/:([A-Z][A-Z0-9]{2}):(.*?)(?=\s:[A-Z][A-Z0-9]{2}:|$)/g)].map(([, tag, value]) => [
      tag,
      value?.trim(),
    ]),
  );
  const address = texts.find((text) => text.startsWith('YY2')) ?? '';
  const remittance = [
    flagged('RI1'),
    flagged('RI2'),
    flagged('ZZ3').slice(50),
    flagged('/ZZ4/'),
    tags.get('RI3') ?? '',
    run,
  ];
  return {
    ...entry,
    bankReference:
      entry.bankReference ??
      orNull(tags.get('TID') ?? '') ??
      orNull(/TRN:(\w{10,35})/.exec(texts.join(' '))?.[1] ?? ''),
    endToEndId: orNull(tags.get('E2E') ?? '') ?? orNull(flagged('ID1').slice(35)),
    counterparty: {
      name: orNull(tags.get('OR1') ?? '') ?? orNull(order.slice(27, 67)),
      account: orNull(tags.get('IB2') ?? '') ?? orNull(address.slice(53, 87)),
    },
    remittance: remittance.map((text) => text.trim()).filter((text) => text !== ''),
  };
}

const FLAGS = /^(KKK|YYY|YY2|ZZ1|ZZ2|ZZ3|\/ZZ4\/|ID1|RI1|RI2)/;

function orNull(text: string): string | null {
  const trimmed = text.trim();
  return /^(NOT ?PROVIDED|NONREF|-|)$/i.test(trimmed) ? null : trimmed;
}

function signedCents(record: string, at: number, line: number): bigint {
  const side = field(record, at, at);
  if (side !== 'C' && side !== 'D')
    throw new UnreadableFileError(`is a balance that is neither C nor D, but "${side}".`, line);
  const cents = exactCents(decimalOf(field(record, at + 1, at + 15), line));
  return side === 'C' ? cents : -cents;
}

function decimalOf(text: string, line: number): string {
  const [, whole, cents] = /^\s*(\d{1,12}),(\d{2})\s*$/.exec(text) ?? [];
  if (whole === undefined || cents === undefined)
    throw new UnreadableFileError(`has an amount that cannot be read: "${text.trim()}".`, line);
  return `${BigInt(whole)}.${cents}`;
}

function exactCents(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

/** `DDMMYY`, of this century. */
function dateOf(text: string, line: number): PlainDate {
  const date = `20${text.slice(4, 6)}-${text.slice(2, 4)}-${text.slice(0, 2)}`;
  if (!isPlainDate(date)) throw new UnreadableFileError(`has the date "${text}", which does not exist.`, line);
  return date;
}
