import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { percentOf } from '../../domain/money.ts';
import { creditShare, partsOf, soldOf } from '../../domain/vat.ts';

describe('an amount with VAT', () => {
  const rate = fc.constantFrom(4, 5, 10, 22);

  it('is taken apart as it was put together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), rate, (netMinor, vatPercent) => {
        const vatMinor = percentOf(netMinor, vatPercent);
        const parts = partsOf(netMinor + vatMinor, { vatPercent, splitPayment: false });
        assert.deepStrictEqual(parts, { netMinor, vatMinor });
      }),
    );
  });

  it('is refunded in any parts without a cent too many, each within the exchange system’s tolerance', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        rate,
        fc.boolean(),
        cuts,
        (netMinor, vatPercent, split, weights) => {
          const invoice = { netMinor, vatMinor: percentOf(netMinor, vatPercent), vatPercent, splitPayment: split };
          const whole = split ? netMinor : netMinor + invoice.vatMinor;
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          let left = { netMinor, vatMinor: invoice.vatMinor };
          let rest = whole;
          for (const [index, weight] of weights.entries()) {
            const amountMinor = index === weights.length - 1 ? rest : Math.floor((whole * weight) / total);
            if (amountMinor === 0) continue;
            const parts = creditShare(invoice, { left, amountMinor });
            assert.ok(parts.netMinor >= 0 && parts.vatMinor >= 0);
            assert.equal(split ? parts.netMinor : parts.netMinor + parts.vatMinor, amountMinor);
            assert.ok(Math.abs(percentOf(parts.netMinor, vatPercent) - parts.vatMinor) <= 1, JSON.stringify(parts));
            left = { netMinor: left.netMinor - parts.netMinor, vatMinor: left.vatMinor - parts.vatMinor };
            rest -= amountMinor;
          }
          assert.deepStrictEqual(left, { netMinor: 0, vatMinor: 0 });
        },
      ),
      { numRuns: 2000 },
    );
    assert.throws(() =>
      creditShare(
        { netMinor: 1, vatMinor: 0, vatPercent: 22, splitPayment: false },
        {
          left: { netMinor: 1, vatMinor: 0 },
          amountMinor: 2,
        },
      ),
    );
  });

  it('is what an order was sold for, less what was found too much', () => {
    const priced = { netMinor: 2875, vatMinor: 633, vatPercent: 22, splitPayment: false, payableMinor: 3508 };
    assert.deepStrictEqual(soldOf(priced, 0), { netMinor: 2875, vatMinor: 633, payableMinor: 3508 });
    assert.deepStrictEqual(soldOf(priced, 3508 - 1220), { netMinor: 1000, vatMinor: 220, payableMinor: 1220 });
    assert.deepStrictEqual(soldOf(priced, 3508), { netMinor: 0, vatMinor: 0, payableMinor: 0 });
    const split = { ...priced, splitPayment: true, payableMinor: 2875 };
    assert.deepStrictEqual(soldOf(split, 1875), { netMinor: 1000, vatMinor: 220, payableMinor: 1000 });
  });
});
