import { addMonths, dayOfMonth, monthsBetween, type PlainDate } from './calendar.ts';
import { EXTRA_SKUS, type BaseSku, type ExtraSku, type Quantities } from './catalogue.ts';
import {
  baseEnd,
  composition,
  intervalFor,
  takeUnits,
  unitsOfThen,
  type Entitlements,
  type Interval,
  type UnitGroup,
} from './entitlements.ts';

/** Why an order holds an interval; shown with each line of a quote. */
export type LineReason = 'new_service' | 'next_period' | 'added' | 'aligned' | 'extended';

/** An interval an order adds, with the whole months it is priced for. */
export interface PlannedInterval extends Interval {
  readonly months: number;
  readonly reason: LineReason;
}

export interface Plan {
  readonly intervals: readonly PlannedInterval[];
  readonly dropped: readonly UnitGroup[];
}

export interface FirstPurchaseContent {
  readonly type: 'first_purchase';
  readonly product: BaseSku;
  readonly years: number;
  readonly extras: Quantities;
}

/** The next period: which of today's units go on, which are left behind, what is new. */
export interface RenewalContent {
  readonly type: 'renewal' | 'reactivation';
  readonly years: number;
  readonly carry: Quantities;
  readonly drop: Quantities;
  readonly add: Quantities;
  /** The units it was quoted for and where each ended then. What an upgrade adds before it is paid is left as it is. */
  readonly units?: readonly UnitGroup[];
}

export interface UpgradeContent {
  readonly type: 'upgrade';
  readonly add: Quantities;
  /** Every active service is extended to the upgrade's end [guides: space, users: "estensione servizi attivi"]. */
  readonly coTerm: boolean;
}

export type OrderContent = FirstPurchaseContent | RenewalContent | UpgradeContent;
export type OrderType = OrderContent['type'];

export const UPGRADE_MONTHS = 12;

export function entriesOf(quantities: Quantities): [ExtraSku, number][] {
  return EXTRA_SKUS.map((sku): [ExtraSku, number] => [sku, quantities[sku] ?? 0]).filter(
    ([, quantity]) => quantity > 0,
  );
}

/** Base and chosen extras from activation day for n years. */
export function planFirstPurchase(content: FirstPurchaseContent, activationOn: PlainDate): Plan {
  const months = 12 * content.years;
  const anchorDay = dayOfMonth(activationOn);
  const lines: [BaseSku | ExtraSku, number][] = [[content.product, 1], ...entriesOf(content.extras)];
  return {
    intervals: lines.map(([sku, quantity]) => ({
      ...intervalFor(sku, quantity, activationOn, months, anchorDay),
      months,
      reason: 'new_service',
    })),
    dropped: [],
  };
}

/**
 * The next period, from the base's end (or from `startOn` where a reactivation starts at payment). Carried units
 * that end elsewhere are brought to the same end, paying their own missing months.
 *
 * @param placedOn the order's day: fixes which units count as today's composition.
 */
export function planRenewal(
  entitlements: Entitlements,
  product: BaseSku,
  content: RenewalContent,
  { placedOn, startOn }: { placedOn: PlainDate; startOn?: PlainDate },
): Plan {
  const base = baseEnd(entitlements);
  if (base === null) throw new RangeError('A renewal needs a service that was activated.');
  const restart = startOn !== undefined && startOn > base.endsOn ? startOn : null;
  const start = restart ?? base.endsOn;
  const anchorDay = restart === null ? base.anchorDay : dayOfMonth(restart);
  const months = 12 * content.years;
  const until = addMonths(start, months, anchorDay);
  const period = (sku: BaseSku | ExtraSku, quantity: number, reason: LineReason): PlannedInterval => ({
    sku,
    quantity,
    from: start,
    until,
    anchorDay,
    months,
    reason,
  });

  const present = composition(entitlements, placedOn);
  const groups = content.units === undefined ? present : unitsOfThen(present, content.units);
  const intervals: PlannedInterval[] = [period(product, 1, 'next_period')];
  const dropped: UnitGroup[] = [];
  for (const sku of EXTRA_SKUS) {
    // Units that end first go first.
    const own = groups.filter((group) => group.sku === sku);
    const { taken: left, rest } = takeUnits(own, content.drop[sku] ?? 0);
    const { taken: carried } = takeUnits(rest, content.carry[sku] ?? 0);
    dropped.push(...left);
    for (const group of carried) {
      const from = restart !== null && group.endsOn < restart ? restart : group.endsOn;
      if (from === start) intervals.push(period(sku, group.quantity, 'next_period'));
      else if (from < until) {
        intervals.push({
          sku,
          quantity: group.quantity,
          from,
          until,
          anchorDay,
          months: monthsBetween(from, until, group.anchorDay),
          reason: 'aligned',
        });
      }
    }
    const added = content.add[sku] ?? 0;
    if (added > 0) intervals.push(period(sku, added, 'added'));
  }
  return { intervals: mergeLines(intervals), dropped };
}

/** Whether co-terming is offered on a day: only if the upgrade would end later than the service does. */
export function coTermOffered(entitlements: Entitlements, day: PlainDate): boolean {
  const base = baseEnd(entitlements);
  return base !== null && addMonths(day, UPGRADE_MONTHS) > base.endsOn;
}

/** Extras from a day for 12 months; with co-terming every service that lives on is extended to the same end. */
export function planUpgrade(
  entitlements: Entitlements,
  product: BaseSku,
  content: UpgradeContent,
  day: PlainDate,
): Plan {
  const anchorDay = dayOfMonth(day);
  const until = addMonths(day, UPGRADE_MONTHS);
  const intervals: PlannedInterval[] = entriesOf(content.add).map(([sku, quantity]) => ({
    sku,
    quantity,
    from: day,
    until,
    anchorDay,
    months: UPGRADE_MONTHS,
    reason: 'added',
  }));
  const base = baseEnd(entitlements);
  if (content.coTerm && base !== null && until > base.endsOn) {
    const extend = (
      sku: BaseSku | ExtraSku,
      quantity: number,
      end: { endsOn: PlainDate; anchorDay: number },
    ): PlannedInterval => ({
      sku,
      quantity,
      from: end.endsOn,
      until,
      anchorDay,
      months: monthsBetween(end.endsOn, until, end.anchorDay),
      reason: 'extended',
    });
    intervals.push(extend(product, 1, base));
    for (const group of composition(entitlements, day)) {
      if (group.endsOn < until) intervals.push(extend(group.sku, group.quantity, group));
    }
  }
  return { intervals: mergeLines(intervals), dropped: [] };
}

/** A line is one sku over one interval, its units summed. */
function mergeLines(intervals: readonly PlannedInterval[]): PlannedInterval[] {
  const lines = new Map<string, PlannedInterval>();
  for (const interval of intervals) {
    const key = `${interval.sku} ${interval.from} ${interval.until} ${interval.months}`;
    const known = lines.get(key);
    lines.set(key, known === undefined ? interval : { ...known, quantity: known.quantity + interval.quantity });
  }
  return [...lines.values()];
}
