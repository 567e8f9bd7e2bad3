import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { births, RandomLife, steps } from './randomLives.ts';

const RUNS = Number(process.env['LIVES'] ?? 600);

describe('every life, whatever happens to it', () => {
  it('keeps its paid time, its money, its order and its clock', () => {
    const statuses = new Map<string, number>();
    fc.assert(
      fc.property(births, steps, (birth, happenings) => {
        const life = new RandomLife(birth);
        for (const step of happenings) life.take(step);
        const { status } = life.state.phase;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
      { numRuns: RUNS },
    );
    if (process.env['LIVES'] !== undefined) console.log(statuses);
    assert.ok(statuses.size >= 4, 'the random lives are all alike');
  });
});
