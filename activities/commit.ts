import { BrokenSequenceError, commitEvents } from '../db/commit.ts';
import type { Db } from '../db/database.ts';
import { eventOf, listTimeline } from '../db/timeline.ts';
import type { CommitInput, StoredEvents } from './contract.ts';

/**
 * Writes a life's events down, or returns what is stored in their place. The first who wrote is right: its messages may
 * have gone out.
 */
export async function commit(db: Db, input: CommitInput): Promise<StoredEvents> {
  try {
    await commitEvents(db, input);
    return [];
  } catch (error) {
    const first = input.events[0];
    if (!(error instanceof BrokenSequenceError) || first === undefined) throw error;
    const stored = await storedEvents(db, input.subscription.id, first.sequence - 1);
    if (stored.length === 0) throw error;
    return stored;
  }
}

/** The events after a sequence, as they were decided. */
export async function storedEvents(db: Db, subscriptionId: string, after: number): Promise<StoredEvents> {
  const entries = await listTimeline(db, subscriptionId, { after });
  return entries.map(eventOf);
}
