/** Each thing that needs an operator is listed, is settled by a request the list itself names, and is then gone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SANDBOX_REFUSED_PHONE } from '../../config/sandbox.ts';
import { listMessages } from '../../db/messages.ts';
import { recordPayment } from '../../db/payments.ts';
import { QUEUE_KINDS } from '../../db/queue.ts';
import { plainDate, type Instant } from '../../domain/calendar.ts';
import type { PaymentFact } from '../../domain/commands.ts';
import { DEED, SET_ASIDE, WRONG } from '../../api/queueWords.ts';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { activeService, createCustomer, firstOrder, today, transfer, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const PAYMENT = {
  key: 'bank:unheard',
  source: 'bank',
  externalId: 'unheard',
  amountMinor: 700,
  method: 'bank_transfer',
  registeredOn: plainDate('2026-01-02'),
  receivedAt: Date.now() as Instant,
  storedMethod: null,
} as const;

interface Action {
  readonly name: string;
  readonly method: string;
  readonly href: string;
  readonly body?: Json;
}

interface Item extends Json {
  readonly kind: string;
  readonly id: string;
  readonly since: string;
  readonly subscriptionId?: string;
  readonly paymentKey?: string;
  readonly details: Json;
  readonly actions: readonly Action[];
}

async function items(kind: string, subscriptionId?: string): Promise<Item[]> {
  const { status, body } = await api.get(`/v1/queue?kind=${kind}`);
  assert.equal(status, 200, JSON.stringify(body));
  const found = body['items'] as Item[];
  return found.filter((item) => subscriptionId === undefined || item.subscriptionId === subscriptionId);
}

async function listed(kind: string, subscriptionId: string): Promise<Item> {
  const [item] = await eventually(
    `an item of ${kind}`,
    () => items(kind, subscriptionId),
    (found) => found.length > 0,
  );
  assert.ok(item !== undefined);
  return item;
}

async function gone(kind: string, subscriptionId: string): Promise<void> {
  await eventually(
    `the end of ${kind}`,
    () => items(kind, subscriptionId),
    (found) => found.length === 0,
  );
}

/** Sends one of an item's actions as it is listed, with what is left open filled in. */
async function take(item: Item, name: string, filled: Json = {}): Promise<Answer> {
  const action = item.actions.find((one) => one.name === name);
  assert.ok(action, `${item.kind} lists no ${name}`);
  const open = Object.keys(action.body ?? {}).filter((key) => action.body?.[key] === null);
  assert.deepStrictEqual(open.toSorted(), Object.keys(filled).toSorted());
  const body = action.body === undefined ? undefined : { ...action.body, ...filled };
  return api.send(action.method, action.href, body);
}

async function failedActivation(): Promise<{ id: string; number: string }> {
  const customerId = await createCustomer(api, { phone: SANDBOX_REFUSED_PHONE });
  const { body } = await firstOrder(api, { customerId });
  await transfer(api, body);
  const id = String(body['subscriptionId']);
  await untilStatus(api, id, 'activation_failed');
  return { id, number: String(body['number']) };
}

describe('an activation that failed', () => {
  it('is tried again, and confirmed', async () => {
    const { id, number } = await failedActivation();
    const item = await listed('activation_failed', id);
    assert.deepStrictEqual([item.id, item['orderNumber'], item.details['reason']], [id, number, 'checks_needed']);
    assert.equal((await take(item, 'retry')).status, 200);
    const again = await listed('activation_failed', id);
    const { status, body } = await take(again, 'confirm', { username: `hand.${number}` });
    assert.deepStrictEqual([status, body['status']], [200, 'active']);
    await gone('activation_failed', id);
  });

  it('is given up: the service closes, and what was paid is the customer’s credit', async () => {
    const { id, number } = await failedActivation();
    const item = await listed('activation_failed', id);
    for (const answer of [
      await take(item, 'abandon', { reason: 'struck off' }),
      await take(item, 'abandon', { reason: 'struck off' }),
    ]) {
      assert.deepStrictEqual([answer.status, answer.body['status']], [200, 'closed'], JSON.stringify(answer.body));
      assert.deepStrictEqual(answer.body['statusLabel'], { it: 'Non attivato', en: 'Not activated' });
    }
    await gone('activation_failed', id);
    const { body: order } = await api.get(`/v1/orders/${number}`);
    assert.deepStrictEqual([order['status'], order['cancelledWhy']], ['cancelled', 'not_activated']);
    const { body: payment } = await api.get(`/v1/payments/api:transfer-${number}`);
    assert.equal(payment['status'], 'credited');
    const kinds = (await listMessages(api.db, id)).map(({ message }) => message.kind);
    assert.equal(kinds.at(-1), 'activation_abandoned');
  });
});

