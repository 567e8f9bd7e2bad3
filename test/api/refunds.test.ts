/** Money that goes back, over HTTP: from each place, each way, with what it means for the service; and each refusal. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createSandboxGateway } from '../../activities/gateway/sandbox.ts';
import { openDatabase } from '../../db/database.ts';
import { ledgerBalances } from '../../db/ledger.ts';
import { Mailbox, openOutbox } from '../mail/support/mailbox.ts';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { activeService, createCustomer, firstOrder, today, transfer, untilStatus } from './support/customers.ts';

let api: TestApi;
let mailbox: Mailbox;
before(async () => {
  api = await startApi();
  mailbox = await Mailbox.open();
  const db = openDatabase(api.databaseUrl, { poolSize: 3 });
  const outbox = await openOutbox({
    db,
    databaseUrl: api.databaseUrl,
    smtpUrl: mailbox.url,
    gateway: createSandboxGateway(db),
  });
  stop = async () => {
    await outbox.stop();
    await db.destroy();
  };
});
let stop: () => Promise<void> = () => Promise.resolve();
after(async () => {
  await stop();
  await mailbox.close();
  await api.stop();
});

const IBAN = 'IT60 X054 2811 1010 0000 0123 456';
const WHOLE = 3050;

const euros = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

/** Asks for a refund under a key of its own, unless another is given. */
async function refund(body: Json, amountMinor: number, key: string = randomUUID()): Promise<Answer> {
  const whole = { amount: euros(amountMinor), reason: 'goodwill', ...body };
  return api.post('/v1/refunds', whole, { 'idempotency-key': key });
}

async function made(body: Json, amountMinor: number): Promise<Json> {
  const { status, body: answer } = await refund(body, amountMinor);
  assert.equal(status, 201, JSON.stringify(answer));
  return answer;
}

async function untilRefund(id: unknown, status: string): Promise<Json> {
  const { body } = await eventually(
    `the refund to be ${status}`,
    () => api.get(`/v1/refunds/${String(id)}`),
    (answer) => answer.body['status'] === status,
  );
  return body;
}

async function order(number: unknown): Promise<Json> {
  return (await api.get(`/v1/orders/${String(number)}`)).body;
}

async function paidByCard(token = 'tok_approved'): Promise<{ id: string; order: Json }> {
  return activeService(api, { paymentMethod: { type: 'card', token } });
}

async function types(subscriptionId: string): Promise<unknown[]> {
  const { body } = await api.get(`/v1/subscriptions/${subscriptionId}/timeline`);
  return (body['events'] as Json[]).map(({ type }) => type);
}

/** The mails of a kind about an order. */
function mailsAbout(number: unknown, kind: string): string[] {
  return mailbox.mails
    .filter((mail, index) => mailbox.kinds[index] === kind && mail.text?.includes(String(number)) === true)
    .map(({ text }) => text ?? '');
}

