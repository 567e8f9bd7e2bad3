/** The API over HTTP, on a database of its own, with a worker of its own: everything real but the money and the mail. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../../../activities/index.ts';
import type { PaymentGateway } from '../../../activities/gateway/port.ts';
import { createSandboxGateway } from '../../../activities/gateway/sandbox.ts';
import { ensureSearchAttributes } from '../../../activities/searchAttributes.ts';
import type { Provisioning } from '../../../activities/provisioning/port.ts';
import { createSandboxProvisioning } from '../../../activities/provisioning/sandbox.ts';
import { createApp } from '../../../api/app.ts';
import type { Context } from '../../../api/context.ts';
import { createLogger } from '../../../api/logging.ts';
import { connectLives, type Lives } from '../../../api/workflows.ts';
import { loadCatalogue } from '../../../config/catalogue.ts';
import { loadInstructions } from '../../../config/instructions.ts';
import { createApiKey } from '../../../db/apiKeys.ts';
import { catalogueSource } from '../../../db/catalogues.ts';
import { openDatabase, type Db } from '../../../db/database.ts';
import type { Instant } from '../../../domain/calendar.ts';
import { DEFAULT_SETTINGS } from '../../../domain/subscription.ts';
import { freshDatabase, temporalAddress, workflowBundle } from '../../support/services.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface TestApi {
  readonly url: string;
  readonly key: string;
  readonly databaseUrl: string;
  readonly taskQueue: string;
  readonly db: Db;
  readonly lives: Lives;
  /** Every line the API logged. */
  readonly logged: string[];
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  /** The same API for who holds that key or session token; with null, for who holds none. */
  as(token: string | null): Caller;
  stop(): Promise<void>;
}

export type Caller = Pick<TestApi, 'send' | 'get' | 'post' | 'put'>;

export interface ApiOptions {
  readonly sandbox?: boolean;
  readonly worker?: boolean;
  /** Where Temporal is said to be, e.g. nowhere; not waited for long. */
  readonly address?: string;
  /** Another API on the same database, with the same key and worker. */
  readonly beside?: TestApi;
  readonly wrap?: (lives: Lives) => Lives;
  readonly change?: (context: Context) => Context;
  /** How services are set up, where not at once. */
  readonly provisioning?: Provisioning;
  /** Who the worker charges through, where not the sandbox gateway. */
  readonly paymentGateway?: PaymentGateway;
}

/** Milliseconds for answers that will come, on however busy a machine. */
const PATIENT = { query: 20_000, update: 30_000, signal: 20_000, fastForward: 60_000 };
/** Milliseconds for answers that are known not to come. */
const IMPATIENT = { query: 400, update: 400, signal: 400 };

export async function startApi(options: ApiOptions = {}): Promise<TestApi> {
  const { beside } = options;
  const database = beside === undefined ? await freshDatabase() : null;
  const databaseUrl = beside?.databaseUrl ?? database?.url ?? '';
  const db = openDatabase(databaseUrl, { poolSize: 5 });
  const taskQueue = beside?.taskQueue ?? `api-${randomUUID()}`;
  const hasWorker = options.worker ?? beside === undefined;
  const worker = hasWorker ? await startWorker(db, taskQueue, options) : null;
  const connected = connectLives({
    address: options.address ?? temporalAddress(),
    taskQueue,
    deadlines: options.address === undefined && (hasWorker || beside !== undefined) ? PATIENT : IMPATIENT,
  });
  const lives = options.wrap?.(connected) ?? connected;
  const logged: string[] = [];
  const context: Context = {
    db,
    lives,
    catalogue: catalogueSource(db, loadCatalogue()),
    settings: DEFAULT_SETTINGS,
    instructions: loadInstructions(),
    sandbox: options.sandbox ?? true,
    now: () => Date.now() as Instant,
    log: createLogger('info', { write: (line) => void logged.push(line) }),
  };
  const server = createServer(createApp(options.change?.(context) ?? context));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = beside?.key ?? (await createApiKey(db, 'test'));
  return {
    url,
    key,
    databaseUrl,
    taskQueue,
    db,
    lives,
    logged,
    ...callerWith(url, key),
    as: (token) => callerWith(url, token),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await worker?.stop();
      await connected.close();
      await db.destroy();
      await database?.drop();
    },
  };
}

function callerWith(url: string, token: string | null): Caller {
  const send = sender(url, token);
  return {
    send,
    get: (path) => send('GET', path),
    post: (path, body, headers) => send('POST', path, body, headers),
    put: (path, body) => send('PUT', path, body),
  };
}

function sender(url: string, token: string | null): TestApi['send'] {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as Json) : { text } };
  };
}

let isQuiet = false;

async function startWorker(
  db: Db,
  taskQueue: string,
  { provisioning = createSandboxProvisioning(db), paymentGateway = createSandboxGateway(db) }: ApiOptions,
): Promise<{ stop(): Promise<void> }> {
  if (!isQuiet) Runtime.install({ logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} } });
  isQuiet = true;
  const client = await Connection.connect({ address: temporalAddress() });
  await ensureSearchAttributes(client, 'default');
  await client.close();
  const connection = await NativeConnection.connect({ address: temporalAddress() });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath: workflowBundle() },
    activities: createActivities({
      db,
      catalogue: catalogueSource(db, loadCatalogue()),
      gateway: paymentGateway,
      provisioning,
      log: createLogger('silent'),
    }),
  });
  const running = worker.run();
  return {
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

const PATIENCE_MS = 30_000;

/** Asks again until the answer will do; fails with the last one. */
export async function eventually<T>(what: string, ask: () => Promise<T>, willDo: (answer: T) => boolean): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (willDo(answer)) return answer;
    if (performance.now() > until) throw new Error(`${what} did not come; last: ${JSON.stringify(answer)}`);
    await sleep(20);
  }
}
