/** The ledger's check: lives of every kind agree. What it finds where they do not is in the files beside this one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { checkLedger } from '../../db/ledgerCheck/check.ts';
import { Life, openFresh, type TestDatabase } from './support/life.ts';
import { RandomLife, step } from './support/randomLife.ts';

describe('a database full of random lives', () => {
  let fresh: TestDatabase;
  before(async () => {
    fresh = await openFresh();
  });
  after(() => fresh.close());

  it('agrees', async () => {
    const steps = fc.array(step, { minLength: 8, maxLength: 40 });
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 5 }), steps, async (kind, taken) => {
      const random = new RandomLife(await Life.begin(fresh.db));
      await random.begin(kind > 0, kind > 1);
      for (const next of taken) await random.take(next);
      await random.commit(0);
    });
    await fc.assert(property, { numRuns: 40 });
    const report = await checkLedger(fresh.db);
    assert.deepStrictEqual(report.differences, []);
    assert.ok(report.agrees);
    assert.ok(report.counts.subscriptions >= 40 && report.counts.journals > 100, JSON.stringify(report.counts));
  });
});
