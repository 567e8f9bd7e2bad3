import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UnitGroup } from '../../domain/entitlements.ts';
import {
  coTermOffered,
  planFirstPurchase,
  planRenewal,
  planUpgrade,
  type Plan,
  type RenewalContent,
} from '../../domain/planning.ts';
import { interval, on, owning } from './builders.ts';

/** `sku quantity from until months reason` of each interval. */
const lines = ({ intervals }: Plan): string[] =>
  intervals.map(
    ({ sku, quantity, from, until, months, reason }) => `${sku} x${quantity} ${from}..${until} ${months} ${reason}`,
  );

const renewal = (content: Partial<RenewalContent> = {}): RenewalContent => ({
  type: 'renewal',
  years: 1,
  carry: {},
  drop: {},
  add: {},
  ...content,
});

const unit = (quantity: number, endsOn: string): UnitGroup => ({
  sku: 'user',
  quantity,
  endsOn: on(endsOn),
  anchorDay: Number(endsOn.slice(8)),
});

describe('a first purchase', () => {
  const content = { type: 'first_purchase', product: 'fe', years: 2, extras: { user: 2, nso: 1 } } as const;

  it('is the base and the chosen extras from activation day for n years', () => {
    assert.deepStrictEqual(lines(planFirstPurchase(content, on('2027-03-10'))), [
      'fe x1 2027-03-10..2029-03-10 24 new_service',
      'user x2 2027-03-10..2029-03-10 24 new_service',
      'nso x1 2027-03-10..2029-03-10 24 new_service',
    ]);
  });

  it('is anchored on activation day, also where the end is a shorter month’s last', () => {
    const [base] = planFirstPurchase({ ...content, years: 1 }, on('2028-02-29')).intervals;
    assert.deepStrictEqual([base?.until, base?.anchorDay], ['2029-02-28', 29]);
  });
});

