import type { OpenOrder } from '../orders.ts';
import { RING_SIZE, type Subscription } from '../subscription.ts';

export function withOrder(state: Subscription, number: string, change: (order: OpenOrder) => OpenOrder): Subscription {
  return { ...state, orders: state.orders.map((order) => (order.number === number ? change(order) : order)) };
}

export function finish(state: Subscription, number: string, outcome: 'completed' | 'cancelled'): Subscription {
  return {
    ...state,
    orders: state.orders.filter((order) => order.number !== number),
    finishedOrders: ring(state.finishedOrders, { number, outcome }),
  };
}

export function ring<T>(items: readonly T[], item: T): readonly T[] {
  return [...items, item].slice(-RING_SIZE);
}
