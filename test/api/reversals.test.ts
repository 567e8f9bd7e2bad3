import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ledgerBalances } from '../../db/ledger.ts';
import { recordReversal } from '../../db/reversals.ts';
import { plainDate, type Instant } from '../../domain/calendar.ts';
import { serviceLogin } from './support/accounts.ts';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import {
  ACCEPTED,
  activeService,
  createCustomer,
  firstOrder,
  today,
  transfer,
  untilStatus,
} from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(async () => {
  const balances = Object.values(await ledgerBalances(api.db));
  assert.equal(
    balances.reduce((sum, balance) => sum + balance, 0),
    0,
  );
  await api.stop();
});

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });
const cents = (money: unknown): number => Number((money as Json)['amountMinor']);
let names = 0;

async function takeBack(paymentKey: unknown, order: Json, amountMinor: number, changes: Json = {}): Promise<Answer> {
  names += 1;
  return api.post(`/v1/payments/${encodeURIComponent(String(paymentKey))}/reversals`, {
    externalId: `back-${names}`,
    source: 'bank',
    amount: eur(amountMinor),
    registeredOn: await today(api, String(order['subscriptionId'])),
    reason: 'called_back',
    ...changes,
  });
}

async function until(path: string, what: string, isSo: (body: Json) => boolean): Promise<Json> {
  const { body } = await eventually(
    what,
    () => api.get(path),
    (answer) => isSo(answer.body),
  );
  return body;
}

const orderOf = ({ number }: Json): string => `/v1/orders/${String(number)}`;
const paymentOf = (key: unknown): string => `/v1/payments/${encodeURIComponent(String(key))}`;

function untilDue(order: Json, amountMinor: number): Promise<Json> {
  return until(orderOf(order), `${amountMinor} due`, ({ due }) => cents(due) === amountMinor);
}

function untilPayment(key: unknown, status: string): Promise<Json> {
  return until(paymentOf(key), `payment ${status}`, (body) => body['status'] === status);
}

async function renewal(id: string, changes: Json = {}): Promise<Answer> {
  return api.post('/v1/orders', {
    type: 'renewal',
    subscriptionId: id,
    years: 1,
    acceptedTerms: ACCEPTED,
    paymentMethod: { type: 'bank_transfer' },
    ...changes,
  });
}

/** An active service of a customer who has this much credit. */
async function withCredit(amountMinor: number): Promise<{ id: string; customerId: string; order: Json }> {
  const { id, order } = await activeService(api);
  const customerId = String(order['customerId']);
  const again = await transfer(api, order, { externalId: `twice-${id}`, amount: eur(amountMinor) });
  await untilPayment(again.body['key'], 'credited');
  return { id, customerId, order };
}

