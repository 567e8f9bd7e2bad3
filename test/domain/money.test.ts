import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { divideHalfUp, euros, percentOf } from '../../domain/money.ts';

describe('money', () => {
  it('is written as whole cents and a currency', () => {
    assert.deepStrictEqual(euros(3050), { amountMinor: 3050, currency: 'EUR' });
  });

  it('rounds half a cent up, and less than half down', () => {
    assert.equal(divideHalfUp(5n, 10n), 1);
    assert.equal(divideHalfUp(4n, 10n), 0);
    assert.equal(divideHalfUp(15n, 10n), 2);
    assert.equal(divideHalfUp(25n, 10n), 3);
    assert.equal(divideHalfUp(0n, 7n), 0);
  });

  it('refuses what has no meaning here: negative numerators, and denominators of zero or less', () => {
    assert.throws(() => divideHalfUp(-1n, 2n), RangeError);
    assert.throws(() => divideHalfUp(1n, 0n), RangeError);
    assert.throws(() => divideHalfUp(1n, -2n), RangeError);
  });

  it('takes 22 % VAT of an amount, half a cent up', () => {
    assert.equal(percentOf(2500, 22), 550);
    assert.equal(percentOf(25, 22), 6); // 5.5
    assert.equal(percentOf(1, 22), 0); // 0.22
    assert.equal(percentOf(0, 22), 0);
  });

  it('is never more than half a cent away from the exact quotient, however large the factors', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.bigInt(1n, 10n ** 6n), (numerator, denominator) => {
        const twiceError = 2n * BigInt(divideHalfUp(numerator, denominator)) * denominator - 2n * numerator;
        assert.ok(-denominator < twiceError && twiceError <= denominator);
      }),
    );
  });
});
