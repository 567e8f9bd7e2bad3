/**
 * ISO 20022 statements (camt.053) and notifications (camt.054), versions 02 to 10. Real files are often not valid against
 * the schema, so what money needs is demanded here, element by element, and the rest is taken as it comes.
 */
import { isPlainDate, type PlainDate } from '../domain/calendar.ts';
import { reconciled } from './batch.ts';
import { balanceWarning } from './camtBalances.ts';
import { namesOfSum, sumSaidBy } from './camtBatches.ts';
import { detailOf, returnedBy, withNames } from './camtDetails.ts';
import { asOneDocument, messagesIn } from './camtMessages.ts';
import { UnreadableFileError, type BankEntry, type BankFile, type BankStatement } from './statement.ts';
import { child, lineOf, many, ownText, treeOf, words, type Node } from './xmlNodes.ts';

const REPEATED = new Set([
  'Stmt',
  'Ntfctn',
  'Ntry',
  'NtryDtls',
  'TxDtls',
  'Ustrd',
  'Strd',
  'AddtlRmtInf',
  'RfrdDocInf',
  'Bal',
  'Btch',
]);
/** Reads all messages of a text whole, or throws an UnreadableFileError naming the line and what is wrong there. */
export function readCamt(text: string): BankFile {
  const { tree, text: read } = treeOf(asOneDocument(text), REPEATED);
  const { format, version, statements } = messagesIn(tree, text);
  const reader = new Reader(read);
  return {
    format,
    version,
    statements: statements.map(({ node, place }) => reader.statement(node, place)),
    warnings: reader.warnings,
  };
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
    const read = {
      id: words(statement, 'Id') ?? place,
      account: words(id, 'IBAN') ?? words(child(id, 'Othr'), 'Id') ?? words(child(id, 'PrtryAcct'), 'Id'),
      entries: many(statement, 'Ntry').flatMap((entry, index) => this.#entry(entry, `${place}, Ntry ${index + 1}`)),
    };
    const warning = balanceWarning(statement, read);
    if (warning !== null) this.warnings.push(warning);
    return read;
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
    const { entries, warning } = reconciled(whole, parts, { said: sumSaidBy(entry), names: namesOfSum(entry) });
    if (warning !== null) this.warnings.push(warning);
    return [...entries];
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
    return holder === undefined || words(holder, 'Amt') === null ? null : this.#money(holder, sides, 'Amt', place);
  }

  #shared(entry: Node, place: string): Omit<BankEntry, 'amount' | 'currency' | 'isCredit'> {
    const status = child(entry, 'Sts');
    const bankReference = words(entry, 'AcctSvcrRef');
    const returned = returnedBy(entry);
    const batch = many(entry, 'NtryDtls').flatMap((group) => many(group, 'Btch'))[0];
    const state = (status === undefined ? null : ownText(status)) ?? words(status, 'Cd') ?? words(status, 'Prtry');
    return {
      place,
      isReversal: /^(true|1)$/.test(words(entry, 'RvslInd') ?? ''),
      isBooked: state === null || state === 'BOOK',
      bookedOn: this.#date(child(entry, 'BookgDt'), place),
      valueOn: this.#date(child(entry, 'ValDt'), place),
      bankReference: bankReference ?? words(entry, 'NtryRef'),
      endToEndId: null,
      counterparty: { name: null, account: null },
      remittance: [],
      references: [],
      description: words(entry, 'AddtlNtryInf'),
      ...withNames({
        entryReference: bankReference === null ? null : words(entry, 'NtryRef'),
        batchReference: words(batch, 'PmtInfId') ?? words(batch, 'MsgId'),
      }),
      ...(returned === undefined ? {} : { returned }),
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
    throw new UnreadableFileError(reason, lineOf(node, this.#text));
  }
}
