/** What HTTP itself can go wrong with. No worker runs, and Temporal is nowhere: none of this may need them. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startApi, type Answer, type TestApi } from './support/api.ts';
import { holder } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi({ worker: false, address: '127.0.0.1:1' });
});
after(() => api.stop());

function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  assert.equal(answer.body['status'], status);
  assert.equal(answer.body['code'], code);
  assert.equal(answer.body['type'], 'about:blank');
  assert.match(String(answer.body['title']), /^[A-Z]/);
  assert.match(String(answer.body['detail']), /\S/);
  assert.equal(answer.body['instance'], `urn:uuid:${answer.headers.get('x-request-id')}`);
  assert.ok(Array.isArray(answer.body['errors']));
}

/** A request as no well-behaved client would send it. */
async function raw(path: string, headers: Record<string, string>, body: string | Buffer = ''): Promise<number> {
  return await new Promise((resolve, reject) => {
    const sent = request(api.url + path, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('a key', () => {
  it('is asked for by every route but health and the catalogue', async () => {
    for (const [method, path] of [
      ['POST', '/v1/customers'],
      ['GET', '/v1/customers/cus_1'],
      ['POST', '/v1/quotes'],
      ['POST', '/v1/orders'],
      ['GET', '/v1/orders/1000000137'],
      ['POST', '/v1/orders/1000000137/cancel'],
      ['POST', '/v1/orders/1000000137/pay'],
      ['POST', '/v1/orders/1000000137/commitment'],
      ['POST', '/v1/payments'],
      ['GET', '/v1/payments/api:1'],
      ['GET', '/v1/subscriptions/sub_1'],
      ['GET', '/v1/subscriptions/sub_1/timeline'],
      ['PUT', '/v1/subscriptions/sub_1/auto-renewal'],
      ['PUT', '/v1/subscriptions/sub_1/payment-method'],
      ['DELETE', '/v1/subscriptions/sub_1/payment-method'],
      ['PUT', '/v1/subscriptions/sub_1/usage'],
      ['POST', '/v1/subscriptions/sub_1/termination'],
      ['POST', '/v1/subscriptions/sub_1/activation'],
      ['POST', '/v1/subscriptions/sub_1/clock/advance'],
      ['GET', '/v1/nothing-here'],
    ] as const) {
      const response = await fetch(api.url + path, { method });
      assert.equal(response.status, 401, path);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="rinnovo"', path);
    }
    assert.equal((await fetch(`${api.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${api.url}/v1/catalog`)).status, 200);
  });

  for (const authorization of [
    'Bearer rk_unknown',
    'Bearer',
    'Basic cmtfOng=',
    'Bearer a b',
    `Bearer ${'x'.repeat(5000)}`,
    'Bearer \u00e9',
  ]) {
    it(`is refused as ${authorization.slice(0, 20)}`, async () => {
      const answer = await api.send('GET', '/v1/orders/1000000137', undefined, { authorization });
      assertProblem(answer, 401, 'unauthorized');
      assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    });
  }

  it('is accepted whatever the case of its scheme', async () => {
    const answer = await api.send('GET', '/v1/orders/1000000137', undefined, { authorization: `bearer ${api.key}` });
    assert.equal(answer.status, 404);
  });
});

describe('an address', () => {
  it('that does not exist is 404', async () => {
    assertProblem(await api.get('/v1/nothing-here'), 404, 'route_unknown');
    assertProblem(await api.get('/nothing-here'), 404, 'route_unknown');
  });

  it('that cannot be decoded is 400', async () => {
    assertProblem(await api.get('/v1/orders/%E0%A4%A'), 400, 'malformed_request');
  });

  for (const [method, path, allow] of [
    ['DELETE', '/v1/orders', 'POST'],
    ['PATCH', '/v1/orders/1000000137', 'GET, HEAD'],
    ['GET', '/v1/quotes', 'POST'],
    ['POST', '/v1/subscriptions/sub_1/payment-method', 'PUT, DELETE'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/v1/payments', 'POST'],
  ] as const) {
    it(`does not take ${method}: ${path}`, async () => {
      const answer = await api.send(method, path);
      assertProblem(answer, 405, 'method_not_allowed');
      assert.equal(answer.headers.get('allow'), allow);
    });
  }

  it('refuses query parameters that nobody reads', async () => {
    const answer = await api.get('/v1/orders/1000000137?expand=lines');
    assertProblem(answer, 400, 'invalid_input');
    assert.deepStrictEqual(answer.body['errors'], [{ field: 'expand', reason: 'is not a known field here.' }]);
  });

  it('answers HEAD like GET', async () => {
    const response = await fetch(`${api.url}/healthz`, { method: 'HEAD' });
    assert.equal(response.status, 200);
  });
});

describe('a body', () => {
  it('that is no JSON is 400', async () => {
    assertProblem(await api.post('/v1/customers', '{"firstName":'), 400, 'malformed_json');
  });

  for (const text of ['null', '"text"', '42', '[]', 'true']) {
    it(`that is ${text} has to be an object`, async () => {
      const answer = await api.post('/v1/customers', text);
      assertProblem(answer, 400, 'invalid_input');
      assert.match(JSON.stringify(answer.body['errors']), /"field":"body","reason":"must be an object, not /);
    });
  }

  it('that is missing counts as empty', async () => {
    const answer = await api.post('/v1/payments');
    assertProblem(answer, 400, 'invalid_input');
    const fields = (answer.body['errors'] as { field: string; reason: string }[]).map(({ field }) => field);
    assert.deepStrictEqual(fields, ['orderNumber', 'amount', 'method', 'registeredOn', 'externalId']);
  });

  it('over 100 kB is 413', async () => {
    assertProblem(await api.post('/v1/customers', { companyName: 'x'.repeat(102_400) }), 413, 'body_too_large');
  });

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', '']) {
    it(`of type "${type}" is 415`, async () => {
      const headers = { authorization: `Bearer ${api.key}`, ...(type === '' ? {} : { 'content-type': type }) };
      assert.equal(await raw('/v1/customers', headers, '{}'), 415);
    });
  }

  it('in a charset other than UTF-8, or oddly encoded, is 415', async () => {
    const headers = { authorization: `Bearer ${api.key}`, 'content-type': 'application/json; charset=koi8-r' };
    assert.equal(await raw('/v1/customers', headers, '{}'), 415);
    const encoded = { authorization: `Bearer ${api.key}`, 'content-type': 'application/json', 'content-encoding': 'x' };
    assert.equal(await raw('/v1/customers', encoded, '{}'), 415);
  });

  it('with fields of the language’s own is refused like any unknown field', async () => {
    const answer = await api.post('/v1/quotes', '{"type":"renewal","__proto__":{"years":1},"constructor":1}');
    assertProblem(answer, 400, 'invalid_input');
    const fields = (answer.body['errors'] as { field: string }[]).map(({ field }) => field);
    assert.deepStrictEqual(fields, ['subscriptionId', 'years', '__proto__', 'constructor']);
  });
});

describe('a fault of ours', () => {
  it('is answered without its words, and logged with the request’s id and no personal data', async () => {
    const broken = await startApi({
      worker: false,
      address: '127.0.0.1:1',
      change: (context) => ({ ...context, catalogue: async () => ({ ...(await context.catalogue()), versions: [] }) }),
    });
    try {
      const answer = await broken.get('/v1/catalog');
      assertProblem(answer, 500, 'internal_error');
      assert.doesNotMatch(JSON.stringify(answer.body), /version|RangeError/);
      const line = broken.logged.find((entry) => entry.includes('unexpected error')) ?? '';
      assert.match(line, /The catalogue has no version valid on/);
      assert.ok(line.includes(answer.headers.get('x-request-id') ?? '?'));
    } finally {
      await broken.stop();
    }
  });
});

describe('the log', () => {
  it('says who asked for what and how it went, and holds neither the key nor the body', async () => {
    await api.post('/v1/customers', holder({ email: 'very.private@example.com', taxCode: 'RSSMRA45C12F205C' }));
    const log = api.logged.join('');
    assert.match(log, /"method":"POST","path":"\/v1\/customers","status":201,"milliseconds":\d+,"key":"test"/);
    assert.ok(!log.includes(api.key));
    assert.doesNotMatch(log, /very\.private|RSSMRA45C12F205C|Officine/);
  });
});

describe('health', () => {
  it('is this process alone, readiness says what is missing', async () => {
    assert.deepStrictEqual((await api.get('/healthz')).body, { status: 'ok' });
    const ready = await api.get('/readyz');
    assertProblem(ready, 503, 'temporarily_unavailable');
    assert.equal(ready.body['detail'], 'Temporal cannot be reached.');
    assert.deepStrictEqual(ready.body['checks'], { postgres: 'ok', temporal: 'unreachable' });
    assert.equal(ready.headers.get('retry-after'), '5');
  });
});

describe('security headers', () => {
  it('are sent, and nothing is cached', async () => {
    const { headers } = await api.get('/healthz');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'self'/);
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('cache-control'), 'no-store');
  });
});
