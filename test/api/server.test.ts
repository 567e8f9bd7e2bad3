/** The API as a process: what it is told, what it says, and how it ends. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { scratchDir } from '../support/scratch.ts';
import { freshDatabase, temporalAddress, type FreshDatabase } from '../support/services.ts';

const ROOT = join(import.meta.dirname, '..', '..');

let database: FreshDatabase;
before(async () => {
  database = await freshDatabase();
});
after(() => database.drop());

function environment(changes: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { RINNOVO_API_HOST: _host, RINNOVO_API_PORT: _port, RINNOVO_MODE: _mode, ...inherited } = process.env;
  return {
    ...inherited,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress(),
    RINNOVO_API_PORT: '0',
    ...changes,
  };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [join(ROOT, file), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = start(file, args, env);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Starts the API and waits for its line. */
async function serve(env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = start('api/server.ts', [], env);
  assert.ok(child.stdout !== null);
  child.stderr?.resume();
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { ready: boolean; url: string };
    assert.equal(said.ready, true);
    return { child, url: said.url };
  }
  throw new Error('The API ended without a word.');
}

describe('the API process', () => {
  it('listens on loopback, says where, works with a key made beside it, and ends on SIGTERM', async () => {
    const { child, url } = await serve(environment());
    try {
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
      const made = await run('api/createKey.ts', ['--name', 'local'], environment());
      assert.match(made.stdout, /^rk_[\w-]{32}\n$/);
      assert.equal(made.code, 0);
      const known = await fetch(`${url}/v1/orders/1000000137`, {
        headers: { authorization: `Bearer ${made.stdout.trim()}` },
      });
      assert.equal(known.status, 404);
      const clock = await fetch(`${url}/v1/subscriptions/sub_1/clock/advance`, {
        method: 'POST',
        headers: { authorization: `Bearer ${made.stdout.trim()}` },
      });
      assert.equal(clock.status, 404);
    } finally {
      child.kill('SIGTERM');
    }
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0);
  });

  it('answers what is in flight before it ends, and waits for no idle connection', async () => {
    const { child, url } = await serve(environment());
    const { port } = new URL(url);
    const idle = connect(Number(port), '127.0.0.1');
    await once(idle, 'connect');
    const inFlight = connect(Number(port), '127.0.0.1');
    await once(inFlight, 'connect');
    let answer = '';
    inFlight.on('data', (text: Buffer) => (answer += text.toString()));
    // The request has begun and is not whole yet.
    inFlight.write(
      'POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer rk_x\r\ncontent-type: application/json\r\n',
    );
    inFlight.write('content-length: 2\r\n');
    await fetch(`${url}/healthz`);
    child.kill('SIGTERM');
    await assert.doesNotReject(async () => {
      const deadline = Date.now() + 10_000;
      while (Date.now() < deadline) {
        if (await refused(Number(port))) return;
      }
      throw new Error('It still takes connections.');
    });
    inFlight.write('\r\n{}');
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0);
    assert.match(answer, /^HTTP\/1\.1 401 Unauthorized/);
    idle.destroy();
  });

  it('names a taken port and how to move it', async () => {
    const holder = createServer();
    holder.listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const port = String((holder.address() as AddressInfo).port);
    const { code, stderr, stdout } = await run('api/server.ts', [], environment({ RINNOVO_API_PORT: port }));
    holder.close();
    assert.deepStrictEqual([code, stdout], [1, '']);
    assert.match(stderr, new RegExp(`Port ${port} on 127.0.0.1 is taken.*RINNOVO_API_PORT`));
  });

  it('names every variable that is wrong', async () => {
    const wrong = { DATABASE_URL: 'mysql://x', RINNOVO_API_PORT: 'http', RINNOVO_MODE: 'test' };
    const { code, stderr } = await run('api/server.ts', [], environment(wrong));
    assert.equal(code, 1);
    for (const variable of Object.keys(wrong)) assert.match(stderr, new RegExp(variable));
    assert.doesNotMatch(stderr, /at .*\.ts:\d+/);
  });

  it('does not start with payment instructions that are wrong, and says what is', async (t) => {
    const file = join(scratchDir(t), 'instructions.json');
    const given = readFileSync(join(ROOT, 'instructions.json'), 'utf8');
    writeFileSync(file, given.replace('IT60', 'IT61'));
    const { code, stdout, stderr } = await run('api/server.ts', [], environment({ RINNOVO_INSTRUCTIONS: file }));
    assert.deepStrictEqual([code, stdout], [1, '']);
    assert.match(stderr, /instructions\.json.*bankTransfer\.iban.*is no valid IBAN/);
  });

  it('publishes its catalogue file at the first start, and says later that a file that differs does not count', async (t) => {
    const priceOf = async (url: string): Promise<unknown> => {
      const { products } = (await (await fetch(`${url}/v1/catalog`)).json()) as {
        products: { annualPrice: unknown }[];
      };
      return products[0]?.annualPrice;
    };
    const first = await serve(environment());
    const price = await priceOf(first.url);
    first.child.kill('SIGTERM');
    await once(first.child, 'close');

    const file = join(scratchDir(t), 'catalogue.json');
    const other = readFileSync(join(ROOT, 'catalogue.json'), 'utf8').replace('"fe": 2500', '"fe": 9900');
    writeFileSync(file, other);
    const child = start('api/server.ts', [], environment({ RINNOVO_CATALOGUE: file }));
    assert.ok(child.stdout !== null && child.stderr !== null);
    const told: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => told.push(line));
    try {
      const [ready] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      assert.deepStrictEqual(await priceOf((JSON.parse(ready) as { url: string }).url), price);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
    const warned = told.filter((line) => line.includes('the published revision counts'));
    assert.deepStrictEqual(warned.length, 1, told.join('\n'));
  });

  it('starts while Postgres and Temporal are away', async () => {
    const away = environment({ DATABASE_URL: 'postgres://127.0.0.1:1/none', TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const { child, url } = await serve(away);
    try {
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      const ready = await fetch(`${url}/readyz`);
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), /Postgres and Temporal cannot be reached/);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
  });
});

describe('a key', () => {
  it('is not made without a name', async () => {
    for (const args of [[], ['--name', ''], ['--name', 'a\nb'], ['--nome', 'x']]) {
      const { code, stdout } = await run('api/createKey.ts', args, environment());
      assert.deepStrictEqual([code, stdout], [1, '']);
    }
  });
});

async function refused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return await new Promise((resolve) => {
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}
