/** The customer area as a process: what it is told, what it says, and how it ends. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { createWeb } from '../../web/app.ts';
import { readEnvironment } from '../../web/environment.ts';

const SERVER = join(import.meta.dirname, '..', '..', 'web', 'server.ts');

function start(changes: Record<string, string>): ChildProcess {
  const env = { PATH: process.env['PATH'], RINNOVO_WEB_PORT: '0', ...changes };
  return spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function serve(changes: Record<string, string> = {}): Promise<{ child: ChildProcess; url: string }> {
  const child = start(changes);
  assert.ok(child.stdout !== null);
  child.stderr?.resume();
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { ready: boolean; url: string };
    assert.equal(said.ready, true);
    return { child, url: said.url };
  }
  throw new Error('It ended without a word.');
}

async function complaintOf(changes: Record<string, string>): Promise<string> {
  const child = start(changes);
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 1);
  return said;
}

describe('the process of the customer area', () => {
  it('listens on loopback, says where, and ends on SIGTERM once what is in flight is answered', async () => {
    // An API that answers when it is told to.
    const waiting: (() => void)[] = [];
    const api = createHttpServer((_request, response) => void waiting.push(() => response.writeHead(401).end('{}')));
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const { child, url } = await serve({ RINNOVO_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}` });
    try {
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      const idle = connect(Number(new URL(url).port), '127.0.0.1');
      await once(idle, 'connect');
      const inFlight = fetch(`${url}/`, { headers: { cookie: 'rinnovo_session=rs_x' }, redirect: 'manual' });
      await once(api, 'request');
      child.kill('SIGTERM');
      await once(idle, 'close');
      waiting.forEach((answer) => answer());
      const answer = await inFlight;
      assert.equal(answer.status, 303);
      assert.equal(answer.headers.get('location'), '/login');
      const [code] = (await once(child, 'close')) as [number | null];
      assert.equal(code, 0);
    } finally {
      child.kill('SIGKILL');
      api.closeAllConnections();
      api.close();
    }
  });

  it('names a taken port and how to move it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    assert.match(await complaintOf({ RINNOVO_WEB_PORT: String(port) }), /is taken: .* RINNOVO_WEB_PORT/);
    holder.close();
  });

  it('names every variable that is wrong', async () => {
    const wrong = {
      RINNOVO_WEB_PORT: 'x',
      RINNOVO_API_URL: 'api:3000',
      RINNOVO_PUBLIC_URL: 'x',
      RINNOVO_TRUSTED_PROXIES: '?',
    };
    const said = await complaintOf(wrong);
    for (const name of Object.keys(wrong)) assert.ok(said.includes(name), `${name}: ${said}`);
  });

  it('is told where it is by its port, unless it is told', () => {
    assert.deepStrictEqual(readEnvironment({}), {
      host: '127.0.0.1',
      port: 3001,
      apiUrl: 'http://127.0.0.1:3000',
      publicUrl: 'http://127.0.0.1:3001',
      trustedProxies: 'loopback',
    });
    const { publicUrl } = readEnvironment({ RINNOVO_PUBLIC_URL: 'https://area.example.it/' });
    assert.equal(publicUrl, 'https://area.example.it');
  });
});

describe('requests that are none', () => {
  it('are answered without a word about the program', async () => {
    const server = createHttpServer(createWeb({ apiUrl: 'http://127.0.0.1:9', publicUrl: 'http://127.0.0.1:9' }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const form = 'content-type: application/x-www-form-urlencoded';
    for (const request of [
      'GET http://[ HTTP/1.1\r\nhost: x',
      'GET //example.com/%5c HTTP/1.1\r\nhost: x',
      'GET /%ff%00?%ff=%zz HTTP/1.1\r\nhost: x\r\ncookie: rinnovo_language=%ff; rinnovo_flash=%7B',
      `POST /login HTTP/1.1\r\nhost: x\r\norigin: http://x\r\n${form}; charset=klingon\r\ncontent-length: 1`,
      `POST /login HTTP/1.1\r\nhost: x\r\norigin: http://x\r\nreferer: http://[\r\ncontent-length: 0`,
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.end(`${request}\r\nconnection: close\r\n\r\n${request.includes('length: 1') ? 'x' : ''}`);
      let answer = '';
      for await (const text of socket) answer += String(text);
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, request);
      assert.doesNotMatch(answer, /node_modules|\.ts:\d/, request);
    }
    server.close();
  });
});

describe('the answers of the customer area', () => {
  const serving = async (publicUrl: string): Promise<{ url: string; close(): void }> => {
    const server = createHttpServer(createWeb({ apiUrl: 'http://127.0.0.1:9', publicUrl }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
  };

  it('allow no script or style but ours, no frame, and are kept by nobody', async () => {
    const { url, close } = await serving('https://area.example.it');
    const { headers } = await fetch(`${url}/login`);
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
      assert.ok(policy.includes(rule), rule);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('strict-transport-security') ?? '', /max-age/);
    close();
  });

  it('set cookies for https alone where the area is there, and style is kept for long', async () => {
    const { url, close } = await serving('https://area.example.it');
    const chosen = await fetch(`${url}/language?to=en&back=/login`, { redirect: 'manual' });
    assert.match(chosen.headers.get('set-cookie') ?? '', /HttpOnly; Secure; SameSite=Lax/);
    const page = await (await fetch(`${url}/login`)).text();
    const style = /href="(\/assets\/\w+\/area\.css)"/.exec(page)?.[1] ?? '';
    assert.match((await fetch(url + style)).headers.get('cache-control') ?? '', /immutable/);
    close();
  });
});