describe('money taken back', () => {
  it('from a completed order is due again there, can be paid, and leaves the service as it is', async () => {
    const { id, order } = await activeService(api);
    const key = `api:transfer-${String(order['number'])}`;
    const taken = await takeBack(key, order, 3050);
    assert.equal(taken.status, 202, JSON.stringify(taken.body));
    const due = await untilDue(order, 3050);
    assert.deepStrictEqual([due['status'], due['received'], due['payments']], ['completed', eur(0), []]);
    const { body: view } = await api.get(`/v1/subscriptions/${id}`);
    assert.equal(view['status'], 'active');
    const notices = (view['notices'] as Json[]).map(({ code }) => code);
    assert.ok(notices.includes('payment_returned'));
    const [shown] = view['unpaidOrders'] as Json[];
    assert.deepStrictEqual([shown?.['canPay'], shown?.['canCancel'], shown?.['due']], [true, false, eur(3050)]);
    const payment = await untilPayment(key, 'returned');
    assert.deepStrictEqual(payment['places'], [{ account: 'cash:bank_transfer', amount: eur(3050) }]);
    const [reversal] = payment['reversals'] as Json[];
    assert.deepStrictEqual(
      [reversal?.['status'], reversal?.['reason'], reversal?.['excess']],
      ['placed', 'called_back', eur(0)],
    );
    assert.equal((await api.get(`${orderOf(order)}/payment-instructions`)).status, 200);
    const paid = await api.post(`${orderOf(order)}/pay`, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    assert.equal(paid.status, 202, JSON.stringify(paid.body));
    const settled = await untilDue(order, 0);
    assert.equal((settled['payments'] as Json[])[0]?.['method'], 'card');
    const { body: after } = await api.get(`/v1/subscriptions/${id}`);
    assert.deepStrictEqual(
      [after['expiresOn'], (after['autoRenewal'] as Json)['on'], after['unpaidOrders']],
      [view['expiresOn'], false, []],
    );
  });

  it('from an unpaid order is asked for again', async () => {
    const { body: order } = await firstOrder(api);
    const part = await transfer(api, order, { amount: eur(3000) });
    await untilDue(order, 50);
    await takeBack(part.body['key'], order, 3000);
    assert.equal((await untilDue(order, 3050))['status'], 'awaiting_payment');
    await transfer(api, order, { externalId: `whole-${String(order['number'])}` });
    await untilStatus(api, String(order['subscriptionId']), 'active');
  });

  it('is taken once, and told otherwise it is refused', async () => {
    const { order } = await activeService(api);
    const key = `api:transfer-${String(order['number'])}`;
    const externalId = `once-${String(order['number'])}`;
    const first = await takeBack(key, order, 1000, { externalId });
    const again = await takeBack(key, order, 1000, { externalId });
    const other = await takeBack(key, order, 1001, { externalId });
    assert.deepStrictEqual([first.status, again.status, other.status], [202, 200, 409]);
    assert.equal(other.body['code'], 'reversal_conflict');
    await untilDue(order, 1000);
  });

  it('of more than is there is placed as far as it goes; the rest waits for an operator', async () => {
    const { order } = await activeService(api);
    const key = `api:transfer-${String(order['number'])}`;
    await takeBack(key, order, 3000);
    await untilDue(order, 3000);
    const { body } = await takeBack(key, order, 100);
    const { items } = await until('/v1/queue?kind=reversal_excess', 'the excess', (queue) =>
      (queue['items'] as Json[]).some(({ id }) => id === body['key']),
    );
    const item = (items as Json[]).find(({ id }) => id === body['key']);
    assert.deepStrictEqual((item?.['details'] as Json)['excess'], eur(50));
    await untilDue(order, 3050);
    const seen = await api.post(
      `/v1/queue/reversal_excess/${encodeURIComponent(String(body['key']))}/acknowledgement`,
      {
        note: 'asked the bank',
      },
    );
    assert.equal(seen.status, 200, JSON.stringify(seen.body));
  });

  it('of money for no order, and of a service that has ended, leaves the ledger alone', async () => {
    const lost = await api.post('/v1/payments', {
      orderNumber: 'saldo',
      amount: eur(900),
      method: 'bank_transfer',
      registeredOn: '2026-11-20',
      externalId: 'lost-and-called-back',
    });
    const back = { externalId: 'lost-back', amount: eur(900), registeredOn: '2026-11-21', reason: 'called_back' };
    const gone = await api.post(`${paymentOf(lost.body['key'])}/reversals`, back);
    assert.deepStrictEqual([gone.status, gone.body['status']], [202, 'placed']);
    assert.equal((await untilPayment(lost.body['key'], 'returned'))['unmatchedReason'], 'unknown_order');

    const { id, order } = await activeService(api);
    const { body: end } = await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P2Y' });
    assert.equal(end['ended'], true);
    const late = await takeBack(`api:transfer-${String(order['number'])}`, order, 3050, { reason: 'chargeback' });
    assert.equal(late.body['status'], 'placed', JSON.stringify(late.body));
    assert.equal((await untilDue(order, 3050))['status'], 'completed');
  });

  it('before its payment is known waits where operators see it', async () => {
    const { body: order } = await firstOrder(api);
    const paymentKey = `api:transfer-${String(order['number'])}`;
    const externalId = `early-${String(order['number'])}`;
    const on = plainDate(await today(api, String(order['subscriptionId'])));
    const facts = { source: 'bank', externalId, paymentKey, amountMinor: 3050, registeredOn: on } as const;
    const receivedAt = Date.now() as Instant;
    await recordReversal(api.db, { ...facts, key: `bank:${externalId}`, receivedAt, reason: 'called_back' });
    await until('/v1/queue?kind=reversal_unplaced', 'it waits', (queue) =>
      (queue['items'] as Json[]).some(({ id }) => id === `bank:${externalId}`),
    );
    await transfer(api, order);
    await untilStatus(api, String(order['subscriptionId']), 'active');
    // What the bank tells once more, or the sweeper, is heard now.
    await takeBack(paymentKey, order, 3050, { externalId });
    assert.equal((await untilDue(order, 3050))['status'], 'completed');
  });

  it('is an operator’s to tell, of a payment there is, that came in as money', async () => {
    const { id, order } = await activeService(api);
    const key = `api:transfer-${String(order['number'])}`;
    const refused = [
      await takeBack('api:nothing', order, 1),
      await takeBack(key, order, 0),
      await takeBack(key, order, 1, { reason: 'whim' }),
      await takeBack(key, order, 1, { registeredOn: '2099-01-01' }),
      await takeBack(key, order, 1, { source: 'operator' }),
      await takeBack(key, order, 1, { amount: { amountMinor: 1, currency: 'USD' } }),
    ];
    assert.deepStrictEqual(
      refused.map(({ status }) => status),
      [404, 400, 400, 422, 400, 400],
    );
    const { token } = await serviceLogin(api, id);
    const asked = await api.as(token).post(`${paymentOf(key)}/reversals`, {});
    assert.deepStrictEqual([asked.status, asked.body['code']], [403, 'operators_only']);
  });
});

describe('customer credit', () => {
  it('is shown, and used only where an order asks for it', async () => {
    const { id, customerId } = await withCredit(2000);
    const shown = await api.get(`/v1/customers/${customerId}`);
    assert.deepStrictEqual([shown.body['credit'], shown.body['owed']], [eur(2000), eur(0)]);
    const { body: order } = await renewal(id);
    assert.equal(cents(order['due']), 3050);
    const used = await api.post(`${orderOf(order)}/credit`);
    assert.equal(used.status, 200, JSON.stringify(used.body));
    assert.equal(cents(used.body['due']), 1050);
    const [payment] = used.body['payments'] as Json[];
    assert.deepStrictEqual(
      [payment?.['key'], payment?.['method'], payment?.['applied']],
      [`credit:${String(order['number'])}:1`, 'credit', eur(2000)],
    );
    assert.deepStrictEqual((await api.get(`/v1/customers/${customerId}`)).body['credit'], eur(0));
    assert.equal((await api.post(`${orderOf(order)}/credit`)).body['code'], 'no_credit');
    assert.equal((await takeBack(payment?.['key'], order, 1)).body['code'], 'payment_not_reversible');
    await api.post(`${orderOf(order)}/cancel`);
    await until(`/v1/customers/${customerId}`, 'credit returned', ({ credit }) => cents(credit) === 2000);
  });

  it('is offered with a quote, to whoever may spend it', async () => {
    const { id, customerId } = await withCredit(1000);
    const wanted = { type: 'renewal', subscriptionId: id, years: 1 };
    const quoted = await api.post('/v1/quotes', wanted);
    assert.deepStrictEqual(quoted.body['credit'], { available: eur(1000), usable: eur(1000), rest: eur(2050) });
    const first = { type: 'first_purchase', product: 'fe-receive-only', years: 1 };
    const covered = await api.post('/v1/quotes', { ...wanted, years: 2 });
    assert.deepStrictEqual(cents((covered.body['credit'] as Json)['rest']), 5100);
    assert.equal((await api.post('/v1/quotes', { ...first, customerId })).status, 200);
    const { token } = await serviceLogin(api, id);
    const ofService = await api.as(token).post('/v1/quotes', wanted);
    assert.deepStrictEqual([ofService.status, 'credit' in ofService.body], [200, false]);
    const nobodys = await api.post('/v1/quotes', first);
    assert.deepStrictEqual([nobodys.status, 'credit' in nobodys.body], [200, false]);
    // It is an offer: the order made of that quote uses none unless it asks for it.
    const { body: order } = await renewal(id, { quote: quoted.body['fingerprint'] });
    assert.deepStrictEqual([cents(order['due']), order['payments']], [3050, []]);
  });

  it('pays an order that asks for it when placed, and completes one it covers', async () => {
    const { id, customerId } = await withCredit(4000);
    const { status, body: order } = await renewal(id, { useCredit: true });
    assert.deepStrictEqual([status, order['status'], cents(order['due'])], [201, 'completed', 0]);
    assert.deepStrictEqual((await api.get(`/v1/customers/${customerId}`)).body['credit'], eur(950));
    assert.equal((await api.post(`${orderOf(order)}/credit`)).status, 200, 'asked again, it is found paid');
  });

  it('is used before a card, which is charged what is missing', async () => {
    const { id } = await withCredit(1000);
    const { body: order } = await renewal(id, {
      useCredit: true,
      paymentMethod: { type: 'card', token: 'tok_approved' },
    });
    const paid = await untilDue(order, 0);
    assert.deepStrictEqual(
      (paid['payments'] as Json[]).map(({ method, applied }) => [method, cents(applied)]),
      [
        ['credit', 1000],
        ['card', 2050],
      ],
    );
  });

  it('is never used twice, by two orders that ask at once', async () => {
    const { id, customerId } = await withCredit(2000);
    const { body: one } = await renewal(id);
    const { body: other } = await api.post('/v1/orders', {
      type: 'upgrade',
      subscriptionId: id,
      add: { space: 1 },
      coTerm: true,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'bank_transfer' },
    });
    assert.ok(other['number'] !== undefined, JSON.stringify(other));
    await Promise.all([one, other, one, other].map((order) => api.post(`${orderOf(order)}/credit`)));
    const spent = async (): Promise<number> => {
      const orders = await Promise.all([one, other].map((order) => api.get(orderOf(order))));
      return orders.reduce((sum, { body }) => sum + cents(body['received']), 0);
    };
    const left = await api.get(`/v1/customers/${customerId}`);
    assert.equal((await spent()) + cents(left.body['credit']), 2000);
    assert.equal(cents(left.body['credit']), Math.max(0, 2000 - cents(one['due']) - cents(other['due'])));
  });

  it('is the customer’s own: a service’s credentials do not spend it, and nobody has any at first', async () => {
    const { id } = await withCredit(500);
    const { body: order } = await renewal(id);
    const { token } = await serviceLogin(api, id);
    const asked = await api.as(token).post(`${orderOf(order)}/credit`, {});
    assert.deepStrictEqual([asked.status, asked.body['code']], [403, 'own_account_needed']);
    const { body: first } = await firstOrder(api, { customerId: await createCustomer(api), useCredit: true });
    assert.deepStrictEqual([first['status'], cents(first['due'])], ['awaiting_payment', 3050]);
  });
});

describe('one order', () => {
  it('in three transfers is complete with the last, and a fourth is credit', async () => {
    const { body: order } = await firstOrder(api);
    for (const [index, amount] of [1000, 1000, 1050].entries())
      await transfer(api, order, { amount: eur(amount), externalId: `third-${index}-${String(order['number'])}` });
    const paid = await untilDue(order, 0);
    assert.deepStrictEqual(
      (paid['payments'] as Json[]).map(({ applied }) => cents(applied)),
      [1000, 1000, 1050],
    );
    const fourth = await transfer(api, order, { amount: eur(1050), externalId: `again-${String(order['number'])}` });
    await untilPayment(fourth.body['key'], 'credited');
  });
});
