import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addDays, type PlainDate } from '../../domain/calendar.ts';
import {
  BASE_SKUS,
  type Agreement,
  type Catalogue,
  type CatalogueVersion,
  type Promotion,
} from '../../domain/catalogue.ts';
import { RefusedError } from '../../domain/errors.ts';
import { quoteFirstPurchase, quoteRenewal, type PricedOrder, type QuoteTerms } from '../../domain/pricing.ts';
import { publishingFaults } from '../../domain/publishing.ts';
import { basis, interval, on, owning } from './builders.ts';

const TODAY = on('2027-06-15');
const PRICES = {
  fe: 2500,
  'fe-receive-only': 1500,
  user: 1000,
  space: 1000,
  documents: 1200,
  payments: 1200,
  nso: 1500,
};
const OLD: CatalogueVersion = {
  version: '2020',
  validFrom: on('2020-01-01'),
  vatPercent: 22,
  maxYears: 5,
  promotional: [],
  annualPriceMinor: PRICES,
};
const NEXT = { ...OLD, version: '2028', validFrom: on('2028-01-01') };
const STUDI: Agreement = {
  code: 'STUDI20',
  percent: 20,
  validFrom: on('2026-01-01'),
  validThrough: on('2027-12-31'),
  orderTypes: ['renewal'],
  products: ['fe'],
};
const OVER: Agreement = { ...STUDI, code: 'VECCHIO', validThrough: on('2026-12-31') };
const SPRING: Promotion = {
  products: ['fe'],
  percent: 30,
  validFrom: on('2027-06-01'),
  validThrough: on('2027-06-30'),
  orderTypes: ['first_purchase'],
};
const CURRENT: Catalogue = {
  notice: '',
  versions: [OLD, NEXT],
  agreements: [STUDI, OVER],
  promotions: [SPRING],
};

function faultsOf(proposed: Partial<Catalogue>, current = CURRENT): string[] {
  return publishingFaults(current, { ...current, ...proposed }, TODAY).map(
    ({ field, reason }) => `${field} ${reason.en}`,
  );
}

describe('what may be published', () => {
  it('is the same again, also with its lists in another order', () => {
    assert.deepStrictEqual(faultsOf({}), []);
    assert.deepStrictEqual(
      faultsOf({ versions: [NEXT, { ...OLD, retired: [] }], agreements: [OVER, { ...STUDI }], notice: 'new' }),
      [],
    );
  });

  it('is whatever begins tomorrow or later, and what was to begin may be changed or left out', () => {
    const tomorrow = addDays(TODAY, 1);
    assert.deepStrictEqual(
      faultsOf({
        versions: [OLD, { ...NEXT, validFrom: tomorrow, annualPriceMinor: { ...PRICES, fe: 9900 }, retired: ['nso'] }],
        agreements: [STUDI, OVER, { ...STUDI, code: 'NUOVO', validFrom: tomorrow }],
        promotions: [SPRING, { ...SPRING, validFrom: tomorrow, percent: 50 }],
      }),
      [],
    );
    assert.deepStrictEqual(faultsOf({ versions: [OLD] }), []);
  });

  it('is another end, from today on, for what runs', () => {
    assert.deepStrictEqual(
      faultsOf({
        agreements: [{ ...STUDI, validThrough: TODAY }, OVER],
        promotions: [{ ...SPRING, validThrough: on('2027-07-31') }],
      }),
      [],
    );
  });
});

describe('what is refused', () => {
  it('is a change to a version in force, field by field', () => {
    const changed = { ...OLD, vatPercent: 21, annualPriceMinor: { ...PRICES, user: 1100 }, retired: ['nso'] as const };
    assert.deepStrictEqual(faultsOf({ versions: [NEXT, changed] }), [
      'versions.1.vatPercent is in force or was: it must stay as it is.',
      'versions.1.annualPriceMinor.user is in force or was: it must stay as it is.',
      'versions.1.retired is in force or was: it must stay as it is.',
    ]);
  });

  it('is anything new that begins today or earlier', () => {
    assert.deepStrictEqual(
      faultsOf({
        versions: [OLD, { ...NEXT, validFrom: TODAY }],
        agreements: [STUDI, OVER, { ...STUDI, code: 'NUOVO', validFrom: TODAY }],
        promotions: [SPRING, { ...SPRING, percent: 40 }],
      }),
      [
        'versions.1.validFrom must begin tomorrow or later.',
        'agreements.2.validFrom must begin tomorrow or later.',
        'promotions.1.validFrom must begin tomorrow or later.',
      ],
    );
  });

  it('is to leave out what is in force or was', () => {
    assert.deepStrictEqual(faultsOf({ versions: [NEXT], agreements: [], promotions: [] }), [
      'versions has no version that is valid today.',
      'versions must still hold "2020" as it is: it is in force or was.',
      'agreements must still hold STUDI20 as it is: it is in force or was.',
      'agreements must still hold VECCHIO as it is: it is in force or was.',
      'promotions must still hold 30%, 2027-06-01–2027-06-30 as it is: it is in force or was.',
    ]);
  });

  it('is more than another end for an agreement or promotion that runs, and an end before today', () => {
    const yesterday = addDays(TODAY, -1);
    assert.deepStrictEqual(
      faultsOf({
        agreements: [
          { ...STUDI, percent: 25, validThrough: yesterday },
          { ...OVER, validThrough: on('2028-12-31') },
        ],
        promotions: [{ ...SPRING, validThrough: yesterday }],
      }),
      [
        'agreements.0.percent is in force: only its end may be moved, to today or later.',
        'agreements.0.validThrough is in force: only its end may be moved, to today or later.',
        'agreements.1.validThrough is in force or was: it must stay as it is.',
        'promotions.0.validThrough is in force: only its end may be moved, to today or later.',
      ],
    );
  });

  it('is not what begins today where nothing was ever sold', () => {
    const never = { ...CURRENT, versions: [NEXT], agreements: [], promotions: [] };
    assert.deepStrictEqual(faultsOf({ versions: [{ ...NEXT, validFrom: TODAY }] }, never), []);
    assert.deepStrictEqual(faultsOf({}, never), ['versions has no version that is valid today.']);
  });
});

