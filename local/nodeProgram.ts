/** Our own programs, run from the repository's root on the Node that runs us. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Child, type Children, lastLines } from './children.ts';

const ROOT = join(import.meta.dirname, '..');
const READY_TIMEOUT_MS = 60_000;

export type Environment = Record<string, string | undefined>;

export interface NodeProgram {
  name: string;
  file: string;
  env: Environment;
  logFile: string;
  /** Asked again and again while the program starts; what it has said since its start helps to tell. */
  isReady: (said: string) => boolean | Promise<boolean>;
}

export async function startProgram(program: NodeProgram, children: Children): Promise<Child> {
  const { name, file, env, logFile, isReady } = program;
  const saidBefore = existsSync(logFile) ? statSync(logFile).size : 0;
  const child = children.start({ name, command: process.execPath, args: [join(ROOT, file)], env, logFile });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isReady(readFileSync(logFile).subarray(saidBefore).toString()))) {
    if (child.hasEnded()) throw new Error(`${name} ${await child.ended}:\n${lastLines(logFile)}`);
    if (Date.now() > deadline) {
      await child.stop();
      throw new Error(`${name} was not ready after ${READY_TIMEOUT_MS / 1000} s:\n${lastLines(logFile)}`);
    }
    await sleep(100);
  }
  return child;
}

/** Runs a program to its end and answers what it printed. */
export async function runToEnd(file: string, args: string[], env: Environment, signal: AbortSignal): Promise<string> {
  try {
    const options = { cwd: ROOT, env: { ...process.env, TZ: 'UTC', ...env }, signal };
    const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, file), ...args], options);
    return stdout.trim();
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`${file} failed:\n${said || String(error)}`, { cause: error });
  }
}

/** Whether the address answers with success. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Whether one of the JSON lines that were printed is the one by which our programs announce themselves. */
export function saysReady(said: string): boolean {
  return said.split('\n').some((line) => line.startsWith('{"ready":true'));
}
