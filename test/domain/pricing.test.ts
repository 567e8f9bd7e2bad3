import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Quantities } from '../../domain/catalogue.ts';
import type { Entitlements } from '../../domain/entitlements.ts';
import {
  priceLine,
  quoteAutoRenewal,
  quoteFirstPurchase,
  quoteRenewal,
  quoteUpgrade,
  type Basis,
  type PricedOrder,
} from '../../domain/pricing.ts';
import { basis, interval, on, owning, refusalOf, terms } from './builders.ts';

/** `sku quantity months net` of each line. */
const lines = ({ lines: all }: PricedOrder): string[] =>
  all.map(({ sku, quantity, months, netMinor }) => `${sku} x${quantity} ${months} months ${netMinor}`);
const amounts = ({ netMinor, vatMinor, grossMinor, payableMinor }: PricedOrder): number[] => [
  netMinor,
  vatMinor,
  grossMinor,
  payableMinor,
];

const firstPurchase = (
  wanted: { years?: number; extras?: Quantities; splitPayment?: boolean },
  day = '2027-03-10',
  code?: string,
) => quoteFirstPurchase({ product: 'fe', years: 1, extras: {}, splitPayment: false, ...wanted }, terms(day, code));

describe('a line', () => {
  it('costs annual price x quantity x months / 12', () => {
    assert.equal(priceLine(2500, 1, 12, 0), 2500);
    assert.equal(priceLine(1000, 3, 24, 0), 6000);
    assert.equal(priceLine(1200, 1, 5, 0), 500);
  });

  it('is rounded half-up to the cent, once', () => {
    assert.equal(priceLine(1000, 1, 1, 0), 83); // 83.33
    assert.equal(priceLine(2500, 1, 7, 0), 1458); // 1458.33
    assert.equal(priceLine(1190, 1, 3, 0), 298); // 297.50
    assert.equal(priceLine(1000, 3, 1, 0), 250); // not 3 x 83
  });

  it('has its discount before the one rounding', () => {
    assert.equal(priceLine(2500, 1, 7, 15), 1240); // 1239.58; 15 % off the rounded 1458 were 1239
    assert.equal(priceLine(2500, 1, 12, 100), 0);
  });

  it('is exact for thousands of units and years', () => {
    assert.equal(priceLine(1190, 5000, 60, 0), 29_750_000);
  });

  it('is the exact price rounded half-up, whatever the factors', () => {
    const factors = [fc.nat(100_000), fc.nat(5000), fc.nat(72), fc.nat(100)] as const;
    fc.assert(
      fc.property(...factors, (price, quantity, months, percent) => {
        const exact = BigInt(price) * BigInt(quantity) * BigInt(months) * BigInt(100 - percent);
        assert.equal(BigInt(priceLine(price, quantity, months, percent)), (exact + 600n) / 1200n);
      }),
    );
  });
});

describe('a first purchase', () => {
  it('costs the base and the extras for its years, and VAT on the total', () => {
    const order = firstPurchase({ years: 2, extras: { user: 2, space: 3, documents: 1 } });
    assert.deepStrictEqual(lines(order), [
      'fe x1 24 months 5000',
      'user x2 24 months 4000',
      'space x3 24 months 6000',
      'documents x1 24 months 2400',
    ]);
    assert.deepStrictEqual(amounts(order), [17400, 3828, 21228, 21228]);
  });

  it('has no dates before its activation', () => {
    assert.deepStrictEqual(
      firstPurchase({}).lines.map(({ from, until }) => [from, until]),
      [[null, null]],
    );
  });

  it('of a public administration is paid net of VAT', () => {
    const order = firstPurchase({ splitPayment: true });
    assert.deepStrictEqual(amounts(order), [2500, 550, 3050, 2500]);
  });

  it('keeps the catalogue version and the unit prices it was quoted with', () => {
    const { catalogueVersion, annualPriceMinor, vatPercent } = firstPurchase({}, '2029-12-31');
    assert.deepStrictEqual([catalogueVersion, annualPriceMinor.fe, vatPercent], ['2020', 2500, 22]);
    assert.equal(firstPurchase({}, '2030-01-01').netMinor, 2900);
  });

  it('is refused before it is priced where it holds what is not sold', () => {
    const refused = (wanted: Parameters<typeof firstPurchase>[0]) => refusalOf(() => firstPurchase(wanted)).code;
    assert.equal(refused({ years: 6 }), 'years_not_offered');
    assert.equal(refused({ extras: { user: 1e9 } }), 'quantity_out_of_range');
    assert.equal(refused({ extras: { nso: 2 } }), 'quantity_out_of_range');
  });
});