describe('a refund to the card', () => {
  it('in part, leaves the service as it is; its customer is told, and the gateway pays it', async () => {
    const { id, order: bought } = await paidByCard();
    const number = bought['number'];
    const answer = await made({ orderNumber: number }, 1000);
    assert.deepStrictEqual(
      [answer['way'], answer['effect'], answer['source'], answer['iban'], answer['told']],
      ['original', 'keep', 'order', null, true],
    );
    assert.match(JSON.stringify(answer['means']), /non cambia nulla.*Nothing changes/);
    const paid = await untilRefund(answer['id'], 'paid');
    assert.match(String(paid['gatewayRefundId']), /^refund-ref_/);
    const after = await order(number);
    assert.deepStrictEqual([after['refunded'], after['due']], [euros(1000), euros(0)]);
    assert.equal((await untilStatus(api, id, 'active'))['status'], 'active');
    assert.ok((await types(id)).includes('RefundMade'));
    await eventually(
      'the mail',
      () => Promise.resolve(mailsAbout(number, 'refund')),
      (mails) => mails.length === 1,
    );
    assert.match(mailsAbout(number, 'refund')[0] ?? '', /10,00.*\n?.*carta/s);
    const { body } = await api.get(`/v1/subscriptions/${id}/explain`);
    assert.match(JSON.stringify(body), /we refunded you .{1,12}10\.00.* the service stayed as it was/);
  });

  it('in full, ends the service where that is chosen: one mail, auto-renewal off, and the tax identity free', async () => {
    const { id, order: bought } = await paidByCard();
    const number = bought['number'];
    const renewal = await api.post('/v1/orders', {
      type: 'upgrade',
      subscriptionId: id,
      add: { space: 1 },
      acceptedTerms: { terms: true, unfairTerms: true, privacy: true },
      paymentMethod: { type: 'bank_transfer' },
    });
    assert.equal(renewal.status, 201, JSON.stringify(renewal.body));
    const answer = await made({ orderNumber: number, effect: 'end' }, WHOLE);
    assert.match(JSON.stringify(answer['means']), /termina oggi.*ends today/);
    const ended = await untilStatus(api, id, 'terminated');
    assert.deepStrictEqual(ended['statusLabel'], { it: 'Cancellato e rimborsato', en: 'Terminated and refunded' });
    await untilRefund(answer['id'], 'paid');
    assert.equal((await order(renewal.body['number']))['status'], 'cancelled');
    const seen = await types(id);
    assert.deepStrictEqual(
      seen
        .filter((type) => ['RefundMade', 'AutoRenewalSwitched', 'OrderCancelled', 'Terminated'].includes(String(type)))
        .slice(-4),
      ['RefundMade', 'AutoRenewalSwitched', 'OrderCancelled', 'Terminated'],
    );
    await eventually(
      'the mail',
      () => Promise.resolve(mailsAbout(number, 'refund')),
      (mails) => mails.length === 1,
    );
    assert.match(mailsAbout(number, 'refund')[0] ?? '', /è terminato/);
    const customerId = String(bought['customerId']);
    assert.equal((await firstOrder(api, { customerId })).status, 201);
  });

  it('that its gateway refuses waits for an operator, who pays it by transfer', async () => {
    const { order: bought } = await paidByCard('tok_refund_refused');
    const { id } = await made({ orderNumber: bought['number'] }, 500);
    const failed = await untilRefund(id, 'failed');
    assert.equal(failed['failure'], 'card_account_closed');
    const { body } = await api.get('/v1/queue?kind=refund_failed');
    const item = (body['items'] as Json[]).find((one) => one['id'] === id);
    assert.ok(item !== undefined);
    const [action] = item['actions'] as { href: string; body: Json }[];
    assert.deepStrictEqual(action?.body, { iban: null });
    const sent = await api.post(action.href, { iban: IBAN });
    assert.deepStrictEqual([sent.body['way'], sent.body['status']], ['transfer', 'due']);
    assert.equal(sent.body['holder'], 'Officine Bianchi S.r.l.');
    assert.equal((await api.post(action.href, { iban: IBAN })).status, 200);
    const other = { iban: 'DE89370400440532013000' };
    assert.equal((await api.post(action.href, other)).body['code'], 'refund_not_open');
    assert.equal((await api.post(`/v1/refunds/${String(id)}/withdrawal`, {})).body['status'], 'withdrawn');
  });

  it('is one, however often it is sent under its key, and needs one', async () => {
    const { order: bought } = await paidByCard();
    const key = randomUUID();
    const body = { orderNumber: bought['number'] };
    const [one, two] = [await refund(body, 700, key), await refund(body, 700, key)];
    assert.deepStrictEqual([one.status, two.status, two.body['id']], [201, 201, one.body['id']]);
    assert.deepStrictEqual((await order(bought['number']))['refunded'], euros(700));
    const without = await api.post('/v1/refunds', { ...body, amount: euros(1), reason: 'again' });
    assert.deepStrictEqual([without.status, without.body['code']], [400, 'invalid_input']);
  });
});

