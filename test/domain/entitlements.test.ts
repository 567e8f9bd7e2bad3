import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  baseEnd,
  composition,
  countUnits,
  expiryOf,
  grant,
  NO_ENTITLEMENTS,
  quantityOn,
  spaceBytesOn,
  takeUnits,
  unitEnds,
  unitsOfThen,
  type Entitlements,
  type UnitGroup,
} from '../../domain/entitlements.ts';
import { interval, on, owning } from './builders.ts';

const group = (
  sku: UnitGroup['sku'],
  quantity: number,
  endsOn: string,
  anchorDay = Number(endsOn.slice(8)),
): UnitGroup => ({
  sku,
  quantity,
  endsOn: on(endsOn),
  anchorDay,
});

describe('what a subscription owns', () => {
  const owned = owning(
    interval('fe', 1, '2027-01-15', '2028-01-15'),
    interval('user', 2, '2027-01-15', '2028-01-15'),
    interval('user', 1, '2027-06-10', '2028-06-10'),
    interval('space', 3, '2027-06-10', '2028-06-10'),
  );

  it('covers the first day of an interval and not the last', () => {
    assert.equal(quantityOn(owned, 'space', on('2027-06-09')), 0);
    assert.equal(quantityOn(owned, 'space', on('2027-06-10')), 3);
    assert.equal(quantityOn(owned, 'space', on('2028-06-09')), 3);
    assert.equal(quantityOn(owned, 'space', on('2028-06-10')), 0);
  });

  it('adds up the intervals that cover a day', () => {
    assert.equal(quantityOn(owned, 'user', on('2027-03-01')), 2);
    assert.equal(quantityOn(owned, 'user', on('2027-06-10')), 3);
    assert.equal(quantityOn(owned, 'user', on('2028-02-01')), 1);
  });

  it('expires at the end of the base service’s coverage, whatever the extras do', () => {
    assert.equal(expiryOf(owned), '2028-01-15');
    assert.equal(expiryOf(NO_ENTITLEMENTS), null);
    const renewed = grant(owned, [interval('fe', 1, '2028-01-15', '2030-01-15')]);
    assert.deepStrictEqual(baseEnd(renewed), { endsOn: '2030-01-15', anchorDay: 15 });
  });

  it('has 1 GB, of 1,000,000,000 bytes, and the space that covers the day', () => {
    assert.equal(spaceBytesOn(owned, on('2027-06-09')), 1_000_000_000);
    assert.equal(spaceBytesOn(owned, on('2027-06-10')), 4_000_000_000);
  });
});

describe('units', () => {
  it('end where no interval goes on with them', () => {
    const owned = owning(
      interval('user', 3, '2027-01-15', '2028-01-15'),
      interval('user', 2, '2028-01-15', '2029-01-15'),
      interval('user', 1, '2027-06-10', '2028-06-10'),
    );
    assert.deepStrictEqual(unitEnds(owned, 'user'), [
      group('user', 1, '2028-01-15'),
      group('user', 1, '2028-06-10'),
      group('user', 2, '2029-01-15'),
    ]);
  });

  it('bought on the very day on which others end go on with none of them', () => {
    const owned = owning(interval('user', 2, '2027-01-15', '2028-01-15'), {
      ...interval('user', 1, '2028-01-15', '2029-01-15'),
      begins: true,
    });
    assert.deepStrictEqual(unitEnds(owned, 'user'), [group('user', 2, '2028-01-15'), group('user', 1, '2029-01-15')]);
  });

  it('bought on such a day stay apart when they are continued themselves', () => {
    const bought = { ...interval('user', 1, '2028-01-15', '2029-01-15'), begins: true } as const;
    const owned = grant(owning(interval('user', 2, '2027-01-15', '2028-01-15'), bought), [
      interval('user', 1, '2029-01-15', '2030-01-15'),
    ]);
    assert.deepStrictEqual(unitEnds(owned, 'user'), [group('user', 2, '2028-01-15'), group('user', 1, '2030-01-15')]);
  });

  it('that end together on two grids are counted on the later one, in whatever order they came', () => {
    const monthEnd = interval('user', 1, '2027-02-28', '2028-02-28', 28);
    const leap = interval('user', 1, '2027-02-28', '2028-02-28', 31);
    assert.deepStrictEqual(unitEnds(owning(monthEnd, leap), 'user'), [group('user', 2, '2028-02-28', 31)]);
    assert.deepStrictEqual(unitEnds(owning(leap, monthEnd), 'user'), [group('user', 2, '2028-02-28', 31)]);
  });

  it('are taken off the group that ends first', () => {
    const groups = [group('user', 2, '2028-01-15'), group('user', 3, '2028-06-10')];
    assert.deepStrictEqual(takeUnits(groups, 3), {
      taken: [group('user', 2, '2028-01-15'), group('user', 1, '2028-06-10')],
      rest: [group('user', 2, '2028-06-10')],
    });
    assert.deepStrictEqual(takeUnits(groups, 0), { taken: [], rest: groups });
    assert.deepStrictEqual(takeUnits(groups, 9), { taken: groups, rest: [] });
  });

  it('of an earlier day are found where they end now, and those that came since are left out', () => {
    const then = [group('user', 2, '2028-01-15')];
    const upgraded = [group('user', 1, '2027-09-01'), group('user', 2, '2028-01-15')];
    assert.deepStrictEqual(unitsOfThen(upgraded, then), [group('user', 2, '2028-01-15')]);
    const moved = [group('user', 3, '2028-06-10')];
    assert.deepStrictEqual(unitsOfThen(moved, then), [group('user', 2, '2028-06-10')]);
    const both = [group('user', 1, '2028-01-15'), group('user', 1, '2028-03-01'), group('user', 5, '2028-06-10')];
    assert.deepStrictEqual(unitsOfThen(both, then), [group('user', 1, '2028-01-15'), group('user', 1, '2028-03-01')]);
  });
});

