import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addDays } from '../../domain/calendar.ts';
import { EXTRA_SKUS, type Quantities } from '../../domain/catalogue.ts';
import { endsOf, type ServiceEnd } from '../../domain/ends.ts';
import { composition, expiryOf } from '../../domain/entitlements.ts';
import { RefusedError } from '../../domain/errors.ts';
import { quoteFirstPurchase, quoteUpgrade, type PricedOrder } from '../../domain/pricing.ts';
import { basis, interval, Life, owning, terms } from './builders.ts';

const row = ({ sku, quantity, endsOn, newEndsOn, lapses }: ServiceEnd): string =>
  `${quantity} ${sku}: ${endsOn ?? 'new'} -> ${newEndsOn}${lapses ? ', lapses' : ''}`;

const rows = (life: Life, priced: PricedOrder): string[] => endsOf(life.state.entitlements, priced).map(row);

describe('the ends an order leads to', () => {
  it('are not known of a first purchase', () => {
    const priced = quoteFirstPurchase(
      { product: 'fe', years: 1, extras: {}, splitPayment: false },
      terms('2027-03-04'),
    );
    assert.deepStrictEqual(endsOf(basis().entitlements, priced), []);
  });

  it('are one for all with a renewal, save for the units it leaves behind', () => {
    const life = Life.active('2027-03-04', { extras: { user: 3, space: 1 } });
    assert.deepStrictEqual(rows(life, life.quoteRenewal({ years: 2, extras: { user: 1, space: 3, nso: 1 } })), [
      '1 fe: 2028-03-04 -> 2030-03-04',
      '1 user: 2028-03-04 -> 2030-03-04',
      '2 user: 2028-03-04 -> 2028-03-04, lapses',
      '1 space: 2028-03-04 -> 2030-03-04',
      '2 space: new -> 2030-03-04',
      '1 nso: new -> 2030-03-04',
    ]);
  });

  it('still tell of units that an earlier renewal left behind', () => {
    const life = Life.active('2027-03-04', { extras: { user: 2 } });
    life.pay(life.renew({ extras: { user: 1 } }));
    assert.deepStrictEqual(rows(life, life.quoteRenewal()), [
      '1 fe: 2029-03-04 -> 2030-03-04',
      '1 user: 2029-03-04 -> 2030-03-04',
      '1 user: 2028-03-04 -> 2028-03-04, lapses',
    ]);
  });

  it('are the upgrade’s for every active service with co-terming, and each its own without', () => {
    const life = Life.active('2027-03-04', { extras: { user: 1 } });
    life.until('2027-09-10');
    const quote = (coTerm: boolean): PricedOrder =>
      quoteUpgrade({ add: { space: 2, user: 1 }, coTerm }, life.basis, terms('2027-09-10'));
    assert.deepStrictEqual(rows(life, quote(true)), [
      '1 fe: 2028-03-04 -> 2028-09-10',
      '1 user: 2028-03-04 -> 2028-09-10',
      '1 user: new -> 2028-09-10',
      '2 space: new -> 2028-09-10',
    ]);
    assert.deepStrictEqual(rows(life, quote(false)), [
      '1 fe: 2028-03-04 -> 2028-03-04',
      '1 user: 2028-03-04 -> 2028-03-04',
      '1 user: new -> 2028-09-10',
      '2 space: new -> 2028-09-10',
    ]);
  });

  it('never come earlier: what runs longer than the new end stays', () => {
    const entitlements = owning(
      interval('fe', 1, '2027-03-04', '2028-03-04'),
      interval('space', 1, '2027-06-01', '2029-06-01'),
    );
    const priced = quoteUpgrade({ add: { user: 1 }, coTerm: true }, basis(entitlements), terms('2027-09-10'));
    assert.deepStrictEqual(endsOf(entitlements, priced).map(row), [
      '1 fe: 2028-03-04 -> 2028-09-10',
      '1 user: new -> 2028-09-10',
      '1 space: 2029-06-01 -> 2029-06-01',
    ]);
  });

  it('of a reactivation that starts at payment lie after its gap', () => {
    const life = Life.active('2027-03-04', { extras: { user: 2 }, settings: { reactivationStart: 'payment' } });
    life.until('2028-03-20');
    assert.deepStrictEqual(rows(life, life.quoteRenewal({ extras: { user: 3 } })), [
      '1 fe: 2028-03-04 -> 2029-03-20',
      '2 user: 2028-03-04 -> 2029-03-20',
      '1 user: new -> 2029-03-20',
    ]);
  });
});