describe('money that waits', () => {
  async function stray(): Promise<{ id: string; item: Item; number: string }> {
    const { body: first } = await firstOrder(api);
    const id = String(first['subscriptionId']);
    await transfer(api, first, { amount: { amountMinor: 3050, currency: 'EUR' } });
    await untilStatus(api, id, 'active');
    const { body: renewal } = await order(id);
    assert.equal((await api.post(`/v1/orders/${String(renewal['number'])}/cancel`)).status, 200);
    assert.equal((await transfer(api, renewal, { amount: renewal['due'] })).status, 202);
    return { id, item: await listed('payment_unmatched', id), number: String((await order(id)).body['number']) };
  }

  async function order(subscriptionId: string): Promise<Answer> {
    const acceptedTerms = { terms: true, unfairTerms: true, privacy: true };
    const paymentMethod = { type: 'bank_transfer' };
    const answer = await api.post('/v1/orders', {
      type: 'renewal',
      subscriptionId,
      years: 1,
      acceptedTerms,
      paymentMethod,
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer;
  }

  it('is assigned to an order, which it pays; said again, it is found done', async () => {
    const { id, item, number } = await stray();
    assert.equal(item.details['reason'], 'order_cancelled');
    const { status, body } = await take(item, 'assign', { orderNumber: number });
    assert.deepStrictEqual([status, body['assignedTo']], [202, number], JSON.stringify(body));
    await gone('payment_unmatched', id);
    await eventually(
      'the order completed',
      () => api.get(`/v1/orders/${number}`),
      (answer) => answer.body['status'] === 'completed',
    );
    const again = await take(item, 'assign', { orderNumber: number });
    assert.deepStrictEqual([again.status, again.body['status']], [200, 'applied']);
    const other = await take(item, 'assign', { orderNumber: '1000000137' });
    assert.deepStrictEqual([other.status, other.body['code']], [422, 'order_unknown']);
  });

  it('stays where it is when the order cannot take it', async () => {
    const { id, item, number } = await stray();
    const paid = (await activeService(api)).order;
    const refused = await take(item, 'assign', { orderNumber: String(paid['number']) });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'order_not_unpaid']);
    await api.post(`/v1/orders/${number}/cancel`);
    const cancelled = await take(item, 'assign', { orderNumber: number });
    assert.deepStrictEqual([cancelled.status, cancelled.body['code']], [409, 'payment_not_assignable']);
    const unknown = await api.post('/v1/payments/api:none/assignment', { orderNumber: number });
    assert.deepStrictEqual([unknown.status, unknown.body['code']], [404, 'payment_unknown']);
    const used = `/v1/payments/api:transfer-${String(paid['number'])}/assignment`;
    const { body: unpaid } = await firstOrder(api);
    const notWaiting = await api.post(used, { orderNumber: unpaid['number'] });
    assert.deepStrictEqual([notWaiting.status, notWaiting.body['code']], [409, 'payment_not_waiting']);
    assert.equal((await items('payment_unmatched', id)).length, 1);
  });
});

