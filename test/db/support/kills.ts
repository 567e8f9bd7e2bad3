/** Chance, and processes that die: a database on which any transaction may be undone at its end, or its answer be lost. */
import type { Knex } from 'knex';

/** Chance that can be repeated (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to 1, without 1. */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  below(count: number): number {
    return Math.floor(this.roll() * count);
  }

  /** One of some things; they must not be none. */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  pickOrNone<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  shuffled<T>(from: readonly T[]): T[] {
    return from
      .map((item) => ({ item, at: this.roll() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }
}

/** The process that was at work is dead; what it had committed stands. */
export class KilledError extends Error {
  override readonly name = 'KilledError';
}

const BEFORE_A_STATEMENT = 0.008;
const AT_A_COMMIT = 0.14;

/** Says when a process dies. */
export class Kills {
  readonly #dice: Dice;
  isOff = false;
  count = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  maybeBefore(): void {
    if (!this.isOff && this.#dice.chance(BEFORE_A_STATEMENT)) this.die();
  }

  async commit<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>, config?: Knex.TransactionConfig): Promise<T> {
    const dies = !this.isOff && this.#dice.chance(AT_A_COMMIT);
    if (dies && this.#dice.chance(0.5))
      return db.transaction(async (trx) => {
        await work(trx);
        return this.die();
      }, config);
    const answer = await db.transaction(work, config);
    return dies ? this.die() : answer;
  }

  die(): never {
    this.count += 1;
    throw new KilledError('The process was killed.');
  }
}

/** The database as a process has it that may die at any statement and at the end of any transaction. */
export function mortal(db: Knex, kills: Kills): Knex {
  const transaction = (work: (trx: Knex.Transaction) => Promise<unknown>, config?: Knex.TransactionConfig) =>
    kills.commit(db, work, config);
  return new Proxy(db, {
    apply(target, _self, given: unknown[]): unknown {
      kills.maybeBefore();
      return Reflect.apply(target, undefined, given);
    },
    get(target, property): unknown {
      if (property === 'transaction') return transaction;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
