import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { refuse } from '../../domain/errors.ts';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import {
  ACCEPTED,
  activeService,
  createCustomer,
  firstOrder,
  holder,
  today,
  transfer,
  untilStatus,
} from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

async function order(number: unknown): Promise<Json> {
  return (await api.get(`/v1/orders/${String(number)}`)).body;
}

async function change(subscriptionId: string, body: Json): Promise<Answer> {
  return await api.post('/v1/orders', {
    subscriptionId,
    acceptedTerms: ACCEPTED,
    paymentMethod: { type: 'bank_transfer' },
    ...body,
  });
}

async function untilOrder(number: unknown, status: string): Promise<Json> {
  return await eventually(
    `order ${status}`,
    () => order(number),
    (body) => body['status'] === status,
  );
}

const card = (token: string): Json => ({ type: 'card', token });

describe('a first order', () => {
  it('is numbered, placed and found again, with its price, its terms and where to find it', async () => {
    const customerId = await createCustomer(api);
    const placed = await firstOrder(api, { customerId, years: 2, extras: { space: 1 } });
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    const { body } = placed;
    assert.match(String(body['number']), /^\d{10,}$/);
    assert.equal(placed.headers.get('location'), `/v1/orders/${String(body['number'])}`);
    assert.deepStrictEqual(
      [
        body['customerId'],
        body['status'],
        body['type'],
        body['years'],
        body['extras'],
        body['total'],
        body['due'],
        body['received'],
      ],
      [customerId, 'awaiting_payment', 'first_purchase', 2, { space: 1 }, eur(8540), eur(8540), eur(0)],
    );
    assert.equal(body['paymentMethod'], 'bank_transfer');
    assert.match(JSON.stringify(body['acceptances']), /"termsVersion":"[^"]+"/);
    assert.match(String((body['acceptances'] as Json)['acceptedAt']), /\+0[12]:00$/);
    assert.deepStrictEqual(await order(body['number']), body);
    await untilStatus(api, String(body['subscriptionId']), 'awaiting_payment');
  });

  it('by card is charged at once, completes, and switches auto-renewal on', async () => {
    const { view, order: placed } = await activeService(api, { paymentMethod: card('tok_approved') });
    assert.equal((placed['lastCharge'] as Json)['status'], 'succeeded');
    const { on, method } = view['autoRenewal'] as Json;
    const { kind, label } = method as Json;
    assert.deepStrictEqual([on, kind, label], [true, 'card', 'Carta']);
  });

  it('by a card that is declined stays unpaid and says why; another card pays it', async () => {
    const { body } = await firstOrder(api, { paymentMethod: card('tok_declined') });
    assert.equal(body['status'], 'awaiting_payment');
    const { status, reason, explanation } = body['lastCharge'] as Json;
    assert.deepStrictEqual([status, reason], ['declined', 'insufficient_funds']);
    assert.deepStrictEqual(explanation, { it: 'Fondi insufficienti.', en: 'Insufficient funds.' });
    const paid = await api.post(`/v1/orders/${String(body['number'])}/pay`, {
      paymentMethod: { type: 'paypal', token: 'tok_approved', label: 'mario@paypal' },
    });
    assert.equal(paid.status, 202, JSON.stringify(paid.body));
    await untilOrder(body['number'], 'completed');
    const view = await untilStatus(api, String(body['subscriptionId']), 'active');
    const { kind, label } = (view['autoRenewal'] as Json)['method'] as Json;
    assert.deepStrictEqual([kind, label], ['paypal', 'm•••@paypal']);
  });

  it('for the total that was expected is taken, for another refused with a fresh quote and nothing kept', async () => {
    const customerId = await createCustomer(api);
    const refused = await firstOrder(api, { customerId, expectedTotal: eur(2999) });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'order_out_of_date']);
    assert.deepStrictEqual((refused.body['quote'] as Json)['total'], eur(3050));
    assert.equal((refused.body['errors'] as Json[])[0]?.['field'], 'expectedTotal');
    const taken = await firstOrder(api, { customerId, expectedTotal: eur(3050) });
    assert.equal(taken.status, 201, JSON.stringify(taken.body));
  });

  it('keeps which service descriptions were declared read, the orders module’s where it is bought', async () => {
    const acceptedTerms = { ...ACCEPTED, serviceSheets: true };
    const sheets = async (extras: Json): Promise<string[]> => {
      const { body } = await firstOrder(api, { extras, acceptedTerms });
      return Object.keys((body['acceptances'] as Json)['serviceSheets'] as Json).toSorted();
    };
    assert.deepStrictEqual(await sheets({}), ['conservation']);
    assert.deepStrictEqual(await sheets({ nso: 1 }), ['conservation', 'nso']);
  });

  it('is refused for a tax identity that has a live service, also as another customer', async () => {
    const vatNumber = String(holder()['vatNumber']);
    const one = await createCustomer(api, { vatNumber });
    const other = await createCustomer(api, { vatNumber: undefined, taxCode: vatNumber });
    assert.equal((await firstOrder(api, { customerId: one })).status, 201);
    for (const customerId of [one, other]) {
      const second = await firstOrder(api, { customerId });
      assert.deepStrictEqual([second.status, second.body['code']], [409, 'service_already_active']);
      assert.match(String(second.body['detail']), /live service exists for this tax code or VAT number/);
    }
  });

  it('cancelled closes the service and frees the tax identity', async () => {
    const customerId = await createCustomer(api);
    const { body } = await firstOrder(api, { customerId });
    const cancelled = await api.post(`/v1/orders/${String(body['number'])}/cancel`);
    assert.deepStrictEqual(
      [cancelled.status, cancelled.body['status'], cancelled.body['cancelledWhy']],
      [200, 'cancelled', 'customer'],
    );
    const again = await api.post(`/v1/orders/${String(body['number'])}/cancel`, {});
    assert.deepStrictEqual([again.status, again.body], [200, cancelled.body]);
    const { body: view } = await api.get(`/v1/subscriptions/${String(body['subscriptionId'])}`);
    assert.deepStrictEqual([view['status'], view['source']], ['closed', 'read_model']);
    assert.equal((await firstOrder(api, { customerId })).status, 201);
  });

  it('released by a public administration’s commitment activates the service, its amount still due', async () => {
    const customerId = await createCustomer(api, { publicAdministration: true, recipientCode: 'ABC123' });
    const { body } = await firstOrder(api, { customerId });
    const released = await api.post(`/v1/orders/${String(body['number'])}/commitment`, {
      registeredOn: await today(api, String(body['subscriptionId'])),
      reference: 'Determina 12/2026',
    });
    assert.deepStrictEqual(
      [released.status, released.body['status'], released.body['due']],
      [200, 'completed', eur(2500)],
    );
    const view = await untilStatus(api, String(body['subscriptionId']), 'active');
    assert.equal((view['unpaidOrders'] as Json[]).length, 1);
    await transfer(api, released.body);
    await eventually(
      'the amount',
      () => order(body['number']),
      (now) => (now['due'] as Json)['amountMinor'] === 0,
    );
  });

  it('of anybody else is released by no commitment', async () => {
    const { body } = await firstOrder(api);
    const refused = await api.post(`/v1/orders/${String(body['number'])}/commitment`, {
      registeredOn: await today(api, String(body['subscriptionId'])),
      reference: 'x',
    });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'not_allowed_in_state']);
  });
});

