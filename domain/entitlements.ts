import { addMonths, type PlainDate } from './calendar.ts';
import { BASE_SKUS, EXTRA_SKUS, type BaseSku, type ExtraSku, type Quantities, type Sku } from './catalogue.ts';

/**
 * What a subscription owns: intervals of Rome dates, `until` exclusive. Expiry, space, users and prices all
 * follow from them. `anchorDay` (1 to 31) is the day of the month on whose grid `until` lies and moves on.
 */
export interface Interval {
  readonly sku: Sku;
  readonly quantity: number;
  readonly from: PlainDate;
  readonly until: PlainDate;
  readonly anchorDay: number;
  /** Bought on `from`, the very day on which other units of the same extra end: continues none of them. */
  readonly begins?: true;
}

/** Units of one extra whose paid time ends on the same day. */
export interface UnitGroup {
  readonly sku: ExtraSku;
  readonly quantity: number;
  readonly endsOn: PlainDate;
  readonly anchorDay: number;
}

export interface Entitlements {
  readonly intervals: readonly Interval[];
  /** Units a renewal left behind: they keep their paid time, and no later order carries them on. */
  readonly dropped: readonly UnitGroup[];
}

export const NO_ENTITLEMENTS: Entitlements = { intervals: [], dropped: [] };
/** 1 GB = 10^9 bytes; the base service includes one [guide: space]. */
export const BYTES_PER_GB = 1_000_000_000;
export const INCLUDED_GB = 1;

const isBase = (sku: Sku): sku is BaseSku => (BASE_SKUS as readonly string[]).includes(sku);

/** The end of the base service's coverage and the grid it moves on; null before activation. */
export function baseEnd(entitlements: Entitlements): { endsOn: PlainDate; anchorDay: number } | null {
  return entitlements.intervals
    .filter((interval) => isBase(interval.sku))
    .reduce<{ endsOn: PlainDate; anchorDay: number } | null>(
      (end, { until, anchorDay }) => (end === null || until > end.endsOn ? { endsOn: until, anchorDay } : end),
      null,
    );
}

export function expiryOf(entitlements: Entitlements): PlainDate | null {
  return baseEnd(entitlements)?.endsOn ?? null;
}

/** Units of a sku covered on a day. */
export function quantityOn(entitlements: Entitlements, sku: Sku, day: PlainDate): number {
  return entitlements.intervals
    .filter((interval) => interval.sku === sku && interval.from <= day && day < interval.until)
    .reduce((sum, interval) => sum + interval.quantity, 0);
}

export function spaceBytesOn(entitlements: Entitlements, day: PlainDate): number {
  return (INCLUDED_GB + quantityOn(entitlements, 'space', day)) * BYTES_PER_GB;
}

/** Where units of an extra end for good: an interval that begins where another ends continues it. Earliest first. */
export function unitEnds(entitlements: Entitlements, sku: ExtraSku): UnitGroup[] {
  const own = entitlements.intervals.filter((interval) => interval.sku === sku);
  const ends = new Map<PlainDate, UnitGroup>();
  for (const { until, quantity, anchorDay } of own) {
    const known = ends.get(until);
    ends.set(until, {
      sku,
      endsOn: until,
      quantity: (known?.quantity ?? 0) + quantity,
      // Of two grids that meet on a short month's last day the later one counts fewer months: the customer's favour.
      anchorDay: Math.max(known?.anchorDay ?? 0, anchorDay),
    });
  }
  for (const { from, quantity, begins } of own) {
    const end = ends.get(from);
    if (end !== undefined && begins !== true)
      ends.set(from, { ...end, quantity: Math.max(0, end.quantity - quantity) });
  }
  return [...ends.values()].filter((group) => group.quantity > 0).toSorted((a, b) => (a.endsOn < b.endsOn ? -1 : 1));
}

