import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { Children } from '../../local/children.ts';
import { freePort } from '../../local/ports.ts';
import { postgresUrl, startPostgres } from '../../local/postgres.ts';
import { isAlive } from '../../local/processes.ts';
import { scratchDir, startScript } from '../support/scratch.ts';

const LOCAL = join(import.meta.dirname, '..', '..', 'local');

async function query(port: number, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgresUrl(port, 'rinnovo') });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function optionsIn(t: TestContext) {
  const dir = scratchDir(t);
  // As root, Postgres runs as another user, who has to get in.
  chmodSync(dir, 0o755);
  const paths = { dataDir: join(dir, 'data', 'postgres'), logFile: join(dir, 'postgres.log') };
  return { ...paths, port: await freePort(), database: 'rinnovo', durable: false };
}

function postmasterPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

describe('the embedded Postgres', () => {
  it('creates its folder and database, answers in UTC, and is gone when it is stopped', async (t) => {
    const options = await optionsIn(t);
    const children = new Children();
    const child = await startPostgres(options, children);
    const rows = await query(options.port, "select current_setting('TimeZone') as zone, current_database() as name");
    assert.deepStrictEqual(rows, [{ zone: 'UTC', name: 'rinnovo' }]);
    await children.stopAll();
    assert.strictEqual(isAlive(child.pid), false);
    assert.strictEqual(existsSync(join(options.dataDir, 'postmaster.pid')), false);
  });

  it('is not started on a port that somebody else holds, and says which', async (t) => {
    const options = await optionsIn(t);
    const stranger = createServer();
    stranger.listen(options.port, '127.0.0.1');
    await once(stranger, 'listening');
    t.after(() => stranger.close());
    await assert.rejects(
      startPostgres(options, new Children()),
      new RegExp(`port ${options.port}|Address already in use`),
    );
  });
});

describe('a folder that only its owner can enter', () => {
  it('keeps its data across starts, and is empty again when it was removed', async (t) => {
    const dir = scratchDir(t);
    const dataDir = join(dir, 'postgres');
    const options = { ...(await optionsIn(t)), dataDir };
    const inOneRun = async (work: () => Promise<unknown>) => {
      const children = new Children();
      await startPostgres(options, children);
      await work();
      await children.stopAll();
    };
    await inOneRun(() => query(options.port, 'create table kept as select 42 as answer'));
    await inOneRun(async () => {
      assert.deepStrictEqual(await query(options.port, 'select answer from kept'), [{ answer: 42 }]);
    });
    rmSync(dataDir, { recursive: true });
    await inOneRun(async () => {
      assert.deepStrictEqual(await query(options.port, "select to_regclass('kept') as kept"), [{ kept: null }]);
    });
    rmSync(realpathSync(dataDir), { recursive: true });
  });
});

describe('a postmaster whose parent and guard were killed', () => {
  it('is stopped at the next start, which finds what was committed', async (t) => {
    const options = await optionsIn(t);
    const parent = startScript(
      scratchDir(t),
      'parent.mjs',
      `import { spawn } from 'node:child_process';
       import { startPostgres } from ${JSON.stringify(join(LOCAL, 'postgres.ts'))};
       // Children without a guard and a record: nobody is left who knows of the postmaster.
       const start = ({ name, command, args, uid, gid, logFile }) => ({
         ...spawn(command, args, { uid, gid, detached: true, stdio: 'ignore' }), name, logFile, hasEnded: () => false,
       });
       await startPostgres(${JSON.stringify(options)}, { start });
       console.log('ready');`,
    );
    await once(parent.stdout!, 'data');
    await query(options.port, 'create table kept as select 42 as answer');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const orphan = postmasterPid(options.dataDir);
    assert.ok(isAlive(orphan));

    const children = new Children();
    await startPostgres(options, children);
    assert.strictEqual(isAlive(orphan), false);
    assert.deepStrictEqual(await query(options.port, 'select answer from kept'), [{ answer: 42 }]);
    await children.stopAll();
  });

  it('is not confused with a stranger that has its process number', async (t) => {
    const options = await optionsIn(t);
    const first = new Children();
    await startPostgres(options, first);
    await first.stopAll();
    writeFileSync(join(options.dataDir, 'postmaster.pid'), `${process.pid}\n${options.dataDir}\n`);

    const children = new Children();
    await startPostgres(options, children);
    assert.notStrictEqual(postmasterPid(options.dataDir), process.pid);
    await children.stopAll();
  });
});