describe('an order for an active service', () => {
  it('renews it, paid by transfer', async () => {
    const { id, view } = await activeService(api);
    const placed = await change(id, { type: 'renewal', years: 3 });
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    await transfer(api, placed.body);
    await untilOrder(placed.body['number'], 'completed');
    const { body } = await api.get(`/v1/subscriptions/${id}`);
    const expiry = String(view['expiresOn']);
    assert.equal(body['expiresOn'], `${Number(expiry.slice(0, 4)) + 3}${expiry.slice(4)}`);
  });

  it('is one of its kind at a time; cancelling brings the button back', async () => {
    const { id } = await activeService(api);
    const first = await change(id, { type: 'renewal', years: 1 });
    const second = await change(id, { type: 'renewal', years: 1 });
    assert.deepStrictEqual([second.status, second.body['code']], [409, 'unpaid_order_exists']);
    const upgrade = await change(id, { type: 'upgrade', add: { user: 1 } });
    assert.equal(upgrade.status, 201, JSON.stringify(upgrade.body));
    const { body: view } = await api.get(`/v1/subscriptions/${id}`);
    assert.deepStrictEqual(view['actions'], { renew: false, upgrade: false, reactivate: false, giveNotice: true });
    await api.post(`/v1/orders/${String(first.body['number'])}/cancel`);
    const { body: after } = await api.get(`/v1/subscriptions/${id}`);
    assert.deepStrictEqual(after['actions'], { renew: true, upgrade: false, reactivate: false, giveNotice: true });
  });

  it('that needs the customer waits for them at the sandbox bank, and is paid there', async () => {
    const { id } = await activeService(api);
    const placed = await change(id, { type: 'renewal', years: 1, paymentMethod: card('tok_needs_customer') });
    const { status, confirmationUrl } = placed.body['lastCharge'] as Json;
    assert.equal(status, 'needs_customer');
    const path = new URL(String(confirmationUrl)).pathname;
    const confirmed = await api.as(null).post(`/v1${path}`);
    assert.deepStrictEqual([confirmed.status, confirmed.body['status']], [200, 'captured']);
    const paid = await untilOrder(placed.body['number'], 'completed');
    assert.deepStrictEqual([paid['received'], (paid['lastCharge'] as Json)['confirmationUrl']], [eur(3050), null]);
  });

  it('completed can be neither paid nor cancelled', async () => {
    const { order: first } = await activeService(api);
    const cancel = await api.post(`/v1/orders/${String(first['number'])}/cancel`);
    assert.deepStrictEqual([cancel.status, cancel.body['code']], [409, 'order_not_unpaid']);
    const pay = await api.post(`/v1/orders/${String(first['number'])}/pay`, { paymentMethod: card('tok_approved') });
    assert.deepStrictEqual([pay.status, pay.body['code']], [409, 'order_not_unpaid']);
  });
});

