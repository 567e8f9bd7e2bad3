import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { births, RandomLife, steps } from './randomLives.ts';

/** For more of them: `LIVES=20000 npm test -- test/domain/lives.test.ts`. */
const RUNS = Number(process.env['LIVES'] ?? 1000);

describe('every life, whatever happens to it', () => {
  it('keeps its paid time, its money, its order and its clock', () => {
    const happened = new Map<string, number>();
    fc.assert(
      fc.property(births, steps, (birth, happenings) => {
        const life = new RandomLife(birth);
        for (const step of happenings) life.take(step);
        for (const [type, times] of life.happened) happened.set(type, (happened.get(type) ?? 0) + times);
      }),
      { numRuns: RUNS },
    );
    if (process.env['LIVES'] !== undefined) console.log(happened);
    // A kind of event that never happens would mean lives in which nothing is tried.
    assert.equal(happened.size, 38, [...happened.keys()].toSorted().join(' '));
  });
});
