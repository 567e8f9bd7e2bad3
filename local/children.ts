import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandOf, endProcess, isAlive } from './processes.ts';

export interface ChildSpec {
  name: string;
  command: string;
  args: readonly string[];
  /** Everything the child says. The file, unlike a pipe, outlives us. */
  logFile: string;
  env?: Record<string, string | undefined>;
  uid?: number | undefined;
  gid?: number | undefined;
  stopSignal?: NodeJS.Signals;
  graceMs?: number;
}

export interface Child {
  name: string;
  pid: number;
  logFile: string;
  /** How it ended, in words: "ended with code 1". */
  ended: Promise<string>;
  hasEnded(): boolean;
  stop(): Promise<void>;
  kill(): void;
}

const GRACE_MS = 15_000;

interface Recorded {
  pid: number;
  command: string;
  stopSignal: NodeJS.Signals;
}

/**
 * The processes we started. Each leads its own process group, so a Ctrl-C in the terminal reaches us alone and the order
 * of stopping is ours. Should we be killed, the guard stops them; should the guard be killed as well, the record on disk
 * lets the next start find them.
 */
export class Children {
  readonly #running: Child[] = [];
  readonly #recorded = new Map<number, Recorded>();
  readonly #recordFile: string | undefined;
  #guard: ChildProcess | undefined;
  #closed = false;

  constructor(recordFile?: string) {
    this.#recordFile = recordFile;
  }

  /** Stops what an earlier run left behind, last started first. A process number now used by a stranger is left alone. */
  async stopLeftovers(): Promise<number> {
    const leftovers = this.#readRecord().filter(({ pid, command }) => isAlive(pid) && isRunning(pid, command));
    for (const { pid, stopSignal } of leftovers.toReversed()) await endProcess(pid, stopSignal, GRACE_MS);
    this.#writeRecord();
    return leftovers.length;
  }

  start(spec: ChildSpec): Child {
    if (this.#closed) throw new Error(`${spec.name} is not started: everything is being stopped.`);
    const { name, command, args, logFile, stopSignal = 'SIGTERM', graceMs = GRACE_MS } = spec;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const started = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, TZ: 'UTC', ...spec.env },
      uid: spec.uid,
      gid: spec.gid,
    });
    closeSync(log);
    let ended = false;
    const end = new Promise<string>((resolve) => {
      started.on('error', (error) => resolve(`cannot be started: ${error.message}`));
      started.on('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`));
    });
    const child: Child = {
      name,
      pid: started.pid ?? 0,
      logFile,
      ended: end.then((how) => {
        ended = true;
        this.#forget(child);
        return how;
      }),
      hasEnded: () => ended,
      stop: async () => {
        if (!ended && child.pid > 0) await endProcess(child.pid, stopSignal, graceMs);
        await child.ended;
      },
      kill: () => void (child.pid > 0 && !ended && started.kill('SIGKILL')),
    };
    if (child.pid > 0) this.#remember(child, { pid: child.pid, command: [command, ...args].join(' '), stopSignal });
    return child;
  }

  /** Last started, first stopped, and nothing is started any more: a start may be under way while we stop. */
  async stopAll(): Promise<void> {
    this.#closed = true;
    for (const child of this.#running.toReversed()) await child.stop();
  }

  killAll(): void {
    for (const child of this.#running) child.kill();
  }

  #remember(child: Child, recorded: Recorded): void {
    this.#running.push(child);
    this.#tellGuard(`+${child.pid} ${recorded.stopSignal}`);
    this.#recorded.set(child.pid, recorded);
    this.#writeRecord();
  }

  #forget(child: Child): void {
    if (!this.#recorded.delete(child.pid)) return;
    this.#running.splice(this.#running.indexOf(child), 1);
    this.#tellGuard(`-${child.pid}`);
    this.#writeRecord();
  }

  #tellGuard(line: string): void {
    if (this.#guard === undefined) {
      this.#guard = spawn(process.execPath, [join(import.meta.dirname, 'guard.ts')], {
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      // Neither the guard nor its pipe keeps us from ending, and a dead guard must not end us.
      this.#guard.unref();
      this.#guard.stdin?.on('error', () => undefined);
      if (this.#guard.stdin && 'unref' in this.#guard.stdin)
        (this.#guard.stdin as unknown as { unref(): void }).unref();
    }
    this.#guard.stdin?.write(`${line}\n`);
  }

  #readRecord(): Recorded[] {
    if (this.#recordFile === undefined) return [];
    try {
      return JSON.parse(readFileSync(this.#recordFile, 'utf8')) as Recorded[];
    } catch {
      return [];
    }
  }

  #writeRecord(): void {
    if (this.#recordFile === undefined) return;
    writeFileSync(`${this.#recordFile}.new`, JSON.stringify([...this.#recorded.values()]));
    renameSync(`${this.#recordFile}.new`, this.#recordFile);
  }
}

/** A launcher that replaced itself by its program shows only the end of the command that was started. */
function isRunning(pid: number, command: string): boolean {
  const running = commandOf(pid);
  return running !== undefined && running !== '' && command.endsWith(running);
}

/** The end of what a child said, for an error that explains itself. */
export function lastLines(logFile: string, count = 15): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}
