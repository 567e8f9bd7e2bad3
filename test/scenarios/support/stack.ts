/**
 * The whole system as it is run: real processes on one machine, each of which can be killed and started again. Only the
 * mail server and the client are the test's own.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { ensureSearchAttributes } from '../../../activities/searchAttributes.ts';
import { createApiKey } from '../../../db/apiKeys.ts';
import { openDatabase, type Db } from '../../../db/database.ts';
import { Children, type Child } from '../../../local/children.ts';
import { answers, runToEnd, saysReady, startProgram, type Environment } from '../../../local/nodeProgram.ts';
import { freePort } from '../../../local/ports.ts';
import { postgresUrl, startPostgres } from '../../../local/postgres.ts';
import { isAlive } from '../../../local/processes.ts';
import { startTemporal } from '../../../local/temporal.ts';
import { findTemporalBinary } from '../../../local/temporalBinary.ts';
import { Mailbox } from '../../mail/support/mailbox.ts';
import { freshDatabase, temporalAddress, workflowBundle } from '../../support/services.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Servers first: the programs can be started while these are away, but have nothing to do then. */
const PARTS = ['postgres', 'temporal', 'worker', 'api'] as const;
export type Part = (typeof PARTS)[number];

export type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** Where the programs find what they stand on, and who takes that away again. */
interface Ground {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  leave(): Promise<void>;
}

export class Stack {
  readonly dir: string;
  readonly url: string;
  readonly mailbox: Mailbox;
  readonly ground: Ground;
  readonly #children: Children;
  readonly #start: Partial<Record<Part, () => Promise<Child>>> = {};
  readonly #running: Partial<Record<Part, Child>> = {};
  #db: Db | undefined;
  #key = '';

  private constructor(dir: string, children: Children, ground: Ground, mailbox: Mailbox, apiPort: number) {
    this.dir = dir;
    this.#children = children;
    this.ground = ground;
    this.mailbox = mailbox;
    this.url = `http://127.0.0.1:${apiPort}`;
  }

  /** Worker and API with a database and a namespace of their own, on the servers that all tests share. */
  static async onSharedServers(env: Environment = {}): Promise<Stack> {
    const database = await freshDatabase();
    const namespace = `test-${randomUUID()}`;
    const connection = await Connection.connect({ address: temporalAddress() });
    try {
      const workflowExecutionRetentionPeriod = msToTs('1 day');
      await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
      await ensureSearchAttributes(connection, namespace);
    } finally {
      await connection.close();
    }
    const ground = {
      databaseUrl: database.url,
      temporalAddress: temporalAddress(),
      namespace,
      leave: () => database.drop(),
    };
    const dir = mkdtempSync(join(tmpdir(), 'rinnovo-stack-'));
    return Stack.#open(dir, new Children(), ground, env, () => undefined);
  }

