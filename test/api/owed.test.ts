/** What customers owe for credit that was taken back, how it is settled, and whom money that waits is shown to be for. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eventually, startApi, type Json, type TestApi } from './support/api.ts';
import { TODAY } from './support/bankFiles.ts';
import { activeService, transfer } from './support/customers.ts';
import {
  assign,
  candidates,
  cents,
  eur,
  payment,
  placesOf,
  stray,
  takeBack,
  unpaid,
  unpaidRenewal,
  waiting,
  type Unpaid,
} from './support/matching.ts';
import { stopProved } from './support/stopProved.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => stopProved(api));

describe('what a customer owes', () => {
  /** Credit of 20.00 that was used for a renewal, and whose payment was then taken back. */
  async function debtor(): Promise<{ id: string; order: Unpaid }> {
    const { id, order: bought } = await activeService(api);
    const twice = await transfer(api, bought, { externalId: `twice-${id}`, amount: eur(2000) });
    await eventually(
      'the credit',
      () => api.get(`/v1/customers/${String(bought['customerId'])}`),
      ({ body }) => cents(body['credit']) === 2000,
    );
    const order = await unpaidRenewal(api, id);
    assert.equal((await api.post(`/v1/orders/${order.number}/credit`)).status, 200);
    await takeBack(api, String(twice.body['key']), 2000);
    await standing(order, [0, 2000]);
    return { id, order };
  }

  async function standing({ customerId }: Unpaid, expected: readonly [credit: number, owed: number]): Promise<void> {
    await eventually(
      `credit and debt of ${expected.join(', ')}`,
      () => api.get(`/v1/customers/${customerId}`),
      ({ body }) => cents(body['credit']) === expected[0] && cents(body['owed']) === expected[1],
    );
  }

  async function listed({ customerId }: Unpaid): Promise<Json | undefined> {
    const { body } = await api.get('/v1/queue?kind=customer_owes');
    return (body['items'] as Json[]).find((item) => (item['details'] as Json)['customerId'] === customerId);
  }

  it('is on the queue until money that waits settles it; what is more goes on waiting', async () => {
    const { order } = await debtor();
    const item = await listed(order);
    assert.match(String((item?.['what'] as Json)['en']), /owes money/);
    assert.deepStrictEqual((item?.['details'] as Json)['owed'], eur(2000));
    const { rows, totals } = (await api.get('/v1/reports/held')).body as { rows: Json[]; totals: Json };
    const owed = rows.find((row) => row['kind'] === 'owed' && row['customerId'] === order.customerId);
    assert.deepStrictEqual(owed?.['amount'], eur(2000));
    assert.ok(cents((totals['owed'] as Json)['amount']) >= 2000);
    const key = await stray(api, 2100, `debito ${order.number}`);
    const candidate = (await candidates(api, key)).find(({ reason }) => reason.code === 'owes');
    assert.equal(candidate, undefined, 'words are no order');
    const part = await assign(api, key, { customerId: order.customerId, amount: eur(500) });
    assert.equal(part.status, 200, JSON.stringify(part.body));
    await standing(order, [0, 1500]);
    const settled = await assign(api, key, { customerId: order.customerId });
    assert.deepStrictEqual(
      [settled.body['status'], await placesOf(api, key)],
      ['unmatched', { customer_credit: 2000, unmatched: 100 }],
    );
    await standing(order, [0, 0]);
    assert.equal(await listed(order), undefined);
    assert.equal((await assign(api, key, { customerId: order.customerId })).body['code'], 'payment_not_assignable');
    // Money that settled it may be taken back too.
    await takeBack(api, key, 2100);
    await standing(order, [0, 2000]);
    assert.notEqual((await listed(order))?.['id'], item?.['id']);
  });

  it('is settled once by a request that is sent again', async () => {
    const { order } = await debtor();
    const key = await stray(api, 3000);
    const body = { customerId: order.customerId, amount: eur(500) };
    const send = () => api.post(`${payment(key)}/assignment`, body, { 'idempotency-key': `settle-${key}` });
    assert.deepStrictEqual([(await send()).status, (await send()).status], [200, 200]);
    await standing(order, [0, 1500]);
    assert.deepStrictEqual(await placesOf(api, key), { customer_credit: 500, unmatched: 2500 });
  });

  it('is settled with credit where the customer has some again, and only when it is said', async () => {
    const { order } = await debtor();
    const none = await api.post(`/v1/customers/${order.customerId}/owed/credit`, {});
    assert.deepStrictEqual([none.status, none.body['code']], [409, 'no_credit']);
    await api.post('/v1/payments', {
      orderNumber: order.number,
      amount: eur(3050),
      method: 'bank_transfer',
      registeredOn: TODAY,
      externalId: randomUUID(),
    });
    // 10.50 were due, so that 20.00 are credit.
    await standing(order, [2000, 2000]);
    const [settle] = (await listed(order))?.['actions'] as { name: string; href: string; body: Json }[];
    assert.equal(settle?.name, 'settle');
    const done = await api.post(settle.href, settle.body);
    assert.deepStrictEqual([done.status, done.body['credit'], done.body['owed']], [200, eur(0), eur(0)]);
    assert.equal((await api.post(settle.href, settle.body)).status, 200, 'asked again, nothing is owed');
    assert.equal(await listed(order), undefined);
  });

  it('is shown beside money of the same customer or payer', async () => {
    const { order } = await debtor();
    await api.post(`/v1/orders/${order.number}/cancel`);
    const key = await stray(api, 700, order.number);
    await eventually(
      'it waits',
      () => waiting(api, key),
      (item) => item !== null,
    );
    const [owes] = (await candidates(api, key)).filter(({ reason }) => reason.code === 'owes');
    assert.deepStrictEqual([owes?.customerId, owes?.owed], [order.customerId, eur(2000)]);
  });
});