describe('a refund by transfer', () => {
  it('is put into one list only, which the bank’s answer settles', async () => {
    const { order: bought } = await activeService(api);
    const number = bought['number'];
    const answer = await made({ orderNumber: number, iban: IBAN, holder: 'Ada Rossi' }, 1220);
    assert.deepStrictEqual(
      [answer['way'], answer['iban'], answer['net'], answer['vat']],
      ['transfer', IBAN.replaceAll(' ', ''), euros(1000), euros(220)],
    );
    const { body: queued } = await api.get('/v1/queue?kind=refund_due');
    assert.ok((queued['items'] as Json[]).some(({ id }) => id === answer['id']));
    const key = randomUUID();
    const lists = '/v1/refunds/transfer-lists';
    const list = await api.post(lists, {}, { 'idempotency-key': key });
    assert.equal(list.status, 201, JSON.stringify(list.body));
    const href = `${lists}/${String(list.body['id'])}`;
    assert.ok((list.body['refunds'] as Json[]).some(({ id, status }) => id === answer['id'] && status === 'sent'));
    assert.equal((await api.post(lists, {}, { 'idempotency-key': key })).body['id'], list.body['id']);
    assert.equal((await api.post(lists, {})).body['code'], 'no_refund_due');
    const xml = await api.get(`${href}/xml`);
    assert.match(xml.headers.get('content-type') ?? '', /^application\/xml/);
    assert.match(xml.headers.get('content-disposition') ?? '', /RIMB-\d{8}-[0-9a-f]{12}\.xml/);
    const text = String(xml.body['text']);
    assert.match(text, new RegExp(`<InstdAmt Ccy="EUR">12.20</InstdAmt>[\\s\\S]*Rimborso ordine ${String(number)}`));
    assert.notEqual((await api.get(href)).body['downloadedAt'], null);
    const done = await api.post(`${href}/executed`, {});
    assert.equal(done.body['status'], 'executed', JSON.stringify(done.body));
    assert.equal((await api.post(`${href}/executed`, {})).status, 200);
    assert.equal((await api.post(`${href}/cancel`, {})).body['code'], 'transfer_list_settled');
    assert.equal((await untilRefund(answer['id'], 'paid'))['transferListId'], list.body['id']);
    const { body: all } = await api.get(lists);
    assert.ok((all['transferLists'] as Json[]).some(({ id }) => id === list.body['id']));
  });

  it('whose list is given up is due again', async () => {
    const { order: bought } = await activeService(api);
    const answer = await made({ orderNumber: bought['number'], iban: IBAN }, 100);
    const { body: list } = await api.post('/v1/refunds/transfer-lists', {});
    const href = `/v1/refunds/transfer-lists/${String(list['id'])}`;
    assert.equal((await api.post(`${href}/cancel`, {})).body['status'], 'cancelled');
    assert.equal((await untilRefund(answer['id'], 'due'))['transferListId'], null);
    assert.equal((await api.post(`/v1/refunds/${String(answer['id'])}/withdrawal`, {})).body['status'], 'withdrawn');
  });

  it('is not paid from the account of the samples', async () => {
    const production = await startApi({ beside: api, sandbox: false });
    const { status, body } = await production.post('/v1/refunds/transfer-lists', {});
    await production.stop();
    assert.deepStrictEqual([status, body['code']], [409, 'payer_account_missing']);
  });
});