const quantities: fc.Arbitrary<Quantities> = fc.record(
  { user: fc.nat(4), space: fc.nat(3), documents: fc.nat(1), payments: fc.nat(1), nso: fc.nat(1) },
  { requiredKeys: [], noNullPrototype: true },
);
const wish = fc.record({
  days: fc.oneof(fc.nat(20), fc.nat(400)),
  kind: fc.constantFrom('renewal', 'renewal', 'upgrade', 'upgrade', 'alone'),
  years: fc.integer({ min: 1, max: 3 }),
  extras: quantities,
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

/** What a life is quoted for a wish, or null where that is refused today. */
function quoted(life: Life, { kind, years, extras }: Wish): PricedOrder | null {
  try {
    if (kind === 'renewal' || life.status === 'expired') return life.quoteRenewal({ years, extras });
    return quoteUpgrade({ add: extras, coTerm: kind === 'upgrade' }, life.basis, terms(life.today));
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

/** What is owned, as far as `endsOf` tells of it: units and their ends, those left behind apart. */
function owned(life: Life): string[] {
  const { entitlements } = life.state;
  const carriedOn = composition(entitlements, life.today).map((group) => ({ ...group, lapses: false }));
  const leftBehind = entitlements.dropped.map((group) => ({ ...group, lapses: true }));
  return counted([...carriedOn, ...leftBehind].filter(({ endsOn }) => endsOn > life.today));
}

/** One row for each extra, end and kind, however its units are grouped. */
function counted(groups: readonly { sku: string; quantity: number; endsOn: string; lapses: boolean }[]): string[] {
  const counts = new Map<string, number>();
  for (const { sku, quantity, endsOn, lapses } of groups) {
    const key = `${sku} ${endsOn}${lapses ? ' lapses' : ''}`;
    counts.set(key, (counts.get(key) ?? 0) + quantity);
  }
  return [...counts].map(([key, quantity]) => `${key}: ${quantity}`).toSorted();
}

describe('for random lives, the ends that were told', () => {
  for (const reactivationStart of ['expiry', 'payment'] as const) {
    it(`are those that are owned once the order completes on the same day (reactivated from ${reactivationStart})`, () => {
      fc.assert(
        fc.property(
          fc.constantFrom('2027-01-31', '2028-02-29', '2027-06-15'),
          quantities,
          fc.array(wish, { minLength: 1, maxLength: 6 }),
          (day, extras, wishes) => {
            const life = Life.active(day, { extras, settings: { reactivationStart } });
            for (const each of wishes) {
              life.until(addDays(life.today, each.days));
              if (life.status !== 'active' && life.status !== 'expired') return;
              const priced = quoted(life, each);
              if (priced === null) continue;
              const told = endsOf(life.state.entitlements, priced);
              life.pay(life.place(priced));
              assert.equal(told[0]?.newEndsOn, expiryOf(life.state.entitlements));
              const expected = told
                .filter(({ sku, newEndsOn }) => EXTRA_SKUS.some((extra) => extra === sku) && newEndsOn > life.today)
                .map(({ newEndsOn, ...rest }) => ({ ...rest, endsOn: newEndsOn }));
              assert.deepStrictEqual(counted(expected), owned(life));
            }
          },
        ),
        { numRuns: 300 },
      );
    });
  }
});
