import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { InvoiceFaultyError, issue } from '../../activities/invoices/issue.ts';
import { noteUndelivered } from '../../db/issuedInvoices.ts';
import { schemaFaults } from '../../documents/checks.ts';
import { eventually as becomes } from '../mail/support/mailbox.ts';
import { issueAll, issuing, requested } from '../support/invoicing.ts';
import { customerWithAccount, type LoggedIn } from './support/accounts.ts';
import { startApi, type Caller, type Json, type TestApi } from './support/api.ts';
import { activeService, firstOrder, transfer } from './support/customers.ts';

let api: TestApi;
let owner: LoggedIn;
let customer: Caller;
let orderNumber: string;
let invoice: Json;

before(async () => {
  api = await startApi();
  owner = await customerWithAccount(api);
  customer = api.as(owner.token);
  const { order } = await activeService(api, { customerId: owner.customerId });
  orderNumber = String(order['number']);
  // Somebody else's beside it.
  await activeService(api);
  await issueAll(api.db);
  const { body } = await customer.get(`/v1/orders/${orderNumber}/invoices`);
  [invoice = {}] = body['invoices'] as Json[];
});
after(() => api.stop());

const idsOf = (body: Json): unknown[] => (body['invoices'] as Json[]).map(({ id }) => id);

describe('an invoice', () => {
  it('is there once its order is paid, with what it says', async () => {
    const { status, body } = await customer.get(`/v1/invoices/${String(invoice['id'])}`);
    assert.equal(status, 200);
    assert.deepStrictEqual(
      [body['kind'], body['orderNumber'], body['paidBy']],
      ['invoice', orderNumber, 'bank_transfer'],
    );
    assert.deepStrictEqual(body['total'], { amountMinor: 3050, currency: 'EUR' });
    assert.equal(body['number'], String(body['id']).split('-').toReversed().join('/'));
    assert.deepStrictEqual(body['delivery'], { status: 'queued', deliveredAt: null });
    const [line] = body['lines'] as Json[];
    assert.deepStrictEqual(
      [line?.['description'], line?.['amount']],
      ['Fatturazione Elettronica', { amountMinor: 2500, currency: 'EUR' }],
    );
  });

  it('is downloaded as the XML that was issued', async () => {
    const { status, headers, body } = await customer.get(`/v1/invoices/${String(invoice['id'])}/xml`);
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^application\/xml/);
    assert.equal(headers.get('content-disposition'), `attachment; filename=${String(invoice['fileName'])}`);
    assert.deepStrictEqual(schemaFaults(String(body['text'])), []);
  });

  it('is downloaded as a PDF to read', async () => {
    const { status, headers, body } = await customer.get(`/v1/invoices/${String(invoice['id'])}/pdf`);
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'application/pdf');
    assert.match(headers.get('content-disposition') ?? '', /filename=IT\w+\.pdf$/);
    assert.match(String(body['text']), /^%PDF-/);
  });

  it('is not there before its order is paid', async () => {
    const { body: order } = await firstOrder(api);
    const { body } = await api.get(`/v1/orders/${String(order['number'])}/invoices`);
    assert.deepStrictEqual(body, { invoices: [] });
  });

  it('that never was is unknown, whatever its name', async () => {
    for (const id of ['2027-99', '2027-0', 'x', '1-1', '2027-99999999999', '%00'])
      for (const part of ['', '/xml', '/pdf']) {
        const { status, body } = await customer.get(`/v1/invoices/${id}${part}`);
        assert.deepStrictEqual([status, body['code']], [404, 'invoice_unknown'], id);
      }
  });
});

describe('the list of invoices', () => {
  it('of a customer holds their own, newest first, page by page', async () => {
    const own = `/v1/customers/${owner.customerId}/invoices`;
    const { body } = await customer.get(own);
    assert.deepStrictEqual([idsOf(body), body['next']], [[invoice['id']], null]);
    assert.deepStrictEqual(idsOf((await customer.get(`${own}?after=${String(invoice['id'])}`)).body), []);
    assert.deepStrictEqual(idsOf((await customer.get(`${own}?year=1999`)).body), []);
  });

  it('of operators holds everybody’s, by year and customer where they ask', async () => {
    const { body } = await api.get('/v1/invoices?limit=1');
    assert.equal((body['invoices'] as Json[]).length, 1);
    const next = await api.get(`/v1/invoices?after=${String(body['next'])}`);
    assert.equal(next.body['next'], null);
    assert.notDeepStrictEqual(idsOf(next.body), idsOf(body));
    const year = String(invoice['id']).slice(0, 4);
    const theirs = await api.get(`/v1/invoices?year=${year}&customer=${owner.customerId}`);
    assert.deepStrictEqual(idsOf(theirs.body), [invoice['id']]);
    const [shown] = theirs.body['invoices'] as Json[];
    assert.deepStrictEqual(shown?.['delivery'], { status: 'queued', deliveredAt: null, attempts: 0, lastError: null });
  });

  it('refuses what it cannot read', async () => {
    for (const [query, field] of [
      ['after=x', 'after'],
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['year=27', 'year'],
      ['customer=%C3%A0', 'customer'],
      ['colour=red', 'colour'],
    ] as const) {
      const { status, body } = await api.get(`/v1/invoices?${query}`);
      assert.equal(status, 400, query);
      assert.deepStrictEqual(
        (body['errors'] as Json[]).map((error) => error['field']),
        [field],
      );
    }
  });
});

