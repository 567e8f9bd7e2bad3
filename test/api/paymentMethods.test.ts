import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { monthOf } from '../../domain/cards.ts';
import { addDays, addMonths, dateAt, type Instant, type PlainDate } from '../../domain/calendar.ts';
import { startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, holder, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const VISA = { type: 'card', token: 'tok_approved', brand: 'Visa', last4: '4242', validThrough: '2046-12' };
const TODAY = dateAt(Date.now() as Instant);

const walletOf = (customerId: string): string => `/v1/customers/${customerId}/payment-methods`;

async function registered(customerId: string, method: Json = VISA): Promise<Json> {
  const { status, body } = await api.post(walletOf(customerId), method);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

async function wallet(customerId: string): Promise<Json[]> {
  const { status, body } = await api.get(walletOf(customerId));
  assert.equal(status, 200, JSON.stringify(body));
  return body['paymentMethods'] as Json[];
}

const remove = (customerId: string, methodId: unknown): Promise<Answer> =>
  api.send('DELETE', `${walletOf(customerId)}/${String(methodId)}`);

/** Status, code and field at fault of a refusal. */
function refusal({ status, body }: Answer): [number, unknown, unknown] {
  return [status, body['code'], (body['errors'] as Json[])[0]?.['field']];
}

describe('a wallet', () => {
  it('holds what is registered, masked, and shows no token', async () => {
    const customerId = await createCustomer(api);
    assert.deepStrictEqual(await wallet(customerId), []);
    const card = await registered(customerId);
    assert.deepStrictEqual(card, {
      methodId: card['methodId'],
      type: 'card',
      label: 'Visa •••• 4242, 12/46',
      brand: 'Visa',
      last4: '4242',
      validThrough: '2046-12',
      expired: false,
      usedBy: [],
    });
    const paypal = await registered(customerId, {
      type: 'paypal',
      token: 'tok_approved',
      label: 'Mario <mario.rossi@example.com>',
    });
    assert.deepStrictEqual(
      [paypal['label'], paypal['brand'], paypal['validThrough']],
      ['Mario <•••@example.com>', null, null],
    );
    assert.deepStrictEqual(await wallet(customerId), [card, paypal]);
    assert.doesNotMatch(JSON.stringify(await wallet(customerId)), /tok_/);
  });

  it('masks long numbers and addresses in a label, whatever is around them', async () => {
    const customerId = await createCustomer(api);
    const labels = ['m.rossi@example.com', 'conto 12345678', '@', 'Carta aziendale', '🎩 già m•••@example.com'];
    const shown = [];
    for (const [index, label] of labels.entries()) {
      shown.push((await registered(customerId, { type: 'paypal', token: `tok_${index}`, label }))['label']);
    }
    assert.deepStrictEqual(shown, [
      'm•••@example.com',
      'conto •••• 5678',
      '•••@',
      'Carta aziendale',
      '🎩 già m•••@example.com',
    ]);
  });

  it('knows a card again by its token, prolonged or not', async () => {
    const customerId = await createCustomer(api);
    const { methodId } = await registered(customerId);
    const again = await registered(customerId, { type: 'card', token: 'tok_approved', validThrough: '2049-01' });
    assert.deepStrictEqual([again['methodId'], again['last4'], again['validThrough']], [methodId, '4242', '2049-01']);
    assert.equal((await wallet(customerId)).length, 1);
  });

  it('takes no card that has expired, and one until its last day', async () => {
    const customerId = await createCustomer(api);
    const lastMonth = monthOf(addMonths(TODAY, -1));
    const expired = await api.post(walletOf(customerId), { ...VISA, validThrough: lastMonth });
    assert.deepStrictEqual(refusal(expired), [422, 'method_expired', 'validThrough']);
    const card = await registered(customerId, { ...VISA, validThrough: monthOf(addDays(TODAY, 1)) });
    assert.equal(card['expired'], false);
    assert.equal((await wallet(customerId)).length, 1);
  });

  it('gives back what is removed, and nothing of it is left to choose', async () => {
    const customerId = await createCustomer(api);
    const { methodId } = await registered(customerId);
    assert.equal((await remove(customerId, methodId)).status, 204);
    assert.equal((await remove(customerId, methodId)).status, 204);
    assert.deepStrictEqual(await wallet(customerId), []);
    const bought = await firstOrder(api, { customerId, paymentMethod: { methodId } });
    assert.deepStrictEqual(refusal(bought), [422, 'method_unknown', 'paymentMethod.methodId']);
    assert.equal((await registered(customerId))['methodId'], methodId);
  });

  it('of nobody is unknown, and so is a method of nobody', async () => {
    const customerId = await createCustomer(api);
    for (const id of ['cus_nobody', "'; drop table customers --"]) {
      const path = walletOf(encodeURIComponent(id));
      assert.deepStrictEqual(refusal(await api.get(path)), [404, 'customer_unknown', 'id']);
      assert.deepStrictEqual(refusal(await api.post(path, VISA)), [404, 'customer_unknown', 'id']);
      assert.deepStrictEqual(refusal(await api.send('DELETE', `${path}/pm_1`)), [404, 'customer_unknown', 'id']);
    }
    for (const id of ['pm_nobody', '%00', 'a'.repeat(65)]) {
      assert.deepStrictEqual(refusal(await remove(customerId, id)), [404, 'method_unknown', 'methodId']);
    }
  });

  it('tells each field that is wrong', async () => {
    const path = walletOf(await createCustomer(api));
    for (const [changes, field] of [
      [{ type: 'bank_transfer' }, 'type'],
      [{ token: '' }, 'token'],
      [{ token: '4242424242424242' }, 'token'],
      [{ methodId: 'pm_1' }, 'methodId'],
      [{ label: 'x'.repeat(41) }, 'label'],
      [{ label: 'uno\u0000due' }, 'label'],
      [{ brand: '' }, 'brand'],
      [{ brand: 'x'.repeat(21) }, 'brand'],
      [{ brand: '<b>Visa</b>' }, 'brand'],
      [{ last4: '424' }, 'last4'],
      [{ last4: 4242 }, 'last4'],
      [{ validThrough: '2046-13' }, 'validThrough'],
      [{ validThrough: '12/46' }, 'validThrough'],
      [{ validThrough: '9999-12' }, 'validThrough'],
      [{ type: 'paypal' }, 'brand'],
    ] as const) {
      const answer = await api.post(path, { ...VISA, ...changes });
      assert.deepStrictEqual(refusal(answer), [400, 'invalid_input', field], JSON.stringify(changes));
    }
  });
});

describe('a method of the wallet', () => {
  it('buys a service, whose view names it, and pays other orders', async () => {
    const customerId = await createCustomer(api);
    const { methodId, label } = await registered(customerId);
    const { id, order, view } = await activeService(api, { customerId, paymentMethod: { type: 'card', methodId } });
    assert.equal(order['paymentMethod'], 'card');
    assert.deepStrictEqual((view['autoRenewal'] as Json)['method'], {
      methodId,
      kind: 'card',
      label,
      brand: 'Visa',
      last4: '4242',
      validThrough: '2046-12',
    });
    const upgrade = { type: 'upgrade', subscriptionId: id, add: { user: 1 }, acceptedTerms: ACCEPTED };
    const placed = await api.post('/v1/orders', { ...upgrade, paymentMethod: { type: 'bank_transfer' } });
    const paid = await api.post(`/v1/orders/${String(placed.body['number'])}/pay`, { paymentMethod: { methodId } });
    assert.deepStrictEqual([paid.status, paid.body['status']], [202, 'completed']);
    assert.deepStrictEqual((await wallet(customerId))[0]?.['usedBy'], [id]);
  });

  it('takes the place of another for one service', async () => {
    const customerId = await createCustomer(api);
    const { id } = await activeService(api, { customerId, paymentMethod: VISA });
    const other = await registered(customerId, { type: 'paypal', token: 'tok_approved', label: 'm@example.com' });
    const { methodId } = other;
    const changed = await api.put(`/v1/subscriptions/${id}/payment-method`, { methodId });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    const { on, method } = changed.body['autoRenewal'] as Json;
    assert.deepStrictEqual(
      [on, (method as Json)['methodId'], (method as Json)['label']],
      [true, methodId, 'm•••@example.com'],
    );
    assert.deepStrictEqual(
      (await wallet(customerId)).map(({ usedBy }) => usedBy),
      [[], [id]],
    );
  });

  it('that is prolonged is so for the service that uses it', async () => {
    const customerId = await createCustomer(api);
    const validThrough = monthOf(addMonths(TODAY, 1));
    const { id, view } = await activeService(api, { customerId, paymentMethod: { ...VISA, validThrough } });
    assert.equal(((view['autoRenewal'] as Json)['method'] as Json)['validThrough'], validThrough);
    assert.deepStrictEqual((await registered(customerId))['usedBy'], [id]);
    const { body } = await api.get(`/v1/subscriptions/${id}`);
    assert.equal(((body['autoRenewal'] as Json)['method'] as Json)['validThrough'], '2046-12');
    assert.equal((await wallet(customerId)).length, 1);
  });

  it('is not given away while a service uses it, and is once it does not', async () => {
    const customerId = await createCustomer(api);
    const { id } = await activeService(api, { customerId, paymentMethod: VISA });
    const { methodId } = (await wallet(customerId))[0] as Json;
    const refused = await remove(customerId, methodId);
    assert.deepStrictEqual(
      [refused.status, refused.body['code'], refused.body['usedBy']],
      [409, 'method_in_use', [id]],
    );
    assert.equal((await api.send('DELETE', `/v1/subscriptions/${id}/payment-method`)).status, 200);
    assert.equal((await remove(customerId, methodId)).status, 204);
    const { body } = await api.get(`/v1/subscriptions/${id}`);
    assert.equal(body['status'], 'active');
  });

  it('is not given away while a charge to it is under way', async () => {
    const customerId = await createCustomer(api);
    const { body } = await firstOrder(api, { customerId, paymentMethod: { ...VISA, token: 'tok_outage' } });
    const { methodId } = (await wallet(customerId))[0] as Json;
    const refused = await remove(customerId, methodId);
    assert.deepStrictEqual(
      [refused.status, refused.body['code'], refused.body['usedBy']],
      [409, 'method_in_use', [body['subscriptionId']]],
    );
  });

  it('of another customer is unknown, wherever it is named', async () => {
    const { methodId } = await registered(await createCustomer(api));
    const customerId = await createCustomer(api);
    const bought = await firstOrder(api, { customerId, paymentMethod: { methodId } });
    assert.deepStrictEqual(refusal(bought), [422, 'method_unknown', 'paymentMethod.methodId']);
    const { id } = await activeService(api, { customerId });
    const set = await api.put(`/v1/subscriptions/${id}/payment-method`, { methodId });
    assert.deepStrictEqual(refusal(set), [422, 'method_unknown', 'methodId']);
    const renewal = { type: 'renewal', subscriptionId: id, years: 1, acceptedTerms: ACCEPTED };
    const placed = await api.post('/v1/orders', { ...renewal, paymentMethod: { type: 'bank_transfer' } });
    const pay = await api.post(`/v1/orders/${String(placed.body['number'])}/pay`, { paymentMethod: { methodId } });
    assert.deepStrictEqual(refusal(pay), [422, 'method_unknown', 'paymentMethod.methodId']);
    assert.deepStrictEqual(refusal(await remove(customerId, methodId)), [404, 'method_unknown', 'methodId']);
  });

  it('goes by its id alone, and by its own kind', async () => {
    const customerId = await createCustomer(api);
    const { methodId } = await registered(customerId);
    const { id } = await activeService(api, { customerId });
    const put = (body: Json) => api.put(`/v1/subscriptions/${id}/payment-method`, body);
    assert.deepStrictEqual(refusal(await put({ ...VISA, methodId })), [400, 'invalid_input', 'methodId']);
    assert.deepStrictEqual(refusal(await put({ type: 'paypal', methodId })), [422, 'method_unknown', 'methodId']);
    assert.deepStrictEqual(refusal(await put({ type: 'card' })), [400, 'invalid_input', 'token']);
    assert.deepStrictEqual(refusal(await put({ methodId: '../x' })), [400, 'invalid_input', 'methodId']);
    assert.equal((await put({ type: 'card', methodId })).status, 200);
  });
});

describe('a card that has expired', () => {
  it('buys nothing, and leaves nothing behind: the next try has the way free', async () => {
    const customerId = await createCustomer(api);
    const paymentMethod = { ...VISA, validThrough: monthOf(addMonths(TODAY, -1)) };
    const refused = await firstOrder(api, { customerId, paymentMethod });
    assert.deepStrictEqual(refusal(refused), [422, 'method_expired', 'paymentMethod.validThrough']);
    assert.deepStrictEqual(await wallet(customerId), []);
    const { status, body } = await firstOrder(api, { customerId, paymentMethod: VISA });
    assert.equal(status, 201, JSON.stringify(body));
  });
});

describe('a card on the life’s own clock', () => {
  it('is told before it expires, is declined afterwards, and cannot be chosen any more', async () => {
    const customerId = await createCustomer(api);
    const validThrough = monthOf(addMonths(TODAY, 3));
    const card = { ...VISA, token: 'tok_expires_soon', validThrough };
    const { id } = await activeService(api, { customerId, paymentMethod: card });
    const advance = (to: string) => api.post(`/v1/subscriptions/${id}/clock/advance`, { to });
    const noon = (day: PlainDate) => `${day}T12:00:00+01:00`;

    await advance(noon(addMonths(TODAY, 3)));
    const near = (await api.get(`/v1/subscriptions/${id}`)).body;
    assert.deepStrictEqual(codesOf(near), ['card_expiring']);
    const { body: told } = await api.get(`/v1/subscriptions/${id}/timeline`);
    const reminders = (told['events'] as Json[]).filter(({ type }) => type === 'CardExpiryReminderDue');
    assert.deepStrictEqual(
      reminders.map(({ at }) => String(at).slice(11, 16)),
      ['09:00'],
    );

    await advance(noon(addMonths(TODAY, 5)));
    assert.deepStrictEqual(codesOf((await api.get(`/v1/subscriptions/${id}`)).body), ['card_expired']);
    assert.equal((await wallet(customerId))[0]?.['expired'], true);
    const { methodId } = (await wallet(customerId))[0] as Json;
    await api.send('DELETE', `/v1/subscriptions/${id}/payment-method`);
    const set = await api.put(`/v1/subscriptions/${id}/payment-method`, { methodId });
    assert.deepStrictEqual([set.status, set.body['code']], [422, 'method_expired']);
    const upgrade = { type: 'upgrade', subscriptionId: id, add: { user: 1 }, acceptedTerms: ACCEPTED };
    const bought = await api.post('/v1/orders', { ...upgrade, paymentMethod: { methodId } });
    assert.deepStrictEqual(refusal(bought), [422, 'method_expired', 'paymentMethod.methodId']);
  });

  it('that ended before the renewal is tried all the same: the bank declines, and says why in words', async () => {
    const validThrough = monthOf(addMonths(TODAY, 3));
    const card = { ...VISA, token: 'tok_expires_soon', validThrough };
    const { id } = await activeService(api, { paymentMethod: card });
    await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P11M26D' });
    const { body } = await api.get(`/v1/subscriptions/${id}`);
    const [order] = body['unpaidOrders'] as Json[];
    const { body: renewal } = await api.get(`/v1/orders/${String(order?.['number'])}`);
    const { status, reason, explanation } = renewal['lastCharge'] as Json;
    assert.deepStrictEqual(
      [status, reason, explanation],
      ['declined', 'card_expired', { it: 'La carta è scaduta.', en: 'The card has expired.' }],
    );
    assert.ok(codesOf(body).includes('update_payment_data'));
  });
});

function codesOf(view: Json): unknown[] {
  return (view['notices'] as Json[]).map(({ code }) => code);
}

describe('what belongs to a customer', () => {
  it('is theirs alone', async () => {
    const account = await register('mario.wallet');
    const other = await register('luisa.wallet');
    const customerId = account.customerId;
    const mine = await account.caller.post(walletOf(customerId), VISA);
    assert.equal(mine.status, 201, JSON.stringify(mine.body));
    const path = walletOf(customerId);
    assert.deepStrictEqual(refusal(await other.caller.get(path)), [404, 'customer_unknown', 'id']);
    assert.deepStrictEqual(refusal(await other.caller.post(path, VISA)), [404, 'customer_unknown', 'id']);
    const gone = await other.caller.send('DELETE', `${path}/${String(mine.body['methodId'])}`);
    assert.deepStrictEqual(refusal(gone), [404, 'customer_unknown', 'id']);
    const nobody = await api.as(null).get(path);
    assert.equal(nobody.status, 401);
    const { body } = await account.caller.get(path);
    assert.equal((body['paymentMethods'] as Json[]).length, 1);
  });
});

async function register(username: string) {
  const { status, body } = await api.as(null).post('/v1/registrations', {
    username,
    password: 'una parola lunga e segreta',
    customer: holder(),
  });
  assert.equal(status, 201, JSON.stringify(body));
  const { token } = body['session'] as Json;
  return { caller: api.as(String(token)), customerId: String((body['customer'] as Json)['id']) };
}

describe('the gateway', () => {
  it('of the sandbox tells what to try it with, to anybody', async () => {
    const { status, body } = await api.as(null).get('/v1/gateway');
    assert.equal(status, 200);
    const cards = body['cards'] as Json[];
    assert.equal(body['name'], 'sandbox');
    assert.deepStrictEqual(Object.keys(cards[0] ?? {}), ['token', 'label', 'brand', 'last4', 'validThrough', 'what']);
    assert.deepStrictEqual(cards[0]?.['what'], { it: 'Ogni addebito riesce.', en: 'Every charge is captured.' });
    const soon = cards.find(({ token }) => token === 'tok_expires_soon');
    assert.equal(soon?.['validThrough'], monthOf(addMonths(TODAY, 1)));
    const customerId = await createCustomer(api);
    for (const { what: _what, ...method } of cards) await registered(customerId, { type: 'card', ...method });
    for (const { what: _what, ...method } of body['paypal'] as Json[])
      await registered(customerId, { type: 'paypal', ...method });
    assert.equal((await wallet(customerId)).length, cards.length + (body['paypal'] as Json[]).length);
  });

  it('of a real system has no such list', async () => {
    const production = await startApi({ beside: api, sandbox: false });
    try {
      const { status, body } = await production.get('/v1/gateway');
      assert.deepStrictEqual([status, body], [200, { name: null, cards: [], paypal: [] }]);
    } finally {
      await production.stop();
    }
  });
});

describe('a confirmation at the sandbox bank', () => {
  it('waits, is captured once, and takes back a card that was removed meanwhile', async () => {
    const customerId = await createCustomer(api);
    const paymentMethod = { ...VISA, token: 'tok_needs_customer' };
    const { body: order } = await firstOrder(api, { customerId, paymentMethod });
    const { methodId } = (await wallet(customerId))[0] as Json;
    assert.equal((await remove(customerId, methodId)).status, 204);
    const { confirmationUrl } = order['lastCharge'] as Json;
    const path = `/v1${new URL(String(confirmationUrl)).pathname}`;
    const shown = { orderNumber: order['number'], amount: { amountMinor: 3050, currency: 'EUR' } };
    const bank = api.as(null);
    assert.deepStrictEqual((await bank.get(path)).body, { ...shown, status: 'waiting' });
    for (let clicks = 1; clicks <= 2; clicks += 1) {
      const { status, body } = await bank.post(path);
      assert.deepStrictEqual([status, body], [200, { ...shown, status: 'captured' }]);
    }
    assert.deepStrictEqual((await bank.get(path)).body, { ...shown, status: 'captured' });
    await untilStatus(api, String(order['subscriptionId']), 'active');
    assert.deepStrictEqual((await wallet(customerId))[0]?.['usedBy'], [order['subscriptionId']]);
    const unknown = await bank.get('/v1/sandbox/confirmations/nothing-1');
    assert.deepStrictEqual([unknown.status, unknown.body['code']], [404, 'confirmation_unknown']);
  });
});
