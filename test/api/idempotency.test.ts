/** A request that is sent again, after whatever happened to the first try. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Lives } from '../../api/workflows.ts';
import { startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { createCustomer, firstOrder } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const keyed = (key: string): Record<string, string> => ({ 'idempotency-key': key });

/** The orders of a customer that were not refused. */
async function ordersOf(customerId: string): Promise<string[]> {
  const rows: { number: string }[] = await api
    .db('orders')
    .where({ customer_id: customerId })
    .whereNot({ status: 'refused' });
  return rows.map(({ number }) => number);
}

async function livesOf(customerId: string): Promise<number> {
  const rows: unknown[] = await api.db('subscriptions').where({ customer_id: customerId });
  return rows.length;
}

describe('the same request again', () => {
  it('gets the first answer, to the letter, and makes nothing', async () => {
    const customerId = await createCustomer(api);
    const first = await firstOrder(api, { customerId }, keyed('same'));
    const again = await firstOrder(api, { customerId }, keyed('"same"'));
    assert.deepStrictEqual([first.status, first.headers.get('idempotency-replayed')], [201, null]);
    assert.deepStrictEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true']);
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    assert.deepStrictEqual(again.body, first.body);
    assert.deepStrictEqual(await ordersOf(customerId), [first.body['number']]);
  });

  it('is the same however its JSON is written', async () => {
    const body = { type: 'first_purchase', customerId: await createCustomer(api), product: 'fe', years: 1 };
    const rest = {
      acceptedTerms: { terms: true, unfairTerms: true, privacy: true },
      paymentMethod: { type: 'bank_transfer' },
    };
    const first = await api.post('/v1/orders', { ...body, ...rest }, keyed('written'));
    const again = await api.post('/v1/orders', JSON.stringify({ ...rest, ...body }, null, 4), keyed('written'));
    assert.deepStrictEqual([first.status, again.status, again.body], [201, 201, first.body]);
  });

  it('gets a refusal again, also once it would be taken', async () => {
    const customerId = await createCustomer(api);
    const first = await firstOrder(api, { customerId });
    const refused = await firstOrder(api, { customerId }, keyed('refused'));
    await api.post(`/v1/orders/${String(first.body['number'])}/cancel`);
    const again = await firstOrder(api, { customerId }, keyed('refused'));
    for (const answer of [refused, again]) {
      assert.deepStrictEqual([answer.status, answer.body['code']], [409, 'service_already_active']);
    }
    assert.equal((await firstOrder(api, { customerId }, keyed('anew'))).status, 201);
  });

  it('sent many times at once makes one order', async () => {
    const customerId = await createCustomer(api);
    const answers = await Promise.all([1, 2, 3, 4].map(() => firstOrder(api, { customerId }, keyed('at-once'))));
    const numbers = new Set(answers.map(({ body }) => body['number']));
    assert.deepStrictEqual(
      answers.map(({ status }) => status),
      [201, 201, 201, 201],
    );
    assert.deepStrictEqual([...numbers], await ordersOf(customerId));
    assert.equal(await livesOf(customerId), 1);
  });

  it('charges a card once', async () => {
    const { body } = await firstOrder(api, { paymentMethod: { type: 'card', token: 'tok_declined' } });
    const pay = (): Promise<Answer> =>
      api.post(
        `/v1/orders/${String(body['number'])}/pay`,
        { paymentMethod: { type: 'card', token: 'tok_approved' } },
        keyed('pay'),
      );
    const [first, again] = [await pay(), await pay()];
    assert.deepStrictEqual([first.status, again.status, again.body], [202, 202, first.body]);
    const charges: unknown[] = await api
      .db('sandbox_gateway.charges')
      .whereLike('idempotency_key', `${String(body['number'])}-%`);
    assert.equal(charges.length, 2);
  });
});

describe('another request with the same key', () => {
  it('is refused', async () => {
    const customerId = await createCustomer(api);
    await firstOrder(api, { customerId }, keyed('reused'));
    const other = await firstOrder(api, { customerId, years: 2 }, keyed('reused'));
    assert.deepStrictEqual([other.status, other.body['code']], [422, 'idempotency_key_reused']);
    const elsewhere = await api.post('/v1/customers', {}, keyed('reused'));
    assert.equal(elsewhere.status, 400);
  });
});

describe('a key', () => {
  for (const key of ['"', '""', '"a', 'a b', '\u00fc', `"${'x'.repeat(256)}"`, '"a\\b"', '"tab\there"']) {
    it(`is refused when it is ${key.slice(0, 12)}`, async () => {
      const answer = await firstOrder(api, { customerId: 'cus_1' }, keyed(key)).catch(() => null);
      // Some of these no client can even send.
      if (answer === null) return;
      assert.equal(answer.status, 400);
      assert.deepStrictEqual((answer.body['errors'] as Json[])[0]?.['field'], 'Idempotency-Key');
    });
  }

  it('may hold blanks and quotes when it is quoted', async () => {
    const customerId = await createCustomer(api);
    const header = keyed('"a \\"b\\" \\\\ c"');
    const first = await firstOrder(api, { customerId }, header);
    assert.deepStrictEqual((await firstOrder(api, { customerId }, header)).body, first.body);
  });

  it('means nothing to a GET', async () => {
    const answer = await api.send('GET', '/v1/catalog', undefined, keyed('"'));
    assert.equal(answer.status, 200);
  });
});

/** An API beside ours, the same database and worker, in which one step breaks the first time it is reached. */
async function breaking(step: 'price' | 'begin' | 'answer'): Promise<TestApi> {
  let isBroken = true;
  const once = (): void => {
    if (!isBroken) return;
    isBroken = false;
    throw new Error('The process died here.');
  };
  const wrap = (lives: Lives): Lives => ({
    ...lives,
    async begin(...args) {
      if (step === 'begin') once();
      const answer = await lives.begin(...args);
      if (step === 'answer') once();
      return answer;
    },
  });
  return await startApi({
    beside: api,
    wrap,
    change: (context) => {
      if (step !== 'price') return context;
      const { catalogue } = context;
      return {
        ...context,
        get catalogue() {
          once();
          return catalogue;
        },
      };
    },
  });
}

describe('a process that dies', () => {
  for (const [step, about] of [
    ['price', 'after the number was given, before the order was reserved'],
    ['begin', 'after the order was reserved, before its subscription was started'],
    ['answer', 'after the subscription took the order, before the answer was kept'],
  ] as const) {
    it(`${about}: the replay goes on and makes no second order`, async () => {
      const dying = await breaking(step);
      try {
        const customerId = await createCustomer(dying);
        const broken = await firstOrder(dying, { customerId }, keyed(`dies-${step}`));
        assert.equal(broken.status, 500, JSON.stringify(broken.body));
        const kept: { resume: Json } = await api
          .db('idempotency_keys')
          .where({ key: `dies-${step}` })
          .first('resume');
        const placed = await firstOrder(dying, { customerId }, keyed(`dies-${step}`));
        assert.equal(placed.status, 201, JSON.stringify(placed.body));
        assert.equal(placed.body['number'], kept.resume['number']);
        assert.deepStrictEqual(await ordersOf(customerId), [placed.body['number']]);
        assert.equal(await livesOf(customerId), 1);
      } finally {
        await dying.stop();
      }
    });
  }
});
