import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadInstructions, parseInstructions } from '../../config/instructions.ts';

const OWN = {
  bankTransfer: { holder: 'Vera S.p.A.', iban: 'it60 x054 2811 1010 0000 0123 456', bic: 'POSOIT22XXX' },
  postalSlip: { holder: 'Vera S.p.A.', accountNumber: '12345678' },
};

const parsed = (changes: object): unknown => parseInstructions(JSON.stringify({ ...OWN, ...changes }), 'mine.json');

describe('where money goes', () => {
  it('is a placeholder that says so, without a file', () => {
    const { placeholder, bankTransfer } = loadInstructions();
    assert.deepStrictEqual([placeholder, bankTransfer.iban], [true, 'IT60X0542811101000000123456']);
  });

  it('is what a file says, its IBAN without blanks', () => {
    assert.deepStrictEqual(parsed({}), {
      bankTransfer: { ...OWN.bankTransfer, iban: 'IT60X0542811101000000123456' },
      postalSlip: OWN.postalSlip,
      placeholder: false,
    });
  });

  for (const [about, changes, fault] of [
    [
      'an IBAN mistyped',
      { bankTransfer: { ...OWN.bankTransfer, iban: 'IT61X0542811101000000123456' } },
      /bankTransfer\.iban/,
    ],
    ['a BIC mistyped', { bankTransfer: { ...OWN.bankTransfer, bic: 'POSOIT2' } }, /bankTransfer\.bic/],
    ['a holder no bank could carry', { bankTransfer: { ...OWN.bankTransfer, holder: 'A\nB' } }, /bankTransfer\.holder/],
    ['a holder too long', { bankTransfer: { ...OWN.bankTransfer, holder: 'x'.repeat(71) } }, /bankTransfer\.holder/],
    [
      'a postal account of letters',
      { postalSlip: { ...OWN.postalSlip, accountNumber: 'CCP1' } },
      /postalSlip\.accountNumber/,
    ],
    ['a field that is not known', { ibann: 'x' }, /ibann/],
    ['no postal account at all', { postalSlip: undefined }, /postalSlip/],
  ] as const) {
    it(`is refused with ${about}, naming the file and the field`, () => {
      assert.throws(
        () => parsed(changes),
        (error: Error) => /mine\.json/.test(error.message) && fault.test(error.message),
      );
    });
  }

  it('is refused where the file is not JSON', () => {
    assert.throws(() => parseInstructions('IBAN', 'mine.json'), /mine\.json.*not JSON/);
  });
});
