import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadCatalogue, parseCatalogue } from '../../config/catalogue.ts';

const good = loadCatalogue();

describe('the catalogue file', () => {
  it('that comes with the program holds placeholder prices and says so', () => {
    assert.match(good.notice, /placeholder/i);
    assert.equal(good.versions[0]?.annualPriceMinor.fe, 2500);
  });

  it('is refused as a whole, naming the file and every field at fault', () => {
    const [version] = good.versions;
    const [agreement] = good.agreements;
    const { code: _, ...promotion } = { code: '', ...agreement };
    const faulty: readonly (readonly [unknown, RegExp])[] = [
      [{ ...good, extra: 1 }, /extra/],
      [{ ...good, versions: [] }, /versions/],
      [{ ...good, versions: [{ ...version, validFrom: '2026-02-29' }] }, /versions\.0\.validFrom/],
      [{ ...good, versions: [{ ...version, vatPercent: 22.5 }] }, /versions\.0\.vatPercent/],
      [{ ...good, versions: [{ ...version, annualPriceMinor: { fe: 1 } }] }, /versions\.0\.annualPriceMinor/],
      [{ ...good, versions: [version, version] }, /same day/],
      [{ ...good, agreements: [{ ...agreement, percent: 101 }] }, /agreements\.0\.percent/],
      [{ ...good, agreements: [{ ...agreement, code: 'con spazi' }] }, /agreements\.0\.code/],
      [{ ...good, agreements: [{ ...agreement, validThrough: '2019-12-31' }] }, /agreements\.0\.validThrough/],
      [{ ...good, versions: [version, { ...version, validFrom: '2021-01-01' }] }, /same name/],
      [{ ...good, versions: [{ ...version, version: 'a\u0000b' }] }, /versions\.0\.version/],
      [{ ...good, versions: [{ ...version, retired: ['fax'] }] }, /versions\.0\.retired\.0/],
      [{ ...good, promotions: [{ ...promotion, percent: -1 }] }, /promotions\.0\.percent/],
      [{ ...good, promotions: [{ ...promotion, name: { it: 'Primavera' } }] }, /promotions\.0\.name\.en/],
      [{ ...good, promotions: [{ ...promotion, validThrough: '2019-12-31' }] }, /promotions\.0\.validThrough/],
    ];
    for (const [content, field] of faulty) {
      assert.throws(
        () => parseCatalogue(JSON.stringify(content), 'prices.json'),
        (error: Error) => {
          assert.match(error.message, /^The catalogue prices\.json is wrong: /);
          assert.match(error.message, field);
          return true;
        },
      );
    }
    assert.throws(() => parseCatalogue('{', 'prices.json'), /prices\.json is not JSON/);
  });
});
