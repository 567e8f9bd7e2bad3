import { dateAt } from '../calendar.ts';
import { whyNot } from '../actions.ts';
import { hasExpired, renewingCard } from '../cards.ts';
import type { NumberedOrder } from '../commands.ts';
import { firstChargeAt, mayRetry, nextDeadline, renewalOrder, type Deadline } from '../deadlines.ts';
import { refuse } from '../errors.ts';
import { isSameMethod, isUnpaid, type StoredMethod } from '../orders.ts';
import { planFirstPurchase } from '../planning.ts';
import { expiresOn, noticeGiven, refusedFor, type Subscription } from '../subscription.ts';
import { completeIfPaid, lastDayToReactivate, settle } from './completion.ts';
import type { Draft } from './draft.ts';
import { addOrder, dropOrder, reverseOrder, startCharge } from './orders.ts';
import { decline } from './payments.ts';

/** Provisioning succeeded: paid time begins today, the activation day. */
export function activate(draft: Draft, username: string): void {
  const first = draft.state.orders.find((order) => order.priced.content.type === 'first_purchase');
  const { status } = draft.state.phase;
  if (
    first?.priced.content.type !== 'first_purchase' ||
    (status !== 'awaiting_activation' && status !== 'activation_failed')
  )
    return;
  const plan = planFirstPurchase(first.priced.content, draft.today);
  const granted = plan.intervals.map(({ sku, quantity, from, until, anchorDay }) => ({
    sku,
    quantity,
    from,
    until,
    anchorDay,
  }));
  const base = granted[0];
  if (base === undefined) return;
  draft.emit({ type: 'Activated', activatedOn: draft.today, username, granted, expiresOn: base.until });
  settle(draft, first.number);
}

export function failActivation(draft: Draft, reason: string): void {
  if (draft.state.phase.status === 'awaiting_activation') draft.emit({ type: 'ActivationFailed', reason });
}

export function retryActivation(draft: Draft): void {
  demand(draft, 'settle_activation');
  if (draft.state.phase.status === 'activation_failed')
    draft.emit({ type: 'ActivationRequested', paidOn: draft.state.phase.paidOn });
}

export function confirmActivation(draft: Draft, username: string): void {
  demand(draft, 'settle_activation');
  activate(draft, username);
}

/** The service will never be: its order is undone, what it holds goes back as credit, and the life closes. */
export function abandonActivation(draft: Draft, reason: string): void {
  demand(draft, 'settle_activation');
  for (const order of draft.state.orders.filter((one) => !isUnpaid(one))) reverseOrder(draft, order, reason);
  for (const order of draft.state.orders.filter(isUnpaid)) dropOrder(draft, order.number, 'terminated');
  draft.emit({ type: 'Closed', endedOn: draft.today, why: 'not_activated' });
}

export function switchAutoRenewal(draft: Draft, on: boolean): void {
  demand(draft, on ? 'switch_auto_renewal_on' : 'switch_auto_renewal_off');
  if (draft.state.autoRenewal === on) return;
  // Inside the charging days: at once, unless an order still unpaid was already tried; then its remaining retries follow.
  // A charge that is only looked up since auto-renewal was switched off is no try, unless it turns out to be one.
  const { attempts, lastOutcome } = draft.state.cycle;
  const wasMade = lastOutcome !== 'not_attempted' && !isOnlyLookedUp(draft);
  const tried = renewalOrder(draft.state) !== undefined && attempts > 0 && wasMade;
  const chargeAt = on && !tried && inChargingDays(draft) ? draft.now : null;
  draft.emit({ type: 'AutoRenewalSwitched', on, chargeAt, why: 'customer' });
}

function isOnlyLookedUp({ state: { attempt }, now }: Draft): boolean {
  return attempt?.occasion === 'auto_renewal' && attempt.chargeUntil !== null && attempt.chargeUntil <= now;
}

export function setPaymentMethod(draft: Draft, method: StoredMethod): void {
  demand(draft, 'set_payment_method');
  if (isSameMethod(draft.state.method, method)) return;
  if (hasExpired(method, draft.today)) refuse('method_expired');
  // Also while a charge is under way: once that has failed, at once. A link sent for confirmation is waited for.
  const replaced = { ...draft.state, method, attempt: null };
  const replacesAtOnce = inChargingDays(draft) && mayRetry(replaced);
  draft.emit({ type: 'PaymentMethodSet', method, chargeAt: replacesAtOnce ? draft.now : null, why: 'customer' });
}

export function removePaymentMethod(draft: Draft): void {
  demand(draft, 'remove_payment_method');
  draft.emit({ type: 'PaymentMethodRemoved' });
  if (draft.state.autoRenewal)
    draft.emit({ type: 'AutoRenewalSwitched', on: false, chargeAt: null, why: 'method_removed' });
}

function inChargingDays(draft: Draft): boolean {
  const first = firstChargeAt(draft.state);
  return first !== null && draft.now >= first && draft.state.phase.status === 'active';
}

