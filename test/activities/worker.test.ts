import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { readEnvironment } from '../../activities/environment.ts';
import { ensureSearchAttributes } from '../../activities/searchAttributes.ts';
import { freePort, freshDatabase, temporalAddress, workflowBundle, type FreshDatabase } from '../support/services.ts';

const PROGRAM = fileURLToPath(new URL('../../activities/worker.ts', import.meta.url));

interface Started {
  readonly process: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<number | null>;
}

function start(environment: Record<string, string>): Started {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env['PATH'], RINNOVO_WORKFLOW_BUNDLE: workflowBundle(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => void lines.push(line));
  return { process: child, lines, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

async function untilLine({ lines, process: { exitCode } }: Started, wanted: RegExp): Promise<void> {
  for (const limit = Date.now() + 60_000; !lines.some((line) => wanted.test(line));) {
    if (Date.now() > limit || exitCode !== null) throw new Error(`No line like ${wanted}:\n${lines.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the environment of the worker', () => {
  it('is checked as a whole at start, naming each variable', () => {
    assert.throws(
      () => readEnvironment({ DATABASE_URL: 'mysql://x', RINNOVO_MODE: 'test', RINNOVO_WORKER_POOL_SIZE: '1.5' }),
      (error: Error) => {
        for (const name of ['DATABASE_URL', 'SMTP_URL', 'RINNOVO_MODE', 'RINNOVO_WORKER_POOL_SIZE'])
          assert.ok(error.message.includes(name), error.message);
        return true;
      },
    );
  });

  it('leaves the rest to what is usual, and takes an empty variable for none', () => {
    const environment = readEnvironment({
      DATABASE_URL: 'postgres://localhost/rinnovo',
      SMTP_URL: 'smtp://localhost:25',
      RINNOVO_MODE: '',
    });
    assert.deepEqual([environment.sandbox, environment.logLevel, environment.poolSize], [false, 'info', 10]);
  });
});

describe('the worker process', () => {
  const namespace = `worker-${randomUUID()}`;
  let database: FreshDatabase;
  let environment: Record<string, string>;
  before(async () => {
    const connection = await Connection.connect({ address: temporalAddress() });
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    await ensureSearchAttributes(connection, namespace);
    await connection.close();
    database = await freshDatabase();
    environment = {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporalAddress(),
      TEMPORAL_NAMESPACE: namespace,
      SMTP_URL: 'smtp://127.0.0.1:9',
      RINNOVO_MODE: 'sandbox',
    };
  });
  after(() => database.drop());

  it('says in one line when it is ready, and ends in order when asked to', async () => {
    const worker = start(environment);
    await untilLine(worker, /^\{"ready":true/);
    worker.process.kill('SIGTERM');
    assert.equal(await worker.ended, 0, worker.lines.join('\n'));
  });

  it('waits for a Postgres and a Temporal that are away, and ends in order also then', async () => {
    const nobody = await freePort();
    const worker = start({
      ...environment,
      DATABASE_URL: `postgres://127.0.0.1:${nobody}/rinnovo`,
      TEMPORAL_ADDRESS: `127.0.0.1:${nobody}`,
    });
    await untilLine(worker, /"what":"temporal".*tried again/);
    await untilLine(worker, /"what":"outbox".*tried again/);
    worker.process.kill('SIGTERM');
    assert.equal(await worker.ended, 0, worker.lines.join('\n'));
  });

  it('does not start on a wrong environment', async () => {
    const worker = start({ ...environment, SMTP_URL: 'http://localhost' });
    assert.equal(await worker.ended, 1);
    assert.match(worker.lines.join('\n'), /SMTP_URL is no smtp:\/\/ address/);
  });
});
