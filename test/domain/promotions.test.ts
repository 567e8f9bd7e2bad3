import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BASE_SKUS, type Catalogue, type Promotion } from '../../domain/catalogue.ts';
import type { OrderType } from '../../domain/planning.ts';
import { quoteAutoRenewal, quoteFirstPurchase, quoteRenewal, quoteUpgrade } from '../../domain/pricing.ts';
import { longestTermOn, promotionFor } from '../../domain/promotions.ts';
import { basis, CATALOGUE, interval, Life, on, owning, refusalOf } from './builders.ts';

const SPRING: Promotion = {
  name: { it: 'Primavera', en: 'Spring' },
  products: ['fe'],
  percent: 30,
  validFrom: on('2027-03-01'),
  validThrough: on('2027-05-31'),
  orderTypes: ['first_purchase', 'renewal'],
};

function withPromotions(...promotions: Promotion[]): Catalogue {
  return { ...CATALOGUE, promotions };
}

const service = basis(
  owning(interval('fe', 1, '2026-06-10', '2027-06-10'), interval('user', 2, '2026-06-10', '2027-06-10')),
);
const day = on('2027-04-01');

describe('a promotion', () => {
  const terms = { catalogue: withPromotions(SPRING), placedOn: day };

  it('takes its percentage off the base service’s lines, and is kept with the order', () => {
    const priced = quoteRenewal('renewal', { years: 2 }, service, terms);
    assert.deepStrictEqual(
      priced.lines.map(({ sku, discountPercent, netMinor }) => [sku, discountPercent, netMinor]),
      [
        ['fe', 30, 3500],
        ['user', 0, 4000],
      ],
    );
    assert.deepStrictEqual(priced.promotion, { name: SPRING.name, percent: 30 });
  });

  it('leaves no trace on an order it does not concern', () => {
    const others = [
      quoteRenewal('renewal', { years: 1 }, service, { ...terms, placedOn: on('2027-02-28') }),
      quoteRenewal('renewal', { years: 1 }, service, { ...terms, placedOn: on('2027-06-01') }),
      quoteRenewal('reactivation', { years: 1 }, service, terms),
      quoteUpgrade({ add: { space: 1 }, coTerm: true }, service, terms),
      quoteFirstPurchase({ product: 'fe-receive-only', years: 1, extras: {}, splitPayment: false }, terms),
    ];
    for (const priced of others) {
      assert.ok(!Object.hasOwn(priced, 'promotion'));
      assert.ok(priced.lines.every(({ discountPercent }) => discountPercent === 0));
    }
  });

  it('is valid from its first day to its last', () => {
    const order = { type: 'renewal', product: 'fe' } as const;
    const found = (text: string) => promotionFor(terms.catalogue, { ...order, day: on(text) })?.percent ?? null;
    assert.deepStrictEqual(['2027-02-28', '2027-03-01', '2027-05-31', '2027-06-01'].map(found), [null, 30, 30, null]);
  });

  it('sells its product for one or two years, to the orders it names', () => {
    assert.equal(longestTermOn(terms.catalogue, { type: 'renewal', product: 'fe', day }), 2);
    assert.equal(longestTermOn(terms.catalogue, { type: 'reactivation', product: 'fe', day }), 5);
    const refused = refusalOf(() => quoteRenewal('renewal', { years: 3 }, service, terms));
    assert.deepStrictEqual([refused.code, refused.field], ['years_not_offered', 'years']);
    const bought = { product: 'fe', years: 3, extras: {}, splitPayment: false } as const;
    assert.equal(refusalOf(() => quoteFirstPurchase(bought, terms)).code, 'years_not_offered');
    quoteRenewal('reactivation', { years: 3 }, service, terms);
  });

  it('counts where it gives more than the agreement, never with it', () => {
    const percentOn = (percent: number): number | undefined => {
      const catalogue = withPromotions({ ...SPRING, percent });
      const quote = { catalogue, placedOn: day, agreementCode: 'STUDI20' };
      return quoteRenewal('renewal', { years: 1 }, service, quote).lines[0]?.discountPercent;
    };
    assert.deepStrictEqual([10, 20, 30].map(percentOn), [20, 20, 30]);
  });

  it('gives way to one that gives more', () => {
    const catalogue = withPromotions(SPRING, { ...SPRING, percent: 40 }, { ...SPRING, percent: 10 });
    assert.equal(quoteRenewal('renewal', { years: 1 }, service, { catalogue, placedOn: day }).promotion?.percent, 40);
  });

  it('is taken by auto-renewal only where it names renewals', () => {
    const own = quoteAutoRenewal(3, service, terms);
    assert.deepStrictEqual([own.promotion?.percent, own.lines[0]?.months], [30, 24]);
    const catalogue = withPromotions({ ...SPRING, orderTypes: ['first_purchase'] });
    const full = quoteAutoRenewal(3, service, { catalogue, placedOn: day });
    assert.deepStrictEqual([full.promotion, full.lines[0]?.months], [undefined, 36]);
  });

  it('is what a surplus is counted with: frozen, like the unit prices', () => {
    const life = Life.active('2026-06-10');
    life.until('2027-04-01');
    const catalogue = withPromotions({ ...SPRING, orderTypes: ['upgrade'] });
    const wanted = { add: { user: 1 }, coTerm: true };
    const priced = quoteUpgrade(wanted, life.basis, { catalogue, placedOn: day });
    assert.equal(priced.lines.find(({ sku }) => sku === 'fe')?.netMinor, 1458);
    const number = life.place(priced);
    life.pay(life.renew());
    const [surplus] = life.pay(number).filter(({ type }) => type === 'SurplusCredited');
    // The base had nothing left to be extended: what it had cost at 30 % off, with its VAT, is given back.
    assert.equal(surplus?.type === 'SurplusCredited' && surplus.amountMinor, 1779);
  });
});