describe('what was told by hand', () => {
  it('and cannot be read is recorded as it is, or marked as seen', async () => {
    const { id } = await activeService(api);
    await api.lives.tellPayment(id, { key: 'operator:1' } as unknown as PaymentFact);
    const item = await listed('signal_rejected', id);
    const { body: unpaid } = await firstOrder(api);
    const recorded = await take(item, 'record', {
      orderNumber: unpaid['number'],
      amount: unpaid['due'],
      method: 'bank_transfer',
      registeredOn: await today(api, String(unpaid['subscriptionId'])),
      externalId: 'by-hand-1',
    });
    assert.equal(recorded.status, 202, JSON.stringify(recorded.body));
    const seen = await take(item, 'acknowledge', { note: 'recorded over the API' });
    assert.deepStrictEqual([seen.status, seen.body['note']], [200, 'recorded over the API']);
    await gone('signal_rejected', id);
    assert.equal((await take(item, 'acknowledge', { note: 'twice' })).body['note'], 'recorded over the API');
  });

  it('and contradicts what is known is looked at and marked as seen', async () => {
    const { id, order } = await activeService(api);
    const fact: PaymentFact = {
      key: `api:transfer-${String(order['number'])}`,
      orderNumber: String(order['number']),
      amountMinor: 1,
      method: 'card',
      registeredOn: (await today(api, id)) as PaymentFact['registeredOn'],
      receivedAt: Date.now() as PaymentFact['receivedAt'],
      storedMethod: null,
    };
    await api.lives.tellPayment(id, fact);
    const conflict = await listed('payment_conflict', id);
    assert.deepStrictEqual([conflict.paymentKey, (await take(conflict, 'look')).body['id']], [fact.key, id]);
    await take(conflict, 'acknowledge', { note: 'wrong amount' });
    await gone('payment_conflict', id);
    const { body: unpaid } = await firstOrder(api);
    const other = String(unpaid['subscriptionId']);
    await api.lives.tellPayment(other, { ...fact, orderNumber: String(unpaid['number']) });
    const claim = await listed('payment_disputed', other);
    assert.equal(claim.details['claims'], fact.key);
    await take(claim, 'acknowledge', { note: 'not ours' });
    await gone('payment_disputed', other);
  });
});

describe('what time alone should have brought', () => {
  it('is looked at and marked as seen', async () => {
    const { id } = await activeService(api);
    const late = api.db('subscriptions').where({ id });
    await late.clone().update({ next_deadline_at: '2026-01-02T03:04:05Z' });
    const overdue = await listed('life_overdue', id);
    assert.equal((await take(overdue, 'look')).body['source'], 'workflow');
    await take(overdue, 'acknowledge', { note: 'the worker was down' });
    await gone('life_overdue', id);
    const attempt = { attemptId: `${id}-1`, orderNumber: '1', amountMinor: 5, unanswered: 9, startedAt: 1, retryAt: 2 };
    await late.clone().update({ state: api.db.raw(`state || jsonb_build_object('attempt', ?::jsonb)`, [attempt]) });
    const silent = await listed('charge_unanswered', id);
    assert.deepStrictEqual(silent.details['amount'], { amountMinor: 5, currency: 'EUR' });
    await take(silent, 'acknowledge', { note: 'asked the gateway' });
    await gone('charge_unanswered', id);
  });

  it('is money whose subscription does not hear of it', async () => {
    const { id, order } = await activeService(api);
    const unheard = { ...PAYMENT, orderNumber: String(order['number']), subscriptionId: 'sub_nobody' };
    await recordPayment(api.db, unheard);
    assert.deepStrictEqual(await items('payment_unheard', 'sub_nobody'), []);
    await api.db('payments').where({ key: unheard.key }).update({ recorded_at: '2026-01-02T03:04:05Z' });
    const item = await listed('payment_unheard', 'sub_nobody');
    assert.deepStrictEqual(
      [item.paymentKey, item.details['amount']],
      [unheard.key, { amountMinor: 700, currency: 'EUR' }],
    );
    await take(item, 'acknowledge', { note: `belongs to ${id}` });
    await gone('payment_unheard', 'sub_nobody');
  });

  it('is mail that was not delivered: sent again, or dropped', async () => {
    const { body } = await firstOrder(api);
    const id = String(body['subscriptionId']);
    const fail = async (): Promise<void> => {
      const [message] = await listMessages(api.db, id);
      await api
        .db('graphile_worker._private_jobs')
        .where({ key: `message:${message?.id}` })
        .update({ attempts: 2, last_error: '550 no such mailbox', created_at: '2026-01-01T00:00:00Z' });
    };
    await fail();
    assert.equal((await take(await listed('mail_undelivered', id), 'send')).status, 200);
    await gone('mail_undelivered', id);
    await fail();
    assert.equal((await take(await listed('mail_undelivered', id), 'drop')).status, 200);
    await gone('mail_undelivered', id);
    assert.equal((await listMessages(api.db, id))[0]?.status, 'suppressed');
  });
});