describe('an agreement', () => {
  it('takes its percent off the base service’s lines alone', () => {
    const order = firstPurchase({ extras: { user: 1 } }, '2027-03-10', 'sempre15');
    assert.deepStrictEqual(lines(order), ['fe x1 12 months 2125', 'user x1 12 months 1000']);
    assert.deepStrictEqual(
      order.lines.map(({ discountPercent }) => discountPercent),
      [15, 0],
    );
    assert.deepStrictEqual(amounts(order), [3125, 688, 3813, 3813]);
    assert.deepStrictEqual(order.agreement, { code: 'SEMPRE15', percent: 15 });
  });

  it('takes it off the missing months of a base that an upgrade extends', () => {
    const owned = owning(interval('fe', 1, '2027-01-15', '2028-01-15'));
    const order = quoteUpgrade({ add: { space: 1 }, coTerm: true }, basis(owned), terms('2027-08-10', 'SEMPRE15'));
    assert.deepStrictEqual(lines(order), ['space x1 12 months 1000', 'fe x1 7 months 1240']);
  });

  it('is used on an upgrade only if the code says so', () => {
    const quote = () =>
      quoteUpgrade(
        { add: { space: 1 }, coTerm: false },
        basis(owning(interval('fe', 1, '2027-01-15', '2028-01-15'))),
        terms('2027-08-10', 'STUDI20'),
      );
    assert.equal(refusalOf(quote).code, 'agreement_not_applicable');
  });

  it('that is unknown, expired or inapplicable is refused with the reason, the cart otherwise untouched', () => {
    const cart = { extras: { user: 2 } };
    const code = (agreement: string, day: string) => refusalOf(() => firstPurchase(cart, day, agreement)).code;
    assert.equal(code('NIENTE', '2027-03-10'), 'agreement_unknown');
    assert.equal(code('STUDI20', '2028-01-01'), 'agreement_expired');
    assert.deepStrictEqual(cart, { extras: { user: 2 } });
    assert.equal(firstPurchase(cart).netMinor, 4500);
  });
});