describe('an order that nobody asked an invoice for', () => {
  it('is in the operators’ queue, and invoiced once on their word', async () => {
    const { order } = await activeService(api);
    const number = String(order['number']);
    await api.db('invoice_requests').where({ order_number: number }).delete();
    const { body } = await api.get('/v1/queue?kind=invoice_missing');
    const [item = {}] = body['items'] as Json[];
    assert.deepStrictEqual([item['id'], item['orderNumber']], [number, number]);
    const [action = {}] = item['actions'] as Json[];
    assert.deepStrictEqual([action['method'], action['href']], ['POST', '/v1/invoices']);
    for (const orderNumbers of [[number], []]) {
      const asked = await api.post(String(action['href']), action['body'] as Json);
      assert.deepStrictEqual([asked.status, asked.body], [202, { orderNumbers, left: 0 }]);
    }
    assert.deepStrictEqual((await api.post('/v1/invoices', {})).body, { orderNumbers: [], left: 0 });
    assert.deepStrictEqual((await api.get('/v1/queue?kind=invoice_missing')).body['items'], []);
    await issueAll(api.db);
    const { body: seen } = await api.get(`/v1/orders/${number}/invoices`);
    assert.equal((seen['invoices'] as Json[]).length, 1);
  });

  it('is asked for by nobody else, and by its number alone', async () => {
    const { status, body } = await api.post('/v1/invoices', { orderNumber: 7, colour: 'red' });
    assert.deepStrictEqual([status, body['code']], [400, 'invalid_input']);
    assert.equal((await customer.post('/v1/invoices', {})).status, 403);
  });
});

describe('what is wrong with an invoice', () => {
  async function items(kind: string): Promise<Json[]> {
    const { body } = await api.get(`/v1/queue?kind=${kind}`);
    return body['items'] as Json[];
  }

  function actionNamed(item: Json | undefined, name: string): Json {
    const action = (item?.['actions'] as Json[]).find((one) => one['name'] === name);
    assert.ok(action, name);
    return action;
  }

  it('is in the operators’ queue with its reasons, and tried again on their word', async () => {
    const { body: order } = await firstOrder(api);
    await transfer(api, order);
    await becomes('its request', async () => (await requested(api.db)).length > 0);
    const subscriptionId = String(order['subscriptionId']);
    await api.db('holders').where({ subscription_id: subscriptionId }).update({ province: 'Arezzo' });
    const [request = 0] = await requested(api.db);
    await assert.rejects(issue(issuing(api.db), request), InvoiceFaultyError);
    const [item = {}] = await items('invoice_faulty');
    assert.equal(item['orderNumber'], order['number']);
    const [fault] = (item['details'] as { faults: Json[] }).faults;
    assert.deepStrictEqual([fault?.['code'], /Provincia/.test(String(fault?.['reason']))], ['schema', true]);
    const { href, body } = actionNamed(item, 'issue');
    assert.equal((await api.post(String(href), body)).status, 200);
    const refused = await api.post(String(href), { action: 'give_up' });
    assert.deepStrictEqual([refused.status, refused.body['code']], [400, 'invalid_input']);

    await api.db('holders').where({ subscription_id: subscriptionId }).update({ province: 'AR' });
    await issueAll(api.db);
    assert.deepStrictEqual(await items('invoice_faulty'), []);
  });

  it('is there when it cannot be delivered, too', async () => {
    const id = String(invoice['id']);
    for (let time = 0; time < 2; time += 1) await noteUndelivered(api.db, id, 'folder: ENOSPC');
    const [item] = await items('invoice_undelivered');
    assert.equal(item?.['id'], id);
    const { href, body } = actionNamed(item, 'send');
    assert.equal((await api.post(String(href), body)).status, 200);
    const { body: seen } = await customer.get(`/v1/invoices/${id}`);
    assert.deepStrictEqual(seen['delivery'], { status: 'failed', deliveredAt: null });
  });
});