describe('a renewal', () => {
  const owned = owning(interval('fe', 1, '2027-01-15', '2028-01-15'), interval('user', 3, '2027-01-15', '2028-01-15'));

  it('describes the next period: from the current expiry, whenever it is ordered', () => {
    for (const placedOn of ['2027-02-01', '2028-01-14', '2028-02-20']) {
      const plan = planRenewal(owned, 'fe', renewal({ years: 2, carry: { user: 3 } }), { placedOn: on(placedOn) });
      assert.deepStrictEqual(lines(plan), [
        'fe x1 2028-01-15..2030-01-15 24 next_period',
        'user x3 2028-01-15..2030-01-15 24 next_period',
      ]);
    }
  });

  it('adds units from the current expiry, in one line with those that go on', () => {
    const plan = planRenewal(owned, 'fe', renewal({ carry: { user: 3 }, add: { user: 2, space: 5 } }), {
      placedOn: on('2027-06-01'),
    });
    assert.deepStrictEqual(lines(plan), [
      'fe x1 2028-01-15..2029-01-15 12 next_period',
      'user x5 2028-01-15..2029-01-15 12 next_period',
      'space x5 2028-01-15..2029-01-15 12 added',
    ]);
  });

  it('leaves behind the units that end first', () => {
    const mixed = owning(...owned.intervals, interval('user', 2, '2026-09-10', '2027-09-10'));
    const plan = planRenewal(mixed, 'fe', renewal({ carry: { user: 2 }, drop: { user: 3 } }), {
      placedOn: on('2027-06-01'),
    });
    assert.deepStrictEqual(lines(plan), [
      'fe x1 2028-01-15..2029-01-15 12 next_period',
      'user x2 2028-01-15..2029-01-15 12 next_period',
    ]);
    assert.deepStrictEqual(plan.dropped, [unit(2, '2027-09-10'), unit(1, '2028-01-15')]);
  });

  it('brings an extra that runs to another date to the same end, paying its own missing months', () => {
    const mixed = owning(
      interval('fe', 1, '2027-01-15', '2028-01-15'),
      interval('user', 1, '2026-09-10', '2027-09-10'),
      interval('space', 2, '2027-06-10', '2028-06-10'),
    );
    const plan = planRenewal(mixed, 'fe', renewal({ carry: { user: 1, space: 2 } }), { placedOn: on('2027-06-15') });
    assert.deepStrictEqual(lines(plan), [
      'fe x1 2028-01-15..2029-01-15 12 next_period',
      'user x1 2027-09-10..2029-01-15 17 aligned',
      'space x2 2028-06-10..2029-01-15 8 aligned',
    ]);
  });

  it('gives an extra it aligns the base’s grid', () => {
    const mixed = owning(
      interval('fe', 1, '2027-01-31', '2028-01-31'),
      interval('user', 1, '2027-06-10', '2028-06-10'),
    );
    const plan = planRenewal(mixed, 'fe', renewal({ carry: { user: 1 } }), { placedOn: on('2027-07-01') });
    assert.deepStrictEqual(
      plan.intervals.map(({ until, anchorDay }) => [until, anchorDay]),
      [
        ['2029-01-31', 31],
        ['2029-01-31', 31],
      ],
    );
  });

  it('asks nothing for an extra that runs beyond the new end already', () => {
    const mixed = owning(interval('fe', 1, '2027-01-15', '2028-01-15'), interval('nso', 1, '2028-12-20', '2029-12-20'));
    const plan = planRenewal(mixed, 'fe', renewal({ carry: { nso: 1 } }), { placedOn: on('2028-01-10') });
    assert.deepStrictEqual(lines(plan), ['fe x1 2028-01-15..2029-01-15 12 next_period']);
  });

  it('leaves as it is what an upgrade added after it was quoted, wherever that ends', () => {
    const quoted = renewal({ carry: { user: 2 }, drop: { user: 1 }, units: [unit(3, '2028-01-15')] });
    const upgraded = owning(...owned.intervals, interval('user', 1, '2026-12-20', '2027-12-20'));
    const plan = planRenewal(upgraded, 'fe', quoted, { placedOn: on('2026-12-10') });
    assert.deepStrictEqual(lines(plan), [
      'fe x1 2028-01-15..2029-01-15 12 next_period',
      'user x2 2028-01-15..2029-01-15 12 next_period',
    ]);
    assert.deepStrictEqual(plan.dropped, [unit(1, '2028-01-15')]);
  });

  it('asks nothing for an extra that ends with the new end already', () => {
    const mixed = owning(interval('fe', 1, '2027-01-15', '2028-01-15'), interval('nso', 1, '2028-01-15', '2029-01-15'));
    const plan = planRenewal(mixed, 'fe', renewal({ carry: { nso: 1 } }), { placedOn: on('2028-01-10') });
    assert.deepStrictEqual(lines(plan), ['fe x1 2028-01-15..2029-01-15 12 next_period']);
  });

  it('needs a service that was activated', () => {
    assert.throws(() => planRenewal(owning(), 'fe', renewal(), { placedOn: on('2027-06-01') }), RangeError);
  });
});

describe('a reactivation', () => {
  const owned = owning(
    interval('fe', 1, '2027-01-15', '2028-01-15'),
    interval('user', 1, '2027-01-15', '2028-01-15'),
    interval('space', 1, '2027-06-10', '2028-06-10'),
  );
  const content = { ...renewal({ carry: { user: 1, space: 1 } }), type: 'reactivation' } as const;

  it('starts at the original expiry', () => {
    const plan = planRenewal(owned, 'fe', content, { placedOn: on('2028-02-20') });
    assert.deepStrictEqual(lines(plan), [
      'fe x1 2028-01-15..2029-01-15 12 next_period',
      'user x1 2028-01-15..2029-01-15 12 next_period',
      'space x1 2028-06-10..2029-01-15 8 aligned',
    ]);
  });

  it('starts at payment where it is configured so, on that day’s grid', () => {
    const plan = planRenewal(owned, 'fe', content, { placedOn: on('2028-02-20'), startOn: on('2028-02-25') });
    assert.deepStrictEqual(lines(plan), [
      'fe x1 2028-02-25..2029-02-25 12 next_period',
      'user x1 2028-02-25..2029-02-25 12 next_period',
      'space x1 2028-06-10..2029-02-25 9 aligned',
    ]);
    assert.deepStrictEqual(
      plan.intervals.map(({ anchorDay }) => anchorDay),
      [25, 25, 25],
    );
  });

  it('never starts before the original expiry', () => {
    const plan = planRenewal(owned, 'fe', content, { placedOn: on('2028-01-15'), startOn: on('2028-01-15') });
    assert.equal(lines(plan)[0], 'fe x1 2028-01-15..2029-01-15 12 next_period');
    const monthEnd = owning(interval('fe', 1, '2027-01-31', '2028-02-29', 31));
    const onTheDay = planRenewal(monthEnd, 'fe', content, { placedOn: on('2028-02-29'), startOn: on('2028-02-29') });
    assert.equal(onTheDay.intervals[0]?.anchorDay, 31, 'the grid stays where nothing was missed');
  });
});

