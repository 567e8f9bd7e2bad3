import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Instant } from '../../domain/calendar.ts';
import { Inbox } from '../../workflows/inbox.ts';

const item = (heardAt: number, usedBytes: number) => ({
  command: { type: 'ReportUsage', usedBytes } as const,
  heardAt: heardAt as Instant,
});

describe('an inbox', () => {
  it('gives the earliest first, and those of one instant in their order of arrival', () => {
    const inbox = new Inbox();
    for (const [heardAt, usedBytes] of [
      [30, 1],
      [10, 2],
      [20, 3],
      [10, 4],
      [30, 5],
    ] as const)
      inbox.put(item(heardAt, usedBytes));
    const taken = [];
    for (let next = inbox.take(); next !== undefined; next = inbox.take()) taken.push(next.command);
    assert.deepEqual(
      taken.map((command) => command.type === 'ReportUsage' && command.usedBytes),
      [2, 4, 3, 1, 5],
    );
    assert.equal(inbox.isEmpty, true);
  });
});
