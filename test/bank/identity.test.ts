import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identified, meaningful, type IdentifiedEntry } from '../../bank/identity.ts';
import type { BankEntry, BankFile, BankFormat } from '../../bank/statement.ts';
import { plainDate } from '../../domain/calendar.ts';

const OWN = { bank: ['IT60 X054 2811 1010 0000 0123 456', 'IT02L1234512345123456789012'], postal: '000001234' };
const OURS = 'IT60X0542811101000000123456';

const entry = (changes: Partial<BankEntry> = {}): BankEntry => ({
  place: 'line 1',
  amount: '30.50',
  currency: 'EUR',
  isCredit: true,
  isReversal: false,
  isBooked: true,
  bookedOn: plainDate('2027-03-04'),
  valueOn: plainDate('2027-03-05'),
  bankReference: 'B1',
  endToEndId: null,
  counterparty: { name: 'Rossi', account: null },
  remittance: ['saldo'],
  references: [],
  description: 'Bonifico',
  ...changes,
});

function read(
  account: string | null,
  entries: readonly BankEntry[] = [entry()],
  format: BankFormat = 'camt.053',
): IdentifiedEntry[] {
  const file: BankFile = { format, version: null, statements: [{ id: 'S', account, entries }], warnings: [] };
  return identified(file, OWN);
}
const identityOf = (changes: Partial<BankEntry>): string | undefined => read(OURS, [entry(changes)])[0]?.identity;

describe('an account', () => {
  it('is ours under each name that banks give it', () => {
    const names = [
      OURS,
      'IT60X0542811101000000123456EUR',
      'X0542811101000000123456',
      '05428 11101 000000123456',
      '000000123456',
    ];
    for (const name of [...names, null])
      assert.deepStrictEqual(
        read(name).map(({ account, ignored }) => [account, ignored]),
        [[OURS, null]],
        name ?? 'none',
      );
    assert.equal(read('IT02 L123 4512 3451 2345 6789 012')[0]?.ignored, null);
  });

  it('of postal slips is ours with or without its zeros, and where none is named', () => {
    for (const name of ['1234', '000000001234', null])
      assert.equal(read(name, [entry()], 'postal-slips')[0]?.account, '000001234', name ?? 'none');
  });

  it('is another’s otherwise', () => {
    for (const name of ['IT61X0542811101000000123456', '123456', '00012345', 'DE02120300000000202051'])
      assert.equal(read(name)[0]?.ignored, 'another_account', name);
  });
});

describe('a movement', () => {
  it('with a reference is known by it, with amount, side and day, whatever else is said of it', () => {
    const same = [
      {},
      { amount: '30.5' },
      { description: 'x', remittance: [] },
      { valueOn: null },
      { bankReference: ' B1 ' },
    ];
    for (const changes of same) assert.equal(identityOf(changes), identityOf({}));
    const others = [
      { amount: '30.51' },
      { isCredit: false },
      { bookedOn: plainDate('2027-03-05') },
      { bankReference: 'B2' },
    ];
    for (const changes of others) assert.notEqual(identityOf(changes), identityOf({}));
  });

  it('without one is known by all it says', () => {
    const nameless = { bankReference: 'NONREF' };
    assert.equal(identityOf({ ...nameless, remittance: ['saldo '] }), identityOf(nameless));
    for (const changes of [
      { remittance: ['altro'] },
      { endToEndId: 'E' },
      { counterparty: { name: 'B', account: null } },
    ])
      assert.notEqual(identityOf({ ...nameless, ...changes }), identityOf(nameless));
  });

  it('that is only announced is another than the one that is booked', () => {
    assert.notEqual(identityOf({ isBooked: false }), identityOf({}));
  });

  it('that a statement says twice is two', () => {
    for (const bankReference of ['B1', null]) {
      const [first, second] = read(OURS, [entry({ bankReference }), entry({ bankReference, place: 'line 2' })]);
      assert.notEqual(first?.identity, second?.identity);
    }
  });
});

describe('a reference', () => {
  it('that names nothing is none', () => {
    for (const text of [null, '', ' ', '-', '0000000000000000', 'NOTPROVIDED', 'Not Provided', 'NONREF', 'n/a'])
      assert.equal(meaningful(text), null, text ?? 'null');
    assert.equal(meaningful(' A  1 '), 'A 1');
  });
});
