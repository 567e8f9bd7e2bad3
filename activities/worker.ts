/**
 * The worker process: it runs workflows and activities, sends the outbox and sweeps. Any number of them may run.
 *
 * Configured by its environment alone, which is checked at start. It stays up while Postgres or Temporal are away and
 * goes on when they are back; SIGTERM or SIGINT lets it finish what it has begun, and then it ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from 'pino';
import { loadCatalogue } from '../config/catalogue.ts';
import { openDatabase, type Db } from '../db/database.ts';
import type { Instant } from '../domain/calendar.ts';
import { TASK_QUEUE } from '../workflows/contract.ts';
import { readEnvironment, temporalSettings, WORKFLOWS_PATH, type Environment } from './environment.ts';
import { createSandboxGateway } from './gateway/sandbox.ts';
import { createActivities } from './index.ts';
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
const log = createLogger(environment.logLevel);
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'stopping');
    stopping.abort();
  });
}
let announced = false;
await main(environment, log, stopping.signal);

async function main(env: Environment, log: Logger, stop: AbortSignal): Promise<void> {
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
  if (!env.sandbox) log.warn('no payment gateway is connected: automatic charges are not made');
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
  return { databaseUrl, db, smtpUrl, from, publicUrl, log };
}

/** Takes tasks until asked to stop; a worker that failed, as its server vanished say, is followed by another. */
async function work(env: Environment, db: Db, stop: AbortSignal): Promise<void> {
  const activities = createActivities({
    db,
    log,
    catalogue: loadCatalogue(env.cataloguePath),
    gateway: env.sandbox ? createSandboxGateway(db, { publicUrl: env.publicUrl }) : null,
    provisioning: env.sandbox ? createSandboxProvisioning(db) : ACCOUNT_ONLY,
  });
  const workflowBundle = await bundle(env.bundlePath);
  while (!stop.aborted) {
    await persist('worker', stop, () => takeTasks({ activities, workflowBundle }, stop));
  }
}

async function bundle(codePath: string | undefined): Promise<WorkflowBundleOption> {
  if (codePath !== undefined) return { codePath };
  return bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: temporalLogger(log) });
}

async function takeTasks(
  code: { readonly activities: object; readonly workflowBundle: WorkflowBundleOption },
  stop: AbortSignal,
): Promise<void> {
  const settings = temporalSettings();
  const connection = await NativeConnection.connect(settings.connection);
  try {
    const worker = await Worker.create({
      ...code,
      connection,
      namespace: settings.namespace,
      taskQueue: TASK_QUEUE,
      shutdownGraceTime: GRACE,
      shutdownForceTime: GRACE_AT_MOST,
    });
    const running = worker.run();
    announce();
    const shutdown = (): void => worker.shutdown();
    if (stop.aborted) shutdown();
    stop.addEventListener('abort', shutdown, { once: true });
    await running.finally(() => stop.removeEventListener('abort', shutdown));
  } finally {
    await connection.close();
  }
}

/** One line for whoever started the process and waits. */
function announce(): void {
  if (announced) return;
  announced = true;
  process.stdout.write(`${JSON.stringify({ ready: true, msg: 'worker is ready', taskQueue: TASK_QUEUE })}\n`);
}

/** Tries until it works, or until there is no longer any point. */
async function persist<T>(what: string, stop: AbortSignal, attempt: () => Promise<T>): Promise<T | undefined> {
  for (let pause = SHORTEST_PAUSE_MS; !stop.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      log.error(
        { what, type: error instanceof Error ? error.name : typeof error, pause },
        'does not work, tried again',
      );
      log.debug({ err: error });
      await delay(pause, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  return undefined;
}
