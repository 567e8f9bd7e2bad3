import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isOrderNumber, orderNumberFor } from '../../domain/orderNumber.ts';

const numbers = fc.integer({ min: 1, max: 999_999_999_999 }).map((sequence) => orderNumberFor(sequence));
const digits = Array.from({ length: 10 }, (_, digit) => String(digit));

describe('an order number', () => {
  it('is eight or more digits and two check digits', () => {
    assert.equal(orderNumberFor(10_000_001), '1000000161');
    assert.equal(orderNumberFor(1), '0000000195');
    assert.equal(orderNumberFor(123_456_789_012), '12345678901244');
    for (const number of ['1000000161', '0000000195', '12345678901244']) assert.equal(isOrderNumber(number), true);
  });

  it('is read as a whole, digits only', () => {
    for (const text of [
      '',
      '161',
      '10000001',
      '1000000161 ',
      '10000 00161',
      '1000000161x',
      '１０００００0161',
      '-100000161',
    ]) {
      assert.equal(isOrderNumber(text), false, text);
    }
  });

  it('has one pair of check digits, where three others would leave the same remainder', () => {
    const endings = (sequence: string) =>
      digits.flatMap((a) => digits.map((b) => a + b)).filter((check) => isOrderNumber(sequence + check));
    for (let sequence = 10_000_000; sequence < 10_000_097; sequence += 1) {
      assert.deepStrictEqual(endings(String(sequence)), [orderNumberFor(sequence).slice(-2)]);
    }
  });

  it('is never another one with a single digit mistyped', () => {
    fc.assert(
      fc.property(numbers, (number) => {
        const mistyped = number
          .split('')
          .flatMap((digit, index) =>
            digits
              .filter((other) => other !== digit)
              .map((other) => number.slice(0, index) + other + number.slice(index + 1)),
          );
        assert.deepStrictEqual(mistyped.filter(isOrderNumber), []);
      }),
    );
  });

  it('is never another one with two neighbouring digits swapped', () => {
    fc.assert(
      fc.property(numbers, (number) => {
        const swapped = number
          .split('')
          .map((digit, index) => number.slice(0, index) + (number[index + 1] ?? '') + digit + number.slice(index + 2))
          .filter((text) => text.length === number.length && text !== number);
        assert.deepStrictEqual(swapped.filter(isOrderNumber), []);
      }),
    );
  });

  it('is not one with a zero set before it', () => {
    fc.assert(fc.property(numbers, (number) => assert.equal(isOrderNumber(`0${number}`), false)));
  });
});
