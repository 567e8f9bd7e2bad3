import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import { UnreadableFileError, type BankEntry } from '../../bank/statement.ts';
import { slipCodeFor } from '../../domain/remittance.ts';
import { utf8 } from './support.ts';

const CODE = slipCodeFor('1000000161');

function entriesOf(text: string): readonly BankEntry[] {
  const { statements, format } = readBankFile(utf8(text));
  assert.equal(format, 'postal-slips');
  return statements.flatMap(({ entries }) => entries);
}

describe('a table of postal slips', () => {
  it('says who paid, how much, when, and by which code', () => {
    const [slip] = entriesOf(
      `Data;Importo;Codice;Causale;Versante;Riferimento\n04/03/2027;1.234,50;${CODE};"Ordine 1000000161; saldo";Rossi Mario;VCY0001\n`,
    );
    assert.deepStrictEqual(slip, {
      place: 'line 2',
      amount: '1234.50',
      currency: 'EUR',
      isCredit: true,
      isReversal: false,
      isBooked: true,
      bookedOn: '2027-03-04',
      valueOn: '2027-03-04',
      bankReference: 'VCY0001',
      endToEndId: null,
      counterparty: { name: 'Rossi Mario', account: null },
      remittance: ['Ordine 1000000161; saldo'],
      references: [CODE],
      description: null,
    });
  });

  it('is read in English, with commas or tabs, in any order', () => {
    for (const separator of [',', '\t'])
      assert.deepStrictEqual(
        entriesOf(['code,amount,date', `${CODE},30.50,2027-03-04`].join('\r\n').replaceAll(',', separator)).map(
          ({ amount, bookedOn }) => [amount, bookedOn],
        ),
        [['30.50', '2027-03-04']],
      );
  });

  it('is one statement an account', () => {
    const { statements } = readBankFile(
      utf8('data;importo;conto\n2027-03-04;10,00;111\n2027-03-04;20,00;222\n2027-03-05;30,00;111\n'),
    );
    assert.deepStrictEqual(
      statements.map(({ account, entries }) => [account, entries.length]),
      [
        ['111', 2],
        ['222', 1],
      ],
    );
  });
});

describe('a table of postal slips that cannot be read', () => {
  const cases: [what: string, rows: string, line: number, reason: RegExp][] = [
    ['an amount that may be two', '2027-03-04;1.234', 2, /amount "1\.234"/],
    ['a negative amount', '2027-03-04;-30,50', 2, /amount/],
    ['no amount', '2027-03-04;', 2, /amount ""/],
    ['a date that does not exist', '2027-03-04;30,50\n30/02/2027;30,50', 3, /date "30\/02\/2027"/],
    ['an American date', '03/13/2027;30,50', 2, /date/],
    ['a row too long', '2027-03-04;30,50;x', 2, /not a row of this table/],
    ['a quote that is never closed', '2027-03-04;"30,50', 2, /not a row of this table/],
  ];
  for (const [what, rows, line, reason] of cases) {
    it(`is refused whole with the line and the reason: ${what}`, () => {
      assert.throws(
        () => readBankFile(utf8(`data;importo\n${rows}\n`)),
        (error: unknown) => error instanceof UnreadableFileError && reason.test(error.message) && error.line === line,
      );
    });
  }

  it('is not taken for one without its columns', () => {
    assert.throws(() => readBankFile(utf8('nome;cognome\nMario;Rossi\n')), /neither CAMT\.053/);
  });

  it('names no column twice', () => {
    assert.throws(() => readBankFile(utf8('data;importo;amount\n2027-03-04;1,00;2,00\n')), /column twice/);
  });
});
