/**
 * `npm start`: the whole system on one machine, with its data in one folder. What is missing is started; a Postgres or a
 * Temporal that the environment names (DATABASE_URL, TEMPORAL_ADDRESS or TEMPORAL_PROFILE) is used instead.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { localApiKey } from './apiKey.ts';
import { type Child, Children } from './children.ts';
import { type Kept, keepRunning } from './keepRunning.ts';
import { answers, type Environment, type NodeProgram, runToEnd, saysReady, startProgram } from './nodeProgram.ts';
import { requireFreePorts } from './ports.ts';
import { postgresUrl, startPostgres } from './postgres.ts';
import { takeRunLock } from './runLock.ts';
import { type PortName, portUse, readSettings, type Settings } from './settings.ts';
import { startTemporal } from './temporal.ts';
import { findTemporalBinary } from './temporalBinary.ts';

/** npm and the terminal both pass on one Ctrl-C: what follows this closely is the same one. */
const SAME_KEYPRESS_MS = 500;

const settings = settingsOrExit();
const { dataDir, ports } = settings;
const apiUrl = `http://127.0.0.1:${ports.api}`;
const webUrl = `http://127.0.0.1:${ports.web}`;
const inboxUrl = `http://127.0.0.1:${ports.inbox}`;
const children = new Children(join(dataDir, 'processes.json'));
/** In the order in which the later ones need the earlier. */
const kept: Kept[] = [];
const stopping = new AbortController();

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    return fail(error);
  }
}

