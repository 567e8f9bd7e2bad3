/**
 * ISO 20022 statements (camt.053) and notifications (camt.054), versions 02 to 10. Real files are often not valid against
 * the schema, so what money needs is demanded here, element by element, and the rest is taken as it comes.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { isPlainDate, type PlainDate } from '../domain/calendar.ts';
import { reconciled } from './batch.ts';
import { UnreadableFileError, type BankEntry, type BankFile, type BankStatement } from './statement.ts';

const FIRST_VERSION = 2;
const LAST_VERSION = 10;
const REPEATED = new Set(['Stmt', 'Ntfctn', 'Ntry', 'NtryDtls', 'TxDtls', 'Ustrd', 'Strd', 'AddtlRmtInf']);
const MESSAGES = {
  'camt.053': ['BkToCstmrStmt', 'Stmt'],
  'camt.054': ['BkToCstmrDbtCdtNtfctn', 'Ntfctn'],
} as const;

const META = XMLParser.getMetaDataSymbol() as unknown as symbol;

/** An element: children by name, text under `#text`, attributes under `@`. */
type Node = { readonly [name: string]: unknown };

/** Whether the text looks like such a message at all. */
export function isCamt(text: string): boolean {
  return /^\s*(<\?xml|<!--|<([\w.-]+:)?Document[\s>])/.test(text);
}

/** Reads a message whole, or throws an UnreadableFileError naming the line and what is wrong there. */
export function readCamt(text: string): BankFile {
  // No bank file has one, and everything dangerous in XML begins in one.
  const doctype = text.search(/<!DOCTYPE|<!ENTITY/i);
  if (doctype >= 0)
    throw new UnreadableFileError('holds a document type definition, which no bank file has.', lineAt(text, doctype));
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new UnreadableFileError(`is not well-formed XML: ${valid.err.msg}`, valid.err.line);
  const root = rootOf(text);
  const document = child(parse(text), 'Document');
  const reader = new Reader(text);
  const [messageName, statementName] = MESSAGES[root.format];
  const message = child(document, messageName);
  const statements = many(message, statementName);
  if (message === undefined || statements.length === 0)
    throw new UnreadableFileError(`it holds no ${statementName}: there is nothing to import.`);
  const read = statements.map((statement, index) => reader.statement(statement, `${statementName} ${index + 1}`));
  return { ...root, statements: read, warnings: reader.warnings };
}

function parse(text: string): Node {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    captureMetaData: true,
    alwaysCreateTextNode: true,
    isArray: (name) => REPEATED.has(name),
  });
  return parser.parse(text) as Node;
}

/** Which message it is: its root element names the namespace, with or without a prefix. */
function rootOf(text: string): { format: keyof typeof MESSAGES; version: string } {
  const root = /<(?:[\w.-]+:)?Document\b[^>]*>/.exec(text)?.[0] ?? '';
  const [, kind, version = ''] = /camt\.(\d{3})\.\d{3}\.(\d{2})\b/.exec(root) ?? [];
  if (kind === undefined) throw new UnreadableFileError('it is XML, but no CAMT message: its namespace names none.');
  if (kind === '052')
    throw new UnreadableFileError('it is a report of the day (camt.052), whose entries are not final.');
  if (kind !== '053' && kind !== '054')
    throw new UnreadableFileError(`messages of the kind camt.${kind} are not read.`);
  if (Number(version) < FIRST_VERSION || Number(version) > LAST_VERSION)
    throw new UnreadableFileError(`camt.${kind} is read in versions 02 to 10, and this is ${version}.`);
  return { format: `camt.${kind}`, version };
}

class Reader {
  readonly warnings: string[] = [];
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  statement(statement: Node, place: string): BankStatement {
    const account = child(statement, 'Acct');
    const id = child(account, 'Id');
    return {
      id: words(statement, 'Id') ?? place,
      account: words(id, 'IBAN') ?? words(child(id, 'Othr'), 'Id') ?? words(child(id, 'PrtryAcct'), 'Id'),
      entries: many(statement, 'Ntry').flatMap((entry, index) => this.#entry(entry, `${place}, Ntry ${index + 1}`)),
    };
  }

  /** One entry for each transaction that says its own amount; the whole entry where they do not add up to it. */
  #entry(entry: Node, place: string): BankEntry[] {
    const money = this.#money(entry, entry, 'Amt', place);
    const whole = { ...this.#shared(entry, place), ...money };
    const details = many(entry, 'NtryDtls').flatMap((group) => many(group, 'TxDtls'));
    const parts = details.map((detail, index) => {
      const own = this.#ownMoney(detail, entry, place);
      return {
        ...whole,
        ...detailOf(detail, whole),
        ...own,
        hasOwnAmount: own !== null,
        place: `${place}, TxDtls ${index + 1}`,
      };
    });
    const { entries, warning } = reconciled(whole, parts);
    if (warning !== null) this.warnings.push(warning);
    return entries;
  }

  #money(node: Node, sides: Node, name: string, place: string): Pick<BankEntry, 'amount' | 'currency' | 'isCredit'> {
    const amount = child(node, name);
    const value = amount === undefined ? null : ownText(amount);
    const currency = amount?.['@Ccy'];
    if (value === null || !/^\d{1,18}(\.\d*)?$/.test(value))
      this.#refuse(amount ?? node, `${place} has no amount that can be read.`);
    if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
      this.#refuse(amount ?? node, `${place} does not say in which currency.`);
    const side = words(sides, 'CdtDbtInd');
    if (side !== 'CRDT' && side !== 'DBIT')
      this.#refuse(sides, `${place} is neither a credit (CRDT) nor a debit (DBIT).`);
    return { amount: value, currency, isCredit: side === 'CRDT' };
  }

