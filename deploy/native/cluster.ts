/**
 * docker-compose.yml without Docker: the same services, started as processes of this machine in the same order, with the
 * same commands, environment, health checks and replicas, on free ports of the loopback. See README.md beside this file.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Child, Children } from '../../local/children.ts';
import { type Kept, keepRunning } from '../../local/keepRunning.ts';
import { runToEnd } from '../../local/nodeProgram.ts';
import { findTemporalBinary } from '../../local/temporalBinary.ts';
import {
  fillIn,
  imageEnvironment,
  inStartOrder,
  readCompose,
  readVariables,
  variablesOf,
  type Service,
  type Variables,
} from './compose.ts';
import { type Binaries, type Container, Containers } from './containers.ts';
import { lowPort, Places } from './places.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const COMPOSE_FILE = join(ROOT, 'docker-compose.yml');
/** What the API and the customer area serve inside their containers; the first replica of each is found by it. */
const [API_PORT, WEB_PORT] = [3000, 3001];
/** All that our processes have of the caller's environment: the rest is what the compose file gives them. */
const KEPT_VARIABLES = ['PATH', 'HOME', 'TMPDIR', 'XDG_CACHE_HOME'];

const workDir = mkdtempSync(join(tmpdir(), 'rinnovo-cluster-'));
const children = new Children();
const kept: Kept[] = [];
const running = new Map<string, Child>();
const stopping = new AbortController();

function say(line: string): void {
  console.log(line);
}

function binaryFrom(variable: string, what: string): string {
  const path = process.env[variable];
  if (path === undefined || !existsSync(path)) throw new Error(`${variable} has to name ${what}: ${path ?? 'not set'}`);
  return resolve(path);
}

async function findBinaries(): Promise<Binaries> {
  return {
    temporalServer: binaryFrom('TEMPORAL_SERVER_BIN', 'the Temporal server'),
    temporalSqlTool: binaryFrom('TEMPORAL_SQL_TOOL_BIN', "the Temporal server's temporal-sql-tool"),
    postgresDir: binaryFrom('POSTGRES_BIN_DIR', 'the folder of initdb, postgres and psql'),
    temporal: await findTemporalBinary({ fallbackCacheDir: join(ROOT, '.rinnovo', 'bin'), say }),
  };
}

function chooseVariables(): Variables {
  const example = {
    ...readVariables(join(ROOT, 'deploy', 'env.example')),
    // Without containers nothing is published: the area is where it serves.
    RINNOVO_PUBLIC_URL: `http://127.0.0.1:${WEB_PORT}`,
  };
  return fillIn(example, {
    own: process.env,
    known: variablesOf(COMPOSE_FILE),
    password: () => randomBytes(16).toString('hex'),
  });
}

async function keep(name: string, start: () => Promise<Child>): Promise<void> {
  const began = performance.now();
  const remembered = async () => {
    const child = await start();
    running.set(name, child);
    return child;
  };
  kept.push(await keepRunning({ name, start: remembered }, stopping.signal, say));
  say(`  ${name} is healthy (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

async function startService(name: string, service: Service, { containers, places, ours }: Ground): Promise<void> {
  const container: Container = { name, service, imageEnv: {}, ports: new Map() };
  if (service.image.startsWith('temporalio/ui:')) return say(`  ${name} is left out`);
  if (service.image.startsWith('postgres:')) return keep(name, await containers.servePostgres(container));
  if (service.image.startsWith('temporalio/server:')) {
    return keep(name, () => containers.serveTemporal(container));
  }
  if (service.image.startsWith('axllent/mailpit:')) return keep(name, () => containers.serveInbox(container));
  const imageEnv = service.image === ours ? imageEnvironment(join(ROOT, 'Dockerfile')) : {};
  if (service.restart.startsWith('on-failure')) {
    const began = performance.now();
    await containers.complete({ ...container, imageEnv });
    return say(`  ${name} is done (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  }
  for (let replica = 1; replica <= (service.deploy?.replicas ?? 1); replica += 1) {
    const ports = new Map<number, number>();
    for (const { target } of service.ports) ports.set(target, replica === 1 ? places.portFor(target) : await lowPort());
    const each: Container = { name: `${name}-${replica}`, service, imageEnv, ports };
    replicas.push(each);
    await keep(each.name, () => containers.serve(each));
  }
}

const replicas: Container[] = [];

/** Where services are started. */
interface Ground {
  readonly containers: Containers;
  readonly places: Places;
  /** The name of our own image. */
  readonly ours: string;
}

async function start(): Promise<void> {
  const binaries = await findBinaries();
  const variables = chooseVariables();
  for (const name of Object.keys(process.env)) if (!KEPT_VARIABLES.includes(name)) delete process.env[name];
  const compose = readCompose(COMPOSE_FILE, variables);
  const ours = Object.values(compose.services).find(({ build }) => build !== undefined)?.image ?? '';
  const places = new Places(ROOT, compose);
  await places.take(5432, 7233, 1025, 8025, API_PORT, WEB_PORT);
  const containers = new Containers({ workDir, root: ROOT, places, binaries, children });
  const bundle = imageEnvironment(join(ROOT, 'Dockerfile'))['RINNOVO_WORKFLOW_BUNDLE'] ?? '';
  places.put(bundle, join(workDir, 'workflow-bundle.cjs'));
  places.put('/var/lib/rinnovo/invoices', join(workDir, 'invoices'));
  await runToEnd('deploy/bundle.ts', [join(workDir, 'workflow-bundle.cjs')], {}, stopping.signal);
  for (const name of inStartOrder(compose)) {
    const service = compose.services[name];
    if (service !== undefined && !stopping.signal.aborted) await startService(name, service, { containers, places, ours });
  }
  await printAddresses(containers, places);
}

async function printAddresses(containers: Containers, places: Places): Promise<void> {
  const served = replicas.filter(({ service }) => service.ports.length > 0);
  const apis = served.filter(({ service }) => service.ports.some(({ target }) => target === API_PORT));
  const env = apis[0] === undefined ? {} : containers.environment(apis[0]);
  const key = await runToEnd('api/createKey.ts', ['--name', 'native'], env, stopping.signal);
  say('\nThe cluster is running.\n');
  for (const { name, ports } of served) say(`  ${name.padEnd(12)} http://127.0.0.1:${[...ports.values()].join()}`);
  say(`  temporal     127.0.0.1:${places.portFor(7233)}, namespace ${env['TEMPORAL_NAMESPACE']}`);
  say(`  inbox        http://127.0.0.1:${places.portFor(8025)}`);
  say(`  database     ${env['DATABASE_URL']}`);
  say(`  API key      ${key}`);
  say(`  logs         ${join(workDir, 'logs')}`);
  say(`  processes    ${[...running].map(([name, { pid }]) => `${name} ${pid}`).join(', ')}`);
  const [first] = apis.flatMap(({ ports }) => [...ports.values()]);
  const demo = `RINNOVO_DEMO_API=http://127.0.0.1:${first} RINNOVO_DEMO_INBOX=http://127.0.0.1:${places.portFor(8025)}`;
  say(`\nPlay the demo on it:\n\n  ${demo} RINNOVO_API_KEY=${key} npm run demo`);
  say('\nWhat ends is started again, as Docker would do it. Ctrl-C ends everything and removes its data.');
}

/** In the reverse order of the start: nobody loses what it still needs. */
async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  for (const each of kept.toReversed()) await each.stop();
  await children.stopAll();
  rmSync(workDir, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
try {
  await start();
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(`\nThe cluster cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
    await stop();
  }
}
