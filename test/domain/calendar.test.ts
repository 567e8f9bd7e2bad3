import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  addDays,
  addDuration,
  addMinutes,
  addMonths,
  dateAt,
  dayOfMonth,
  daysBetween,
  formatInstant,
  instant,
  instantOf,
  isPlainDate,
  monthsBetween,
  plainDate,
  type Instant,
} from '../../domain/calendar.ts';
import { iso, on } from './builders.ts';

const HOUR = 3_600_000;

describe('a calendar date', () => {
  it('is a day that exists, written YYYY-MM-DD', () => {
    assert.equal(isPlainDate('2028-02-29'), true);
    for (const text of [
      '2027-02-29',
      '0000-01-01',
      '2027-04-31',
      '2027-13-01',
      '2027-00-10',
      '2027-1-1',
      '27-01-01',
      '2027-01-01T00:00',
    ]) {
      assert.equal(isPlainDate(text), false, text);
    }
    for (const value of [20270101, null, undefined, {}]) assert.equal(isPlainDate(value), false);
  });

  it('names the text that is none', () => {
    assert.throws(() => plainDate('2027-02-30'), { name: 'RangeError', message: /"2027-02-30"/ });
  });

  it('moves by days over months, years and leap days', () => {
    assert.equal(addDays(on('2028-02-28'), 1), '2028-02-29');
    assert.equal(addDays(on('2027-12-31'), 1), '2028-01-01');
    assert.equal(addDays(on('2027-03-01'), -1), '2027-02-28');
    assert.equal(daysBetween(on('2028-02-01'), on('2028-03-01')), 29);
    assert.equal(daysBetween(on('2027-03-01'), on('2027-02-01')), -28);
  });
});

describe('a day in Rome', () => {
  it('begins at 00:00 Europe/Rome, in winter and in summer', () => {
    assert.equal(instantOf(on('2027-01-15')), iso('2027-01-14T23:00:00Z'));
    assert.equal(instantOf(on('2027-07-15')), iso('2027-07-14T22:00:00Z'));
  });

  it('has 23 hours when the clocks go forward and 25 when they go back', () => {
    assert.equal(instantOf(on('2027-03-29')) - instantOf(on('2027-03-28')), 23 * HOUR);
    assert.equal(instantOf(on('2027-11-01')) - instantOf(on('2027-10-31')), 25 * HOUR);
    assert.equal(instantOf(on('2027-03-28')), iso('2027-03-27T23:00:00Z'));
    assert.equal(instantOf(on('2027-10-31')), iso('2027-10-30T22:00:00Z'));
  });

  it('has its 09:00 on those days too', () => {
    assert.equal(instantOf(on('2027-03-28'), 9), iso('2027-03-28T07:00:00Z'));
    assert.equal(instantOf(on('2027-10-31'), 9), iso('2027-10-31T08:00:00Z'));
  });

  it('takes the hour after the gap for one that does not exist', () => {
    assert.equal(instantOf(on('2027-03-28'), 2), iso('2027-03-28T03:00:00+02:00'));
  });

  it('ends a millisecond before the next one begins', () => {
    for (const day of ['2027-03-28', '2027-10-31', '2027-12-31']) {
      const next = instantOf(addDays(on(day), 1));
      assert.equal(dateAt((next - 1) as Instant), day);
      assert.equal(dateAt(next), addDays(on(day), 1));
    }
  });

  it('is told from any instant, and back, for every day', () => {
    const dates = fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        const day = dateAt(date.getTime() as Instant);
        assert.ok(instantOf(day) <= date.getTime() && date.getTime() < instantOf(addDays(day, 1)));
        assert.equal(dateAt(instantOf(day)), day);
      }),
      { numRuns: 50 },
    );
  });
});

describe('an instant', () => {
  it('is read from ISO 8601 with any offset', () => {
    assert.equal(instant('2027-03-04T09:00:00+01:00'), instant('2027-03-04T08:00:00Z'));
    for (const text of ['2027-03-04', '2027-03-04T09:00:00', 'tomorrow', '2027-02-30T00:00:00Z']) {
      assert.throws(() => instant(text), RangeError, text);
    }
  });

  it('is written with the offset Rome has then', () => {
    assert.equal(formatInstant(iso('2027-01-31T08:00:00Z')), '2027-01-31T09:00:00+01:00');
    assert.equal(formatInstant(iso('2027-08-31T07:00:00.250Z')), '2027-08-31T09:00:00.250+02:00');
  });

  it('is moved by ISO 8601 durations on the calendar of Rome', () => {
    assert.equal(addDuration(iso('2027-03-27T09:00:00+01:00'), 'P1D'), iso('2027-03-28T09:00:00+02:00'));
    assert.equal(addDuration(iso('2027-03-27T09:00:00+01:00'), 'PT24H'), iso('2027-03-28T10:00:00+02:00'));
    assert.equal(addDuration(iso('2028-02-29T00:00:00+01:00'), 'P1Y'), iso('2029-02-28T00:00:00+01:00'));
    assert.equal(addMinutes(iso('2027-03-28T01:59:00+01:00'), 1), iso('2027-03-28T03:00:00+02:00'));
    assert.throws(() => addDuration(iso('2027-03-27T09:00:00Z'), '-P1D'), RangeError);
    assert.throws(() => addDuration(iso('2027-03-27T09:00:00Z'), 'a year'), RangeError);
  });
});