describe('the list', () => {
  it('comes in pages, the oldest first', async () => {
    await failedActivation();
    await failedActivation();
    const { items: all } = (await api.get('/v1/queue')).body as { items: Item[] };
    const paged: Item[] = [];
    for (let path = '/v1/queue?limit=1'; path !== '';) {
      const { body } = await api.get(path);
      paged.push(...(body['items'] as Item[]));
      path = body['next'] === null ? '' : `/v1/queue?limit=1&after=${String(body['next'])}`;
    }
    assert.deepStrictEqual(paged, all);
    assert.ok(all.length >= 2);
  });

  it('refuses what names nothing', async () => {
    for (const [query, field] of [
      ['kind=everything', 'kind'],
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['limit=all', 'limit'],
      ['after=%20', 'after'],
      ['after=abc', 'after'],
      ['page=2', 'page'],
    ] as const) {
      const { status, body } = await api.get(`/v1/queue?${query}`);
      assert.equal(status, 400, query);
      assert.equal((body['errors'] as { field: string }[])[0]?.field, field);
    }
    for (const [path, sent] of [
      ['/v1/queue/signal_rejected/none/acknowledgement', { note: 'x' }],
      ['/v1/queue/activation_failed/none/acknowledgement', { note: 'x' }],
      ['/v1/queue/nothing/none/acknowledgement', { note: 'x' }],
      ['/v1/queue/mail_undelivered/message:99999/delivery', { action: 'retry' }],
    ] as const) {
      const { status, body } = await api.post(path, sent);
      assert.deepStrictEqual([status, body['code']], [404, 'queue_item_unknown'], path);
    }
  });

  it('takes no deed without what it needs', async () => {
    const { id } = await failedActivation();
    for (const [path, sent, field] of [
      [`/v1/subscriptions/${id}/activation`, { action: 'abandon' }, 'reason'],
      [`/v1/subscriptions/${id}/activation`, { action: 'abandon', reason: ' ' }, 'reason'],
      [`/v1/subscriptions/${id}/activation`, { action: 'abandon', reason: 'x'.repeat(201) }, 'reason'],
      [`/v1/subscriptions/${id}/activation`, { action: 'abandon', reason: 'a\u202eb' }, 'reason'],
      ['/v1/payments/api:1/assignment', {}, 'orderNumber'],
      ['/v1/queue/signal_rejected/1/acknowledgement', {}, 'note'],
      ['/v1/queue/signal_rejected/1/acknowledgement', { note: 'a\u0000b' }, 'note'],
      ['/v1/queue/mail_undelivered/1/delivery', { action: 'burn' }, 'action'],
    ] as const) {
      const { status, body } = await api.post(path, sent);
      assert.equal(status, 400, JSON.stringify(body));
      assert.equal((body['errors'] as { field: string }[])[0]?.field, field);
    }
    assert.equal((await items('activation_failed', id)).length, 1);
  });

  it('has words for each kind, reason and deed, in both languages', () => {
    assert.deepStrictEqual(Object.keys(WRONG).toSorted(), QUEUE_KINDS.toSorted());
    for (const words of [...Object.values(WRONG), ...Object.values(SET_ASIDE), ...Object.values(DEED)]) {
      assert.match(words.it, /\.$/);
      assert.match(words.en, /\.$/);
      assert.notEqual(words.it, words.en);
    }
  });
});