describe('the composition a renewal starts from', () => {
  const counted = (owned: Entitlements, day: string) => countUnits(composition(owned, on(day)));
  const base = interval('fe', 1, '2027-01-15', '2028-01-15');

  it('holds every unit whose paid time goes on after today', () => {
    const owned = owning(
      base,
      interval('user', 2, '2027-01-15', '2028-01-15'),
      interval('space', 1, '2027-03-01', '2028-03-01'),
    );
    assert.deepStrictEqual(counted(owned, '2027-12-01'), { user: 2, space: 1 });
  });

  it('holds a unit that ends before the base does, until it has ended', () => {
    const owned = owning(base, interval('user', 1, '2026-09-10', '2027-09-10'));
    assert.deepStrictEqual(counted(owned, '2027-09-09'), { user: 1 });
    assert.deepStrictEqual(counted(owned, '2027-09-10'), {});
  });

  it('holds, after the expiry, what lasted to the base’s last day', () => {
    const owned = owning(
      base,
      interval('user', 2, '2027-01-15', '2028-01-15'),
      interval('space', 1, '2026-12-01', '2027-12-01'),
      interval('nso', 1, '2027-02-20', '2028-02-20'),
    );
    assert.deepStrictEqual(counted(owned, '2028-01-14'), { user: 2, nso: 1 });
    assert.deepStrictEqual(counted(owned, '2028-01-15'), { user: 2, nso: 1 });
    assert.deepStrictEqual(counted(owned, '2028-03-14'), { user: 2, nso: 1 });
  });

  it('holds units that start later', () => {
    const owned = owning(
      base,
      interval('fe', 1, '2028-01-15', '2029-01-15'),
      interval('user', 4, '2028-01-15', '2029-01-15'),
    );
    assert.deepStrictEqual(counted(owned, '2027-05-01'), { user: 4 });
  });

  it('holds no unit that was dropped, nor does it ever again', () => {
    const first = owning(base, interval('user', 3, '2027-01-15', '2028-01-15'));
    const dropped = grant(
      first,
      [interval('fe', 1, '2028-01-15', '2029-01-15'), interval('user', 2, '2028-01-15', '2029-01-15')],
      [group('user', 1, '2028-01-15')],
    );
    assert.deepStrictEqual(counted(dropped, '2027-12-01'), { user: 2 });
    assert.equal(quantityOn(dropped, 'user', on('2028-01-14')), 3, 'the dropped unit keeps its paid time');
    assert.equal(quantityOn(dropped, 'user', on('2028-01-15')), 2);
    assert.deepStrictEqual(counted(dropped, '2028-12-01'), { user: 2 });
  });
});

describe('paid time that is added', () => {
  it('is joined to the interval it goes on with, so that a life of decades stays small', () => {
    let owned = owning(interval('fe', 1, '2027-01-31', '2028-01-31'), interval('user', 2, '2027-01-31', '2028-01-31'));
    for (let year = 2028; year < 2058; year += 1) {
      owned = grant(owned, [
        interval('fe', 1, `${year}-01-31`, `${year + 1}-01-31`),
        interval('user', 2, `${year}-01-31`, `${year + 1}-01-31`),
      ]);
    }
    assert.deepStrictEqual(owned.intervals, [
      interval('fe', 1, '2027-01-31', '2058-01-31'),
      interval('user', 2, '2027-01-31', '2058-01-31'),
    ]);
  });

  it('keeps another quantity apart', () => {
    const owned = grant(owning(interval('user', 2, '2027-01-31', '2028-01-31')), [
      interval('user', 1, '2028-01-31', '2029-01-31'),
    ]);
    assert.equal(owned.intervals.length, 2);
  });

  it('moves on from the end it was given, with the grid of that end', () => {
    const owned = grant(owning(interval('fe', 1, '2027-01-15', '2028-01-15')), [
      interval('fe', 1, '2028-01-15', '2028-06-30'),
    ]);
    assert.deepStrictEqual(owned.intervals, [interval('fe', 1, '2027-01-15', '2028-06-30', 30)]);
  });
});
