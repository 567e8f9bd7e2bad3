/** Counts tries in Postgres, so that all processes count together. */
import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Db } from './database.ts';

/** So many tries within so many seconds; the next one waits as long again. */
export interface Limit {
  readonly tries: number;
  readonly seconds: number;
}

export class AttemptCounter {
  readonly #limiter: RateLimiterPostgres;

  /** @param name keeps this counter's keys apart from those of others in the same table. */
  constructor(db: Db, name: string, { tries, seconds }: Limit) {
    this.#limiter = new RateLimiterPostgres({
      storeClient: db,
      storeType: 'knex',
      tableName: 'attempts',
      tableCreated: true,
      keyPrefix: name,
      points: tries,
      duration: seconds,
      blockDuration: seconds,
    });
  }

  /** Counts one try of somebody; returns the milliseconds they have to wait instead, 0 where they need not. */
  async count(who: string): Promise<number> {
    try {
      await this.#limiter.consume(keyOf(who));
      return 0;
    } catch (error) {
      if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext);
      throw error;
    }
  }

  /** Takes one try back: it turned out to be none of those that are counted. */
  async takeBack(who: string): Promise<void> {
    await this.#limiter.reward(keyOf(who));
  }

  async forget(who: string): Promise<void> {
    await this.#limiter.delete(keyOf(who));
  }
}

/** Of one length, whatever came; and no list of who tried. */
function keyOf(who: string): string {
  return createHash('sha256').update(who.toLowerCase()).digest('hex');
}
