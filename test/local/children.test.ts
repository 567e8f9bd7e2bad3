import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Child, Children } from '../../local/children.ts';
import { keepRunning } from '../../local/keepRunning.ts';
import { isAlive } from '../../local/processes.ts';
import { takeRunLock } from '../../local/runLock.ts';
import { outputOf, scratchDir, startScript } from '../support/scratch.ts';

const CHILDREN = join(import.meta.dirname, '..', '..', 'local', 'children.ts');
/** Stays until it is told to end. */
const WAITING = ['-e', 'setInterval(() => {}, 1e6)'];

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** A parent that starts two children and prints their process numbers; then it kills itself or waits to be killed. */
function parentProgram(dir: string, end: 'dies' | 'waits'): string {
  return `
    import { Children } from ${JSON.stringify(CHILDREN)};
    const children = new Children(${JSON.stringify(join(dir, 'processes.json'))});
    const start = (name) => children.start({
      name, command: process.execPath, args: ${JSON.stringify(WAITING)}, logFile: ${JSON.stringify(join(dir, 'log'))},
    });
    console.log(start('first').pid, start('second').pid);
    ${end === 'dies' ? "process.kill(process.pid, 'SIGKILL')" : 'setInterval(() => {}, 1e6)'};`;
}

/** The guard that a parent has started. */
function guardOf(parent: number): number {
  const isGuard = (pid: string) => {
    try {
      const parentOfPid = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
      return Number(parentOfPid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('guard.ts');
    } catch {
      return false;
    }
  };
  return Number(readdirSync('/proc').find(isGuard));
}

describe('a child', () => {
  it('ends when it is stopped, and what it said is in its log', async (t) => {
    const dir = scratchDir(t);
    const logFile = join(dir, 'logs', 'child.log');
    const program =
      "process.on('SIGTERM', () => { console.log('goodbye'); process.exit(7) }); console.log(process.env.TZ)";
    const args = ['-e', `${program}; setInterval(() => {}, 1e6)`];
    const child = new Children().start({ name: 'child', command: process.execPath, args, logFile });
    await until(() => readFileSync(logFile, 'utf8') === 'UTC\n');
    assert.strictEqual(child.hasEnded(), false);
    await child.stop();
    assert.strictEqual(await child.ended, 'ended with code 7');
    assert.strictEqual(readFileSync(logFile, 'utf8'), 'UTC\ngoodbye\n');
    assert.strictEqual(isAlive(child.pid), false);
  });

  it('is killed when it does not end in time', async (t) => {
    const logFile = join(scratchDir(t), 'log');
    const args = ['-e', "process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1e6)"];
    const child = new Children().start({ name: 'deaf', command: process.execPath, args, logFile, graceMs: 200 });
    await until(() => readFileSync(logFile, 'utf8') === 'deaf\n');
    await child.stop();
    assert.strictEqual(await child.ended, 'was ended by SIGKILL');
  });

  it('that cannot be started says so', async (t) => {
    const logFile = join(scratchDir(t), 'log');
    const child = new Children().start({ name: 'missing', command: '/no/such/program', args: [], logFile });
    assert.match(await child.ended, /^cannot be started: .*ENOENT/);
  });

  it('is not started any more once all are being stopped', async (t) => {
    const logFile = join(scratchDir(t), 'log');
    const children = new Children();
    await children.stopAll();
    assert.throws(() => children.start({ name: 'late', command: process.execPath, args: WAITING, logFile }), /late/);
  });
});

describe('children whose parent was killed', () => {
  it('are stopped by the guard', async (t) => {
    const dir = scratchDir(t);
    const parent = startScript(dir, 'parent.mjs', parentProgram(dir, 'dies'));
    const pids = (await outputOf(parent)).split(' ').map(Number);
    assert.strictEqual(pids.length, 2);
    await until(() => !pids.some(isAlive));
  });

  it('are stopped at the next start when the guard was killed as well', async (t) => {
    const dir = scratchDir(t);
    const parent = startScript(dir, 'parent.mjs', parentProgram(dir, 'waits'));
    const [printed] = (await once(parent.stdout!, 'data')) as [Buffer];
    const pids = printed.toString().trim().split(' ').map(Number);
    process.kill(guardOf(parent.pid!), 'SIGKILL');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    assert.deepStrictEqual(pids.map(isAlive), [true, true]);

    const next = new Children(join(dir, 'processes.json'));
    assert.strictEqual(await next.stopLeftovers(), 2);
    assert.deepStrictEqual(pids.map(isAlive), [false, false]);
    assert.strictEqual(await next.stopLeftovers(), 0);
  });

  it('are not confused with a stranger who was given the same process number', async (t) => {
    const dir = scratchDir(t);
    const stranger = spawn(process.execPath, WAITING, { stdio: 'ignore' });
    await once(stranger, 'spawn');
    const record = [{ pid: stranger.pid, command: '/somewhere/temporal server start-dev', stopSignal: 'SIGKILL' }];
    writeFileSync(join(dir, 'processes.json'), JSON.stringify(record));
    assert.strictEqual(await new Children(join(dir, 'processes.json')).stopLeftovers(), 0);
    assert.ok(isAlive(stranger.pid!));
    stranger.kill();
  });
});

describe('a program that is kept running', () => {
  /** A child that ends when the test says so. */
  function fakeChild(): { child: Child; end: (how: string) => void } {
    const { promise, resolve } = Promise.withResolvers<string>();
    const stop = () => Promise.resolve(resolve('ended with code 0'));
    const child = { name: 'Worker', pid: 1, logFile: 'worker.log', ended: promise, hasEnded: () => false, stop };
    return { child: { ...child, kill: () => undefined }, end: resolve };
  }

  it('is started again each time it ends, until the signal is given', async () => {
    const started: ReturnType<typeof fakeChild>[] = [];
    const said: string[] = [];
    const stopping = new AbortController();
    const start = () => {
      started.push(fakeChild());
      return Promise.resolve(started.at(-1)!.child);
    };
    const kept = await keepRunning({ name: 'Worker', start, firstPauseMs: 1 }, stopping.signal, (line) =>
      said.push(line),
    );
    started[0]!.end('ended with code 1');
    await until(() => said.length === 2);
    started[1]!.end('was ended by SIGKILL');
    await until(() => said.length === 4);
    assert.deepStrictEqual(said, [
      'Worker ended with code 1: starting it again in 0.001 s (worker.log tells more)',
      'Worker is back',
      'Worker was ended by SIGKILL: starting it again in 0.002 s (worker.log tells more)',
      'Worker is back',
    ]);
    stopping.abort();
    await kept.stop();
    assert.strictEqual(await started[2]!.child.ended, 'ended with code 0');
    assert.strictEqual(said.length, 4);
  });

  it('fails as a whole when its first start fails', async () => {
    const start = () => Promise.reject(new Error('no such column'));
    const kept = keepRunning({ name: 'API', start }, new AbortController().signal, () => undefined);
    await assert.rejects(kept, { message: 'no such column' });
  });
});

describe('the lock of a run', () => {
  it('is refused while its owner runs', (t) => {
    const path = join(scratchDir(t), 'start.pid');
    const release = takeRunLock(path, 'children.test.ts');
    assert.throws(() => takeRunLock(path, 'children.test.ts'), {
      message: `Rinnovo is already running on this folder (process ${process.pid}).`,
    });
    release();
    takeRunLock(path, 'children.test.ts')();
  });

  it('is taken over from a run that was killed, and from a stranger with its process number', async (t) => {
    const path = join(scratchDir(t), 'start.pid');
    const killed = spawn(process.execPath, WAITING, { stdio: 'ignore' });
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    for (const pid of [killed.pid, process.pid]) {
      writeFileSync(path, String(pid));
      takeRunLock(path, 'local/start.ts')();
    }
  });
});
