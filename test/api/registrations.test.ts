import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freshUsername, logIn, mailedLink, PASSWORD, register } from './support/accounts.ts';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { holder } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi({ worker: false, address: '127.0.0.1:1' });
});
after(() => api.stop());

const post = (body: unknown) => api.as(null).post('/v1/registrations', body);

const fieldsOf = (body: Json): string[] => (body['errors'] as { field: string }[]).map(({ field }) => field);

async function messagesOf(customerId: string): Promise<string[]> {
  const rows: { kind: string }[] = await api
    .db('account_messages')
    .join('accounts', 'accounts.id', 'account_messages.account_id')
    .where({ customer_id: customerId })
    .orderBy('account_messages.id')
    .select('kind');
  return rows.map(({ kind }) => kind);
}

describe('a registration', () => {
  it('makes customer, account and session, and is confirmed by mail', async () => {
    const username = freshUsername();
    const { status, body, headers } = await post({ username, password: PASSWORD, customer: holder() });
    assert.equal(status, 201, JSON.stringify(body));
    const customer = body['customer'] as Json;
    const session = body['session'] as Json;
    assert.equal(headers.get('location'), `/v1/customers/${String(customer['id'])}`);
    assert.deepStrictEqual(session['account'], {
      username,
      kind: 'customer',
      customerId: customer['id'],
      subscriptionId: null,
      mustChangePassword: false,
    });
    const own = await api.as(String(session['token'])).get(`/v1/customers/${String(customer['id'])}`);
    const nothing = { amountMinor: 0, currency: 'EUR' };
    assert.deepStrictEqual([own.status, own.body], [200, { ...customer, credit: nothing, owed: nothing }]);
    assert.deepStrictEqual(await messagesOf(String(customer['id'])), ['registration_confirmed']);
    await logIn(api, username);
  });

  it('names every field at fault, and makes nothing', async () => {
    const { status, body } = await post({
      username: 'è',
      password: 'short',
      customer: holder({ email: 'nowhere', vatNumber: '12345678901' }),
    });
    assert.equal(status, 400);
    assert.deepStrictEqual(fieldsOf(body).toSorted(), ['customer.email', 'customer.vatNumber', 'password', 'username']);
  });

  for (const username of [
    'ab',
    'a'.repeat(65),
    'with space',
    '<script>',
    'rn12345678',
    'RN00000000',
    'nàme',
    'a\u202eb',
  ]) {
    it(`takes no username like ${JSON.stringify(username)}`, async () => {
      const { status, body } = await post({ username, password: PASSWORD, customer: holder() });
      assert.deepStrictEqual([status, [...new Set(fieldsOf(body))]], [400, ['username']]);
    });
  }

  for (const username of ['ada.rossi@example.com', 'ADA_77', 'rn1234567', 'rn123456789', '...']) {
    it(`takes the username ${username}`, async () => {
      const { status, body } = await post({ username, password: PASSWORD, customer: holder() });
      assert.equal(status, 201, JSON.stringify(body));
    });
  }

  it('takes a password of any characters, but not the username', async () => {
    const username = `${freshUsername()}.long`;
    const wrong = await post({ username, password: username.toUpperCase(), customer: holder() });
    assert.deepStrictEqual([wrong.status, fieldsOf(wrong.body)], [400, ['password']]);
    const password = ' 🐎\u0000日本 <b>"\';--\u202e ';
    const { status } = await post({ username, password, customer: holder() });
    assert.equal(status, 201);
    await logIn(api, username, password);
    assert.equal((await api.as(null).post('/v1/sessions', { username, password: password.trim() })).status, 401);
  });

  it('says when the username is taken, and leaves nothing behind', async () => {
    const { username } = await register(api);
    const customers = async () => Number((await api.db('customers').count('id as n').first())?.['n']);
    const before = await customers();
    for (const password of [PASSWORD, 'another password']) {
      const { status, body } = await post({ username: username.toUpperCase(), password, customer: holder() });
      assert.deepStrictEqual([status, body['code'], fieldsOf(body)], [409, 'username_taken', ['username']]);
    }
    assert.equal(await customers(), before);
  });

  it('sent twice, even at once, makes one customer, and both answers open a session', async () => {
    const wanted = { username: freshUsername(), password: PASSWORD, customer: holder() };
    const answers = await Promise.all([post(wanted), post(wanted)]);
    answers.push(await post(wanted));
    for (const { status, body } of answers) assert.equal(status, 201, JSON.stringify(body));
    assert.deepStrictEqual(new Set(answers.map(({ body }) => (body['customer'] as Json)['id'])).size, 1);
    for (const { body } of answers) {
      const { token } = body['session'] as Json;
      assert.equal((await api.as(String(token)).get('/v1/session')).status, 200);
    }
    assert.deepStrictEqual(await messagesOf(String((answers[0]?.body['customer'] as Json)['id'])), [
      'registration_confirmed',
    ]);
  });
});

