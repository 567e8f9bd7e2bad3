/** What a random step is about: which order, and how much. */
import { orderNumberFor } from '../../../domain/orderNumber.ts';
import { isPayable } from '../../../domain/orders.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

/** No order has this number yet. */
export const UNKNOWN = orderNumberFor(99_999_999);
const TENTHS = [1, 4, 10, 10, 10, 10, 13, 20];

export type Step = (world: MoneyWorld, shell: Shell) => Promise<void>;

export function someNumber({ dice }: MoneyWorld, shell: Shell): string {
  const payable = shell.state.orders.filter(isPayable).map(({ number }) => number);
  return (dice.chance(0.75) ? dice.pickOrNone(payable) : undefined) ?? dice.pickOrNone(shell.numbers) ?? UNKNOWN;
}

export function priceOf(shell: Shell, number: string): number {
  const placed = shell.events.flatMap((event) => (event.type === 'OrderPlaced' ? [event.order] : []));
  return placed.find((order) => order.number === number)?.priced.payableMinor ?? 1000;
}

export function tenthsOf(world: MoneyWorld, amountMinor: number, tenths = TENTHS): number {
  return Math.max(1, Math.round((amountMinor * world.dice.pick(tenths)) / 10));
}