describe('a refund of other money', () => {
  it('gives back a payment that waits, all or part of it', async () => {
    const { order: bought } = await activeService(api);
    const externalId = randomUUID();
    await api.post('/v1/payments', {
      orderNumber: '9999999999',
      amount: euros(800),
      method: 'bank_transfer',
      registeredOn: await today(api, String(bought['subscriptionId'])),
      externalId,
    });
    const paymentKey = `api:${externalId}`;
    const nobody = await refund({ paymentKey, iban: IBAN }, 800);
    assert.deepStrictEqual([nobody.status, nobody.body['code']], [400, 'invalid_input']);
    const answer = await made({ paymentKey, iban: IBAN, holder: 'Chi Paga' }, 300);
    assert.deepStrictEqual([answer['source'], answer['customerId'], answer['told']], ['payment', null, true]);
    assert.match(JSON.stringify(answer['means']), /No service is touched/);
    const rest = await refund({ paymentKey, iban: IBAN, holder: 'Chi Paga' }, 501);
    assert.deepStrictEqual(
      [rest.status, rest.body['code'], rest.body['available']],
      [409, 'refund_exceeds', euros(500)],
    );
    await made({ paymentKey, iban: IBAN, holder: 'Chi Paga' }, 500);
  });

  it('gives back what was paid for an order that was cancelled', async () => {
    const { body: unpaid } = await firstOrder(api);
    await transfer(api, unpaid, { amount: euros(1000) });
    await eventually(
      'the part payment',
      () => order(unpaid['number']),
      (now) => (now['received'] as Json)['amountMinor'] === 1000,
    );
    const open = await refund({ orderNumber: unpaid['number'], iban: IBAN }, 1000);
    assert.deepStrictEqual([open.status, open.body['code']], [409, 'refund_of_open_order']);
    await api.post(`/v1/orders/${String(unpaid['number'])}/cancel`, {});
    const paymentKey = `api:transfer-${String(unpaid['number'])}`;
    const answer = await made({ paymentKey, iban: IBAN }, 1000);
    assert.equal(answer['customerId'], unpaid['customerId']);
  });

  it('gives back credit', async () => {
    const { order: bought } = await activeService(api);
    const again = await transfer(api, bought, { amount: euros(900), externalId: randomUUID() });
    assert.equal(again.status, 202);
    const customerId = String(bought['customerId']);
    const answer = await eventually(
      'the credit',
      () => refund({ customerId, iban: IBAN }, 900),
      ({ status }) => status === 201,
    );
    assert.equal(answer.body['source'], 'credit');
    assert.equal((await refund({ customerId, iban: IBAN }, 1)).body['code'], 'refund_of_nothing');
  });
});

