import { noticeGiven, hasEnded, findOrder, type Subscription } from './subscription.ts';
import { isPayable, isTermOrder, isUnpaid } from './orders.ts';
import type { OrderType } from './planning.ts';
import type { RefusalCode } from './errors.ts';

export type Action =
  | OrderType
  | 'switch_auto_renewal_on'
  | 'switch_auto_renewal_off'
  | 'set_payment_method'
  | 'remove_payment_method'
  | 'give_notice'
  | 'report_usage'
  | 'settle_activation';

/**
 * Why an action is not possible now, or null when it is. The one source of the customer area's buttons,
 * of the API's answers and of the workflow's validators [guide: customer area].
 */
export function whyNot(state: Subscription, action: Action): RefusalCode | null {
  if (hasEnded(state)) return 'subscription_ended';
  const { status } = state.phase;
  const unpaid = state.orders.filter(isUnpaid);
  switch (action) {
    case 'first_purchase':
      return status === 'awaiting_payment' && state.orders.length === 0 ? null : 'not_allowed_in_state';
    case 'renewal':
      if (noticeGiven(state)) return 'notice_given';
      if (status !== 'active') return 'not_allowed_in_state';
      if (unpaid.some(isTermOrder)) return 'unpaid_order_exists';
      return state.autoRenewal ? 'auto_renewal_on' : null;
    case 'upgrade':
      if (noticeGiven(state)) return 'notice_given';
      if (status !== 'active') return 'not_allowed_in_state';
      return unpaid.some((order) => order.priced.content.type === 'upgrade') ? 'unpaid_order_exists' : null;
    case 'reactivation':
      if (status !== 'expired') return 'not_allowed_in_state';
      return unpaid.some(isTermOrder) ? 'unpaid_order_exists' : null;
    case 'switch_auto_renewal_on':
      if (noticeGiven(state)) return 'notice_given';
      return state.method === null ? 'payment_method_missing' : null;
    case 'remove_payment_method':
      return state.method === null ? 'payment_method_missing' : null;
    case 'give_notice':
      if (noticeGiven(state)) return 'notice_given';
      if (status !== 'active') return 'not_allowed_in_state';
      return state.attempt === null ? null : 'charge_in_progress';
    case 'settle_activation':
      return status === 'activation_failed' ? null : 'not_allowed_in_state';
    case 'switch_auto_renewal_off':
    case 'set_payment_method':
    case 'report_usage':
      return null;
  }
}

/** Why an order can be neither paid nor cancelled now, or null when it can. */
export function whyNotOrder(state: Subscription, number: string, action: 'pay' | 'cancel'): RefusalCode | null {
  if (hasEnded(state)) return 'subscription_ended';
  const order = findOrder(state, number);
  if (order === undefined) {
    return state.finishedOrders.some((finished) => finished.number === number) ? 'order_not_unpaid' : 'order_unknown';
  }
  if (action === 'pay' ? !isPayable(order) : !isUnpaid(order)) return 'order_not_unpaid';
  // One charge at a time, so paying waits for any; cancelling only for this order's own.
  const busy = action === 'pay' ? state.attempt !== null : state.attempt?.orderNumber === number;
  return busy ? 'charge_in_progress' : null;
}

/** The buttons of the customer area. */
export interface AllowedActions {
  readonly renew: boolean;
  readonly upgrade: boolean;
  readonly reactivate: boolean;
  readonly giveNotice: boolean;
  readonly orders: readonly { readonly number: string; readonly pay: boolean; readonly cancel: boolean }[];
}

export function allowedActions(state: Subscription): AllowedActions {
  const can = (action: Action): boolean => whyNot(state, action) === null;
  return {
    renew: can('renewal'),
    upgrade: can('upgrade'),
    reactivate: can('reactivation'),
    giveNotice: can('give_notice'),
    orders: state.orders.filter(isPayable).map(({ number }) => ({
      number,
      pay: whyNotOrder(state, number, 'pay') === null,
      cancel: whyNotOrder(state, number, 'cancel') === null,
    })),
  };
}
