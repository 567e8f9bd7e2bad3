/** Sums of several transactions: what their file says of them, and which pages of a statement it lacks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import type { BankEntry } from '../../bank/statement.ts';
import { utf8 } from './support.ts';

const transaction = (amount?: string): string =>
  `<TxDtls>${amount === undefined ? '' : `<Amt Ccy="EUR">${amount}</Amt>`}<RmtInf><Ustrd>ordine</Ustrd></RmtInf></TxDtls>`;

function entries(details: string, more = ''): readonly BankEntry[] {
  const text = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><AcctSvcrRef>BANK-1</AcctSvcrRef>${more}${details}</Ntry>
</Stmt></BkToCstmrStmt></Document>`;
  return readBankFile(utf8(text)).statements.flatMap((statement) => statement.entries);
}
const batch = (number: number): string =>
  `<Btch><MsgId>M-1</MsgId><PmtInfId>NOTPROVIDED</PmtInfId><NbOfTxs>${number}</NbOfTxs></Btch>`;
const details = (...inner: readonly string[]): string => `<NtryDtls>${inner.join('')}</NtryDtls>`;
const sums = (read: readonly BankEntry[]): unknown =>
  read.map(({ amount, batch: sum, partOf }) => [amount, sum, partOf]);

describe('a sum of several transactions', () => {
  const names = ['BANK-1', 'M-1'];
  const open = [['30.00', { transactions: 2, isOpen: true, names }, undefined]];

  it('is open where it does not list them all', () => {
    assert.deepStrictEqual(sums(entries(details(batch(2)))), open);
    assert.deepStrictEqual(sums(entries(details(batch(2), transaction('30.00')))), open);
    assert.deepStrictEqual(sums(entries(details(batch(2), transaction()))), open);
    assert.deepStrictEqual(sums(entries(details(batch(1), transaction()) + details(batch(1)))), open);
    const three = [['30.00', { transactions: 3, isOpen: true, names }, undefined]];
    assert.deepStrictEqual(sums(entries(details(batch(3), transaction('10'), transaction('10')))), three);
  });

  it('is its parts where these add up to it, and whole where all are listed that do not', () => {
    const partOf = { cents: 3000, names };
    const two = [transaction('10.00'), transaction('20.00')];
    assert.deepStrictEqual(sums(entries(details(batch(2), ...two))), [
      ['10.00', undefined, partOf],
      ['20.00', undefined, partOf],
    ]);
    assert.deepStrictEqual(sums(entries(details(batch(2), transaction(), transaction()))), [
      ['30.00', { transactions: 2, isOpen: false, names }, undefined],
    ]);
  });

  it('is none where there is one', () => {
    assert.deepStrictEqual(sums(entries(details(batch(1), transaction()))), [['30.00', undefined, undefined]]);
    assert.deepStrictEqual(sums(entries('')), [['30.00', undefined, undefined]]);
  });

  it('may be told by a bank’s code alone', () => {
    const code = (text: string): string => `<BkTxCd><Prtry><Cd>${text}</Cd></Prtry></BkTxCd>`;
    const collective = [['30.00', { transactions: null, isOpen: true, names: ['BANK-1'] }, undefined]];
    assert.deepStrictEqual(sums(entries('', code('NTRF+194+0931'))), collective);
    assert.deepStrictEqual(sums(entries('', code('NTRF+166+0931'))), [['30.00', undefined, undefined]]);
    const mt940 = (gvc: string): string =>
      `:20:S\n:25:1\n:28C:1/1\n:60F:C270304EUR0,\n:61:2703040304C30,00NTRFNONREF//BANK-1\n:86:${gvc}?00SAMMLER?20X\n`;
    const read = (gvc: string) => sums(readBankFile(utf8(mt940(gvc))).statements[0]?.entries ?? []);
    assert.deepStrictEqual([read('194'), read('166')], [collective, [['30.00', undefined, undefined]]]);
  });
});

describe('the pages of a statement', () => {
  const file = (...pages: readonly string[]): readonly string[] =>
    readBankFile(
      utf8(pages.map((page) => `:20:S\n:25:ACC\n:28C:${page}\n:60M:C270304EUR0,\n:62M:C270304EUR0,\n`).join('-\n')),
    ).warnings;

  it('are told of where one is missing between the others', () => {
    assert.deepStrictEqual(file('7/1', '7/2', '8/1'), []);
    assert.deepStrictEqual(file('7', '9'), []);
    assert.deepStrictEqual(file('00007/00001', '8/1', '00007/00003', '8/6'), [
      'Statement 00007 of account ACC lacks 2 of its pages: ask the bank for the file again.',
      'Statement 8 of account ACC lacks 2-5 of its pages: ask the bank for the file again.',
    ]);
  });
});