  /** A transaction's amount: its own (from version 03 on), else the one of its amount details. */
  #ownMoney(detail: Node, entry: Node, place: string): Pick<BankEntry, 'amount' | 'currency' | 'isCredit'> | null {
    const sides = child(detail, 'CdtDbtInd') === undefined ? entry : detail;
    if (child(detail, 'Amt') !== undefined) return this.#money(detail, sides, 'Amt', place);
    const amounts = child(detail, 'AmtDtls');
    const holder = child(amounts, 'TxAmt') ?? child(amounts, 'InstdAmt');
    return holder === undefined || child(holder, 'Amt') === undefined ? null : this.#money(holder, sides, 'Amt', place);
  }

  #shared(entry: Node, place: string): Omit<BankEntry, 'amount' | 'currency' | 'isCredit'> {
    const status = child(entry, 'Sts');
    const state = (status === undefined ? null : ownText(status)) ?? words(status, 'Cd') ?? words(status, 'Prtry');
    return {
      place,
      isReversal: /^(true|1)$/.test(words(entry, 'RvslInd') ?? ''),
      isBooked: state === null || state === 'BOOK',
      bookedOn: this.#date(child(entry, 'BookgDt'), place),
      valueOn: this.#date(child(entry, 'ValDt'), place),
      bankReference: words(entry, 'AcctSvcrRef') ?? words(entry, 'NtryRef'),
      endToEndId: null,
      counterparty: { name: null, account: null },
      remittance: [],
      references: [],
      description: words(entry, 'AddtlNtryInf'),
    };
  }

  /** The day as the bank wrote it: a time's own offset counts, not ours. */
  #date(node: Node | undefined, place: string): PlainDate | null {
    const text = words(node, 'Dt') ?? words(node, 'DtTm');
    if (node === undefined || text === null) return null;
    const day = text.slice(0, 10);
    if (!isPlainDate(day)) this.#refuse(node, `${place} has the date "${text}", which does not exist.`);
    return day;
  }

  #refuse(node: Node, reason: string): never {
    const start = (node as { [META]?: { startIndex?: number } })[META]?.startIndex;
    throw new UnreadableFileError(reason, start === undefined ? null : lineAt(this.#text, start));
  }
}

function detailOf(detail: Node, whole: Pick<BankEntry, 'isCredit' | 'bankReference' | 'description'>) {
  const references = child(detail, 'Refs');
  const parties = child(detail, 'RltdPties');
  const remittance = child(detail, 'RmtInf');
  const structured = many(remittance, 'Strd');
  // Who stands on the other side: the debtor of money in, the creditor of money out.
  const [role, account] = whole.isCredit ? ['Dbtr', 'DbtrAcct'] : ['Cdtr', 'CdtrAcct'];
  const party = child(parties, role ?? '');
  const id = child(child(parties, account ?? ''), 'Id');
  return {
    bankReference: words(references, 'AcctSvcrRef') ?? words(references, 'TxId') ?? whole.bankReference,
    endToEndId: words(references, 'EndToEndId'),
    counterparty: {
      name: words(party, 'Nm') ?? words(child(party, 'Pty'), 'Nm'),
      account: words(id, 'IBAN') ?? words(child(id, 'Othr'), 'Id'),
    },
    remittance: [...texts(remittance, 'Ustrd'), ...structured.flatMap((block) => texts(block, 'AddtlRmtInf'))],
    references: structured.map((block) => words(child(block, 'CdtrRefInf'), 'Ref')).filter((ref) => ref !== null),
    description: words(detail, 'AddtlTxInf') ?? whole.description,
  };
}

function child(node: Node | undefined, name: string): Node | undefined {
  const value = node?.[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' && first !== null ? (first as Node) : undefined;
}

function many(node: Node | undefined, name: string): Node[] {
  const value = node?.[name];
  return Array.isArray(value) ? value.filter((item): item is Node => typeof item === 'object' && item !== null) : [];
}

function ownText(node: Node): string | null {
  const value = node['#text'];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function words(node: Node | undefined, name: string): string | null {
  const inner = child(node, name);
  return inner === undefined ? null : ownText(inner);
}

function texts(node: Node | undefined, name: string): string[] {
  return many(node, name)
    .map(ownText)
    .filter((text) => text !== null);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
