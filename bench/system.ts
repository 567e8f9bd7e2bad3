/** A Postgres, a Temporal server, a worker and the API for one measurement, in a folder and on ports of their own. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as Temporal, Connection } from '@temporalio/client';
import { Children } from '../local/children.ts';
import { Client as Api } from '../local/demo/client.ts';
import { startInbox, type Inbox } from '../local/inbox.ts';
import { answers, runToEnd, saysReady, startProgram, type Environment } from '../local/nodeProgram.ts';
import { freePort } from '../local/ports.ts';
import { postgresUrl, startPostgres } from '../local/postgres.ts';
import { startTemporal } from '../local/temporal.ts';
import { findTemporalBinary } from '../local/temporalBinary.ts';

export interface System {
  readonly api: Api;
  readonly temporal: Temporal;
  readonly temporalAddress: string;
}

/** Does the work on a running system and leaves nothing behind, however it ends. */
export async function withSystem<T>(work: (system: System) => Promise<T>, signal: AbortSignal): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'rinnovo-bench-'));
  // The database's own user has to get in.
  chmodSync(dir, 0o755);
  const children = new Children();
  // A measurement that is interrupted fails, because its processes end.
  signal.addEventListener('abort', () => void children.stopAll());
  let inbox: Inbox | undefined;
  try {
    const ports = { smtp: await freePort(), web: await freePort() };
    inbox = await startInbox(join(dir, 'inbox'), ports);
    const env = { ...(await startServers(dir, children)), SMTP_URL: `smtp://127.0.0.1:${ports.smtp}` };
    const system = await startPrograms({ dir, children, env, signal });
    try {
      return await work(system);
    } finally {
      await system.temporal.connection.close();
    }
  } finally {
    await children.stopAll();
    await inbox?.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startServers(dir: string, children: Children): Promise<Environment> {
  const [postgres, temporal] = [await freePort(), await freePort()];
  const fallbackCacheDir = join(import.meta.dirname, '..', '.rinnovo', 'bin');
  const binary = await findTemporalBinary({ fallbackCacheDir, say: (line) => console.error(line) });
  const database = { dataDir: join(dir, 'postgres'), database: 'rinnovo', durable: false };
  await Promise.all([
    startPostgres({ ...database, port: postgres, logFile: join(dir, 'postgres.log') }, children),
    startTemporal({ binary, port: temporal, logFile: join(dir, 'temporal.log') }, children),
  ]);
  // The user's own profile may hold a key and TLS, which these servers know nothing of.
  const profile = join(dir, 'temporal.toml');
  writeFileSync(profile, '[profile.default]\n');
  return {
    DATABASE_URL: postgresUrl(postgres, 'rinnovo'),
    TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: profile,
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: undefined,
    TEMPORAL_PROFILE: undefined,
    RINNOVO_MODE: 'sandbox',
    RINNOVO_INVOICE_FOLDER: join(dir, 'invoices'),
  };
}

interface Start {
  readonly dir: string;
  readonly children: Children;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

async function startPrograms({ dir, children, env, signal }: Start): Promise<System> {
  const apiPort = await freePort();
  const url = `http://127.0.0.1:${apiPort}`;
  const own = { ...env, RINNOVO_API_HOST: '127.0.0.1', RINNOVO_API_PORT: String(apiPort), RINNOVO_PUBLIC_URL: url };
  await Promise.all([
    runToEnd('db/migrate.ts', [], own, signal),
    runToEnd('activities/searchAttributes.ts', [], own, signal),
  ]);
  const log = (name: string) => ({ name, env: own, logFile: join(dir, `${name}.log`) });
  await Promise.all([
    startProgram({ ...log('worker'), file: 'activities/worker.ts', isReady: saysReady }, children),
    startProgram({ ...log('api'), file: 'api/server.ts', isReady: () => answers(`${url}/readyz`) }, children),
  ]);
  const key = (await runToEnd('api/createKey.ts', ['--name', 'bench'], own, signal)).split('\n').at(-1) ?? '';
  const temporalAddress = String(env['TEMPORAL_ADDRESS']);
  const connection = await Connection.connect({ address: temporalAddress });
  return { api: new Api(url, key), temporal: new Temporal({ connection }), temporalAddress };
}
