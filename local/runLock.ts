import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandOf, isAlive } from './processes.ts';

/**
 * One run for one data folder. The lock of a run that was killed is taken over; answers the function that gives it back.
 */
export function takeRunLock(path: string, program: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner > 0 && isAlive(owner) && commandOf(owner)?.includes(program)) {
      throw new Error(`Rinnovo is already running on this folder (process ${owner}).`);
    }
    rmSync(path, { force: true });
  }
}
