import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintOf } from '../../api/fingerprint.ts';
import { loadCatalogue } from '../../config/catalogue.ts';
import { plainDate } from '../../domain/calendar.ts';
import type { ServiceEnd } from '../../domain/ends.ts';
import { quoteFirstPurchase, type PricedOrder } from '../../domain/pricing.ts';

const quoted = (day: string, changes: Partial<Parameters<typeof quoteFirstPurchase>[0]> = {}): PricedOrder =>
  quoteFirstPurchase(
    { product: 'fe', years: 1, extras: { user: 1, space: 2 }, splitPayment: false, ...changes },
    { catalogue: loadCatalogue(), placedOn: plainDate(day) },
  );

const SHOWN = quoted('2027-03-04');
const END: ServiceEnd = {
  sku: 'fe',
  quantity: 1,
  endsOn: plainDate('2028-03-04'),
  newEndsOn: plainDate('2029-03-04'),
  lapses: false,
};

describe('a quote’s fingerprint', () => {
  it('is the same on another day, under another price list’s name and however the wish was written', () => {
    const same = fingerprintOf(SHOWN, []);
    assert.match(same, /^[0-9a-f]{64}$/);
    assert.equal(fingerprintOf(quoted('2027-03-05'), []), same);
    assert.equal(fingerprintOf(quoted('2027-03-04', { extras: { space: 2, user: 1 } }), []), same);
    assert.equal(
      fingerprintOf({ ...SHOWN, catalogueVersion: 'other', basis: 7, warnings: ['registered_late'] }, []),
      same,
    );
    assert.equal(fingerprintOf(JSON.parse(JSON.stringify(SHOWN)) as PricedOrder, []), same);
  });

  it('differs with everything that is shown', () => {
    const [line, ...others] = SHOWN.lines;
    assert.ok(line);
    const lines = (changes: Partial<typeof line>): PricedOrder => ({
      ...SHOWN,
      lines: [{ ...line, ...changes }, ...others],
    });
    const shown: [PricedOrder, ServiceEnd[]][] = [
      [SHOWN, []],
      [quoted('2027-03-04', { years: 2 }), []],
      [quoted('2027-03-04', { extras: { user: 2, space: 2 } }), []],
      [quoted('2027-03-04', { splitPayment: true }), []],
      [{ ...SHOWN, product: 'fe-receive-only' }, []],
      [{ ...SHOWN, agreement: { code: 'STUDI20', percent: 20 } }, []],
      [{ ...SHOWN, promotion: { percent: 20 } }, []],
      [{ ...SHOWN, vatPercent: 23 }, []],
      [{ ...SHOWN, payableMinor: 1 }, []],
      [lines({ from: plainDate('2027-03-05') }), []],
      [lines({ until: plainDate('2027-03-05') }), []],
      [lines({ quantity: 9 }), []],
      [lines({ discountPercent: 9 }), []],
      [lines({ reason: 'added' }), []],
      [SHOWN, [END]],
      [SHOWN, [{ ...END, endsOn: plainDate('2028-03-05') }]],
      [SHOWN, [{ ...END, lapses: true }]],
    ];
    assert.equal(new Set(shown.map(([priced, ends]) => fingerprintOf(priced, ends))).size, shown.length);
  });
});
