/** What a subscription's next renewal would cost under a price list: the dry run of a price change. */
import { dateAt, type PlainDate } from './calendar.ts';
import type { Catalogue, Quantities } from './catalogue.ts';
import { firstChargeAt, renewalOrder } from './deadlines.ts';
import { composition, countUnits } from './entitlements.ts';
import { RefusedError, type RefusalCode } from './errors.ts';
import { quoteSameAgain, type Basis, type PricedOrder } from './pricing.ts';
import { expiresOn, hasEnded, noticeGiven, type Subscription } from './subscription.ts';

/** Why no renewal can be foreseen. */
export type NoRenewal = 'ended' | 'not_activated' | 'notice_given' | RefusalCode;

/** `auto_renewal`: charged by itself. `by_hand`: when the customer orders it. `ordered`: priced already, whatever comes. */
export type RenewalWay = 'auto_renewal' | 'by_hand' | 'reactivation' | 'ordered';

/** The next renewal under two price lists. Amounts in cents, as the customer pays them. */
export interface RenewalForecast {
  /** The day whose prices count. */
  readonly on: PlainDate;
  readonly way: RenewalWay;
  readonly extras: Quantities;
  readonly years: { readonly now: number; readonly proposed: number };
  readonly nowMinor: number;
  readonly proposedMinor: number;
}

/**
 * Prices the next renewal as it is now and as it would be, both on the day it will be priced: the first charge day of
 * auto-renewal; by hand the expiry day, on which the service would end; after it today, as a reactivation. What is
 * renewed is today's composition for the years of the previous order, without an agreement code. A renewal that was
 * ordered keeps its price.
 *
 * @param today the day the forecast is made, on the subscription's own clock.
 */
export function forecastRenewal(
  subscription: Subscription,
  lists: { readonly now: Catalogue; readonly proposed: Catalogue },
  today: PlainDate,
): RenewalForecast | NoRenewal {
  if (hasEnded(subscription)) return 'ended';
  if (noticeGiven(subscription)) return 'notice_given';
  const ordered = renewalOrder(subscription);
  if (ordered !== undefined) return forecastOrdered(subscription, ordered.priced);
  const expiry = expiresOn(subscription);
  if (expiry === null) return 'not_activated';
  const { on, way } = occasion(subscription, expiry, today);
  const type = way === 'reactivation' ? 'reactivation' : 'renewal';
  try {
    const [now, proposed] = [lists.now, lists.proposed].map((catalogue) =>
      quoteSameAgain(type, subscription.termYears, basisOf(subscription), { catalogue, placedOn: on }),
    ) as [PricedOrder, PricedOrder];
    return {
      on,
      way,
      extras: countUnits(composition(subscription.entitlements, on)),
      years: { now: yearsOf(now), proposed: yearsOf(proposed) },
      nowMinor: now.payableMinor,
      proposedMinor: proposed.payableMinor,
    };
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal.code;
    throw error;
  }
}

/** What the dry run of a price change comes to. Amounts in cents. */
export interface ForecastTotals {
  readonly subscriptions: number;
  readonly up: number;
  readonly down: number;
  readonly unchanged: number;
  readonly notRenewable: Readonly<Partial<Record<NoRenewal, number>>>;
  readonly nowMinor: number;
  readonly proposedMinor: number;
}

export const NO_TOTALS: ForecastTotals = {
  subscriptions: 0,
  up: 0,
  down: 0,
  unchanged: 0,
  notRenewable: {},
  nowMinor: 0,
  proposedMinor: 0,
};

export function addForecast(totals: ForecastTotals, forecast: RenewalForecast | NoRenewal): ForecastTotals {
  const { notRenewable } = totals;
  const subscriptions = totals.subscriptions + 1;
  if (typeof forecast === 'string')
    return {
      ...totals,
      subscriptions,
      notRenewable: { ...notRenewable, [forecast]: (notRenewable[forecast] ?? 0) + 1 },
    };
  const { nowMinor, proposedMinor } = forecast;
  return {
    subscriptions,
    notRenewable,
    up: totals.up + (proposedMinor > nowMinor ? 1 : 0),
    down: totals.down + (proposedMinor < nowMinor ? 1 : 0),
    unchanged: totals.unchanged + (proposedMinor === nowMinor ? 1 : 0),
    nowMinor: totals.nowMinor + nowMinor,
    proposedMinor: totals.proposedMinor + proposedMinor,
  };
}

function forecastOrdered({ entitlements }: Subscription, priced: PricedOrder): RenewalForecast {
  const { content, placedOn, payableMinor } = priced;
  const years = yearsOf(priced);
  const isRenewal = content.type === 'renewal' || content.type === 'reactivation';
  return {
    on: placedOn,
    way: 'ordered',
    extras: isRenewal ? unitsOf(content.carry, content.add) : countUnits(composition(entitlements, placedOn)),
    years: { now: years, proposed: years },
    nowMinor: payableMinor,
    proposedMinor: payableMinor,
  };
}

function unitsOf(carry: Quantities, add: Quantities): Quantities {
  const skus = new Set([...Object.keys(carry), ...Object.keys(add)] as (keyof Quantities)[]);
  return Object.fromEntries([...skus].map((sku) => [sku, (carry[sku] ?? 0) + (add[sku] ?? 0)]));
}

function occasion(
  subscription: Subscription,
  expiry: PlainDate,
  today: PlainDate,
): { on: PlainDate; way: Exclude<RenewalWay, 'ordered'> } {
  const latest = (day: PlainDate): PlainDate => (day > today ? day : today);
  if (subscription.phase.status === 'expired') return { on: today, way: 'reactivation' };
  const { autoRenewal, method, cycle } = subscription;
  const charge = firstChargeAt(subscription);
  // An expiry whose order the customer cancelled is charged no more.
  if (autoRenewal && method !== null && !cycle.orderCancelled && charge !== null)
    return { on: latest(dateAt(charge)), way: 'auto_renewal' };
  return { on: latest(expiry), way: 'by_hand' };
}

function yearsOf({ content }: PricedOrder): number {
  return content.type === 'upgrade' ? 0 : content.years;
}

/** What pricing needs to know of a subscription. */
export function basisOf(subscription: Subscription): Basis {
  const { product, entitlements, entitlementsVersion, usedBytes, splitPayment, settings } = subscription;
  const { reactivationStart } = settings;
  return { product, entitlements, entitlementsVersion, usedBytes, splitPayment, reactivationStart };
}
