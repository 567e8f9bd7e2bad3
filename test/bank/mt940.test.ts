import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import { UnreadableFileError, type BankEntry } from '../../bank/statement.ts';
import { bankFiles, bytesOf, expectedOf, utf8 } from './support.ts';

interface Expected {
  readonly transactions: readonly { readonly amount: string; readonly currency: string; readonly date: string }[];
}

/** It holds one movement and nothing else: no statement at all. */
const FRAGMENT = 'myflow-missing_booking_date.sta';

function statement(movements: string, closing = 'C270305EUR130,50'): string {
  return `:20:RIF1\n:25:IT60X0542811101000000123456\n:28C:1/1\n:60F:C270301EUR100,00\n${movements}\n:62F:${closing}\n-\n`;
}

function entriesOf(text: string): readonly BankEntry[] {
  return readBankFile(utf8(text)).statements.flatMap(({ entries }) => entries);
}

const only = (text: string): BankEntry => {
  const [entry, ...others] = entriesOf(text);
  assert.ok(entry !== undefined && others.length === 0);
  return entry;
};

describe('the MT940 files of others', () => {
  for (const name of bankFiles('mt940').filter((file) => file !== FRAGMENT)) {
    const expected = expectedOf<Expected>('mt940', name);
    it(`are read to the end: ${name}`, () => {
      const { statements, format } = readBankFile(bytesOf('mt940', name));
      assert.equal(format, name.includes('mt942') ? 'mt942' : 'mt940');
      assert.ok(statements.flatMap(({ entries }) => entries).length > 0);
    });
    if (expected === null) continue;
    it(`come to the same amounts and days as for an independent reader: ${name}`, () => {
      const entries = readBankFile(bytesOf('mt940', name)).statements.flatMap((one) => one.entries);
      const own = entries.map(({ amount, currency, isCredit, valueOn }) => {
        const value = Number(amount);
        return `${isCredit ? value : -value} ${currency} ${valueOn}`;
      });
      assert.deepStrictEqual(
        own,
        expected.transactions.map(
          ({ amount, currency, date }) => `${Number(amount.split(' ')[0])} ${currency} ${date}`,
        ),
      );
    });
  }

  it('are refused where they hold no statement', () => {
    assert.throws(() => readBankFile(bytesOf('mt940', FRAGMENT)), UnreadableFileError);
  });
});

describe('a movement of MT940', () => {
  it('says when, how much, and by which names the bank and the payer know it', () => {
    const { place, amount, currency, isCredit, bookedOn, valueOn, bankReference, endToEndId } = only(
      statement(':61:2703050304C30,50NTRFE2E-1//TRN-77\n:86:BONIFICO DA MARIO ROSSI PER ORDINE 1000000123'),
    );
    assert.deepStrictEqual(
      { place, amount, currency, isCredit, bookedOn, valueOn, bankReference, endToEndId },
      {
        place: 'line 5',
        amount: '30.50',
        currency: 'EUR',
        isCredit: true,
        bookedOn: '2027-03-04',
        valueOn: '2027-03-05',
        bankReference: 'TRN-77',
        endToEndId: 'E2E-1',
      },
    );
  });

  it('keeps the payer’s words in the pieces in which the bank wraps them', () => {
    const { remittance } = only(statement(':61:270305C30,50NTRFNONREF\n:86:PAGAMENTO ORDINE 10000\n00123 SALDO'));
    assert.deepStrictEqual(remittance, ['PAGAMENTO ORDINE 10000', '00123 SALDO']);
  });

  const sides: [code: string, isCredit: boolean, isReversal: boolean, isBooked: boolean][] = [
    ['C', true, false, true],
    ['D', false, false, true],
    ['RC', false, true, true],
    ['RD', true, true, true],
    ['EC', true, false, false],
    ['ED', false, false, false],
  ];
  for (const [code, isCredit, isReversal, isBooked] of sides) {
    it(`stands on its side: ${code}`, () => {
      const entry = only(statement(`:61:270305${code}30,50NTRFNONREF`));
      assert.deepStrictEqual([entry.isCredit, entry.isReversal, entry.isBooked], [isCredit, isReversal, isBooked]);
    });
  }

  it('is booked in the year that lies closest to its value date', () => {
    assert.equal(only(statement(':61:2701021231C30,50NTRFNONREF')).bookedOn, '2026-12-31');
    assert.equal(only(statement(':61:2612310102C30,50NTRFNONREF')).bookedOn, '2027-01-02');
  });

  it('is read with German subfields, its words, payer and end-to-end id', () => {
    const entry = only(
      statement(
        ':61:270305C30,50NTRFNONREF\n:86:166?00GUTSCHRIFT?20EREF+E2E-9 SVWZ+ORDINE?21 1000000123?31DE123?32ROSSI MA?33RIO',
      ),
    );
    assert.deepStrictEqual(entry.remittance, ['EREF+E2E-9 SVWZ+ORDINE', '1000000123']);
    assert.deepStrictEqual(
      [entry.endToEndId, entry.counterparty],
      ['E2E-9', { name: 'ROSSI MA RIO', account: 'DE123' }],
    );
  });

  it('is read with slash codes', () => {
    const entry = only(
      statement(':61:270305C30,50NTRFNONREF\n:86:/EREF/E2E-9/NAME/MARIO ROSSI/REMI/ORDINE 1000000123/'),
    );
    assert.deepStrictEqual([entry.endToEndId, entry.counterparty.name], ['E2E-9', 'MARIO ROSSI']);
    assert.ok(entry.remittance.some((text) => text.includes('1000000123')));
  });

  it('is read inside a SWIFT envelope too', () => {
    const enveloped = `{1:F01BANKITMMXXXX0000000000}{2:I940BANKITMMXXXXN}{4:\n${statement(':61:270305C30,50NTRFNONREF')}}`;
    assert.equal(only(enveloped.replace('-\n}', '-}')).amount, '30.50');
  });
});

describe('the balances of MT940', () => {
  it('say nothing when they add up', () => {
    assert.deepStrictEqual(readBankFile(utf8(statement(':61:270305C30,50NTRFNONREF'))).warnings, []);
  });

  it('warn when a movement seems to be missing', () => {
    const [warning] = readBankFile(utf8(statement(':61:270305C30,50NTRFNONREF', 'C270305EUR150,00'))).warnings;
    assert.match(warning ?? '', /a movement may be missing/);
  });
});

describe('an MT940 file that cannot be read', () => {
  const cases: [what: string, text: string, line: number, reason: RegExp][] = [
    ['a movement of rubbish', statement(':61:rubbish'), 5, /movement that cannot be read/],
    ['an amount with a point', statement(':61:270305C1.030,50NTRF'), 5, /cannot be read/],
    ['a date that does not exist', statement(':61:270230C30,50NTRF'), 5, /does not exist/],
    ['a balance of rubbish', statement(':61:270305C30,50NTRF', 'rubbish'), 6, /balance that cannot be read/],
    ['a movement in no currency', ':20:X\n:25:1\n:61:270305C30,50NTRF\n', 3, /currency/],
  ];
  for (const [what, text, line, reason] of cases) {
    it(`is refused whole with the line and the reason: ${what}`, () => {
      assert.throws(
        () => readBankFile(utf8(text)),
        (error: unknown) => error instanceof UnreadableFileError && error.line === line && reason.test(error.message),
      );
    });
  }
});