describe('a renewal', () => {
  const owned = owning(
    interval('fe', 1, '2027-01-15', '2028-01-15'),
    interval('user', 2, '2027-01-15', '2028-01-15'),
    interval('space', 1, '2027-01-15', '2028-01-15'),
    interval('nso', 1, '2027-01-15', '2028-01-15'),
  );
  const renewal = (
    wanted: { years?: number; extras?: Quantities },
    day = '2027-10-01',
    rest: Partial<Basis> = {},
    from: Entitlements = owned,
  ) => quoteRenewal('renewal', { years: 1, ...wanted }, basis(from, rest), terms(day));

  it('costs exactly (service + users + GB + modules) x years when every extra ends with the base', () => {
    assert.equal(renewal({ years: 3 }).netMinor, (2500 + 2 * 1000 + 1000 + 1500) * 3);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(1000), fc.nat(1000), fc.nat(1), (years, user, space, nso) => {
        const order = renewal({ years, extras: { user, space, nso } });
        assert.equal(order.netMinor, (2500 + user * 1000 + space * 1000 + nso * 1500) * years);
      }),
    );
  });

  it('starts from today’s composition; users and modules may be added or dropped, space added', () => {
    const order = renewal({ extras: { user: 1, space: 4, nso: 0, documents: 1 } });
    assert.deepStrictEqual(lines(order), [
      'fe x1 12 months 2500',
      'user x1 12 months 1000',
      'space x4 12 months 4000',
      'documents x1 12 months 1200',
    ]);
    const { content } = order;
    assert.ok(content.type === 'renewal');
    assert.deepStrictEqual(
      { carry: content.carry, drop: content.drop, add: content.add },
      { carry: { user: 1, space: 1 }, drop: { user: 1, nso: 1 }, add: { space: 3, documents: 1 } },
    );
  });

  it('lets each extra that ends elsewhere pay its own missing months', () => {
    const mixed = owning(
      interval('fe', 1, '2027-01-15', '2028-01-15'),
      interval('user', 1, '2026-12-10', '2027-12-10'),
      interval('space', 2, '2027-06-10', '2028-06-10'),
    );
    const order = renewal({}, '2027-10-01', {}, mixed);
    assert.deepStrictEqual(lines(order), [
      'fe x1 12 months 2500',
      'user x1 14 months 1167', // 10 December to 15 January of 2029: 1166.67
      'space x2 8 months 1333', // 1333.33
    ]);
  });

  it('has VAT rounded once, on the net total', () => {
    const early = owning(
      interval('fe', 1, '2027-01-15', '2028-01-15'),
      interval('user', 1, '2026-12-15', '2027-12-15'),
      interval('space', 1, '2026-12-15', '2027-12-15'),
    );
    const order = renewal({}, '2027-10-01', {}, early);
    assert.deepStrictEqual(lines(order), ['fe x1 12 months 2500', 'user x1 13 months 1083', 'space x1 13 months 1083']);
    assert.equal(order.vatMinor, 1027); // 1026.52; line by line 550 + 238 + 238 were 1026
  });

  it('may have less space only if what is used fits', () => {
    const spacious = owning(
      interval('fe', 1, '2027-01-15', '2028-01-15'),
      interval('space', 3, '2027-01-15', '2028-01-15'),
    );
    const less = (usedBytes: number, space: number) => () =>
      renewal({ extras: { space } }, '2027-10-01', { usedBytes }, spacious);
    assert.equal(less(2_000_000_000, 1)().netMinor, 3500);
    assert.deepStrictEqual(refusalOf(less(2_000_000_001, 1)), {
      code: 'space_in_use',
      detail: 'Less space than what is used cannot be ordered.',
      field: 'extras.space',
    });
    // No less than today is no reduction, whatever is used.
    assert.equal(less(9_000_000_000, 3)().netMinor, 5500);
  });

  it('is advised to be paid 15 days before expiry, and never refused later', () => {
    assert.deepStrictEqual(renewal({}, '2027-12-31').warnings, []); // 15 days
    assert.deepStrictEqual(renewal({}, '2028-01-01').warnings, ['registered_late']); // 14 days
    assert.deepStrictEqual(renewal({}, '2028-01-14').warnings, ['registered_late']);
  });

  it('carries thousands of units, up to the largest amount', () => {
    const many = owning(
      interval('fe', 1, '2027-01-15', '2028-01-15'),
      interval('user', 2500, '2027-01-15', '2028-01-15'),
    );
    assert.equal(renewal({ years: 5 }, '2027-10-01', {}, many).netMinor, (2500 + 2500 * 1000) * 5);
    const most = owning(
      interval('fe', 1, '2027-01-15', '2028-01-15'),
      interval('user', 200_000, '2027-01-15', '2028-01-15'),
    );
    assert.equal(refusalOf(() => renewal({ years: 5 }, '2027-10-01', {}, most)).code, 'amount_too_large');
  });

  it('is priced when its order is made (A new price list reaches subscriptions or orders it should not)', () => {
    const later = owning(interval('fe', 1, '2029-01-15', '2030-01-15'));
    assert.equal(renewal({}, '2029-12-31', {}, later).netMinor, 2500);
    assert.equal(renewal({}, '2030-01-01', {}, later).netMinor, 2900);
  });
});

describe('a renewal that auto-renewal orders', () => {
  const owned = owning(interval('fe-receive-only', 1, '2027-01-15', '2030-01-15'));
  const renewed = (years: number, day: string): string[] =>
    lines(quoteAutoRenewal(years, basis(owned, { product: 'fe-receive-only' }), terms(day)));

  it('is for the years of the previous order', () => {
    assert.deepStrictEqual(renewed(3, '2029-12-31'), ['fe-receive-only x1 36 months 4500']);
  });

  it('is for the longest term that is sold where that one no longer is', () => {
    assert.deepStrictEqual(renewed(3, '2030-01-08'), ['fe-receive-only x1 24 months 3000']);
    assert.deepStrictEqual(renewed(1, '2030-01-08'), ['fe-receive-only x1 12 months 1500']);
  });

  it('uses no agreement code', () => {
    assert.equal(quoteAutoRenewal(1, basis(owned), terms('2029-12-31', 'SEMPRE15')).agreement, null);
  });
});

