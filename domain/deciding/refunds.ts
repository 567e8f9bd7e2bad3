import { isUnpaid } from '../orders.ts';
import type { RefundEffect, RefundNote } from '../refunds.ts';
import { hasEnded } from '../subscription.ts';
import { settle } from './completion.ts';
import type { Draft } from './draft.ts';
import { dropOrder } from './orders.ts';

/** Money of an order went back and the service goes on. The ledger has decided: it is not refused. */
export function noteRefund(draft: Draft, refund: RefundNote): void {
  if (!isKnown(draft, refund)) note(draft, refund, 'keep');
}

/** Money of an order went back and the service ends today, for good: a service that has ended already only notes it. */
export function endService(draft: Draft, refund: RefundNote): void {
  if (isKnown(draft, refund)) return; // told again after the answer was lost
  note(draft, refund, 'end');
  if (hasEnded(draft.state)) return;
  if (draft.state.autoRenewal) draft.emit({ type: 'AutoRenewalSwitched', on: false, chargeAt: null, why: 'refunded' });
  for (const order of draft.state.orders.filter(isUnpaid)) dropOrder(draft, order.number, 'terminated');
  draft.emit({ type: 'Terminated', endedOn: draft.today, why: 'refunded' });
  // A first order that waited for its activation waits no more.
  for (const { number } of draft.state.orders) settle(draft, number);
}

function isKnown({ state }: Draft, { id }: RefundNote): boolean {
  return state.seenRefunds?.includes(id) === true;
}

function note(draft: Draft, { id, number, amountMinor, way, parts }: RefundNote, effect: RefundEffect): void {
  draft.emit({ type: 'RefundMade', refundId: id, number, amountMinor, way, effect, parts });
}
