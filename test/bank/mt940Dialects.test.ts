/** How banks bend MT940, each seen in the files of one: specimens of ours, with the dialect of theirs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBankFile } from '../../bank/read.ts';
import { UnreadableFileError, type BankEntry } from '../../bank/statement.ts';
import { utf8 } from './support.ts';

function statement(movements: string, { opening = 'C270301EUR100,00', closing = 'C270305EUR130,50' } = {}): string {
  return `:20:RIF1\n:25:IT60X0542811101000000123456\n:28C:1/1\n:60F:${opening}\n${movements}\n:62F:${closing}\n-\n`;
}

function entriesOf(text: string): readonly BankEntry[] {
  return readBankFile(utf8(text)).statements.flatMap(({ entries }) => entries);
}

const only = (text: string): BankEntry => {
  const [entry, ...others] = entriesOf(text);
  assert.ok(entry !== undefined && others.length === 0);
  return entry;
};
const told = (words: string): BankEntry => only(statement(`:61:2703050305C30,50NTRFNONREF\n${words}`));

describe('the line of a movement', () => {
  const amounts: [what: string, line: string, amount: string, bookedOn: string][] = [
    ['without an entry date', ':61:270305C30,50NTRFNONREF', '30.50', '2027-03-05'],
    ['with blanks for an entry date', ':61:270305    C30,50NTRFNONREF', '30.50', '2027-03-05'],
    ['with a funds code', ':61:2703050305CR30,50NTRFNONREF', '30.50', '2027-03-05'],
    ['with nothing behind the comma', ':61:2703050305C30,NTRFNONREF', '30', '2027-03-05'],
    ['with one digit behind it', ':61:2703050305C30,5NTRFNONREF', '30.5', '2027-03-05'],
    ['without a comma', ':61:2703050305C500NTRFNONREF', '500', '2027-03-05'],
    ['filled up with zeros', ':61:2703050305C000000000030,50NTRFNONREF', '30.50', '2027-03-05'],
    ['with the 30th of February for a value date', ':61:2702300301C30,50NTRFNONREF', '30.50', '2027-03-01'],
  ];
  for (const [what, line, amount, bookedOn] of amounts) {
    it(`is read ${what}`, () => {
      const entry = only(statement(line));
      assert.deepStrictEqual([entry.amount, entry.bookedOn, entry.isCredit], [amount, bookedOn, true]);
    });
  }

  it('has a value date in February that exists, where the entry date says which day counts', () => {
    assert.equal(only(statement(':61:2702300301C30,50NTRFNONREF')).valueOn, '2027-02-28');
    assert.equal(only(statement(':61:2802300301C30,50NTRFNONREF')).valueOn, '2028-02-29');
    assert.throws(() => entriesOf(statement(':61:270230C30,50NTRFNONREF')), /does not exist/);
    assert.throws(() => entriesOf(statement(':61:2704310501C30,50NTRFNONREF')), /does not exist/);
  });

  it('keeps the customer’s reference where another id follows', () => {
    const entry = only(statement(':61:270305C30,50NTRF1000000161//B1\n:86:/EREF/E2E-9/REMI/saldo/'));
    assert.deepStrictEqual([entry.endToEndId, entry.references, entry.bankReference], ['E2E-9', ['1000000161'], 'B1']);
  });
});

describe('the words of a movement', () => {
  it('stand in several fields', () => {
    const { remittance } = told(':86:Bonifico\n:86:ORDINE 10000\n:86:00161');
    assert.deepStrictEqual(remittance, ['Bonifico', 'ORDINE 10000', '00161']);
  });

  it('go on in a line that begins with a dash, or looks like a field', () => {
    assert.deepStrictEqual(told(':86:ORDINE 1000000161\n-2027 saldo\n:12:11 ore').remittance, [
      'ORDINE 1000000161',
      '-2027 saldo',
      ':12:11 ore',
    ]);
  });

  it('are those of the movement, not of the statement behind it', () => {
    const text = statement(':61:270305C30,50NTRFNONREF\n:86:saldo').replace('\n-\n', '\n:86:ORDINE 1000000161\n-\n');
    assert.deepStrictEqual(only(text).remittance, ['saldo']);
  });

  it('are cut within slash codes, words and numbers', () => {
    const { remittance, endToEndId, counterparty } = told(
      ':86:/EREF/E2E-9/NA\nME/MARIO ROS\nSI/REMI/ORDINE 10000\n00161 saldo/ORDP//ID/X',
    );
    assert.deepStrictEqual(remittance, ['ORDINE 10000', '00161 saldo']);
    assert.deepStrictEqual([endToEndId, counterparty.name], ['E2E-9', 'MARIO ROSSI']);
  });

  it('hold slashes of the payer’s own, and a creditor reference', () => {
    assert.deepStrictEqual(told(':86:/REMI/USTD//rif /ABC/1000000161/').remittance, ['USTD//rif /ABC/1000000161/']);
    assert.deepStrictEqual(told(':86:/REMI/STRD/CUR/RF181000000161/').remittance, ['STRD/CUR/RF181000000161/']);
  });

  it('name the payer among the parts of CNTP', () => {
    const { counterparty } = told(':86:/CNTP/NL32INGB0000012345/INGBNL2A/ROSSI MARIO/ROMA//REMI/USTD//saldo/');
    assert.deepStrictEqual(counterparty, { name: 'ROSSI MARIO', account: 'NL32INGB0000012345' });
  });

  it('are cut within German subfields and their codes', () => {
    const { remittance, endToEndId } = told(
      ':86:166?00GUTSCHRIFT?20EREF+E2EXSVWZ+ORDINE 10000?2\n100161 SAL\nDO?32ROSSI',
    );
    assert.deepStrictEqual(remittance, ['EREF+E2EXSVWZ+ORDINE 10000', '00161 SAL', 'DO']);
    assert.equal(endToEndId, 'E2EX');
  });
});

describe('a file of MT940', () => {
  const good = statement(':61:270305C30,50NTRFNONREF\n:86:saldo');

  it('has any line ends, and none but @@', () => {
    for (const end of ['\r\n', '\r', '@@']) assert.equal(only(good.replaceAll('\n', end)).amount, '30.50', end);
  });

  it('holds several messages in envelopes, nested blocks and all', () => {
    const head = '{1:F01BANKITMMXXXX0000000000}{2:I940BANKITMMXXXXN}{3:{108:X}}{4:';
    const message = (text: string): string => `${head}\n${text.replace('\n-\n', '\n-}{5:{CHK:1}}\n')}`;
    assert.equal(entriesOf(message(good) + message(good)).length, 2);
  });

  it('leaves the currency to the account or to the opening balance', () => {
    const [, , , , movement = ''] = good.split('\n');
    assert.equal(only(`:20:A\n:25:20041111/877321000EUR\n${movement}\n-\n`).currency, 'EUR');
    const closing = { closing: 'C270305130,50' };
    assert.deepStrictEqual(readBankFile(utf8(statement(movement, closing))).warnings, []);
    assert.throws(() => entriesOf(`:20:A\n:25:1\n${movement}\n-\n`), UnreadableFileError);
  });

  it('may be empty, or of no balance at all', () => {
    assert.deepStrictEqual(
      entriesOf(':20:A\n:25:1\n:28C:1\n:60F:C270301EUR0000000000000000,00\n:62F:C270301EUR0,\n-\n'),
      [],
    );
  });

  it('is an interim report where it says so', () => {
    const text =
      ':20:A\n:25:1\n:28C:1\n:34F:EURC0,\n:13D:2703051730+0100\n:61:270305C30,50NTRFNONREF\n:86:saldo\n:90D:0EUR0,\n:90C:1EUR30,50\n-\n';
    assert.deepStrictEqual([readBankFile(utf8(text)).format, only(text).amount], ['mt942', '30.50']);
  });
});