describe('an upgrade', () => {
  const owned = owning(
    interval('fe', 1, '2027-01-15', '2028-01-15'),
    interval('user', 2, '2027-01-15', '2028-01-15'),
    interval('user', 1, '2027-03-10', '2028-03-10'),
    interval('nso', 1, '2027-09-01', '2028-09-01'),
  );
  const upgrade = (coTerm: boolean) => ({ type: 'upgrade', add: { space: 1 }, coTerm }) as const;

  it('runs 12 months from its day, alone with co-terming off', () => {
    const plan = planUpgrade(owned, 'fe', upgrade(false), on('2027-05-20'));
    assert.deepStrictEqual(lines(plan), ['space x1 2027-05-20..2028-05-20 12 added']);
  });

  it('extends every active service to its own end with co-terming on, each paying its missing months', () => {
    const plan = planUpgrade(owned, 'fe', upgrade(true), on('2027-05-20'));
    assert.deepStrictEqual(lines(plan), [
      'space x1 2027-05-20..2028-05-20 12 added',
      'fe x1 2028-01-15..2028-05-20 5 extended',
      'user x2 2028-01-15..2028-05-20 5 extended',
      'user x1 2028-03-10..2028-05-20 3 extended',
    ]);
  });

  it('moves the grid of all it extends to its own day', () => {
    const plan = planUpgrade(owned, 'fe', upgrade(true), on('2027-05-20'));
    assert.deepStrictEqual(new Set(plan.intervals.map(({ anchorDay }) => anchorDay)), new Set([20]));
  });

  it('never shortens what runs longer', () => {
    assert.equal(coTermOffered(owned, on('2027-01-15')), false);
    assert.equal(coTermOffered(owned, on('2027-01-16')), true);
    const plan = planUpgrade(owned, 'fe', upgrade(true), on('2027-01-15'));
    assert.deepStrictEqual(lines(plan), ['space x1 2027-01-15..2028-01-15 12 added']);
  });

  it('extends no unit that was dropped', () => {
    const dropped = { ...owned, dropped: [unit(1, '2028-01-15')] };
    const plan = planUpgrade(dropped, 'fe', upgrade(true), on('2027-05-20'));
    assert.ok(lines(plan).includes('user x1 2028-01-15..2028-05-20 5 extended'));
  });

  it('covers an expired base again, from its expiry, with what lasted to its last day', () => {
    const plan = planUpgrade(owned, 'fe', upgrade(true), on('2028-02-10'));
    assert.deepStrictEqual(lines(plan), [
      'space x1 2028-02-10..2029-02-10 12 added',
      'fe x1 2028-01-15..2029-02-10 13 extended',
      'user x2 2028-01-15..2029-02-10 13 extended',
      'user x1 2028-03-10..2029-02-10 11 extended',
      'nso x1 2028-09-01..2029-02-10 6 extended',
    ]);
  });

  it('counts the missing months of a month-end service on its own grid', () => {
    const monthEnd = owning(interval('fe', 1, '2027-01-31', '2028-01-31'));
    // 31 January, 29 February: one month covers the 28th.
    const plan = planUpgrade(monthEnd, 'fe', upgrade(true), on('2027-02-28'));
    assert.equal(lines(plan)[1], 'fe x1 2028-01-31..2028-02-28 1 extended');
    assert.equal(plan.intervals[1]?.anchorDay, 28);
  });

  it('of a leap day runs to 28 February and stays on the 29th', () => {
    const plan = planUpgrade(owned, 'fe', upgrade(false), on('2028-02-29'));
    assert.deepStrictEqual(lines(plan), ['space x1 2028-02-29..2029-02-28 12 added']);
    assert.equal(plan.intervals[0]?.anchorDay, 29);
  });
});