describe('a reactivation', () => {
  const owned = owning(interval('fe', 1, '2027-01-15', '2028-01-15'), interval('user', 1, '2027-01-15', '2028-01-15'));
  const reactivation = (reactivationStart: 'expiry' | 'payment') =>
    quoteRenewal('reactivation', { years: 2 }, basis(owned, { reactivationStart }), terms('2028-03-01'));

  it('costs what a renewal costs, from the original expiry', () => {
    const order = reactivation('expiry');
    assert.deepStrictEqual(lines(order), ['fe x1 24 months 5000', 'user x1 24 months 2000']);
    assert.deepStrictEqual([order.lines[0]?.from, order.lines[0]?.until], ['2028-01-15', '2030-01-15']);
    assert.deepStrictEqual(order.warnings, []);
  });

  it('costs the same from the day of payment', () => {
    const order = reactivation('payment');
    assert.deepStrictEqual(lines(order), ['fe x1 24 months 5000', 'user x1 24 months 2000']);
    assert.deepStrictEqual([order.lines[0]?.from, order.lines[0]?.until], ['2028-03-01', '2030-03-01']);
  });
});

describe('an upgrade', () => {
  const owned = owning(interval('fe', 1, '2027-01-15', '2028-01-15'), interval('user', 2, '2027-01-15', '2028-01-15'));
  const upgrade = (add: Quantities, coTerm: boolean, from: Entitlements = owned, day = '2027-05-20') =>
    quoteUpgrade({ add, coTerm }, basis(from), terms(day));

  it('costs a year of what is added, and with co-terming the missing months of the rest', () => {
    const order = upgrade({ space: 1 }, true);
    assert.deepStrictEqual(lines(order), ['space x1 12 months 1000', 'fe x1 5 months 1042', 'user x2 5 months 833']);
    assert.deepStrictEqual(amounts(order), [2875, 633, 3508, 3508]);
    assert.deepStrictEqual(lines(upgrade({ space: 1 }, false)), ['space x1 12 months 1000']);
  });

  it('is priced as if registered on the order’s day', () => {
    assert.deepStrictEqual(
      upgrade({ space: 1 }, true).lines.map(({ from, until }) => [from, until]),
      [
        ['2027-05-20', '2028-05-20'],
        ['2028-01-15', '2028-05-20'],
        ['2028-01-15', '2028-05-20'],
      ],
    );
  });

  it('counts co-terming as off, and says so, where it is not offered', () => {
    const long = owning(interval('fe', 1, '2027-01-15', '2030-01-15'));
    const order = upgrade({ user: 1 }, true, long);
    assert.deepStrictEqual(order.warnings, ['co_term_not_offered']);
    assert.deepStrictEqual(order.content, { type: 'upgrade', add: { user: 1 }, coTerm: false });
    assert.deepStrictEqual(upgrade({ user: 1 }, false, long).warnings, []);
  });

  it('of a module already owned is refused: running, starting later, or dropped and still running', () => {
    const running = owning(...owned.intervals, interval('nso', 1, '2027-01-15', '2028-01-15'));
    const later = owning(
      ...owned.intervals,
      interval('fe', 1, '2028-01-15', '2029-01-15'),
      interval('nso', 1, '2028-01-15', '2029-01-15'),
    );
    const dropped = {
      ...running,
      dropped: [{ sku: 'nso', quantity: 1, endsOn: on('2028-01-15'), anchorDay: 15 }] as const,
    };
    for (const from of [running, later, dropped]) {
      assert.deepStrictEqual(
        refusalOf(() => upgrade({ nso: 1 }, false, from)),
        {
          code: 'module_already_owned',
          detail: 'This module is already part of the service.',
          field: 'add.nso',
        },
      );
    }
    assert.equal(upgrade({ nso: 1 }, false).netMinor, 1500);
  });

  it('of nothing is refused', () => {
    assert.equal(refusalOf(() => upgrade({}, true)).code, 'nothing_ordered');
    assert.equal(refusalOf(() => upgrade({ user: 0 }, true)).code, 'nothing_ordered');
  });
});