describe('whatever is published', () => {
  const near = fc.integer({ min: -4, max: 4 }).map((days) => addDays(TODAY, days));
  const distinct = <T>(key: keyof T) => ({ selector: (item: T) => item[key], maxLength: 3 });
  const version = fc.record({
    version: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    validFrom: near,
    vatPercent: fc.constant(22),
    maxYears: fc.constant(5),
    promotional: fc.subarray([...BASE_SKUS]),
    retired: fc.subarray(['user', 'fe'] as const),
    annualPriceMinor: fc.integer({ min: 1, max: 3 }).map((fe) => ({ ...PRICES, fe })),
  });
  const valid = {
    percent: fc.constantFrom(10, 50),
    validFrom: near,
    validThrough: near,
    orderTypes: fc.constant(['first_purchase', 'renewal']),
    products: fc.subarray([...BASE_SKUS], { minLength: 1 }),
  };
  const catalogue: fc.Arbitrary<Catalogue> = fc.record({
    notice: fc.constant(''),
    versions: fc.uniqueArray(version, distinct<CatalogueVersion>('validFrom')).map((versions) => [OLD, ...versions]),
    agreements: fc.uniqueArray(fc.record({ code: fc.constantFrom('A', 'B'), ...valid }), distinct<Agreement>('code')),
    promotions: fc.array(fc.record(valid), { maxLength: 2 }),
  });
  /** Another list, made of parts of this one, so that enough of what is tried may be published. */
  const pair = catalogue.chain((current) =>
    fc.record({
      current: fc.constant(current),
      proposed: catalogue.map((other): Catalogue => {
        const kept = <T extends { validFrom: PlainDate }>(own: readonly T[] = [], others: readonly T[] = []) => [
          ...own.filter(({ validFrom }) => validFrom <= TODAY),
          ...others.filter(({ validFrom }) => validFrom > addDays(TODAY, -1)),
        ];
        const moved = kept(current.promotions, other.promotions).map((one, index) =>
          index === 0 ? { ...one, validThrough: other.promotions?.[0]?.validThrough ?? one.validThrough } : one,
        );
        return {
          notice: '',
          versions: kept(current.versions, other.versions),
          agreements: kept(current.agreements, other.agreements).filter(
            ({ code }, index, all) => all.findIndex((one) => one.code === code) === index,
          ),
          promotions: moved,
        };
      }),
    }),
  );

  const service = basis(owning(interval('fe', 1, '2026-07-01', '2027-07-01')));

  function outcome(quote: (terms: QuoteTerms) => PricedOrder, terms: QuoteTerms): unknown {
    try {
      return quote(terms);
    } catch (error) {
      // A code that is to begin is refused as unknown before it is published, as not valid yet after.
      if (error instanceof RefusedError) return 'refused';
      throw error;
    }
  }

  it('changes nothing that is sold, nor its price, on a past or present day', () => {
    let published = 0;
    fc.assert(
      fc.property(pair, fc.integer({ min: 0, max: 5 }), ({ current, proposed }, ago) => {
        if (publishingFaults(current, proposed, TODAY).length > 0) return;
        published += 1;
        const placedOn = addDays(TODAY, -ago);
        for (const agreementCode of [undefined, 'A', 'B']) {
          const code = agreementCode === undefined ? {} : { agreementCode };
          for (const years of [1, 3]) {
            const bought = { product: 'fe', years, extras: { user: 1 }, splitPayment: false } as const;
            const quotes = [
              (terms: QuoteTerms) => quoteFirstPurchase(bought, terms),
              (terms: QuoteTerms) => quoteRenewal('renewal', { years }, service, terms),
            ];
            for (const quote of quotes) {
              assert.deepStrictEqual(
                outcome(quote, { catalogue: proposed, placedOn, ...code }),
                outcome(quote, { catalogue: current, placedOn, ...code }),
              );
            }
          }
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(published > 50, `${published} of 1000 were published`);
  });
});
