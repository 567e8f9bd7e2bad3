import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { pino } from 'pino';
import { guarded } from '../../activities/failures.ts';

describe('an activity that fails', () => {
  it('tells Temporal and the log what kind of failure it was, and nothing a customer entered', async () => {
    const logged: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
    const error = Object.assign(new Error('insert into customers: Key (email)=(ada@example.com) exists'), {
      name: 'DatabaseError',
      code: '23505',
    });
    await assert.rejects(guarded('commit', log, () => Promise.reject(error))(undefined), (failure) => {
      assert.ok(failure instanceof ApplicationFailure);
      assert.deepEqual(
        [failure.type, failure.message, failure.nonRetryable],
        ['DatabaseError', 'DatabaseError 23505', false],
      );
      return true;
    });
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? '', /"activity":"commit".*23505/);
    assert.doesNotMatch(logged.join(), /ada@example/);
  });
});
