/** What a random step is about: which order, and how much. */
import { orderNumberFor } from '../../../domain/orderNumber.ts';
import { dueMinor, isPayable } from '../../../domain/orders.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

/** No order has this number yet. */
export const UNKNOWN = orderNumberFor(99_999_999);
const TENTHS = [1, 4, 10, 10, 10, 10, 10, 10, 13, 20];

/** One thing that may happen; false where there is nothing for it to happen to. */
export type Step = (world: MoneyWorld, shell: Shell) => Promise<boolean>;

export function payableOf({ state }: Shell): string[] {
  return state.orders.filter(isPayable).map(({ number }) => number);
}

/** Mostly one that asks for money. */
export function someNumber({ dice }: MoneyWorld, shell: Shell, often = 0.8): string {
  const payable = payableOf(shell);
  return (dice.chance(often) ? dice.pickOrNone(payable) : undefined) ?? dice.pickOrNone(shell.numbers) ?? UNKNOWN;
}

/** What is due on an order, or what it cost where nothing is. */
export function priceOf(shell: Shell, number: string): number {
  const open = shell.state.orders.find((order) => order.number === number);
  if (open !== undefined && dueMinor(open) > 0) return dueMinor(open);
  const placed = shell.events.flatMap((event) => (event.type === 'OrderPlaced' ? [event.order] : []));
  return placed.find((order) => order.number === number)?.priced.payableMinor ?? 1000;
}

export function tenthsOf(world: MoneyWorld, amountMinor: number, tenths = TENTHS): number {
  return Math.max(1, Math.round((amountMinor * world.dice.pick(tenths)) / 10));
}

export async function rowsOf<Row>(
  { db }: Pick<MoneyWorld, 'db'>,
  query: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return (await db.raw<{ rows: Row[] }>(query, values as never)).rows;
}
