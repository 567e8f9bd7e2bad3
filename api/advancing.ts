/**
 * Moving one life's clock, in the sandbox: hop by hop to each deadline, each waited for until it is handled, written
 * down and told, so that no event is skipped, merged or dated wrongly over any number of periods.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { countQueued } from '../db/outbox.ts';
import { wholeTimeline, type TimelineEntry } from '../db/timeline.ts';
import type { Instant } from '../domain/calendar.ts';
import type { Deadline } from '../domain/deadlines.ts';
import { isOver } from '../domain/decide.ts';
import type { Inspection } from '../workflows/contract.ts';
import type { Context } from './context.ts';
import { clockOf } from './lives.ts';
import { UnreachableError } from './workflows.ts';

/** What came of moving a clock. */
export interface Advance {
  readonly now: Instant;
  readonly ended: boolean;
  readonly events: readonly TimelineEntry[];
}

/** Moves the clock to `target`, or to the life's end if that comes first. */
export async function advance(context: Context, id: string, target: Instant): Promise<Advance> {
  // Nobody to be reached at all is said at once.
  await context.lives.inspect(id);
  let life = await settled(context, id, null);
  const { sequence } = life.subscription;
  let now = await ownClock(context, id);
  let mailGoes = await told(context, id);
  while (!isOver(life.subscription) && now < target) {
    const { deadline } = life;
    const stop = deadline === null || deadline.at > target ? target : deadline.at;
    if (stop > now) await context.lives.fastForward(id, stop - now);
    life = await settled(context, id, stop === target && deadline?.at !== target ? null : deadline);
    now = isOver(life.subscription) ? life.now : await ownClock(context, id);
    mailGoes &&= await told(context, id);
  }
  const events = await wholeTimeline(context.db, id, sequence);
  return { now, ended: isOver(life.subscription), events };
}

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;
const PATIENCE_MS = 30_000;

/** Waits until the life has nothing under way, all of it is in Postgres, and `passed` is no longer its next deadline. */
async function settled({ lives }: Context, id: string, passed: Deadline | null): Promise<Inspection> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const life = await insist(giveUpAt, () => lives.inspect(id));
    const isWritten = !life.busy && life.committedThrough === life.subscription.sequence;
    const isPassed = passed === null || life.deadline?.at !== passed.at || life.deadline.kind !== passed.kind;
    if (isWritten && isPassed) return life;
    if (performance.now() > giveUpAt) throw new UnreachableError('The subscription does not come to rest.');
    await sleep(pause);
  }
}

/** Half-way through the years, an answer that is late is waited for longer than a reader would. */
async function insist<T>(giveUpAt: number, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof UnreachableError) || performance.now() > giveUpAt) throw error;
      await sleep(LONGEST_PAUSE_MS);
    }
  }
}

async function ownClock(context: Context, id: string): Promise<Instant> {
  return insist(performance.now() + PATIENCE_MS, () => clockOf(context, id));
}

/** An outbox at work sends within milliseconds; one that sends nothing for so long holds no clock back. */
const MAIL_PATIENCE_MS = 300;
const MAIL_PAUSE_MS = 10;

/**
 * Waits until the customer was told everything so far: a reminder still queued once its matter is settled would rightly
 * never leave, and years pass in milliseconds here. False when nothing leaves.
 */
async function told({ db }: Context, id: string): Promise<boolean> {
  let queued = await countQueued(db, id);
  for (let movedAt = performance.now(); queued > 0;) {
    await sleep(MAIL_PAUSE_MS);
    const left = await countQueued(db, id);
    if (left !== queued) movedAt = performance.now();
    else if (performance.now() - movedAt > MAIL_PATIENCE_MS) return false;
    queued = left;
  }
  return true;
}
