import { addDays, type PlainDate } from '../calendar.ts';
import { isExtra } from '../catalogue.ts';
import type { Interval } from '../entitlements.ts';
import {
  completedOn,
  completingPayment,
  dueMinor,
  isSameMethod,
  isUnpaid,
  type AppliedPayment,
  type OpenOrder,
} from '../orders.ts';
import { planRenewal, planUpgrade, type OrderContent, type Plan, type PlannedInterval } from '../planning.ts';
import { pricePlan } from '../pricing.ts';
import { expiresOn, findOrder } from '../subscription.ts';
import type { Draft } from './draft.ts';

/** Completes an order once the sum is reached; settles one whose committed amount is now in. */
export function completeIfPaid(draft: Draft, number: string): void {
  const order = findOrder(draft.state, number);
  if (order === undefined) return;
  if (isUnpaid(order)) {
    const on = completedOn(order);
    if (on !== null) complete(draft, order, on, completingPayment(order));
  } else {
    settle(draft, number);
  }
}

/** Gives what was ordered, from the date the payment (or commitment) was registered. */
export function complete(draft: Draft, order: OpenOrder, on: PlainDate, payment: AppliedPayment | null): void {
  const { content } = order.priced;
  const before = expiresOn(draft.state);
  const plan = planOf(draft, order, on);
  const surplus = surplusOf(draft, order, plan);
  const granted = plan.intervals.map((interval) => grantedInterval(draft, content, interval));
  draft.emit({
    type: 'OrderCompleted',
    number: order.number,
    orderType: content.type,
    origin: order.origin,
    completedOn: on,
    granted,
    dropped: plan.dropped,
    years: content.type === 'upgrade' ? null : content.years,
    dueMinor: dueMinor(order),
    expiresOn: later(before, granted),
  });
  if (surplus > 0) draft.emit({ type: 'SurplusCredited', number: order.number, amountMinor: surplus });
  if (content.type === 'first_purchase') draft.emit({ type: 'ActivationRequested', paidOn: on });
  else extendService(draft, order, before);
  storeMethod(draft, order, payment);
  settle(draft, order.number);
}

/** An interval as it is owned: without its price, and marked where it would be read as going on with other units. */
function grantedInterval(draft: Draft, content: OrderContent, interval: PlannedInterval): Interval {
  const { sku, quantity, from, until, anchorDay, reason } = interval;
  const isNew = content.type === 'upgrade' && reason === 'added' && isExtra(sku) && quantity === content.add[sku];
  const meetsOthers = draft.state.entitlements.intervals.some((own) => own.sku === sku && own.until === from);
  return { sku, quantity, from, until, anchorDay, ...(isNew && meetsOthers ? { begins: true } : {}) };
}

function planOf(draft: Draft, { priced }: OpenOrder, on: PlainDate): Plan {
  const { entitlements, product, settings } = draft.state;
  switch (priced.content.type) {
    case 'first_purchase':
      return { intervals: [], dropped: [] }; // granted on activation day
    case 'upgrade':
      return planUpgrade(entitlements, product, priced.content, on);
    case 'reactivation':
    case 'renewal': {
      const atPayment = priced.content.type === 'reactivation' && settings.reactivationStart === 'payment';
      return planRenewal(entitlements, product, priced.content, {
        placedOn: priced.placedOn,
        ...(atPayment ? { startOn: on } : {}),
      });
    }
  }
}

/**
 * What an upgrade was paid too much, because what it was to extend has moved or ended since it was ordered: what it
 * brings, priced again at its frozen unit prices and still as if registered on the order's day. Only what it would not
 * have extended that day is priced as it is now. A shortfall is not asked for. Runs in workflow code: guard any change
 * with `patched()`.
 */
function surplusOf(draft: Draft, { priced }: OpenOrder, plan: Plan): number {
  const { content, product, placedOn, payableMinor } = priced;
  if (content.type !== 'upgrade') return 0;
  const ordered = planUpgrade(draft.state.entitlements, product, content, placedOn).intervals;
  const intervals = plan.intervals.map((interval) => {
    const isSame = ({ sku, reason, from }: PlannedInterval): boolean =>
      sku === interval.sku && reason === interval.reason && (reason === 'added' || from === interval.from);
    return { ...interval, months: Math.min(interval.months, ordered.find(isSame)?.months ?? interval.months) };
  });
  return Math.max(0, payableMinor - pricePlan({ ...plan, intervals }, priced, { dated: true }).payableMinor);
}

function later(before: PlainDate | null, granted: readonly Interval[]): PlainDate | null {
  const bases = granted.filter((interval) => interval.sku === 'fe' || interval.sku === 'fe-receive-only');
  return bases.reduce<PlainDate | null>((end, { until }) => (end === null || until > end ? until : end), before);
}

function extendService(draft: Draft, order: OpenOrder, before: PlainDate | null): void {
  const after = expiresOn(draft.state);
  if (after === null || after === before) return;
  const revived = draft.state.phase.status === 'expired' && after > draft.today;
  draft.emit({
    type: 'ServiceExtended',
    number: order.number,
    orderType: order.priced.content.type,
    origin: order.origin,
    expiresOn: after,
    revived,
  });
}

/** Paying a first order or a renewal by card or PayPal stores the method and switches auto-renewal on [guides: renewal, purchase]. */
function storeMethod(draft: Draft, order: OpenOrder, payment: AppliedPayment | null): void {
  const method = payment?.storedMethod ?? null;
  if (method === null || order.origin === 'auto_renewal' || order.priced.content.type === 'upgrade') return;
  if (!isSameMethod(draft.state.method, method)) {
    const replaces = draft.state.method !== null && draft.state.method.methodId !== method.methodId;
    draft.emit({ type: 'PaymentMethodSet', method, chargeAt: null, why: 'order_paid', replaces });
  }
  if (!draft.state.autoRenewal)
    draft.emit({ type: 'AutoRenewalSwitched', on: true, chargeAt: null, why: 'order_paid' });
}

/** Lets go of an order nothing more is expected of; a first order is kept until its service is active. */
export function settle(draft: Draft, number: string): void {
  const order = findOrder(draft.state, number);
  if (order === undefined || isUnpaid(order) || dueMinor(order) > 0) return;
  const { status } = draft.state.phase;
  if (
    order.priced.content.type === 'first_purchase' &&
    (status === 'awaiting_activation' || status === 'activation_failed')
  )
    return;
  draft.emit({ type: 'OrderSettled', number, outcome: 'completed' });
}

/** The last day on which a payment may be registered to bring an expired service back. */
export function lastDayToReactivate(expiry: PlainDate, graceDays: number): PlainDate {
  return addDays(expiry, graceDays);
}
