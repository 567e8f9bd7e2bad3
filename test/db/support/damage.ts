/** Damage to a database, past all that guards it, and what the ledger's check finds of it. */
import assert from 'node:assert/strict';
import type { Db } from '../../../db/database.ts';
import { checkLedger } from '../../../db/ledgerCheck/check.ts';
import type { CheckName, Difference, Value } from '../../../db/ledgerCheck/differences.ts';
import { Life } from './life.ts';

export type Told = [check: CheckName, subject: string, what: string, expected: Value, found: Value];

export class Damage {
  readonly db: Db;
  #known: readonly Difference[] = [];

  constructor(db: Db) {
    this.db = db;
  }

  /** Writes past triggers, foreign keys and append-only tables; the constraints of a row itself hold. */
  async plant(sql: string, bindings: readonly (string | number)[] = []): Promise<void> {
    await this.db.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica');
      const { rowCount } = await trx.raw<{ rowCount: number }>(sql, [...bindings]);
      assert.notStrictEqual(rowCount, 0, 'nothing was damaged');
    });
  }

  /** What is found beyond the damage of before. */
  async found(): Promise<Told[]> {
    const { differences, agrees } = await checkLedger(this.db);
    const before = new Set(this.#known.map((difference) => JSON.stringify(difference)));
    this.#known = differences;
    assert.strictEqual(agrees, differences.length === 0);
    return differences
      .filter((difference) => !before.has(JSON.stringify(difference)))
      .map(({ check, subject, what, expected, found }) => [check, subject, what, expected, found]);
  }

  /** A life, active and paid for by the payment `bank:<number>`, as it agrees. */
  async agreeing(): Promise<{ life: Life; number: string; key: string }> {
    const life = await Life.active(this.db);
    const number = String(life.state.finishedOrders[0]?.number);
    assert.deepStrictEqual(await this.found(), []);
    return { life, number, key: `bank:${number}` };
  }

  async journalOf(life: Life, kind: string): Promise<number> {
    const row: { id: number } = await this.db('ledger_journals').where({ subscription_id: life.id, kind }).first('id');
    return row.id;
  }
}