describe('a retired product', () => {
  const [version] = CATALOGUE.versions.filter(({ version: name }) => name === '2020');
  const catalogue: Catalogue = {
    ...CATALOGUE,
    versions: [{ ...(version as NonNullable<typeof version>), retired: ['fe', 'user', 'nso'] }],
  };
  const terms = { catalogue, placedOn: day };
  const refused = (act: () => unknown): (string | undefined)[] => {
    const { code, field } = refusalOf(act);
    return [code, field];
  };

  it('is not bought anew', () => {
    const bought = { product: 'fe', years: 1, extras: {}, splitPayment: false } as const;
    assert.deepStrictEqual(
      refused(() => quoteFirstPurchase(bought, terms)),
      ['product_retired', 'product'],
    );
    const extras = { ...bought, product: 'fe-receive-only', extras: { user: 1 } } as const;
    assert.deepStrictEqual(
      refused(() => quoteFirstPurchase(extras, terms)),
      ['product_retired', 'extras.user'],
    );
  });

  it('gains no units by upgrade or renewal', () => {
    assert.deepStrictEqual(
      refused(() => quoteUpgrade({ add: { user: 1 }, coTerm: true }, service, terms)),
      ['product_retired', 'add.user'],
    );
    assert.deepStrictEqual(
      refused(() => quoteRenewal('renewal', { years: 1, extras: { user: 3 } }, service, terms)),
      ['product_retired', 'extras.user'],
    );
    assert.deepStrictEqual(
      refused(() => quoteRenewal('reactivation', { years: 1, extras: { nso: 1 } }, service, terms)),
      ['product_retired', 'extras.nso'],
    );
  });

  it('is carried on by renewals, reactivations, auto-renewal and co-terming, at the list’s prices', () => {
    const kept = [
      quoteRenewal('renewal', { years: 1 }, service, terms),
      quoteRenewal('reactivation', { years: 1, extras: { user: 1 } }, service, terms),
      quoteAutoRenewal(1, service, terms),
      quoteUpgrade({ add: { space: 1 }, coTerm: true }, service, terms),
    ].map(({ lines }) => lines.filter(({ sku }) => sku !== 'space').map(({ sku, quantity }) => `${quantity} ${sku}`));
    assert.deepStrictEqual(kept, [
      ['1 fe', '2 user'],
      ['1 fe', '1 user'],
      ['1 fe', '2 user'],
      ['1 fe', '2 user'],
    ]);
  });
});

describe('whatever promotions there are', () => {
  const TYPES: OrderType[] = ['first_purchase', 'renewal', 'upgrade', 'reactivation'];
  const days = fc.integer({ min: 1, max: 28 }).map((date) => on(`2027-04-${String(date).padStart(2, '0')}`));
  const promotion = fc.record({
    products: fc.subarray([...BASE_SKUS], { minLength: 1 }),
    percent: fc.integer({ min: 0, max: 100 }),
    validFrom: days,
    validThrough: days,
    orderTypes: fc.subarray(TYPES, { minLength: 1 }),
  });

  it('none raises a price, and no line has both discounts', () => {
    fc.assert(
      fc.property(fc.array(promotion, { maxLength: 4 }), days, fc.boolean(), (promotions, placedOn, hasCode) => {
        const code = hasCode ? { agreementCode: 'SEMPRE15' } : {};
        const prices = (catalogue: Catalogue) => {
          const terms = { catalogue, placedOn, ...code };
          return [
            quoteFirstPurchase({ product: 'fe', years: 2, extras: { user: 1 }, splitPayment: false }, terms),
            quoteRenewal('renewal', { years: 1 }, service, terms),
            quoteRenewal('reactivation', { years: 2 }, service, terms),
            quoteUpgrade({ add: { space: 1 }, coTerm: true }, service, terms),
          ];
        };
        const without = prices(CATALOGUE);
        prices({ ...CATALOGUE, promotions }).forEach((priced, index) => {
          assert.ok(priced.payableMinor <= (without[index]?.payableMinor ?? 0));
          const most = Math.max(hasCode ? 15 : 0, ...promotions.map(({ percent }) => percent));
          assert.ok(priced.lines.every(({ discountPercent }) => discountPercent <= most));
        });
      }),
    );
  });
});
