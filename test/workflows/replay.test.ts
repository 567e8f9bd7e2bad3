import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { goldenNames, readGolden, Replayer } from '../support/goldens.ts';

describe('the code of today', () => {
  let replayer: Replayer;
  before(async () => {
    replayer = await Replayer.bundle();
  });

  it('has histories of earlier releases to be replayed against', () => {
    assert.ok(goldenNames().length > 0);
  });

  for (const name of goldenNames()) {
    it(`takes the steps of ${name}, with the same states, deadlines and timers`, async () => {
      const golden = readGolden(name);
      assert.deepEqual(await replayer.replay(golden), golden.told);
    });
  }
});
