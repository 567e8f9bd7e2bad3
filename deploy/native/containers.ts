/** Starts what a service of the compose file would start in a container, as processes of this machine. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Child, type Children, lastLines } from '../../local/children.ts';
import type { Environment } from '../../local/nodeProgram.ts';
import { milliseconds, type Service } from './compose.ts';
import type { Places } from './places.ts';

export interface Binaries {
  temporalServer: string;
  temporalSqlTool: string;
  temporal: string;
  postgresDir: string;
}

/** One container: a service, or one replica of it. */
export interface Container {
  /** As in `worker-2`. */
  name: string;
  service: Service;
  /** What the image sets before the service does. */
  imageEnv: Environment;
  /** Ports of this replica alone: inside the container, and here. */
  ports: ReadonlyMap<number, number>;
}

const HEALTH_TIMEOUT_MS = 120_000;
const HEALTH_INTERVAL_MS = 250;
const RETRY_MS = 1_000;

export class Containers {
  readonly #workDir: string;
  readonly #root: string;
  readonly #places: Places;
  readonly #binaries: Binaries;
  readonly #children: Children;
  readonly #path: string;

  constructor(options: { workDir: string; root: string; places: Places; binaries: Binaries; children: Children }) {
    this.#workDir = options.workDir;
    this.#root = options.root;
    this.#places = options.places;
    this.#binaries = options.binaries;
    this.#children = options.children;
    const binDir = join(options.workDir, 'bin');
    mkdirSync(binDir);
    // The programs are found under the names they have in the images.
    symlinkSync(options.binaries.temporalServer, join(binDir, 'temporal-server'));
    symlinkSync(options.binaries.temporalSqlTool, join(binDir, 'temporal-sql-tool'));
    symlinkSync(options.binaries.temporal, join(binDir, 'temporal'));
    symlinkSync(process.execPath, join(binDir, 'node'));
    this.#path = [binDir, options.binaries.postgresDir, process.env['PATH'] ?? ''].join(delimiter);
  }

