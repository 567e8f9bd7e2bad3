/**
 * The worker process: it runs workflows and activities, sends the outbox and sweeps. Any number of them may run.
 *
 * Configured by its environment alone, which is checked at start. It stays up while Postgres or Temporal are away and
 * goes on when they are back; SIGTERM or SIGINT lets it finish what it has begun, and then it ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { loadCatalogue } from '../config/catalogue.ts';
import { catalogueSource } from '../db/catalogues.ts';
import { loadInstructions } from '../config/instructions.ts';
import { loadSeller } from '../config/seller.ts';
import { openDatabase, type Db } from '../db/database.ts';
import type { Instant } from '../domain/calendar.ts';
import { TASK_QUEUE } from '../workflows/contract.ts';
import { readEnvironment, temporalSettings, WORKFLOWS_PATH, type Environment } from './environment.ts';
import type { PaymentGateway } from './gateway/port.ts';
import { createSandboxGateway } from './gateway/sandbox.ts';
import { createStripeGateway } from './gateway/stripe.ts';
import { createActivities } from './index.ts';
import { invoiceChannel } from './invoices/channel.ts';
import { createLogger, temporalLogger } from './logging.ts';
import { startOutbox } from './mail/runner.ts';
import { ACCOUNT_ONLY } from './provisioning/port.ts';
import { createSandboxProvisioning } from './provisioning/sandbox.ts';
import { startSweeper } from './sweep.ts';

/** What an activity has begun may take this long to end once the process is asked to stop. */
const GRACE = '8 seconds';
const GRACE_AT_MOST = '12 seconds';
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

// Also where the machine lives elsewhere: dates are Rome's by rule, and everything else is UTC.
process.env['TZ'] = 'UTC';
const environment = readEnvironment(process.env);
const instructions = loadInstructions(environment.instructionsPath);
const seller = loadSeller(environment.sellerPath);
const log = createLogger(environment.logLevel);
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'stopping');
    stopping.abort();
  });
}
await main(environment, log, stopping.signal);

async function main(env: Environment, log: Logger, stop: AbortSignal): Promise<void> {
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
  if (env.gateway.name === 'none') log.warn('no payment gateway is connected: automatic charges are not made');
  if (seller.placeholder && !env.sandbox) log.warn('the seller is a placeholder: no invoice is issued');
  const db = openDatabase(env.databaseUrl, { poolSize: env.poolSize });
  const { connection: address, namespace } = temporalSettings();
  const connection = Connection.lazy(address);
  const client = new Client({ connection, namespace });
  const everyMs = env.sweepSeconds === undefined ? {} : { everyMs: env.sweepSeconds * 1000 };
  const sweeper = startSweeper({ db, client, log, clock, ...everyMs });
  const outbox = persist('outbox', stop, () => startOutbox(outboxOptions(env, db, log)));
  try {
    await work(env, db, stop);
  } finally {
    await Promise.all([sweeper.stop(), outbox.then((running) => running?.stop())]);
    await Promise.all([db.destroy(), connection.close()]);
    log.info('stopped');
  }
}

function clock(): Instant {
  return Date.now() as Instant;
}

function outboxOptions(env: Environment, db: Db, log: Logger): Parameters<typeof startOutbox>[0] {
  const { databaseUrl, smtpUrl, mailFrom: from, publicUrl } = env;
  const invoices = { seller, sandbox: env.sandbox, channel: invoiceChannel(env.invoices, clock) };
  return { databaseUrl, db, smtpUrl, from, publicUrl, instructions, invoices, gateway: gatewayOf(env, db), log };
}

/**
 * Takes tasks until asked to stop. The worker itself sits through a Temporal that is away. Should it fail for good, the
 * process ends and whoever keeps it running starts another: one cannot be made anew in here without leaking the old.
 */
async function work(env: Environment, db: Db, stop: AbortSignal): Promise<void> {
  const activities = createActivities({
    db,
    log,
    catalogue: catalogueSource(db, loadCatalogue(env.cataloguePath), (revision) => {
      log.warn({ revision }, 'the catalogue file is not what was published: the published revision counts');
    }),
    gateway: gatewayOf(env, db),
    provisioning: env.sandbox ? createSandboxProvisioning(db) : ACCOUNT_ONLY,
  });
  const workflowBundle = await bundle(env.bundlePath);
  const connection = await persist('temporal', stop, connect);
  if (connection === undefined) return;
  try {
    await takeTasks({ connection, activities, workflowBundle }, stop);
  } finally {
    await connection.close();
  }
}

function gatewayOf({ gateway, publicUrl }: Environment, db: Db): PaymentGateway | null {
  switch (gateway.name) {
    case 'sandbox':
      return createSandboxGateway(db, { publicUrl });
    case 'stripe':
      return createStripeGateway({ ...gateway, publicUrl, log });
    case 'none':
      return null;
  }
}

/** Connects, and makes sure of the namespace, which may be made only after us. */
async function connect(): Promise<NativeConnection> {
  const { connection: address, namespace } = temporalSettings();
  const connection = await NativeConnection.connect(address);
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function bundle(codePath: string | undefined): Promise<WorkflowBundleOption> {
  if (codePath !== undefined) return { codePath };
  return bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: temporalLogger(log) });
}

async function takeTasks(
  code: Pick<WorkerOptions, 'connection' | 'activities' | 'workflowBundle'>,
  stop: AbortSignal,
): Promise<void> {
  const worker = await Worker.create({
    ...code,
    namespace: temporalSettings().namespace,
    taskQueue: TASK_QUEUE,
    shutdownGraceTime: GRACE,
    shutdownForceTime: GRACE_AT_MOST,
  });
  const running = worker.run();
  announce();
  const shutdown = (): void => worker.shutdown();
  if (stop.aborted) shutdown();
  stop.addEventListener('abort', shutdown, { once: true });
  await running;
}

/** One line for whoever started the process and waits. */
function announce(): void {
  process.stdout.write(`${JSON.stringify({ ready: true, msg: 'worker is ready', taskQueue: TASK_QUEUE })}\n`);
}

/** Tries until it works, or until there is no longer any point. */
async function persist<T>(what: string, stop: AbortSignal, attempt: () => Promise<T>): Promise<T | undefined> {
  for (let pause = SHORTEST_PAUSE_MS; !stop.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      log.error({ what, err: error, pause }, 'does not work, tried again');
      await delay(pause, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  return undefined;
}
