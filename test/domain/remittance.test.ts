import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { creditorReferenceFor, isSlipOfThePen, orderNumbersIn, slipCodeFor } from '../../domain/remittance.ts';

const FIRST = orderNumberFor(10_000_001);
const SECOND = orderNumberFor(10_000_002);
const known = (number: string): boolean => number === FIRST || number === SECOND;
const numbersIn = (...texts: string[]): string[] => orderNumbersIn(texts, known).map(({ number }) => number);
const findingIn = (text: string): string[] => orderNumbersIn([text], known).map(({ finding }) => finding);

describe('an order’s number in a remittance text', () => {
  const cases: [text: string, finding: string][] = [
    [`ORDINE ${FIRST}`, 'exact'],
    [`Ord.${FIRST}`, 'exact'],
    [`saldo fatt. 12 del 14 01 2026 ordine${FIRST}`, 'exact'],
    [
      `BONIFICO SEPA DA MARIO ROSSI PER ${FIRST.slice(0, 4)} ${FIRST.slice(4)} COMM 0,00 TRN 1001251564002485`,
      'broken',
    ],
    [`ordine ${FIRST.slice(0, 3)}-${FIRST.slice(3, 6)}-${FIRST.slice(6)}`, 'broken'],
    [`TRN 1001${FIRST}2485IT`, 'glued'],
    [`${FIRST.slice(0, 5)} ${FIRST.slice(5)}0306972148`, 'glued'],
    [`/RFB/${creditorReferenceFor(FIRST)}`, 'reference'],
    [creditorReferenceFor(FIRST).replaceAll(/(.{4})/g, '$1 '), 'reference'],
    [slipCodeFor(FIRST), 'reference'],
  ];
  for (const [text, finding] of cases) {
    it(`is found: ${text}`, () => {
      assert.deepStrictEqual(numbersIn(text), [FIRST]);
      assert.deepStrictEqual(findingIn(text), [finding]);
    });
  }

  it('is found where it goes on in the next piece', () => {
    assert.deepStrictEqual(numbersIn(`PAGAMENTO ORDINE ${FIRST.slice(0, 6)}`, `${FIRST.slice(6)} SALDO`), [FIRST]);
  });

  it('is found beside another', () => {
    assert.deepStrictEqual(numbersIn(`pag. ordine ${FIRST} e ${SECOND}`), [FIRST, SECOND]);
    assert.deepStrictEqual(numbersIn(`ordini ${FIRST}-${SECOND}`), [FIRST, SECOND]);
    assert.deepStrictEqual(numbersIn(`ordini ${FIRST} ${SECOND}`), [FIRST, SECOND]);
  });

  it('is found wherever a blank breaks it', () => {
    for (let at = 1; at < FIRST.length; at += 1)
      assert.deepStrictEqual(numbersIn(`ORDINE ${FIRST.slice(0, at)} ${FIRST.slice(at)}`), [FIRST]);
  });

  it('is told once, as it was found most surely', () => {
    assert.deepStrictEqual(orderNumbersIn([`ordine ${FIRST}`, creditorReferenceFor(FIRST)], known), [
      { number: FIRST, finding: 'reference' },
    ]);
  });

  it('is not found with a digit wrong, missing, or swapped', () => {
    for (const damaged of [FIRST.replace('1', '2'), FIRST.slice(1), FIRST.slice(0, -1)])
      assert.deepStrictEqual(numbersIn(`ordine ${damaged}`), []);
  });

  it('is not what no order has, whatever the check digits say', () => {
    assert.deepStrictEqual(
      orderNumbersIn([`ordine ${FIRST}`], () => false),
      [],
    );
  });

  it('is not read out of words, dates and amounts', () => {
    assert.deepStrictEqual(numbersIn('SALDO FATT. 12 DEL 14/01/2026 EUR 1.234,56', 'CRO 12345678901', ''), []);
  });

  it('is found in any noise around it', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'ABC xyz.:;()'.split('')) });
    fc.assert(
      fc.property(noise, noise, fc.integer({ min: 10_000_001, max: 99_999_999 }), (before, after, sequence) => {
        const number = orderNumberFor(sequence);
        const found = orderNumbersIn([`${before}${number}${after}`], (one) => one === number);
        assert.deepStrictEqual(found, [{ number, finding: 'exact' }]);
      }),
    );
  });

  it('is found at any length in use', () => {
    const long = orderNumberFor(123_456_789);
    assert.deepStrictEqual(
      orderNumbersIn([`ordine ${long}`], (one) => one === long, [10, 11]).map(({ number }) => number),
      [long],
    );
  });
});

describe('a creditor reference', () => {
  it('is one by ISO 11649', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000_001, max: 99_999_999 }), (sequence) => {
        const reference = creditorReferenceFor(orderNumberFor(sequence));
        assert.match(reference, /^RF\d{2}\d{10}$/);
        assert.equal(BigInt(`${reference.slice(4)}2715${reference.slice(2, 4)}`) % 97n, 1n);
      }),
    );
  });

  it('with wrong check digits is none', () => {
    const reference = creditorReferenceFor(FIRST);
    const wrong = `RF${reference.slice(2, 4) === '11' ? '12' : '11'}X${FIRST}`;
    assert.notEqual(findingIn(wrong)[0], 'reference');
  });
});

describe('a slip of the pen', () => {
  it('is a digit wrong, missing or too many, or two swapped', () => {
    assert.ok(isSlipOfThePen('1000000261', '1000000161'));
    assert.ok(isSlipOfThePen('100000161', '1000000161'));
    assert.ok(isSlipOfThePen('10000001611', '1000000161'));
    assert.ok(isSlipOfThePen('1000001061', '1000000161'));
  });

  it('is neither the number itself nor two faults', () => {
    assert.ok(!isSlipOfThePen('1000000161', '1000000161'));
    assert.ok(!isSlipOfThePen('2000000261', '1000000161'));
    assert.ok(!isSlipOfThePen('10000001', '1000000161'));
  });
});