  logFile(name: string): string {
    return join(this.#workDir, 'logs', `${name}.log`);
  }

  /** Exactly what the compose file and the image give, with hosts, ports and folders as they are here. */
  environment({ service, imageEnv, ports }: Container): Environment {
    const given = Object.entries({ ...imageEnv, ...service.environment });
    const localised = given.map(([name, value]) => [name, this.#places.localise(value ?? '', service, ports)]);
    return { ...Object.fromEntries(localised), PATH: this.#path };
  }

  /** Starts a service that stays, and answers when its health check passes. */
  async serve(container: Container, command = container.service.command): Promise<Child> {
    const child = this.#start(container, command, milliseconds(container.service.stop_grace_period ?? '10s'));
    await this.#untilHealthy(container, child);
    return child;
  }

  /** Runs a one-shot service to its end, again after a failure as often as its restart policy says. */
  async complete(container: Container): Promise<void> {
    const retries = Number(/^on-failure:(\d+)$/.exec(container.service.restart)?.[1] ?? 0);
    for (let left = retries; ; left -= 1) {
      const child = this.#start(container, container.service.command, RETRY_MS);
      const how = await child.ended;
      if (how === 'ended with code 0') return;
      if (left === 0) throw new Error(`${container.name} ${how}:\n${lastLines(child.logFile)}`);
      await sleep(RETRY_MS);
    }
  }

  /** The Temporal server, with a port of its own for everything it would serve inside its container. */
  async serveTemporal(container: Container): Promise<Child> {
    await this.#places.take(...TEMPORAL_PORTS.values());
    const imageEnv = Object.fromEntries([...TEMPORAL_PORTS].map(([name, port]) => [name, String(port)]));
    return this.serve({ ...container, imageEnv }, ['temporal-server', 'start']);
  }

  /** The inbox of `npm start` in place of the image's: it takes and shows e-mails as well. */
  async serveInbox({ name, service, ports }: Container): Promise<Child> {
    const imageEnv = {
      RINNOVO_SMTP_PORT: '1025',
      RINNOVO_INBOX_PORT: '8025',
      RINNOVO_DATA_DIR: join(this.#workDir, 'inbox'),
    };
    const test = ['CMD', 'node', '-e', 'await fetch("http://127.0.0.1:8025")'];
    const standIn = { ...service, healthcheck: { test } };
    return this.serve({ name, service: standIn, imageEnv, ports }, ['node', 'local/inbox.ts']);
  }

  /** Postgres on an empty folder, prepared as its image does it: the superuser, then the mounted script. */
  async servePostgres(container: Container): Promise<() => Promise<Child>> {
    const dataDir = join(this.#workDir, 'postgres');
    const owner = unprivileged();
    const env = this.environment(container);
    mkdirSync(dataDir, { mode: 0o700 });
    const passwordFile = join(this.#workDir, 'password');
    writeFileSync(passwordFile, env['POSTGRES_PASSWORD'] ?? '', { mode: 0o600 });
    if (owner !== undefined) {
      for (const path of [dataDir, passwordFile]) chownSync(path, owner.uid, owner.gid);
      chmodSync(this.#workDir, 0o711);
    }
    const superuser = env['POSTGRES_USER'] ?? 'postgres';
    const options = (env['POSTGRES_INITDB_ARGS'] ?? '').split(' ').filter(Boolean);
    const initdb = ['--pgdata', dataDir, '--username', superuser, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
    execFileSync(join(this.#binaries.postgresDir, 'initdb'), [...initdb, ...options], { ...owner, stdio: 'ignore' });
    const port = this.#places.portFor(5432);
    const [, ...settings] = container.service.command ?? [];
    const here = ['-D', dataDir, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    const start = () =>
      this.serve(container, [join(this.#binaries.postgresDir, 'postgres'), ...here, ...settings]);
    const child = await start();
    const scripts = container.service.volumes.filter((volume) => volume.includes(':/docker-entrypoint-initdb.d/'));
    const psql = ['-v', 'ON_ERROR_STOP=1', '--no-psqlrc', '-h', '127.0.0.1', '-p', String(port), '-U', superuser];
    for (const [script = ''] of scripts.map((volume) => volume.split(':'))) {
      const login = { PGPASSWORD: env['POSTGRES_PASSWORD'], PGDATABASE: 'postgres' };
      execFileSync('psql', [...psql, '-f', join(this.#root, script)], { env: { ...env, ...login }, stdio: 'pipe' });
    }
    // The first start is done: whoever keeps it running takes it from here.
    let first: Child | undefined = child;
    return async () => {
      const started = first ?? (await start());
      first = undefined;
      return started;
    };
  }

  #start(container: Container, words: readonly string[] | undefined, graceMs: number): Child {
    const { name, service, ports } = container;
    const [command = '', ...given] = words ?? [];
    const args = given.map((word) => this.#places.localise(word, service, ports));
    const isPostgres = service.image.startsWith('postgres:');
    return this.#children.start({
      name,
      command,
      args: command === 'node' ? args.map((arg) => (arg.endsWith('.ts') ? join(this.#root, arg) : arg)) : args,
      logFile: this.logFile(name),
      env: this.environment(container),
      graceMs,
      ...(isPostgres ? { ...unprivileged(), stopSignal: 'SIGINT' as const } : {}),
    });
  }

  async #untilHealthy(container: Container, child: Child): Promise<void> {
    const { healthcheck } = container.service;
    const deadline = Date.now() + HEALTH_TIMEOUT_MS;
    while (healthcheck !== undefined) {
      const health = await this.#checkHealth(container);
      if (child.hasEnded()) throw new Error(`${child.name} ${await child.ended}:\n${lastLines(child.logFile)}`);
      if (health.healthy) return;
      if (Date.now() > deadline) {
        await child.stop();
        throw new Error(`${child.name} did not become healthy: ${health.said}\n${lastLines(child.logFile)}`);
      }
      await sleep(HEALTH_INTERVAL_MS);
    }
  }

  /** Runs the health check that Docker would run inside the container. */
  async #checkHealth(container: Container): Promise<{ healthy: boolean; said: string }> {
    const { service, ports } = container;
    const [, command = '', ...given] = service.healthcheck?.test ?? [];
    const args = given.map((word) => this.#places.localise(word, service, ports));
    try {
      await promisify(execFile)(command, args, { cwd: this.#root, env: { ...this.environment(container) } });
      return { healthy: true, said: '' };
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
      return { healthy: false, said: said || String(error) };
    }
  }
}

/** The variables of the image's own configuration template, and the ports it has without them. */
const TEMPORAL_PORTS: ReadonlyMap<string, number> = new Map([
  ['FRONTEND_GRPC_PORT', 7233],
  ['FRONTEND_HTTP_PORT', 7243],
  ['FRONTEND_MEMBERSHIP_PORT', 6933],
  ['HISTORY_GRPC_PORT', 7234],
  ['HISTORY_MEMBERSHIP_PORT', 6934],
  ['MATCHING_GRPC_PORT', 7235],
  ['MATCHING_MEMBERSHIP_PORT', 6935],
  ['WORKER_GRPC_PORT', 7239],
  ['WORKER_MEMBERSHIP_PORT', 6939],
]);

/** Postgres refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // The next one, then.
    }
  }
  throw new Error('Postgres does not run as root, and there is no user postgres or nobody.');
}
