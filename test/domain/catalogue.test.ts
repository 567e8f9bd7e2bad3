import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agreementFor,
  checkExtras,
  checkYears,
  extrasOf,
  MAX_QUANTITY,
  versionOn,
  type BaseSku,
  type Quantities,
} from '../../domain/catalogue.ts';
import { CATALOGUE, on, refusalOf } from './builders.ts';

describe('the price list', () => {
  it('prices an order with the latest version valid on its day, in whatever order versions are listed', () => {
    assert.equal(versionOn(CATALOGUE, on('2029-12-31')).version, '2020');
    assert.equal(versionOn(CATALOGUE, on('2030-01-01')).version, '2030');
    assert.equal(versionOn(CATALOGUE, on('2045-06-01')).version, '2030');
  });

  it('has no price before its first version', () => {
    assert.throws(() => versionOn(CATALOGUE, on('2019-12-31')), /no version valid on 2019-12-31/);
  });
});

describe('the years a product is sold for', () => {
  const today = versionOn(CATALOGUE, on('2027-01-01'));
  const later = versionOn(CATALOGUE, on('2030-01-01'));

  it('are 1 to 5', () => {
    for (const years of [1, 2, 3, 4, 5]) checkYears(today, 'fe', years);
    for (const years of [0, 6, -1, 1.5, Number.NaN]) {
      assert.deepStrictEqual(
        refusalOf(() => checkYears(today, 'fe', years)),
        {
          code: 'years_not_offered',
          field: 'years',
          detail: '"fe" is sold for 1 to 5 years.',
          detailInItalian: '"fe" si vende per un periodo da 1 a 5 anni.',
        },
      );
    }
  });

  it('are 1 or 2 for a product on promotion', () => {
    for (const years of [1, 2]) checkYears(later, 'fe-receive-only', years);
    assert.equal(refusalOf(() => checkYears(later, 'fe-receive-only', 3)).code, 'years_not_offered');
    checkYears(today, 'fe-receive-only', 5);
  });
});

describe('the extras of a product', () => {
  const refused = (product: BaseSku, extras: Quantities) => {
    const { code, field } = refusalOf(() => checkExtras(product, extras, 'extras'));
    return [code, field];
  };

  it('are users, space and the three modules', () => {
    assert.deepStrictEqual(extrasOf('fe'), ['user', 'space', 'documents', 'payments', 'nso']);
    checkExtras('fe', { user: 3, space: 1, documents: 1, payments: 0, nso: 1 }, 'extras');
  });

  it('are users and space alone where only supplier invoices are received', () => {
    assert.deepStrictEqual(extrasOf('fe-receive-only'), ['user', 'space']);
    assert.deepStrictEqual(refused('fe-receive-only', { nso: 1 }), ['extra_not_offered', 'extras.nso']);
  });

  it('are counted in whole units, at most a thousand to an order, and one of each module', () => {
    checkExtras('fe', { user: MAX_QUANTITY, space: 0 }, 'extras');
    for (const quantity of [-1, 1.5, MAX_QUANTITY + 1, 1e9]) {
      assert.deepStrictEqual(refused('fe', { user: quantity }), ['quantity_out_of_range', 'extras.user']);
    }
    assert.deepStrictEqual(refused('fe', { documents: 2 }), ['quantity_out_of_range', 'extras.documents']);
  });

  it('are known by their sku', () => {
    assert.deepStrictEqual(refused('fe', { gold: 1 } as Quantities), ['extra_not_offered', 'extras.gold']);
    assert.deepStrictEqual(refused('fe', { fe: 1 } as Quantities), ['extra_not_offered', 'extras.fe']);
  });
});

describe('an agreement code', () => {
  const renewal = { type: 'renewal', product: 'fe', day: on('2027-06-01') } as const;

  it('is found however it is typed', () => {
    assert.equal(agreementFor(CATALOGUE, 'STUDI20', renewal).percent, 20);
    assert.equal(agreementFor(CATALOGUE, '  studi20 ', renewal).percent, 20);
    const lowerCase = { ...CATALOGUE, agreements: CATALOGUE.agreements.map((one) => ({ ...one, code: 'studi20' })) };
    assert.equal(agreementFor(lowerCase, 'Studi20', renewal).percent, 20);
  });

  it('is refused with the reason when it is unknown', () => {
    assert.deepStrictEqual(
      refusalOf(() => agreementFor(CATALOGUE, 'STUDI', renewal)),
      {
        code: 'agreement_unknown',
        detail: 'There is no such agreement code.',
        field: 'agreementCode',
      },
    );
  });

  it('is valid from its first day to its last, on the order’s day', () => {
    for (const day of ['2026-01-01', '2027-12-31']) agreementFor(CATALOGUE, 'STUDI20', { ...renewal, day: on(day) });
    for (const day of ['2025-12-31', '2028-01-01']) {
      const refused = refusalOf(() => agreementFor(CATALOGUE, 'STUDI20', { ...renewal, day: on(day) }));
      assert.equal(refused.code, 'agreement_expired', day);
    }
  });

  it('may be limited to order types and products', () => {
    const inapplicable = [
      { ...renewal, type: 'upgrade' },
      { ...renewal, type: 'reactivation' },
      { ...renewal, product: 'fe-receive-only' },
    ] as const;
    for (const order of inapplicable) {
      assert.equal(refusalOf(() => agreementFor(CATALOGUE, 'STUDI20', order)).code, 'agreement_not_applicable');
    }
  });
});
