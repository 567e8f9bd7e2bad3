import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { amountInWords, inWords } from '../../documents/words.ts';
import { slipLine, slipMatrix, slipPdf, type PostalSlip } from '../../documents/slip.ts';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { orderNumbersIn, slipCodeFor } from '../../domain/remittance.ts';

const NUMBER = orderNumberFor(10_000_001);
const SLIP: PostalSlip = {
  orderNumber: NUMBER,
  amountMinor: 3050,
  account: '12345678',
  holder: 'Fornitore di Esempio S.p.A.',
  payer: { name: 'Mario Rossi', street: 'Via Roma 1', place: '52100 Arezzo (AR)' },
  placeholder: true,
};

describe('a premarked postal slip', () => {
  it('names its order by a code of 18 digits, from which the order is found again', () => {
    const code = slipCodeFor(NUMBER);
    assert.match(code, /^\d{18}$/);
    assert.equal(BigInt(code.slice(0, 16)) % 93n, BigInt(code.slice(16)));
    assert.deepStrictEqual(
      orderNumbersIn([code], (one) => one === NUMBER),
      [{ number: NUMBER, finding: 'reference' }],
    );
  });

  it('says the same to the machine and along its bottom line', () => {
    const code = slipCodeFor(NUMBER);
    assert.equal(slipMatrix(SLIP), `18${code}12000012345678100000003050` + '3896');
    assert.equal(slipLine(SLIP), `<${code}>   00000030+50>   000012345678<   896>`);
  });

  it('is one page, the same bytes each time', async () => {
    const [one, other] = await Promise.all([slipPdf(SLIP), slipPdf(SLIP)]);
    assert.equal(one.subarray(0, 5).toString(), '%PDF-');
    assert.ok(one.equals(other));
    assert.equal(one.toString('latin1').match(/\/Type \/Page\b/g)?.length, 1);
  });
});

describe('an amount in words', () => {
  const cases: [number, string][] = [
    [0, 'zero'],
    [1, 'uno'],
    [3, 'tre'],
    [8, 'otto'],
    [17, 'diciassette'],
    [21, 'ventuno'],
    [23, 'ventitré'],
    [28, 'ventotto'],
    [80, 'ottanta'],
    [100, 'cento'],
    [101, 'centouno'],
    [108, 'centotto'],
    [180, 'centottanta'],
    [203, 'duecentotré'],
    [999, 'novecentonovantanove'],
    [1000, 'mille'],
    [1001, 'milleuno'],
    [2021, 'duemilaventuno'],
    [21_000, 'ventunomila'],
    [1_000_000, 'unmilione'],
    [2_003_000, 'duemilionitremila'],
  ];
  for (const [number, words] of cases) {
    it(`is written as an Italian writes it: ${number}`, () => {
      assert.equal(inWords(number), words);
    });
  }

  it('keeps its cents as digits', () => {
    assert.equal(amountInWords(3050), 'trenta/50');
    assert.equal(amountInWords(5), 'zero/05');
  });

  it('refuses what no slip can hold', () => {
    assert.throws(() => inWords(-1), RangeError);
    assert.throws(() => inWords(1.5), RangeError);
  });
});
