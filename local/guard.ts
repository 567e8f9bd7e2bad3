/**
 * Outlives the process that started it, by a moment: when that process ends without having stopped its children, even by
 * SIGKILL, the guard stops them, last started first.
 *
 * It reads lines from its stdin: `+<pid> <signal>` for a child to look after, `-<pid>` for one that has ended. The end of
 * the input is the end of the parent.
 */
import { createInterface } from 'node:readline';
import { endProcess } from './processes.ts';

const GRACE_MS = 10_000;

const watched = new Map<number, NodeJS.Signals>();

// It has to be there when the others have gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const [pid = '', signal = 'SIGTERM'] = line.slice(1).split(' ');
  if (line.startsWith('+')) watched.set(Number(pid), signal as NodeJS.Signals);
  else watched.delete(Number(pid));
}

for (const [pid, signal] of [...watched].toReversed()) await endProcess(pid, signal, GRACE_MS);