  /** All of it, with a Postgres and a Temporal server that keep what they acknowledged. */
  static async onOwnServers(env: Environment = {}): Promise<Stack> {
    const dir = mkdtempSync(join(tmpdir(), 'rinnovo-stack-'));
    // The database's own user has to get in.
    chmodSync(dir, 0o755);
    const [postgresPort, temporalPort] = [await freePort(), await freePort()];
    const children = new Children();
    const database = {
      dataDir: join(dir, 'postgres'),
      port: postgresPort,
      logFile: join(dir, 'postgres.log'),
      database: 'rinnovo',
      durable: true,
    };
    const fallbackCacheDir = join(ROOT, '.rinnovo', 'bin');
    const engine = {
      binary: await findTemporalBinary({ fallbackCacheDir, say: (line) => console.log(line) }),
      port: temporalPort,
      logFile: join(dir, 'temporal.log'),
      databaseFile: join(dir, 'temporal.db'),
    };
    const ground = {
      databaseUrl: postgresUrl(postgresPort, 'rinnovo'),
      temporalAddress: `127.0.0.1:${temporalPort}`,
      namespace: 'default',
      leave: () => Promise.resolve(),
    };
    return Stack.#open(dir, children, ground, env, (stack) => {
      stack.#start.postgres = () => startPostgres(database, children);
      stack.#start.temporal = () => startTemporal(engine, children);
    });
  }

  static async #open(
    dir: string,
    children: Children,
    ground: Ground,
    env: Environment,
    addServers: (stack: Stack) => void,
  ): Promise<Stack> {
    const apiPort = await freePort();
    const stack = new Stack(dir, children, ground, await Mailbox.open(), apiPort);
    addServers(stack);
    const common = { ...stack.#environment(apiPort), ...env };
    const program = (name: string, file: string, isReady: (said: string) => boolean | Promise<boolean>) => () =>
      startProgram({ name, file, env: common, logFile: join(dir, `${name}.log`), isReady }, children);
    stack.#start.worker = program('worker', 'activities/worker.ts', saysReady);
    stack.#start.api = program('api', 'api/server.ts', () => answers(`${stack.url}/readyz`));
    try {
      await stack.#prepare(common);
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  #environment(apiPort: number): Environment {
    // The user's own profile may hold a key and TLS, which these servers know nothing of.
    const profile = join(this.dir, 'temporal.toml');
    writeFileSync(profile, '[profile.default]\n');
    return {
      DATABASE_URL: this.ground.databaseUrl,
      TEMPORAL_ADDRESS: this.ground.temporalAddress,
      TEMPORAL_NAMESPACE: this.ground.namespace,
      TEMPORAL_CONFIG_FILE: profile,
      TEMPORAL_API_KEY: undefined,
      TEMPORAL_TLS: undefined,
      TEMPORAL_PROFILE: undefined,
      RINNOVO_MODE: 'sandbox',
      RINNOVO_API_HOST: '127.0.0.1',
      RINNOVO_API_PORT: String(apiPort),
      RINNOVO_PUBLIC_URL: this.url,
      RINNOVO_WORKFLOW_BUNDLE: workflowBundle(),
      RINNOVO_SWEEP_SECONDS: '2',
      RINNOVO_INVOICE_FOLDER: join(this.dir, 'invoices'),
      SMTP_URL: this.mailbox.url,
    };
  }

  async #prepare(env: Environment): Promise<void> {
    const { signal } = new AbortController();
    const hasOwnServers = this.#start.postgres !== undefined;
    await this.start(...(hasOwnServers ? (['postgres', 'temporal'] as const) : []));
    if (hasOwnServers) {
      await Promise.all([
        runToEnd('db/migrate.ts', [], env, signal),
        runToEnd('activities/searchAttributes.ts', [], env, signal),
      ]);
    }
    this.#db = openDatabase(this.ground.databaseUrl, { poolSize: 5 });
    this.#key = await createApiKey(this.#db, 'test');
    await this.start('worker', 'api');
  }

  /** A look behind the API, for what only the books can tell. */
  get db(): Db {
    if (this.#db === undefined) throw new Error('The stack is not up.');
    return this.#db;
  }

  /** Starts parts that do not run, the servers before the programs, and answers when they are ready. */
  async start(...parts: readonly Part[]): Promise<void> {
    const isServer = (part: Part): boolean => part === 'postgres' || part === 'temporal';
    for (const group of [parts.filter(isServer), parts.filter((part) => !isServer(part))])
      await Promise.all(group.map((part) => this.#startOne(part)));
  }

  async #startOne(part: Part): Promise<void> {
    const start = this.#start[part];
    if (start === undefined) throw new Error(`${part} is shared with other tests.`);
    this.#running[part] = await start();
  }

  /** Starts again what does not run: a test that failed half-way must not fail those after it. */
  async mend(): Promise<void> {
    await this.start(...PARTS.filter((part) => this.#running[part]?.hasEnded()));
  }

  /** SIGKILL, to all of them in the same moment; answers when that was, once they are gone. */
  async kill(...parts: readonly Part[]): Promise<number> {
    const victims = parts.map((part) => {
      const child = this.#running[part];
      if (child === undefined || child.hasEnded()) throw new Error(`${part} does not run.`);
      return child;
    });
    const offspring = victims.flatMap(({ pid }) => childrenOf(pid));
    for (const victim of victims) victim.kill();
    // A postmaster's backends would live on for a moment, and a new one would not start beside them.
    for (const pid of offspring) killIfAlive(pid);
    const killedAt = Date.now();
    await Promise.all(victims.map(({ ended }) => ended));
    await eventually('the death of all of them', () => Promise.resolve(offspring.every((pid) => !isAlive(pid))));
    return killedAt;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Json) };
  }

  /** Sends, and fails unless that is answered with success. */
  async ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Json> {
    const answer = await this.send(method, path, body, headers);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  /** What a program has said so far. */
  logOf(part: Part): string {
    return readFileSync(join(this.dir, `${part}.log`), 'utf8');
  }

  /** Ends everything that was started, whatever state it is in. */
  async stop(): Promise<void> {
    await this.#db?.destroy();
    await this.#children.stopAll();
    await this.mailbox.close();
    await this.ground.leave();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    // After the name in brackets come the state and the parent.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined;
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, with its parent.
  }
}

const PATIENCE_MS = 45_000;
const POLL_MS = 50;

/** Asks again until it is so; fails with what was answered, or thrown, last. */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  await eventual(what, isSo, (so) => so);
}

/** Asks again until the answer will do, and answers it. What fails meanwhile, an outage say, is asked again too. */
export async function eventual<T>(what: string, ask: () => Promise<T>, willDo: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    let last: unknown;
    try {
      const answer = await ask();
      if (willDo(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const shown = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain for ${what}; last: ${shown}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
