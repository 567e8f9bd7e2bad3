import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './children.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Who has run this long is well again: its next crash starts counting anew. */
const WELL_AFTER_MS = 60_000;

export interface Kept {
  /** Stops what runs now; nothing is started again once the signal was given. */
  stop(): Promise<void>;
}

type Say = (line: string) => void;

export interface Program {
  name: string;
  /** Starts it, and answers when it is ready for work. */
  start: () => Promise<Child>;
  firstPauseMs?: number;
}

/**
 * Starts a program and, until the signal is given, starts it again whenever it ends, with growing pauses. Only the first
 * start may fail: that is a mistake to be shown, not an accident to recover from.
 */
export async function keepRunning(
  { name, start, firstPauseMs = FIRST_PAUSE_MS }: Program,
  signal: AbortSignal,
  say: Say,
): Promise<Kept> {
  let child = await start();
  const watch = async () => {
    for (let pause = firstPauseMs, startedAt = Date.now(); ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const how = await child.ended;
      if (signal.aborted) return;
      if (Date.now() - startedAt > WELL_AFTER_MS) pause = firstPauseMs;
      say(`${name} ${how}: starting it again in ${pause / 1000} s (${child.logFile} tells more)`);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      startedAt = Date.now();
      try {
        child = await start();
        say(`${name} is back`);
      } catch (error) {
        if (!signal.aborted) say(`${name} did not start: ${messageOf(error)}`);
      }
    }
  };
  void watch();
  return { stop: () => child.stop() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
