import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { localApiKey } from '../../local/apiKey.ts';
import { scratchDir } from '../support/scratch.ts';

/** An API that knows some keys, and who asks for new ones. */
async function startApi(t: TestContext) {
  const known = new Set<string>();
  const server = createServer((request, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
    response.writeHead(known.has(key) ? 200 : 401).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  let created = 0;
  const create = () => {
    const key = `rk_${++created}`;
    known.add(key);
    return Promise.resolve(`${key}\n`);
  };
  return { url: `http://127.0.0.1:${address.port}`, known, create };
}

describe('the local API key', () => {
  it('is created once, and only its owner can read it', async (t) => {
    const file = join(scratchDir(t), 'api-key');
    const { url, create } = await startApi(t);
    assert.strictEqual(await localApiKey(file, url, create), 'rk_1');
    assert.strictEqual(await localApiKey(file, url, create), 'rk_1');
    assert.strictEqual(readFileSync(file, 'utf8'), 'rk_1\n');
    assert.strictEqual(statSync(file).mode & 0o777, 0o600);
  });

  it('is replaced when the API does not know it, as after a change of database', async (t) => {
    const file = join(scratchDir(t), 'api-key');
    const { url, known, create } = await startApi(t);
    await localApiKey(file, url, create);
    known.clear();
    assert.strictEqual(await localApiKey(file, url, create), 'rk_2');
    assert.strictEqual(readFileSync(file, 'utf8'), 'rk_2\n');
  });
});