describe('the candidates of money that no bank file brought', () => {
  const codes = async (key: string): Promise<unknown[]> =>
    (await candidates(api, key)).map(({ orderNumber, reason }) => [orderNumber, reason.code]);

  it('are orders that its number, damaged, may mean', async () => {
    const order = await unpaid(api, { years: 4 });
    const damaged = `${order.number.slice(0, 4)}${order.number[5]}${order.number[4]}${order.number.slice(6)}`;
    const written = damaged === order.number ? order.number.slice(0, -1) : damaged;
    assert.deepStrictEqual((await codes(await stray(api, order.due, `ord. ${written}`)))[0], [
      order.number,
      'damaged_number',
    ]);
    const other = await codes(await stray(api, order.due + 1, written));
    assert.deepStrictEqual(other[0], [order.number, 'damaged_number_other_amount']);
  });

  it('are the other unpaid orders of the customer whose order it names', async () => {
    const { id } = await activeService(api);
    const gone = await unpaidRenewal(api, id);
    await api.post(`/v1/orders/${gone.number}/cancel`);
    const [exact, other] = [await stray(api, gone.due, gone.number), await stray(api, 17, gone.number)];
    for (const key of [exact, other])
      await eventually(
        'it waits',
        () => waiting(api, key),
        (item) => item !== null,
      );
    const again = await unpaidRenewal(api, id);
    assert.deepStrictEqual(await codes(exact), [[again.number, 'same_customer_and_amount']]);
    assert.deepStrictEqual(await codes(other), [[again.number, 'same_customer']]);
    // Once that is paid, it is none any more.
    await transfer(api, { number: again.number, subscriptionId: id, due: eur(again.due) });
    await eventually(
      'no candidate left',
      () => codes(other),
      (found) => found.length === 0,
    );
  });

  it('are looked for once for each amount, however much of it waits', async () => {
    await stray(api, 4321);
    await stray(api, 4321);
    const asked: unknown[] = [];
    const note = ({ sql, bindings }: { sql: string; bindings: unknown[] }): void => {
      if (/due_minor = \?|due_minor = \$1/.test(sql) && bindings[0] === 4321) asked.push(sql);
    };
    api.db.on('query', note);
    assert.equal((await api.get('/v1/unmatched')).status, 200);
    api.db.off('query', note);
    assert.equal(asked.length, 1);
  });

  it('are the one order that asks for its amount, where it is the only one', async () => {
    const order = await unpaid(api, { years: 5, extras: { space: 3 } });
    const key = await stray(api, order.due);
    assert.deepStrictEqual(await codes(key), [[order.number, 'only_amount']]);
    await unpaid(api, { years: 5, extras: { space: 3 } });
    assert.deepStrictEqual(await codes(key), []);
  });
});