describe('months on the grid of an anchor', () => {
  it('go from 29 February to 28 February, and back to the 29th in a leap year', () => {
    const years = [12, 24, 36, 48].map((months) => addMonths(on('2028-02-29'), months));
    assert.deepStrictEqual(years, ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29']);
  });

  it('go from 31 January to the last of February, and back to the 31st', () => {
    assert.equal(addMonths(on('2027-01-31'), 1), '2027-02-28');
    assert.equal(addMonths(on('2028-01-31'), 1), '2028-02-29');
    assert.equal(addMonths(on('2027-02-28'), 1, 31), '2027-03-31');
    assert.equal(addMonths(on('2027-02-28'), 1), '2027-03-28');
  });

  it('never drift, however often a year is added to the last end (Month-end and leap-day anchors drift)', () => {
    for (const [anchor, ends] of [
      ['2028-02-29', ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28']],
      ['2027-08-31', ['2028-08-31', '2029-08-31', '2030-08-31', '2031-08-31', '2032-08-31']],
      ['2027-12-30', ['2028-12-30', '2029-12-30', '2030-12-30', '2031-12-30', '2032-12-30']],
    ] as const) {
      let end = on(anchor);
      const reached = ends.map(() => (end = addMonths(end, 12, dayOfMonth(on(anchor)))));
      assert.deepStrictEqual(reached, ends);
    }
  });

  it('are counted whole, a started one as a whole one', () => {
    assert.equal(monthsBetween(on('2027-01-15'), on('2027-02-15')), 1);
    assert.equal(monthsBetween(on('2027-01-15'), on('2027-02-16')), 2);
    assert.equal(monthsBetween(on('2027-01-15'), on('2027-01-16')), 1);
    assert.equal(monthsBetween(on('2027-01-15'), on('2028-01-15')), 12);
    assert.equal(monthsBetween(on('2027-01-15'), on('2027-01-15')), 0);
    assert.equal(monthsBetween(on('2027-01-15'), on('2026-01-15')), 0);
  });

  it('are never none where something lies between', () => {
    assert.equal(monthsBetween(on('2027-01-10'), on('2027-01-11'), 31), 1);
  });

  it('are counted on the anchor’s day, not on the day at hand', () => {
    // From the last of February, on the grid of the 31st, the next step is 31 March.
    assert.equal(monthsBetween(on('2027-02-28'), on('2027-03-31'), 31), 1);
    assert.equal(monthsBetween(on('2027-02-28'), on('2027-03-31'), 28), 2);
    assert.equal(monthsBetween(on('2028-02-29'), on('2029-02-28'), 29), 12);
    assert.equal(monthsBetween(on('2028-02-29'), on('2029-03-01'), 29), 13);
  });

  const anchors = fc.record({
    year: fc.integer({ min: 2020, max: 2060 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
  });
  const dateOn = ({ year, month, day }: { year: number; month: number; day: number }) =>
    addMonths(on(`${year}-${String(month).padStart(2, '0')}-01`), 0, day);

  it('counted back from what was added give the same number', () => {
    fc.assert(
      fc.property(anchors, fc.integer({ min: 0, max: 70 }), (anchor, months) => {
        const from = dateOn(anchor);
        assert.equal(monthsBetween(from, addMonths(from, months, anchor.day), anchor.day), months);
        if (months > 0) {
          const dayBefore = addDays(addMonths(from, months, anchor.day), -1);
          assert.equal(monthsBetween(from, dayBefore, anchor.day), dayBefore > from ? months : 0);
        }
      }),
    );
  });

  it('added one by one or at once give the same date', () => {
    fc.assert(
      fc.property(anchors, fc.nat(40), fc.nat(40), (anchor, some, more) => {
        const from = dateOn(anchor);
        const byHalves = addMonths(addMonths(from, some, anchor.day), more, anchor.day);
        assert.equal(byHalves, addMonths(from, some + more, anchor.day));
      }),
    );
  });
});

interface DateCase {
  readonly id: string;
  readonly kind: 'add_period' | 'series' | 'yearly_period' | 'timezone';
  readonly note: string;
  readonly [field: string]: unknown;
}

const dataFile = join(import.meta.dirname, '../data/dates.json');
const { cases } = JSON.parse(readFileSync(dataFile, 'utf8')) as { cases: DateCase[] };
const casesOf = (kind: DateCase['kind']) => cases.filter((one) => one.kind === kind);
const titled = ({ id, note }: DateCase, what: string) => `${what} (${id}${note === '' ? '' : `: ${note}`})`;

describe('periods that other billing systems count', () => {
  for (const one of casesOf('add_period')) {
    const {
      start,
      years = 0,
      months = 0,
      expected,
    } = one as DateCase & { start: string; years?: number; months?: number };
    it(titled(one, `${start} and ${years * 12 + months} months is ${String(expected)}`), () => {
      assert.equal(addMonths(on(start), years * 12 + months), expected);
    });
  }

  for (const one of casesOf('yearly_period')) {
    const { anchor, at, expected } = one as DateCase & { anchor: string; at: string };
    it(titled(one, `anchored on ${anchor}, the year ended by ${at} is ${String(expected)}`), () => {
      let ended = 0;
      while (addMonths(on(anchor), 12 * (ended + 1)) <= at) ended += 1;
      const year = [addMonths(on(anchor), 12 * (ended - 1)), addDays(addMonths(on(anchor), 12 * ended), -1)];
      assert.deepStrictEqual(year, expected);
    });
  }

  for (const one of casesOf('series')) {
    const { anchor, at, expected } = one as DateCase & { anchor: string; at?: string; expected: string[] };
    if (at === undefined) {
      it(titled(one, `months from ${anchor} never drift`), () => {
        const series = expected.map((_, index) => addMonths(on(anchor), index));
        assert.deepStrictEqual(series, expected);
      });
    } else {
      // Anchored at an hour of the day, in UTC: the grid is of dates, and the hour is added where a date becomes an instant.
      it(titled(one, `the month around ${at} begins and ends at ${expected.join(', ')}`), () => {
        const first = dateAt(iso(anchor), 'UTC');
        const hour = Number(anchor.slice(11, 13));
        const boundary = (index: number) => instantOf(addMonths(first, index), hour, 'UTC');
        let index = 0;
        while (boundary(index + 1) <= iso(at)) index += 1;
        assert.deepStrictEqual([boundary(index), boundary(index + 1)], expected.map(iso));
      });
    }
  }

  for (const one of casesOf('timezone')) {
    const { zone, expected_utc: utc } = one as DateCase & { zone: string; expected_utc?: string | string[] };
    const { local_day: day, local_day_end: dayEnd, instant: moment } = one as { [field: string]: unknown } & DateCase;
    it(titled(one, `days in ${zone}`), () => {
      if (typeof day === 'string') {
        const bounds = [instantOf(on(day), 0, zone), instantOf(addDays(on(day), 1), 0, zone)];
        assert.deepStrictEqual(bounds, (utc as string[]).map(iso));
      } else if (typeof dayEnd === 'string') {
        assert.equal(instantOf(addDays(on(dayEnd), 1), 0, zone) - 1000, iso(utc as string));
      } else {
        assert.equal(dayOfMonth(dateAt(iso(moment as string), zone)), one['expected_day_of_month']);
      }
    });
  }

  it('are all read from the data', () => {
    const kinds = ['add_period', 'series', 'yearly_period', 'timezone'] as const;
    assert.deepStrictEqual(
      kinds.map((kind) => casesOf(kind).length),
      [10, 3, 3, 7],
    );
  });
});

describe('a process in another time zone and another language', () => {
  const elsewhere = (environment: Record<string, string>): unknown =>
    JSON.parse(
      execFileSync(process.execPath, [fileURLToPath(import.meta.resolve('./elsewhere.ts'))], {
        env: { ...process.env, ...environment },
        encoding: 'utf8',
      }),
    );

  it('sees the same dates, instants, codes and lives: Two bills in one day for customers in another time zone; a charge a day early', () => {
    const inRome = elsewhere({ TZ: 'UTC', LC_ALL: 'en_US.UTF-8' }) as { place: string[]; life: string[] };
    const inAuckland = elsewhere({ TZ: 'Pacific/Auckland', LC_ALL: 'tr_TR.UTF-8' }) as typeof inRome;
    assert.deepStrictEqual(inAuckland.place, ['Pacific/Auckland', 'tr-TR']);
    assert.deepStrictEqual({ ...inAuckland, place: [] }, { ...inRome, place: [] });
    assert.deepStrictEqual(inRome.life, [
      '2028-09-01T09:00:00+02:00 AutoRenewalAnnounced',
      '2028-09-24T09:00:00+02:00 OrderPlaced',
      '2028-09-24T09:00:00+02:00 ChargeStarted',
      '2028-09-26T09:00:00+02:00 ChargeStarted',
      '2028-09-28T09:00:00+02:00 ChargeStarted',
      '2028-09-30T09:00:00+02:00 ChargeStarted',
      '2028-10-01T00:00:00+02:00 Expired',
      '2028-11-23T09:00:00+01:00 LastCallDue',
      '2028-12-01T00:00:00+01:00 OrderCancelled',
      '2028-12-01T00:00:00+01:00 Terminated',
    ]);
  });
});
