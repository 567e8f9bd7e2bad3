import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** A folder that is gone when the test is over. */
export function scratchDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'rinnovo-scratch-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a program into the folder and starts it on this Node. What it imports is given by absolute path. */
export function startScript(dir: string, name: string, source: string): ChildProcess {
  const file = join(dir, name);
  writeFileSync(file, source);
  return spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What a process printed, once its output has ended. */
export async function outputOf(process: ChildProcess): Promise<string> {
  return process.stdout === null ? '' : (await text(process.stdout)).trim();
}
