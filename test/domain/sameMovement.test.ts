import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sameness, toldBefore, type NamedMovement } from '../../domain/sameMovement.ts';

const movement = (changes: Partial<NamedMovement> = {}): NamedMovement => ({
  format: 'camt.053',
  bankReference: null,
  endToEndId: null,
  counterparty: { name: null, account: null },
  remittance: [],
  references: [],
  description: null,
  ...changes,
});
const notified = (changes: Partial<NamedMovement> = {}): NamedMovement =>
  movement({ format: 'camt.054', bankReference: 'N1', ...changes });
const stated = (changes: Partial<NamedMovement> = {}): NamedMovement => movement({ bankReference: 'S1', ...changes });
const by = (name: string, account: string | null = null): Partial<NamedMovement> => ({
  counterparty: { name, account },
});

describe('two movements of one account, amount, side and day', () => {
  const same: [what: string, changes: Partial<NamedMovement>, others?: Partial<NamedMovement>][] = [
    ['the payer’s own id', { endToEndId: 'E2E-1' }],
    ['the UETR', { names: { uetr: '255ae394-9965-4438-ac86-f406feada396' } }],
    ['the transaction’s id', { names: { transactionId: 'T1' } }],
    [
      'the creditor reference, however written',
      { references: ['RF181000000161'] },
      { references: ['RF18 1000 0001 61'] },
    ],
    [
      'a bank reference that the other calls the transaction’s',
      { names: { transactionId: 'T1' } },
      { bankReference: 'T1' },
    ],
  ];
  for (const [what, changes, others = changes] of same) {
    it(`are one where notification and statement share ${what}`, () => {
      assert.equal(sameness(notified(changes), stated(others)), 'same');
    });
  }

  const different: [what: string, a: Partial<NamedMovement>, b: Partial<NamedMovement>][] = [
    ['ids of the payer', { endToEndId: 'A' }, { endToEndId: 'B' }],
    [
      'UETRs, though the payer’s id is one',
      { endToEndId: 'A', names: { uetr: '1' } },
      { endToEndId: 'A', names: { uetr: '2' } },
    ],
    ['payers', by('ROSSI MARIO'), by('BIANCHI ANNA')],
    ['payers’ accounts', by('ROSSI MARIO', 'IT1'), by('ROSSI MARIO', 'IT2')],
    ['words', { remittance: ['ordine 1000000161'] }, { remittance: ['ordine 1000000258'] }],
    ['creditor references', { references: ['RF1'] }, { references: ['RF2'] }],
  ];
  for (const [what, a, b] of different) {
    it(`are two where they have different ${what}`, () => {
      assert.equal(sameness(notified(a), stated(b)), 'different');
    });
  }

  it('are two where one kind of file gives them different references', () => {
    assert.equal(sameness(stated({ endToEndId: 'E' }), stated({ bankReference: 'S2', endToEndId: 'E' })), 'different');
  });

  it('are doubtful where nothing tells them apart and nothing makes them one', () => {
    assert.equal(sameness(notified(by('ROSSI MARIO')), stated(by('Rossi Mario'))), 'doubtful');
    assert.equal(sameness(notified(), stated({ remittance: ['saldo'] })), 'doubtful');
    assert.equal(
      sameness(
        notified({ remittance: ['ORDINE 10000', '00161'] }),
        stated({ remittance: ['EREF+1 SVWZ+ordine 1000000161 '] }),
      ),
      'doubtful',
    );
  });
});

describe('a movement of a file', () => {
  const first = stated({ endToEndId: 'E' });
  const second = stated({ bankReference: 'S2', endToEndId: 'E' });

  it('was told before only as often as another file told it', () => {
    const before = [notified({ endToEndId: 'E' })];
    assert.deepStrictEqual(
      [first, second].map((one) => toldBefore(one, [first, second], before)),
      ['same', 'different'],
    );
    const both = [...before, notified({ bankReference: 'N2', endToEndId: 'E' })];
    assert.deepStrictEqual(
      [first, second].map((one) => toldBefore(one, [first, second], both)),
      ['same', 'same'],
    );
  });

  it('is one of its own where none like it came before', () => {
    assert.equal(toldBefore(first, [first], []), 'different');
    assert.equal(toldBefore(first, [first], [notified({ endToEndId: 'X' })]), 'different');
  });
});
