import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Catalogue } from '../../domain/catalogue.ts';
import {
  addForecast,
  forecastRenewal,
  NO_TOTALS,
  type NoRenewal,
  type RenewalForecast,
} from '../../domain/nextRenewal.ts';
import { CATALOGUE, Life, on } from './builders.ts';

/** The base service dearer by 10.00 from 1 June 2027 on. */
const DEARER: Catalogue = {
  ...CATALOGUE,
  versions: [
    ...CATALOGUE.versions,
    ...CATALOGUE.versions
      .filter(({ version }) => version === '2020')
      .map((version) => ({
        ...version,
        version: '2027-06',
        validFrom: on('2027-06-01'),
        annualPriceMinor: { ...version.annualPriceMinor, fe: 3500 },
      })),
  ],
};

function forecast(life: Life, proposed = DEARER): RenewalForecast | NoRenewal {
  return forecastRenewal(life.state, { now: CATALOGUE, proposed }, life.today);
}

describe('the next renewal', () => {
  it('by hand is priced on the expiry day', () => {
    const life = Life.active('2026-06-10', { years: 1, extras: { user: 2 } });
    assert.deepStrictEqual(forecast(life), {
      on: '2027-06-10',
      way: 'by_hand',
      extras: { user: 2 },
      years: { now: 1, proposed: 1 },
      nowMinor: 5490,
      proposedMinor: 6710,
    });
  });

  it('by auto-renewal is priced on the first charge day', () => {
    const life = Life.renewing('2026-06-10', { years: 2 });
    const { on: day, way, nowMinor, proposedMinor } = forecast(life) as RenewalForecast;
    assert.deepStrictEqual([day, way, nowMinor, proposedMinor], ['2028-06-03', 'auto_renewal', 6100, 8540]);
    const early = Life.renewing('2026-06-05');
    // Charged on 29 May, before the new list begins.
    assert.deepStrictEqual(
      [forecast(early) as RenewalForecast].map(({ on: one, proposedMinor: then }) => [one, then]),
      [['2027-05-29', 3050]],
    );
  });

  it('of an expired service is a reactivation today', () => {
    const life = Life.active('2026-06-10');
    life.until('2027-07-01');
    const { on: day, way, proposedMinor } = forecast(life) as RenewalForecast;
    assert.deepStrictEqual([day, way, proposedMinor], ['2027-07-01', 'reactivation', 4270]);
  });

  it('keeps its price once it is ordered', () => {
    const life = Life.active('2026-06-10');
    life.until('2027-05-20');
    life.renew({ years: 3, extras: { space: 1 } });
    assert.deepStrictEqual(forecast(life), {
      on: '2027-05-20',
      way: 'ordered',
      extras: { space: 1 },
      years: { now: 3, proposed: 3 },
      nowMinor: 12_810,
      proposedMinor: 12_810,
    });
  });

  it('follows the years still sold under each list', () => {
    const life = Life.active('2026-06-10', { years: 3 });
    const promotion = {
      products: ['fe'],
      percent: 50,
      validFrom: on('2029-01-01'),
      validThrough: on('2029-12-31'),
      orderTypes: ['renewal'],
    } as const;
    const { years, nowMinor, proposedMinor } = forecast(life, {
      ...CATALOGUE,
      promotions: [promotion],
    }) as RenewalForecast;
    assert.deepStrictEqual([years, nowMinor, proposedMinor], [{ now: 3, proposed: 2 }, 9150, 3050]);
  });

  it('is the net amount for a public administration', () => {
    const life = Life.active('2026-06-10', { splitPayment: true });
    assert.equal((forecast(life) as RenewalForecast).proposedMinor, 3500);
  });

  it('cannot be foreseen before activation, after notice, and after the end', () => {
    assert.equal(forecast(Life.ordered('2026-06-10')), 'not_activated');
    const leaving = Life.active('2026-06-10');
    leaving.do({ type: 'GiveNotice' });
    assert.equal(forecast(leaving), 'notice_given');
    const gone = Life.active('2026-06-10');
    gone.until('2027-12-01');
    assert.equal(forecast(gone), 'ended');
  });

  it('cannot be foreseen where its price would be beyond all bounds', () => {
    const life = Life.active('2026-06-10');
    const versions = DEARER.versions.map((version) => ({
      ...version,
      annualPriceMinor: { ...version.annualPriceMinor, fe: 1_000_000_000 },
    }));
    assert.equal(forecast(life, { ...DEARER, versions }), 'amount_too_large');
  });
});

describe('the price auto-renewal charges', () => {
  it('is the one foreseen', () => {
    const life = Life.renewing('2026-06-10', { extras: { nso: 1 } });
    const foreseen = forecast(life, CATALOGUE) as RenewalForecast;
    life.until('2027-06-03');
    const [order] = life.state.orders;
    assert.deepStrictEqual([order?.priced.placedOn, order?.priced.payableMinor], [foreseen.on, foreseen.nowMinor]);
  });
});

describe('the totals', () => {
  it('count what goes up, down and stays, and why the rest has no renewal', () => {
    const one = forecast(Life.active('2026-06-10')) as RenewalForecast;
    const all = [
      one,
      { ...one, proposedMinor: 1000 },
      { ...one, proposedMinor: one.nowMinor },
      'notice_given',
      'ended',
    ];
    assert.deepStrictEqual((all as (RenewalForecast | NoRenewal)[]).reduce(addForecast, NO_TOTALS), {
      subscriptions: 5,
      up: 1,
      down: 1,
      unchanged: 1,
      notRenewable: { notice_given: 1, ended: 1 },
      nowMinor: 3 * 3050,
      proposedMinor: 4270 + 1000 + 3050,
    });
  });
});
