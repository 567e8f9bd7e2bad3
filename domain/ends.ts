/**
 * What an order does to each service's own end [guides: space, users: "estensione servizi attivi"]: shown with its quote,
 * and true when it completes on the day it is quoted for.
 */
import { BASE_SKUS, EXTRA_SKUS, type ExtraSku, type Sku } from './catalogue.ts';
import type { PlainDate } from './calendar.ts';
import { baseEnd, composition, takeUnits, type Entitlements, type UnitGroup } from './entitlements.ts';
import type { PricedLine, PricedOrder } from './pricing.ts';

export interface ServiceEnd {
  readonly sku: Sku;
  readonly quantity: number;
  /** Null for units that the order adds. */
  readonly endsOn: PlainDate | null;
  readonly newEndsOn: PlainDate;
  /** Left behind by this order or an earlier one: it keeps its paid time, and ends with it. */
  readonly lapses: boolean;
}

/** A line with what of it no unit has taken yet. */
interface Open {
  readonly from: PlainDate;
  readonly until: PlainDate;
  left: number;
}

/** The ends before and after an order, base service first; none for a first purchase, whose dates activation fixes. */
export function endsOf(entitlements: Entitlements, priced: PricedOrder): ServiceEnd[] {
  const base = baseEnd(entitlements);
  if (priced.content.type === 'first_purchase' || base === null) return [];
  const baseLine = priced.lines.find(({ sku }) => (BASE_SKUS as readonly string[]).includes(sku));
  const start = baseLine?.from ?? base.endsOn;
  return [
    { sku: priced.product, quantity: 1, endsOn: base.endsOn, newEndsOn: baseLine?.until ?? base.endsOn, lapses: false },
    // A period that starts later than the base ended has no earlier start for any extra either.
    ...EXTRA_SKUS.flatMap((sku) => extraEnds(entitlements, priced, sku, start > base.endsOn ? start : null)),
  ];
}

function extraEnds(
  entitlements: Entitlements,
  priced: PricedOrder,
  sku: ExtraSku,
  restart: PlainDate | null,
): ServiceEnd[] {
  const { content, placedOn } = priced;
  const groups = composition(entitlements, placedOn).filter((group) => group.sku === sku);
  const drop = content.type === 'renewal' || content.type === 'reactivation' ? (content.drop[sku] ?? 0) : 0;
  const { taken: dropped, rest } = takeUnits(groups, drop);
  const open = priced.lines.filter((line) => line.sku === sku).flatMap(openLine);
  const carried = rest.flatMap((group) => {
    const from = restart !== null && group.endsOn < restart ? restart : group.endsOn;
    const line = open.find((candidate) => candidate.from === from && candidate.left >= group.quantity);
    if (line !== undefined) line.left -= group.quantity;
    return [endOf(group, line?.until ?? group.endsOn)];
  });
  const added = open
    .filter(({ left }) => left > 0)
    .map(({ left, until }): ServiceEnd => ({ sku, quantity: left, endsOn: null, newEndsOn: until, lapses: false }));
  const droppedEarlier = entitlements.dropped.filter((group) => group.sku === sku && group.endsOn > placedOn);
  const lapsing = summed([...dropped, ...droppedEarlier]).map((group) => ({
    ...endOf(group, group.endsOn),
    lapses: true,
  }));
  return [...carried, ...lapsing, ...added];
}

function openLine({ from, until, quantity }: PricedLine): Open[] {
  return from === null || until === null ? [] : [{ from, until, left: quantity }];
}

function endOf({ sku, quantity, endsOn }: UnitGroup, newEndsOn: PlainDate): ServiceEnd {
  return { sku, quantity, endsOn, newEndsOn, lapses: false };
}

/** Units that end on the same day are one group, earliest first. */
function summed(groups: readonly UnitGroup[]): UnitGroup[] {
  const byEnd = new Map<PlainDate, UnitGroup>();
  for (const group of groups) {
    const known = byEnd.get(group.endsOn);
    byEnd.set(group.endsOn, { ...group, quantity: group.quantity + (known?.quantity ?? 0) });
  }
  return [...byEnd.values()].toSorted((a, b) => (a.endsOn < b.endsOn ? -1 : 1));
}
