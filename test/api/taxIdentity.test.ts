import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readTaxCode, readVatNumber, type Identity } from '../../api/taxIdentity.ts';

interface Case {
  value: string;
  valid: boolean;
  about: string;
}

const { taxCodes, vatNumbers } = JSON.parse(
  readFileSync(new URL('../data/identifiers.json', import.meta.url), 'utf8'),
) as { taxCodes: Case[]; vatNumbers: Case[] };

function check(read: (text: string) => Identity, cases: Case[]): void {
  for (const { value, valid, about } of cases) {
    it(`${valid ? 'accepts' : 'refuses'} ${value} ${about === '' ? '' : `(${about})`}`, () => {
      assert.equal(read(value).valid, valid, JSON.stringify(read(value)));
    });
  }
}

describe('a tax code', () => {
  check(readTaxCode, taxCodes);

  it('is brought to capitals without blanks', () => {
    assert.deepStrictEqual(readTaxCode('rss mra 45c12 f205c'), { valid: true, value: 'RSSMRA45C12F205C' });
  });

  // The same person with another birth date, its check letter right.
  for (const [code, about] of [
    ['RSSMRA45B30F205F', 'on 30 February'],
    ['RSSMRA45D31F205W', 'on 31 April'],
    ['RSSMRA45C00F205P', 'on day 0'],
    ['RSSMRA45C99F205X', 'on day 99'],
    ['RSSMRA45C72F205D', 'on day 32, a woman'],
  ] as const) {
    it(`is refused when it says its holder was born ${about}`, () => {
      const read = readTaxCode(withCheckLetter(code));
      assert.equal(read.valid ? null : read.reason.en, 'holds a birth date that does not exist.');
    });
  }

  it('may say 29 February of a year that was a leap year in either century', () => {
    assert.equal(readTaxCode(withCheckLetter('RSSMRA00B29F205X')).valid, true);
    assert.equal(readTaxCode(withCheckLetter('RSSMRA45B29F205X')).valid, false);
  });

  it('of eleven digits is refused for any other last digit than the right one', () => {
    const right = '12345671585';
    for (let digit = 0; digit <= 9; digit += 1) {
      const code = `${right.slice(0, 10)}${digit}`;
      assert.equal(readTaxCode(code).valid, code === right, code);
    }
  });
});

describe('a VAT number', () => {
  check(readVatNumber, vatNumbers);

  it('loses its prefix and blanks', () => {
    assert.deepStrictEqual(readVatNumber('it 00743110157'), { valid: true, value: '00743110157' });
  });
});

/** Puts the right check letter at the end, so that only what a test is about is wrong. */
function withCheckLetter(code: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const right = letters
    .split('')
    .map((letter) => code.slice(0, 15) + letter)
    .find((candidate) => {
      const read = readTaxCode(candidate);
      return read.valid || read.reason.en.includes('birth date');
    });
  assert.ok(right, `no check letter fits ${code}`);
  return right;
}
