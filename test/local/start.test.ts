/** What `npm start` runs, on ports and in a folder of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { freePort } from '../../local/ports.ts';
import { commandOf } from '../../local/processes.ts';
import { scratchDir } from '../support/scratch.ts';
import { workflowBundle } from '../support/services.ts';

const START = join(import.meta.dirname, '..', '..', 'local', 'start.ts');

interface Installation {
  dir: string;
  api: string;
  web: string;
  inbox: string;
  start(): Running;
}

interface Running {
  process: ChildProcess;
  /** Resolves with the next line that holds the text; fails when the process ends without saying it. */
  says(text: string): Promise<string>;
  stop(): Promise<number>;
}

async function installation(t: TestContext): Promise<Installation> {
  const dir = scratchDir(t);
  chmodSync(dir, 0o755);
  const ports = await Promise.all(Array.from({ length: 7 }, () => freePort()));
  const names = ['API', 'INBOX', 'TEMPORAL_UI', 'TEMPORAL', 'POSTGRES', 'SMTP', 'WEB'];
  const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, TEMPORAL_PROFILE: ___, ...environment } = process.env;
  const env = {
    ...environment,
    ...Object.fromEntries(names.map((name, index) => [`RINNOVO_${name}_PORT`, String(ports[index])])),
    RINNOVO_DATA_DIR: dir,
    RINNOVO_WORKFLOW_BUNDLE: workflowBundle(),
  };
  return {
    dir,
    api: `http://127.0.0.1:${ports[0]}`,
    inbox: `http://127.0.0.1:${ports[1]}`,
    web: `http://127.0.0.1:${ports[6]}`,
    start: () => running(spawn(process.execPath, [START], { env, stdio: ['ignore', 'pipe', 'pipe'] })),
  };
}

function running(started: ChildProcess): Running {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let read = 0;
  const wake = () => waiting.forEach((check) => check());
  for (const input of [started.stdout!, started.stderr!]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      wake();
    });
  }
  const exit = once(started, 'exit') as Promise<[number]>;
  const closed = once(started, 'close').then(wake);
  return {
    process: started,
    says: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = lines.findIndex((line, index) => index >= read && line.includes(text));
          if (found === -1) return;
          read = found + 1;
          waiting.delete(check);
          resolve(lines[found]!);
        };
        waiting.add(check);
        check();
        void closed.then(() => reject(new Error(`It ended without saying "${text}":\n${lines.join('\n')}`)));
      }),
    stop: async () => {
      started.kill('SIGTERM');
      return (await exit)[0];
    },
  };
}

function processesOn(dir: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    const command = commandOf(Number(pid));
    return command?.includes(dir) ? [command] : [];
  });
}

async function status(url: string, key?: string): Promise<number> {
  const response = await fetch(url, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
  await response.body?.cancel();
  return response.status;
}

describe('npm start', () => {
  it('runs everything, stops everything, and finds its data at the next start', async (t) => {
    const { dir, api, web, inbox, start } = await installation(t);
    const first = start();
    await first.says('Rinnovo is running.');
    assert.ok((await first.says('Customer area')).includes(web));
    const key = readFileSync(join(dir, 'api-key'), 'utf8').trim();
    assert.ok((await first.says('Authorization: Bearer')).includes(key));
    assert.deepStrictEqual(
      [
        await status(`${api}/readyz`),
        await status(`${api}/v1/subscriptions`),
        await status(inbox),
        await status(`${web}/login`),
      ],
      [200, 401, 200, 200],
    );
    assert.strictEqual(await first.stop(), 0);
    assert.deepStrictEqual(processesOn(dir), []);

    const second = start();
    await second.says('Rinnovo is running.');
    assert.strictEqual(readFileSync(join(dir, 'api-key'), 'utf8').trim(), key);
    assert.notStrictEqual(await status(`${api}/v1/subscriptions`, key), 401);
    assert.strictEqual(await second.stop(), 0);
  });

  it('starts a killed API again, and refuses a second start on its folder', async (t) => {
    const { dir, api, start } = await installation(t);
    const system = start();
    await system.says('Rinnovo is running.');
    await start().says('Rinnovo is already running on this folder');

    const children = JSON.parse(readFileSync(join(dir, 'processes.json'), 'utf8')) as {
      pid: number;
      command: string;
    }[];
    process.kill(children.find(({ command }) => command.includes('api/server.ts'))!.pid, 'SIGKILL');
    await system.says('API was ended by SIGKILL');
    await system.says('API is back');
    assert.strictEqual(await status(`${api}/readyz`), 200);
    assert.strictEqual(await system.stop(), 0);
  });

  it('stops what it has started when it is stopped half-way', async (t) => {
    const { dir, start } = await installation(t);
    const system = start();
    await system.says('is ready');
    assert.strictEqual(await system.stop(), 0);
    assert.deepStrictEqual(processesOn(dir), []);
  });
});