describe('a customer made by an operator', () => {
  it('with a username is invited to choose a password', async () => {
    const username = freshUsername();
    const wanted = { ...holder(), username };
    const { status, body } = await api.post('/v1/customers', wanted, { 'idempotency-key': username });
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal('username' in body, false);
    const customerId = String(body['id']);
    assert.deepStrictEqual(await messagesOf(customerId), ['invitation']);
    const link = await mailedLink(api, { customerId }, 'invitation');
    const found = await api.as(null).get(`/v1/password-resets/${link}`);
    assert.deepStrictEqual(found.body, { username, purpose: 'invitation' });
    await api.as(null).put(`/v1/password-resets/${link}`, { password: PASSWORD });
    const token = await logIn(api, username);
    assert.equal((await api.as(token).get(`/v1/customers/${customerId}`)).status, 200);
    const again = await api.post('/v1/customers', wanted, { 'idempotency-key': username });
    assert.equal(again.body['id'], customerId);
  });

  it('is not made when the username is taken', async () => {
    const { username } = await register(api);
    const { status, body } = await api.post('/v1/customers', { ...holder(), username });
    assert.deepStrictEqual([status, body['code']], [409, 'username_taken']);
  });
});

describe('one’s own data', () => {
  it('are changed whole, but for what services are live on', async () => {
    const { token, customerId } = await register(api);
    const path = `/v1/customers/${customerId}`;
    const { body: before } = await api.as(token).get(path);
    const change = {
      companyName: 'Bianchi & Figli S.r.l.',
      address: { street: 'Via Roma 1', postalCode: '00100', city: 'Roma', province: 'rm' },
      phone: '+39 06 654321',
      email: 'nuova@example.com',
      certifiedEmail: 'bianchi@pec.example.com',
    };
    const changed = await api.as(token).put(path, change);
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    const { vatNumber, id, createdAt, language, publicAdministration, credit, owed } = before;
    const address = { ...change.address, province: 'RM', country: 'IT' };
    const expected = { ...change, address, vatNumber, id, createdAt, language, publicAdministration, credit, owed };
    assert.deepStrictEqual(changed.body, expected);
    assert.deepStrictEqual((await api.as(token).get(path)).body, expected);
    const repeated = await api.as(token).put(path, { ...change, vatNumber, language: 'en' });
    assert.equal(repeated.body['language'], 'en');
  });

  it('name what cannot be changed', async () => {
    const { token, customerId } = await register(api);
    const { vatNumber: _own, recipientCode: _code, ...data } = holder();
    for (const [field, value] of [
      ['vatNumber', holder()['vatNumber']],
      ['taxCode', 'RSSMRA45C12F205C'],
      ['publicAdministration', true],
    ] as const) {
      const { status, body } = await api.as(token).put(`/v1/customers/${customerId}`, { ...data, [field]: value });
      assert.deepStrictEqual([status, fieldsOf(body)], [400, [field]], JSON.stringify(body));
    }
    for (const wrong of ['[]', '"x"', 'null']) {
      assert.equal((await api.as(token).put(`/v1/customers/${customerId}`, wrong)).status, 400);
    }
  });
});
