import { euros } from '../../domain/money.ts';

/** Counts and sums by name. */
export class Totals {
  readonly #sums = new Map<string, { count: number; amountMinor: number }>();

  add(name: string, amountMinor: number): void {
    const sum = this.#sums.get(name) ?? { count: 0, amountMinor: 0 };
    this.#sums.set(name, { count: sum.count + 1, amountMinor: sum.amountMinor + amountMinor });
  }

  amountOf(name: string): number {
    return this.#sums.get(name)?.amountMinor ?? 0;
  }

  /** One of each name, also those of which there is none. */
  of(names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(
      names.map((name) => {
        const { count, amountMinor } = this.#sums.get(name) ?? { count: 0, amountMinor: 0 };
        return [name, { count, amount: euros(amountMinor) }];
      }),
    );
  }
}
