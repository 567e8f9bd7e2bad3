/** Real processes that do what is asked of them and are killed at it, whenever that happens to be. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Lives } from '../../../api/workflows.ts';
import { NoLifeError, UnreachableError } from '../../../api/workflows.ts';
import type { Instant } from '../../../domain/calendar.ts';
import { KilledError, type Dice, type Kills } from './kills.ts';
import type { DeedName, Given, Hands, Made } from './moneyDeeds.ts';

const PROGRAM = join(import.meta.dirname, 'moneyChild.ts');
/** The API and the worker are two; while one that died is replaced, the other goes on. */
const PROCESSES = 2;
const KILLED_OFTEN = 0.05;
/** Longer than most of what is asked takes. */
const MOST_MS = 40;

/** What a process is started for. */
export interface ChildStart {
  readonly databaseUrl: string;
  readonly stripeUrl: string | null;
  /** Where what is compiled once is kept: starting takes half as long. */
  readonly cache: string;
}

/** What is asked of a process, and what it asks of Temporal. */
export type ToChild =
  | {
      readonly kind: 'do';
      readonly id: number;
      readonly name: DeedName;
      readonly given: unknown;
      readonly now: Instant;
    }
  | { readonly kind: 'told'; readonly id: number; readonly answer: Answer };
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'tell'; readonly id: number; readonly name: LifeName; readonly given: readonly unknown[] };
export type LifeName = 'request' | 'inspect' | 'tellPayment' | 'tellReversal';

/** Errors are told by what they are called: nothing else of them is asked. */
export type Answer = { readonly value: unknown } | { readonly error: string; readonly stack: string };

export async function answered(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof Error)) return { error: 'Error', stack: String(error) };
    return { error: error.name, stack: error.stack ?? error.message };
  }
}

export function valueOf<T>(answer: Answer): T {
  if ('value' in answer) return answer.value as T;
  if (answer.error === 'NoLifeError') throw new NoLifeError(answer.stack);
  if (answer.error === 'UnreachableError') throw new UnreachableError(answer.stack);
  throw new Error(`A process failed.\n${answer.stack}`);
}

class Working {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #waiting = new Map<number, (answer: Answer | null) => void>();
  #count = 0;
  isDead = false;

  constructor(start: ChildStart, livesNow: () => Lives) {
    this.child = fork(PROGRAM, [JSON.stringify(start)], {
      ...{ serialization: 'advanced', stdio: ['ignore', 1, 2, 'ipc'], execArgv: [] },
      env: { ...process.env, NODE_COMPILE_CACHE: start.cache },
    });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    [this.ready, this.ended] = [ready.promise, ended.promise];
    this.child.on('message', (message) => {
      const told = message as FromChild;
      if (told.kind === 'ready') ready.resolve();
      if (told.kind === 'done') this.#end(told.id, told.answer);
      if (told.kind === 'tell') void this.#ask(told, livesNow());
    });
    this.child.on('exit', (code, signal) => {
      this.isDead = true;
      ready.resolve();
      ended.resolve();
      if (signal !== 'SIGKILL')
        process.stderr.write(`A process of the sequences ended by itself (${code ?? signal}).\n`);
      for (const id of this.#waiting.keys()) this.#end(id, null);
    });
  }

  /** Null where it died of it. */
  async do(name: DeedName, given: unknown, now: Instant): Promise<Answer | null> {
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    this.#count += 1;
    this.#waiting.set(this.#count, resolve);
    this.#send({ kind: 'do', id: this.#count, name, given, now });
    return promise;
  }

  kill(): void {
    this.isDead = true;
    this.child.kill('SIGKILL');
  }

  async #ask({ id, name, given }: Extract<FromChild, { kind: 'tell' }>, lives: Lives): Promise<void> {
    const ask = lives[name] as (...args: readonly unknown[]) => Promise<unknown>;
    this.#send({ kind: 'told', id, answer: await answered(() => ask(...given)) });
  }

  #send(message: ToChild): void {
    // Nobody is told anything by a process that is just dying.
    this.child.send(message, (error) => {
      if (error !== null && message.kind === 'do') this.#end(message.id, null);
    });
  }

  #end(id: number, answer: Answer | null): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}

export class Processes {
  readonly #start: ChildStart;
  readonly #dice: Dice;
  #working: Working[];
  #lives: Lives | null = null;

  constructor(start: ChildStart, dice: Dice) {
    this.#start = start;
    this.#dice = dice;
    this.#working = Array.from({ length: PROCESSES }, () => this.#begin());
  }

  /** Hands for one world, whose lives they tell. */
  handsOf(kills: Kills, { lives, now }: { readonly lives: Lives; readonly now: () => Instant }): Hands {
    this.#lives = lives;
    return async <Name extends DeedName>(name: Name, given: Given<Name>): Promise<Made<Name>> => {
      const one = await this.#ready();
      const isKilled = this.#dice.chance(KILLED_OFTEN);
      const asked = one.do(name, given, now());
      const timer = isKilled ? setTimeout(() => one.kill(), this.#dice.below(MOST_MS)) : null;
      const answer = await asked;
      // One that was quicker than its end dies idle: somebody else's work, or nobody's, ends with it.
      if (answer === null && timer !== null) clearTimeout(timer);
      if (answer !== null) return valueOf<Made<Name>>(answer);
      kills.count += 1;
      throw new KilledError('The process was killed.');
    };
  }

  async end(): Promise<void> {
    for (const one of this.#working) one.kill();
    await Promise.all(this.#working.map(({ ended }) => ended));
  }

  /** One of those that live; the dead are replaced at once. */
  async #ready(): Promise<Working> {
    for (;;) {
      this.#working = this.#working.map((one) => (one.isDead ? this.#begin() : one));
      const one = await Promise.race(this.#dice.shuffled(this.#working).map((each) => each.ready.then(() => each)));
      if (!one.isDead) return one;
    }
  }

  #begin(): Working {
    return new Working(this.#start, () => {
      if (this.#lives === null) throw new Error('There is no world yet.');
      return this.#lives;
    });
  }
}