describe('a refund is refused', () => {
  const reasonsOf = ({ body }: Answer): unknown[] => (body['errors'] as Json[]).map(({ field }) => field);

  it('for what is wrong in itself', async () => {
    const { order: bought } = await activeService(api);
    const number = bought['number'];
    const wrong: readonly (readonly [string, Json])[] = [
      ['orderNumber', { amount: euros(1) }],
      ['orderNumber', { orderNumber: number, customerId: 'cus_1', amount: euros(1) }],
      ['amount.amountMinor', { orderNumber: number, amount: euros(0) }],
      ['amount.amountMinor', { orderNumber: number, amount: euros(-100) }],
      ['amount.currency', { orderNumber: number, amount: { amountMinor: 1, currency: 'USD' } }],
      ['iban', { orderNumber: number, amount: euros(1), iban: 'IT60X0542811101000000123457' }],
      ['iban', { orderNumber: number, amount: euros(1), iban: 'BR1800360305000010009795493C1' }],
      ['iban', { orderNumber: number, amount: euros(1), iban: IBAN, way: 'original' }],
      ['iban', { orderNumber: number, amount: euros(1), way: 'transfer' }],
      ['effect', { customerId: String(bought['customerId']), amount: euros(1), iban: IBAN, effect: 'keep' }],
      ['effect', { orderNumber: number, amount: euros(WHOLE), iban: IBAN }],
      ['way', { orderNumber: number, amount: euros(1), way: 'cash' }],
      ['reason', { orderNumber: number, amount: euros(1), reason: '' }],
    ];
    for (const [field, body] of wrong) {
      const answer = await refund(body, 1);
      assert.deepStrictEqual([answer.status, reasonsOf(answer)], [400, [field]], JSON.stringify(body));
    }
    assert.deepStrictEqual((await order(number))['refunded'], euros(0));
  });

  it('for more than there is, for what never came by card, for what nobody knows', async () => {
    const { id, order: bought } = await activeService(api);
    const orderNumber = bought['number'];
    const over = await refund({ orderNumber, iban: IBAN, effect: 'keep' }, WHOLE + 1);
    assert.deepStrictEqual(
      [over.status, over.body['code'], over.body['available']],
      [409, 'refund_exceeds', euros(WHOLE)],
    );
    const back = await refund({ orderNumber, way: 'original' }, 1);
    assert.deepStrictEqual(
      [back.status, back.body['code'], back.body['available']],
      [409, 'refund_not_original', euros(0)],
    );
    for (const [body, code] of [
      [{ orderNumber: '1000000137' }, 'order_unknown'],
      [{ paymentKey: 'bank:none' }, 'payment_unknown'],
      [{ customerId: 'cus_none' }, 'customer_unknown'],
    ] as const) {
      const answer = await refund({ ...body, iban: IBAN }, 1);
      assert.deepStrictEqual([answer.status, answer.body['code']], [422, code]);
    }
    for (const path of ['ref_none', `ref_${randomUUID()}`, 'transfer-lists/none'])
      assert.equal((await api.get(`/v1/refunds/${path}`)).status, 404, path);
    await made({ orderNumber, iban: IBAN, effect: 'keep' }, WHOLE);
    assert.equal((await untilStatus(api, id, 'active'))['status'], 'active');
    assert.equal((await refund({ orderNumber, iban: IBAN, effect: 'keep' }, 1)).body['code'], 'refund_of_nothing');
  });

  it('to end a service that has ended; keeping it is only money', async () => {
    const { id, order: bought } = await activeService(api);
    const orderNumber = bought['number'];
    await made({ orderNumber, iban: IBAN, effect: 'end' }, 1000);
    await untilStatus(api, id, 'terminated');
    const again = await refund({ orderNumber, iban: IBAN, effect: 'end' }, 1000);
    assert.deepStrictEqual([again.status, again.body['code']], [409, 'subscription_ended']);
    const kept = await made({ orderNumber, iban: IBAN }, 1000);
    await eventually(
      'it to be told',
      () => api.get(`/v1/refunds/${String(kept['id'])}`),
      ({ body }) => body['told'] === true,
    );
    await eventually(
      'two mails',
      () => Promise.resolve(mailsAbout(orderNumber, 'refund')),
      (mails) => mails.length === 2,
    );
  });

  it('to everybody but operators', async () => {
    const customerId = await createCustomer(api);
    const answer = await api.as(null).post('/v1/refunds', { customerId });
    assert.equal(answer.status, 401);
  });
});

describe('all refunds', () => {
  it('are listed, newest first, page by page, and by what they are of', async () => {
    const { order: bought } = await activeService(api);
    const orderNumber = String(bought['number']);
    const ids: unknown[] = [];
    for (const amount of [1, 2, 3]) ids.unshift((await made({ orderNumber, iban: IBAN }, amount))['id']);
    const first = await api.get(`/v1/refunds?orderNumber=${orderNumber}&limit=2`);
    assert.deepStrictEqual(
      (first.body['refunds'] as Json[]).map(({ id }) => id),
      ids.slice(0, 2),
    );
    const rest = await api.get(`/v1/refunds?orderNumber=${orderNumber}&limit=2&after=${String(first.body['next'])}`);
    assert.deepStrictEqual(
      [(rest.body['refunds'] as Json[]).map(({ id }) => id), rest.body['next']],
      [ids.slice(2), null],
    );
    const due = await api.get(`/v1/refunds?status=due&customerId=${String(bought['customerId'])}`);
    assert.equal((due.body['refunds'] as Json[]).length, 3);
  });

  it('leave the ledger in balance', async () => {
    const balances = await ledgerBalances(api.db);
    assert.equal(
      Object.values(balances).reduce((sum, one) => sum + one, 0),
      0,
    );
  });
});
