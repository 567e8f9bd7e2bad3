/**
 * Bank files that a process left unfinished when it died, and entries whose day had not come: gone on with as soon as the API
 * has started, and then each minute.
 * Any number of processes may do so: each file is one's alone at a time, and each entry is booked once whoever is at it.
 */
import { unfinishedFiles } from '../db/bankFiles.ts';
import { bookThoseDue, resumeAlone } from './bankImport.ts';
import type { Context } from './context.ts';
import { inRounds, type Rounds } from './rounds.ts';

const EVERY_MS = 60_000;
/** Whoever starts a process wants its first answers first. */
const FIRST_MS = 1_000;
/** Files of one round: those after them have the next. */
const BATCH = 100;

export function startResuming(context: Context, everyMs: number = EVERY_MS): Rounds {
  return inRounds({ firstMs: Math.min(FIRST_MS, everyMs), everyMs }, (signal) => resumeAll(context, signal));
}

/** One round. What fails is logged and left to the next, and the queue shows it in the end. */
export async function resumeAll(context: Context, signal?: AbortSignal): Promise<void> {
  const { db, log } = context;
  try {
    for (const file of await unfinishedFiles(db, BATCH)) {
      if (signal?.aborted === true) return;
      await resumeOne(context, file, signal);
    }
    await bookThoseDue(context, signal);
  } catch (error) {
    if (signal?.aborted !== true) log.warn({ error }, 'cannot look for bank entries that are left');
  }
}

async function resumeOne(context: Context, file: string, signal?: AbortSignal): Promise<void> {
  const { log } = context;
  try {
    if (await resumeAlone(context, file, signal))
      log.info({ file }, 'an unfinished bank file was dealt with to its end');
  } catch (error) {
    if (signal?.aborted !== true) log.error({ error, file }, 'a bank file cannot be dealt with to its end yet');
  }
}