function fail(error: unknown): never {
  console.error(`\nRinnovo cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function say(line: string): void {
  console.log(line);
}

function logFile(name: string): string {
  return join(dataDir, 'logs', `${name}.log`);
}

/** Logs are those of this run and of the one before. */
function keepLastLogs(): void {
  const logs = join(dataDir, 'logs');
  if (!existsSync(logs)) return;
  rmSync(`${logs}.last`, { recursive: true, force: true });
  renameSync(logs, `${logs}.last`);
}

const usesOwnPostgres = !process.env['DATABASE_URL'];
const usesOwnTemporal = !process.env['TEMPORAL_ADDRESS'] && !process.env['TEMPORAL_PROFILE'];

/** What the programs are told. Everything else of our environment reaches them as it is. */
function programEnvironment(): Environment {
  const own: Environment = {
    RINNOVO_MODE: 'sandbox',
    RINNOVO_API_HOST: '127.0.0.1',
    RINNOVO_API_PORT: String(ports.api),
    RINNOVO_API_URL: apiUrl,
    RINNOVO_WEB_HOST: '127.0.0.1',
    RINNOVO_WEB_PORT: String(ports.web),
    RINNOVO_PUBLIC_URL: process.env['RINNOVO_PUBLIC_URL'] ?? webUrl,
    RINNOVO_DATA_DIR: dataDir,
    RINNOVO_INVOICE_FOLDER: process.env['RINNOVO_INVOICE_FOLDER'] ?? join(dataDir, 'invoices'),
    SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
  };
  if (usesOwnPostgres) own['DATABASE_URL'] = postgresUrl(ports.postgres, 'rinnovo');
  if (usesOwnTemporal) {
    own['TEMPORAL_ADDRESS'] = `127.0.0.1:${ports.temporal}`;
    own['TEMPORAL_NAMESPACE'] = 'default';
    // The user's own profile may hold a key and TLS, which our server knows nothing of.
    own['TEMPORAL_CONFIG_FILE'] = join(dataDir, 'temporal.toml');
    writeFileSync(own['TEMPORAL_CONFIG_FILE'], '[profile.default]\n');
    for (const name of ['TEMPORAL_API_KEY', 'TEMPORAL_TLS']) own[name] = undefined;
  }
  return own;
}

async function keep(name: string, start: () => Promise<Child>): Promise<Kept> {
  const started = performance.now();
  const running = await keepRunning({ name, start }, stopping.signal, say);
  say(`  ${name} is ready (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return running;
}

async function checkPorts(): Promise<void> {
  const needed: PortName[] = ['api', 'web', 'inbox', 'smtp'];
  if (usesOwnPostgres) needed.push('postgres');
  if (usesOwnTemporal) needed.push('temporal', 'temporalUi');
  await requireFreePorts(needed.map((name) => portUse(name, settings)));
}

async function startDatabase(): Promise<Kept[]> {
  if (!usesOwnPostgres) {
    say('  Postgres is the one in DATABASE_URL');
    return [];
  }
  const options = { dataDir: join(dataDir, 'postgres'), port: ports.postgres, logFile: logFile('postgres') };
  return [await keep('Postgres', () => startPostgres({ ...options, database: 'rinnovo', durable: true }, children))];
}

async function startEngine(): Promise<Kept[]> {
  if (!usesOwnTemporal) {
    say(`  Temporal is ${loadClientConnectConfig().connectionOptions.address}`);
    return [];
  }
  const binary = await findTemporalBinary({ fallbackCacheDir: join(dataDir, 'bin'), say });
  const databaseFile = join(dataDir, 'temporal.db');
  const options = {
    binary,
    databaseFile,
    port: ports.temporal,
    uiPort: ports.temporalUi,
    logFile: logFile('temporal'),
  };
  return [await keep('Temporal', () => startTemporal(options, children))];
}

async function startPrograms(env: Environment): Promise<Kept[]> {
  const programs: NodeProgram[] = [
    { name: 'Inbox', file: 'local/inbox.ts', env, logFile: logFile('inbox'), isReady: () => answers(inboxUrl) },
    { name: 'Worker', file: 'activities/worker.ts', env, logFile: logFile('worker'), isReady: saysReady },
    {
      name: 'API',
      file: 'api/server.ts',
      env,
      logFile: logFile('api'),
      isReady: () => answers(`${apiUrl}/readyz`),
    },
    {
      name: 'Customer area',
      file: 'web/server.ts',
      env,
      logFile: logFile('web'),
      isReady: () => answers(`${webUrl}/healthz`),
    },
  ];
  return Promise.all(programs.map((program) => keep(program.name, () => startProgram(program, children))));
}

function printAddresses(key: string): void {
  const temporalUi = usesOwnTemporal ? `\n  Temporal UI   http://127.0.0.1:${ports.temporalUi}` : '';
  const shown = (path: string) => {
    const fromHere = relative(process.cwd(), path);
    return `${fromHere.startsWith('..') ? path : fromHere}/`;
  };
  say(`
Rinnovo is running.

  Customer area ${webUrl}
  API           ${apiUrl}
  Mail inbox    ${inboxUrl}${temporalUi}
  Logs          ${shown(join(dataDir, 'logs'))}

Try it in a second terminal:

  curl -s ${apiUrl}/v1/quotes -H 'Authorization: Bearer ${key}' \\
    -H 'Content-Type: application/json' -d '{"type":"first_purchase","product":"fe","years":1}'

Ctrl-C stops everything; the data stays in ${shown(dataDir)} for the next start.`);
}

async function start(): Promise<void> {
  const leftovers = await children.stopLeftovers();
  if (leftovers > 0) say(`  Stopped ${leftovers} processes that an earlier run had left behind`);
  await checkPorts();
  keepLastLogs();
  kept.push(...(await Promise.all([startDatabase(), startEngine()])).flat());
  const env = programEnvironment();
  await Promise.all([
    runToEnd('db/migrate.ts', [], env, stopping.signal),
    runToEnd('activities/searchAttributes.ts', [], env, stopping.signal),
  ]);
  say('  Database and search attributes are up to date');
  kept.push(...(await startPrograms(env)));
  const keyFile = join(dataDir, 'api-key');
  const create = () => runToEnd('api/createKey.ts', ['--name', 'local'], env, stopping.signal);
  printAddresses(await localApiKey(keyFile, apiUrl, create));
}

/** In the reverse order of the start: nobody loses what it still needs. */
async function stop(): Promise<void> {
  stopping.abort();
  for (const program of kept.toReversed()) await program.stop();
  await children.stopAll();
}

function stopOnSignals(): void {
  let firstAt: number | undefined;
  const onSignal = () => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      say('\nStopping … (Ctrl-C again: at once)');
      void stop().then(() => say('Stopped.'));
    } else if (Date.now() - firstAt > SAME_KEYPRESS_MS) {
      children.killAll();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // A closed terminal takes our words, and must not take the orderly stop with them.
  process.stdout.on('error', () => undefined);
}

mkdirSync(dataDir, { recursive: true });
try {
  process.on('exit', takeRunLock(join(dataDir, 'start.pid'), 'local/start.ts'));
  stopOnSignals();
  say('Starting Rinnovo …');
  await start();
} catch (error) {
  // A start that is stopped half-way fails as well, and that is no failure.
  if (!stopping.signal.aborted) {
    await stop();
    fail(error);
  }
}
