import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { signIn } from './support/callers.ts';
import { activeService, createCustomer, firstOrder, freshVatNumber, holder, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

const address = { street: 'Via Po 3', postalCode: '10121', city: 'Torino', province: 'to' };

/** A person, as the holder of a service somebody else buys. */
function person(changes: Json = {}): Json {
  return {
    firstName: 'Anna',
    lastName: 'Verdi',
    address,
    vatNumber: freshVatNumber(),
    phone: '+39 011 123456',
    email: 'anna@example.com',
    certifiedEmail: 'anna@pec.example.com',
    ...changes,
  };
}

function faults({ body }: Answer): unknown[] {
  return (body['errors'] as Json[]).map(({ field }) => field);
}

async function holderOf(order: Json): Promise<Json> {
  return (await api.get(`/v1/subscriptions/${String(order['subscriptionId'])}/holder`)).body;
}

describe('a first purchase', () => {
  it('is for the customer unless it says otherwise', async () => {
    const { body: order } = await firstOrder(api);
    const { body: customer } = await api.get(`/v1/customers/${String(order['customerId'])}`);
    const { id: _id, createdAt: _createdAt, language: _language, credit: _credit, owed: _owed, ...data } = customer;
    assert.deepStrictEqual(await holderOf(order), data);
  });

  it('may be for somebody else, whose data are normalised and whose name its card shows', async () => {
    const given = person();
    const { status, body: order } = await firstOrder(api, { holder: given });
    assert.equal(status, 201, JSON.stringify(order));
    assert.deepStrictEqual(await holderOf(order), {
      ...given,
      address: { ...(given['address'] as Json), province: 'TO', country: 'IT' },
      publicAdministration: false,
    });
    const { body: view } = await api.get(`/v1/subscriptions/${String(order['subscriptionId'])}`);
    assert.deepStrictEqual(view['holder'], {
      name: 'Anna Verdi',
      taxCode: null,
      vatNumber: given['vatNumber'],
      publicAdministration: false,
    });
  });

  it('names each field of the holder that is wrong', async () => {
    const wrong = person({ vatNumber: '12345678900', certifiedEmail: 'no', email: 'x' });
    const answer = await firstOrder(api, { holder: wrong });
    assert.deepStrictEqual([answer.status, answer.body['code']], [400, 'invalid_input']);
    assert.deepStrictEqual(faults(answer), ['holder.vatNumber', 'holder.email', 'holder.certifiedEmail']);
    const both = await firstOrder(api, { holder: person({ recipientCode: 'ABC1234' }) });
    assert.deepStrictEqual(faults(both), ['holder.certifiedEmail']);
    assert.deepStrictEqual(faults(await firstOrder(api, { holder: person({ language: 'it' }) })), ['holder.language']);
  });

  for (const [what, changes, field] of [
    ['control characters', { companyName: 'Bianchi\u0000' }, 'holder.companyName'],
    ['marks that turn the direction', { lastName: 'Ver\u202edi' }, 'holder.lastName'],
    [
      'more than a line',
      { address: { ...address, street: 'Via Po 3\r\nBcc: x@example.com' } },
      'holder.address.street',
    ],
    ['a name too long', { firstName: 'A'.repeat(61) }, 'holder.firstName'],
    ['half a character', { firstName: '\ud83d' }, 'holder.firstName'],
    ['no address', { address: undefined }, 'holder.address'],
    ['two e-mail addresses', { email: 'a@example.com,b@example.com' }, 'holder.email'],
    ['a code of the wrong length', { certifiedEmail: undefined, recipientCode: 'ABC123' }, 'holder.recipientCode'],
  ] as const) {
    it(`is for no holder with ${what}, in the reader’s language`, async () => {
      const answer = await firstOrder(api, { holder: person(changes) }, { 'accept-language': 'it' });
      assert.deepStrictEqual([answer.status, faults(answer)], [400, [field]]);
      assert.match(String((answer.body['errors'] as Json[])[0]?.['reason']), /^(non |deve |è |va |ha )/);
    });
  }

  it('takes names in any script, and keeps markup as the text it is', async () => {
    const firstName = `Ana 🙂 '); drop table holders; --`;
    const { body: order } = await firstOrder(api, { holder: person({ firstName, lastName: '<b>Žižek</b>' }) });
    const kept = await holderOf(order);
    assert.deepStrictEqual([kept['firstName'], kept['lastName']], [firstName, '<b>Žižek</b>']);
  });

  it('is one live service per tax identity of the holder, not of the customer', async () => {
    const customerId = await createCustomer(api);
    const given = person();
    assert.equal((await firstOrder(api, { customerId, holder: given })).status, 201);
    const again = await firstOrder(api, { holder: given });
    assert.deepStrictEqual([again.status, again.body['code']], [409, 'service_already_active']);
    assert.equal((await firstOrder(api, { customerId })).status, 201);
    assert.equal((await firstOrder(api, { customerId, holder: person() })).status, 201);
  });

  it('for a public administration is paid net of VAT, whoever buys', async () => {
    const office = person({
      companyName: 'Comune di Arezzo',
      firstName: undefined,
      lastName: undefined,
      certifiedEmail: undefined,
      recipientCode: 'UFABC1',
      publicAdministration: true,
    });
    const { body: order } = await firstOrder(api, { holder: office });
    assert.deepStrictEqual([order['splitPayment'], order['total'], order['payable']], [true, eur(3050), eur(2500)]);
    const customerId = await createCustomer(api, { publicAdministration: true, recipientCode: 'ABC123' });
    const { body: other } = await firstOrder(api, { customerId, holder: person() });
    assert.deepStrictEqual([other['splitPayment'], other['payable']], [false, eur(3050)]);
  });

  it('of the test number the sandbox refuses is refused for its holder as for its customer', async () => {
    const { body: order } = await firstOrder(api, { holder: person({ phone: '+39 000 000 0000' }) });
    await api.post('/v1/payments', {
      orderNumber: order['number'],
      amount: order['due'],
      method: 'bank_transfer',
      registeredOn: String(order['placedOn']),
      externalId: `t-${String(order['number'])}`,
    });
    await untilStatus(api, String(order['subscriptionId']), 'activation_failed');
  });
});

describe('a service’s holder', () => {
  it('changes address, ways to be reached and the way of invoices while it lives', async () => {
    const { id } = await activeService(api, { holder: person() });
    const before = (await api.get(`/v1/subscriptions/${id}/holder`)).body;
    const { certifiedEmail: _certifiedEmail, ...rest } = before;
    const wanted = {
      ...rest,
      lastName: 'Verdi Bianchi',
      email: 'nuova@example.com',
      phone: '+39 011 654321',
      recipientCode: 'xyz9876',
      address: { street: 'Corso Francia 1', postalCode: '10138', city: 'Torino', province: 'TO' },
    };
    const changed = await api.put(`/v1/subscriptions/${id}/holder`, wanted);
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.deepStrictEqual(changed.body, {
      ...wanted,
      recipientCode: 'XYZ9876',
      address: { ...wanted.address, country: 'IT' },
    });
    assert.deepStrictEqual((await api.get(`/v1/subscriptions/${id}/holder`)).body, changed.body);
  });

  it('may leave out what cannot change, but not change it, and says why', async () => {
    const { body: order } = await firstOrder(api, { holder: person() });
    const path = `/v1/subscriptions/${String(order['subscriptionId'])}/holder`;
    const { vatNumber: _vatNumber, ...rest } = (await api.get(path)).body;
    assert.equal((await api.put(path, rest)).status, 200);
    const refused = await api.put(path, { ...rest, vatNumber: freshVatNumber(), taxCode: 'RSSMRA45C12F205C' });
    assert.deepStrictEqual([refused.status, refused.body['code']], [400, 'invalid_input']);
    assert.deepStrictEqual(faults(refused), ['taxCode', 'vatNumber']);
    assert.match(JSON.stringify(refused.body), /cannot change/);
    const administration = { ...rest, certifiedEmail: undefined, publicAdministration: true };
    assert.deepStrictEqual(faults(await api.put(path, administration)), ['publicAdministration']);
    assert.deepStrictEqual(faults(await api.put(path, { ...rest, surprise: 1 })), ['surprise']);
    assert.deepStrictEqual(faults(await api.put(path, { ...rest, phone: 'none' })), ['phone']);
    assert.equal((await api.put(path, [])).status, 400);
  });

  it('stays as it is once the service has ended', async () => {
    const { body: order } = await firstOrder(api);
    const id = String(order['subscriptionId']);
    await api.post(`/v1/orders/${String(order['number'])}/cancel`);
    await eventually(
      'the end',
      () => api.get(`/v1/subscriptions/${id}`),
      ({ body }) => body['status'] === 'closed',
    );
    const path = `/v1/subscriptions/${id}/holder`;
    const { body } = await api.get(path);
    const refused = await api.put(path, { ...body, email: 'late@example.com' });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'subscription_ended']);
    assert.deepStrictEqual((await api.get(path)).body, body);
  });

  it('is seen and changed by its customer, and does not exist for another', async () => {
    const { body: order } = await firstOrder(api);
    const path = `/v1/subscriptions/${String(order['subscriptionId'])}/holder`;
    const owner = await signIn(api, String(order['customerId']));
    const { body } = await owner.get(path);
    assert.equal((await owner.put(path, { ...body, email: 'mine@example.com' })).status, 200);
    const stranger = await signIn(api, await createCustomer(api));
    const nobody = await stranger.get('/v1/subscriptions/sub_nobody/holder');
    for (const answer of [await stranger.get(path), await stranger.put(path, holder()), nobody]) {
      assert.deepStrictEqual([answer.status, answer.body['code']], [404, 'subscription_unknown']);
    }
  });
});