export function reportUsage(draft: Draft, usedBytes: number): void {
  demand(draft, 'report_usage');
  if (draft.state.usedBytes !== usedBytes) draft.emit({ type: 'UsageReported', usedBytes });
}

/** Notice of termination (disdetta): final, effective at expiry, with no days to reactivate. */
export function giveNotice(draft: Draft): void {
  demand(draft, 'give_notice');
  const endsOn = expiresOn(draft.state);
  if (endsOn === null) return;
  draft.emit({ type: 'NoticeGiven', noticeGivenOn: draft.today, endsOn });
  if (draft.state.autoRenewal) draft.emit({ type: 'AutoRenewalSwitched', on: false, chargeAt: null, why: 'notice' });
  for (const order of draft.state.orders.filter(isUnpaid)) dropOrder(draft, order.number, 'notice');
}

/** Whether taking this deadline needs a renewal priced outside first. */
export function needsQuote(state: Subscription, deadline: Deadline): boolean {
  return deadline.kind === 'charge' && renewalOrder(state) === undefined;
}

/** What time alone brings. A deadline that is no longer the next one changes nothing. */
export function reachDeadline(draft: Draft, deadline: Deadline, quote: NumberedOrder | null): void {
  const next = nextDeadline(draft.state);
  if (next === null || next.kind !== deadline.kind || next.at !== deadline.at || deadline.at > draft.now) return;
  const expiry = expiresOn(draft.state);
  const { settings } = draft.state;
  switch (deadline.kind) {
    case 'close_unpaid':
      for (const order of draft.state.orders.filter(isUnpaid)) dropOrder(draft, order.number, 'unpaid');
      return draft.emit({ type: 'Closed', endedOn: dateAt(deadline.at), why: 'unpaid' });
    case 'charge':
      return charge(draft, quote);
    case 'ask_gateway_again':
      return draft.state.attempt === null
        ? undefined
        : draft.emit({ type: 'ChargeResumed', attemptId: draft.state.attempt.attemptId });
    case 'renewal_reminder':
      return expiry === null
        ? undefined
        : draft.emit({ type: 'RenewalReminderDue', daysBefore: deadline.days ?? 0, expiresOn: expiry });
    case 'auto_renewal_announcement': {
      const charge = firstChargeAt(draft.state);
      if (expiry === null || charge === null) return;
      return draft.emit({ type: 'AutoRenewalAnnounced', chargeOn: dateAt(charge), expiresOn: expiry });
    }
    case 'card_expiry_reminder': {
      const card = renewingCard(draft.state);
      if (expiry === null || card === null) return;
      const { methodId, validThrough } = card;
      return draft.emit({ type: 'CardExpiryReminderDue', methodId, validThrough, expiresOn: expiry });
    }
    case 'expire':
      if (expiry === null) return;
      return draft.emit({
        type: 'Expired',
        expiredOn: expiry,
        lastDayToReactivate: lastDayToReactivate(expiry, settings.graceDays),
      });
    case 'last_call':
      if (expiry === null) return;
      return draft.emit({ type: 'LastCallDue', lastDayToReactivate: lastDayToReactivate(expiry, settings.graceDays) });
    case 'terminate':
      return terminate(draft, deadline);
  }
}

function terminate(draft: Draft, deadline: Deadline): void {
  const why = noticeGiven(draft.state) ? 'notice' : 'not_reactivated';
  for (const order of draft.state.orders.filter(isUnpaid)) dropOrder(draft, order.number, 'terminated');
  draft.emit({ type: 'Terminated', endedOn: dateAt(deadline.at), why });
}

/** Charges the unpaid renewal order, by hand or from an earlier try; without one, the one quoted for this charge. */
function charge(draft: Draft, quote: NumberedOrder | null): void {
  const { method } = draft.state;
  if (method === null) return;
  const unpaid = renewalOrder(draft.state);
  if (unpaid !== undefined) return chargeOrSay(draft, unpaid.number, method);
  // Without a quote the deadline stays, until it is taken with one: see `needsQuote`.
  if (quote === null) return;
  addOrder(draft, quote, 'auto_renewal');
  if (quote.priced.payableMinor === 0) completeIfPaid(draft, quote.number);
  else chargeOrSay(draft, quote.number, method);
}

/** Of a method that was declined for good the gateway is not asked again: its customer is told once more, with the order. */
function chargeOrSay(draft: Draft, number: string, method: StoredMethod): void {
  const reason = refusedFor(draft.state, method);
  startCharge(draft, number, method, 'auto_renewal');
  if (reason !== null && draft.state.attempt !== null) decline(draft, draft.state.attempt, reason);
}

function demand(draft: Draft, action: Parameters<typeof whyNot>[1]): void {
  const reason = whyNot(draft.state, action);
  if (reason !== null) refuse(reason);
}
