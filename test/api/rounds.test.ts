import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inRounds } from '../../api/rounds.ts';

describe('rounds', () => {
  it('never overlap, and are waited for by whoever stops them, who is told to hurry', async () => {
    let [under, most, ended] = [0, 0, 0];
    const began = Promise.withResolvers<undefined>();
    const rounds = inRounds({ firstMs: 0, everyMs: 1 }, async (signal) => {
      under += 1;
      most = Math.max(most, under);
      if (ended === 2) {
        began.resolve(undefined);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }
      under -= 1;
      ended += 1;
    });
    await began.promise;
    await rounds.stop();
    assert.deepStrictEqual([under, most, ended], [0, 1, 3]);
  });

  it('stop in the pause at once', async () => {
    let rounds = 0;
    await inRounds({ firstMs: 3_600_000, everyMs: 1 }, () => {
      rounds += 1;
      return Promise.resolve();
    }).stop();
    assert.strictEqual(rounds, 0);
  });
});