function withoutDropped(entitlements: Entitlements, groups: UnitGroup[]): UnitGroup[] {
  return groups
    .map((group) => {
      const gone = entitlements.dropped
        .filter((dropped) => dropped.sku === group.sku && dropped.endsOn === group.endsOn)
        .reduce((sum, dropped) => sum + dropped.quantity, 0);
      return { ...group, quantity: group.quantity - gone };
    })
    .filter((group) => group.quantity > 0);
}

/**
 * The units an order placed on `day` can carry on: every unit not dropped whose end lies after the smaller
 * of that day and the base's last paid day, also one that starts later.
 */
export function composition(entitlements: Entitlements, day: PlainDate): UnitGroup[] {
  const expiry = expiryOf(entitlements);
  return EXTRA_SKUS.flatMap((sku) => withoutDropped(entitlements, unitEnds(entitlements, sku))).filter(
    // "After the smaller of the day and expiry - 1" in exclusive ends: past the day, or not before expiry.
    (group) => group.endsOn > day || (expiry !== null && group.endsOn >= expiry),
  );
}

/**
 * The units of an earlier day where they are now: those that end as they did then, else those they were moved to.
 * Units that came since are left out.
 */
export function unitsOfThen(now: readonly UnitGroup[], then: readonly UnitGroup[]): UnitGroup[] {
  const found: UnitGroup[] = [];
  const free = now.map((group) => ({ ...group }));
  const missing = then.map((group) => ({ ...group }));
  const match = (fits: (group: UnitGroup, candidate: UnitGroup) => boolean): void => {
    for (const group of missing) {
      for (const candidate of free.filter((one) => one.sku === group.sku && fits(group, one))) {
        const quantity = Math.min(group.quantity, candidate.quantity);
        if (quantity > 0) found.push({ ...candidate, quantity });
        group.quantity -= quantity;
        candidate.quantity -= quantity;
      }
    }
  };
  match((group, { endsOn }) => endsOn === group.endsOn);
  match((group, { endsOn }) => endsOn > group.endsOn);
  return found.toSorted((a, b) => (a.endsOn < b.endsOn ? -1 : a.endsOn > b.endsOn ? 1 : 0));
}

export function countUnits(groups: readonly UnitGroup[]): Quantities {
  const counts: Partial<Record<ExtraSku, number>> = {};
  for (const { sku, quantity } of groups) counts[sku] = (counts[sku] ?? 0) + quantity;
  return counts;
}

/** Takes units off the front of groups ordered by end. */
export function takeUnits(groups: readonly UnitGroup[], quantity: number): { taken: UnitGroup[]; rest: UnitGroup[] } {
  const taken: UnitGroup[] = [];
  const rest: UnitGroup[] = [];
  let wanted = quantity;
  for (const group of groups) {
    const part = Math.min(wanted, group.quantity);
    if (part > 0) taken.push({ ...group, quantity: part });
    if (part < group.quantity) rest.push({ ...group, quantity: group.quantity - part });
    wanted -= part;
  }
  return { taken, rest };
}

/** Adds paid time. Intervals that continue one of the same size are joined to it, so a life of decades stays small. */
export function grant(
  entitlements: Entitlements,
  added: readonly Interval[],
  dropped: readonly UnitGroup[] = [],
): Entitlements {
  const intervals = [...entitlements.intervals];
  for (const interval of added) {
    const continues = (known: Interval): boolean =>
      known.sku === interval.sku && known.quantity === interval.quantity && known.until === interval.from;
    const index = interval.begins === true ? -1 : intervals.findIndex(continues);
    const known = intervals[index];
    if (known === undefined) intervals.push(interval);
    else intervals[index] = { ...known, until: interval.until, anchorDay: interval.anchorDay };
  }
  return { intervals, dropped: [...entitlements.dropped, ...dropped] };
}

/** The interval that carries `quantity` units from a day for whole months on a grid. */
export function intervalFor(sku: Sku, quantity: number, from: PlainDate, months: number, anchorDay: number): Interval {
  return { sku, quantity, from, until: addMonths(from, months, anchorDay), anchorDay };
}
