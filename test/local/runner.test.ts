/** The runner is run on test files of its own, in processes of its own: node:test does not run inside node:test. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { commandOf, isAlive } from '../../local/processes.ts';
import { scratchDir } from '../support/scratch.ts';

const RUNNER = join(import.meta.dirname, '..', 'support', 'run.ts');

/** The environment without the mark of a test process, under which node:test would refuse to run files. */
function outside(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return env;
}

function runTests(t: TestContext, files: Record<string, string>): { status: number | null; lines: string[] } {
  const dir = scratchDir(t);
  for (const [name, source] of Object.entries(files)) {
    writeFileSync(join(dir, name), `import { after, describe, it, test } from 'node:test';\n${source}\n`);
  }
  const { status, stdout } = spawnSync(process.execPath, [RUNNER, dir], { encoding: 'utf8', env: outside() });
  return { status, lines: stdout.trimEnd().split('\n') };
}

function assertEnds(t: TestContext, source: string, lastLine: string, status: number): string {
  const result = runTests(t, { 'some.test.ts': source });
  assert.deepStrictEqual([result.lines.at(-1), result.status], [lastLine, status]);
  return result.lines.join('\n');
}

/** Starts the runner on a test that waits for ever on a database of its own, and answers once it does. */
async function startWaiting(
  t: TestContext,
): Promise<{ runner: ChildProcess; test: number; database: string; dir: string }> {
  const dir = scratchDir(t);
  const services = relative(dir, join(import.meta.dirname, '..', 'support', 'services.ts'));
  writeFileSync(
    join(dir, 'waiting.test.ts'),
    `import { it } from 'node:test';
     import pg from ${JSON.stringify(import.meta.resolve('pg'))};
     import { freshDatabase } from '${services}';
     it('waits', async () => {
       const { url: database } = await freshDatabase();
       const client = new pg.Client(database);
       await client.connect();
       const dataDir = (await client.query('show data_directory')).rows[0].data_directory;
       console.log(JSON.stringify({ test: process.pid, database, dataDir }));
       await new Promise((resolve) => setTimeout(resolve, 1e6));
     });`,
  );
  const runner = spawn(process.execPath, [RUNNER, dir], { stdio: ['ignore', 'pipe', 'inherit'], env: outside() });
  for await (const line of createInterface({ input: runner.stdout! })) {
    if (!line.startsWith('{')) continue;
    const { test, database, dataDir } = JSON.parse(line) as { test: number; database: string; dataDir: string };
    runner.stdout!.resume();
    return { runner, test, database, dir: dirname(dataDir) };
  }
  throw new Error('The runner ended before its test ran.');
}

/** Whether some process works on the folder. */
function isServed(dir: string): boolean {
  return readdirSync('/proc').some((pid) => commandOf(Number(pid))?.includes(`${dir}/`));
}

async function canConnect(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

describe('a run that is interrupted', () => {
  it('stops everything it has started, and fails', async (t) => {
    const { runner, test, database, dir } = await startWaiting(t);
    assert.strictEqual(await canConnect(database), true);
    runner.kill('SIGTERM');
    const [code] = (await once(runner, 'exit')) as [number];
    assert.strictEqual(code, 130);
    assert.deepStrictEqual([isAlive(test), await canConnect(database), existsSync(dir)], [false, false, false]);
  });

  it('leaves no server behind even when it is killed', async (t) => {
    const { runner, test, database, dir } = await startWaiting(t);
    runner.kill('SIGKILL');
    process.kill(test, 'SIGKILL');
    await once(runner, 'exit');
    while (isServed(dir)) await new Promise((resolve) => setImmediate(resolve));
    assert.strictEqual(await canConnect(database), false);
    rmSync(dir, { recursive: true });
  });
});

describe('the runner', () => {
  it('counts tests, and neither suites nor tests made of subtests', (t) => {
    assertEnds(
      t,
      `describe('a suite', () => { it('one', () => {}); it('two', () => {}); describe('inner', () => { it('three', () => {}); }); });
       test('made of two', async (t) => { await t.test('four', () => {}); await t.test('five', () => {}); });
       it('six', () => {});`,
      '6 passed, 0 failed',
      0,
    );
  });

  it('counts a failure once, whatever surrounds it, and shows the thrown error', (t) => {
    const output = assertEnds(
      t,
      `describe('a suite', () => { it('good', () => {}); it('bad', () => { throw new Error('the reason') }); });
       test('made of two', async (t) => { await t.test('good', () => {}); await t.test('bad', () => { throw new Error() }); });`,
      '2 passed, 2 failed',
      1,
    );
    assert.match(output, /✖ bad\n.*some\.test\.ts:2\n.*Error: the reason/);
  });

  it('counts skipped and postponed tests as failed', (t) => {
    assertEnds(t, "it('good', () => {}); it.skip('skipped', () => {}); it.todo('later');", '1 passed, 2 failed', 1);
    assertEnds(
      t,
      "describe.skip('skipped', () => { it('x', () => {}); }); it('good', () => {});",
      '1 passed, 1 failed',
      1,
    );
  });

  it('counts a failing hook as failed, though every test passed', (t) => {
    const source = "describe('a suite', () => { after(() => { throw new Error('hook') }); it('good', () => {}); });";
    assertEnds(t, source, '1 passed, 1 failed', 1);
  });

  it('counts a file without tests as failed', (t) => {
    assertEnds(t, '', '0 passed, 1 failed', 1);
    assertEnds(t, "describe('empty', () => {});", '0 passed, 1 failed', 1);
  });

  it('counts a file that crashes as failed, before, during and after its tests', (t) => {
    assertEnds(t, "throw new Error('boom');", '0 passed, 1 failed', 1);
    assertEnds(
      t,
      "it('good', () => {}); it('ends', () => { process.exit(0) }); it('never', () => {});",
      '0 passed, 1 failed',
      1,
    );
    assertEnds(t, "it('good', () => { setTimeout(() => { throw new Error('late') }, 1) });", '1 passed, 1 failed', 1);
  });

  it('adds up its files, and names the one that is at fault', (t) => {
    const { status, lines } = runTests(t, {
      'a.test.ts': "it('one', () => {}); it('two', () => {});",
      'b.test.ts': "it('three', () => { throw new Error('wrong') });",
      'helper.ts': "throw new Error('not a test');",
    });
    assert.deepStrictEqual([lines.at(-1), status], ['2 passed, 1 failed', 1]);
    assert.ok(lines.some((line) => line.trim().endsWith('b.test.ts:2')));
  });

  it('fails when there is nothing to run', (t) => {
    assert.deepStrictEqual(runTests(t, {}), { status: 1, lines: ['There are no tests here.', '0 passed, 0 failed'] });
  });
});