describe('an order of a quote', () => {
  async function quoted(body: Json): Promise<Json> {
    const answer = await api.post('/v1/quotes', body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  }

  it('is taken as it was shown, of a first purchase too', async () => {
    const { fingerprint: first } = await quoted({
      type: 'first_purchase',
      product: 'fe',
      years: 2,
      extras: { nso: 1 },
    });
    assert.equal((await firstOrder(api, { years: 2, extras: { nso: 1 }, quote: first })).status, 201);
    const { id } = await activeService(api);
    const { fingerprint } = await quoted({ type: 'upgrade', subscriptionId: id, add: { user: 2, space: 1 } });
    const placed = await change(id, { type: 'upgrade', add: { space: 1, user: 2 }, quote: fingerprint });
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
  });

  it('is refused with the fresh quote once the service changed', async () => {
    const { id } = await activeService(api);
    const renewal = { type: 'renewal', years: 1 };
    const before = await quoted({ ...renewal, subscriptionId: id });
    const { body: upgrade } = await change(id, { type: 'upgrade', add: { user: 1 } });
    await transfer(api, upgrade);
    await untilOrder(upgrade['number'], 'completed');
    const refused = await change(id, { ...renewal, quote: before['fingerprint'] });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'order_out_of_date']);
    assert.deepStrictEqual(
      (refused.body['errors'] as Json[]).map(({ field }) => field),
      ['quote'],
    );
    const fresh = refused.body['quote'] as Json;
    assert.deepStrictEqual(fresh, await quoted({ ...renewal, subscriptionId: id }));
    assert.notDeepStrictEqual(fresh['total'], before['total']);
    assert.equal((await change(id, { ...renewal, quote: fresh['fingerprint'] })).status, 201);
  });

  it('is refused where only its dates moved while the total stayed', async () => {
    const { id } = await activeService(api);
    const upgrade = { type: 'upgrade', add: { space: 1 }, coTerm: false };
    const before = await quoted({ ...upgrade, subscriptionId: id });
    await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P1D' });
    const refused = await change(id, { ...upgrade, quote: before['fingerprint'], expectedTotal: before['total'] });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'order_out_of_date']);
    const fresh = refused.body['quote'] as Json;
    assert.deepStrictEqual(fresh['total'], before['total']);
    assert.notEqual((fresh['lines'] as Json[])[0]?.['from'], (before['lines'] as Json[])[0]?.['from']);
  });

  it('stays valid on another day where nothing it shows has changed', async () => {
    const { id } = await activeService(api);
    const renewal = { type: 'renewal', years: 3 };
    const { fingerprint } = await quoted({ ...renewal, subscriptionId: id });
    await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P3D' });
    assert.equal((await change(id, { ...renewal, quote: fingerprint })).status, 201);
  });

  it('is refused with the fresh quote also where the service itself finds that it changed', async () => {
    const { id } = await activeService(api);
    const request = (): never => refuse('order_out_of_date');
    const beside = await startApi({ beside: api, wrap: (lives) => ({ ...lives, request }) });
    try {
      const renewal = { type: 'renewal', years: 1, subscriptionId: id };
      const confirmation = { acceptedTerms: ACCEPTED, paymentMethod: { type: 'bank_transfer' } };
      const refused = await beside.post('/v1/orders', { ...renewal, ...confirmation });
      assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'order_out_of_date']);
      assert.deepStrictEqual(refused.body['quote'], await quoted(renewal));
    } finally {
      await beside.stop();
    }
  });

  it('names what is no fingerprint', async () => {
    const refused = await firstOrder(api, { quote: 'yesterday’s' });
    assert.deepStrictEqual(
      [refused.status, (refused.body['errors'] as Json[]).map(({ field }) => field)],
      [400, ['quote']],
    );
  });
});

describe('an order for a service that has ended', () => {
  it('answers with its end', async () => {
    const { id, order: first } = await activeService(api);
    const ended = await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P2Y' });
    assert.equal(ended.body['ended'], true);
    const renewal = await change(id, { type: 'renewal', years: 1 });
    assert.deepStrictEqual([renewal.status, renewal.body['code']], [409, 'subscription_ended']);
    const cancel = await api.post(`/v1/orders/${String(first['number'])}/cancel`);
    assert.deepStrictEqual([cancel.status, cancel.body['code']], [409, 'subscription_ended']);
  });
});
