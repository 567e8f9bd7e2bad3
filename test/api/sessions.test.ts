import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { DEFAULT_LIMITS } from '../../api/attempts.ts';
import { ensureAccount, setTemporaryPassword } from '../../db/accounts.ts';
import { isWeaker } from '../../db/passwords.ts';
import { IDLE_LIMIT_MS } from '../../db/sessions.ts';
import type { Instant } from '../../domain/calendar.ts';
import { customerWithAccount, freshUsername, logIn, mailedLink, PASSWORD } from './support/accounts.ts';
import { startApi, type Answer, type TestApi } from './support/api.ts';
import { createCustomer, holder } from './support/customers.ts';

const NEW_PASSWORD = 'una password tutta nuova';

let api: TestApi;
before(async () => {
  api = await startApi({ worker: false, address: '127.0.0.1:1' });
});
after(() => api.stop());

const tryPassword = (username: string, password: string, headers: Record<string, string> = {}): Promise<Answer> =>
  api.as(null).post('/v1/sessions', { username, password }, headers);

/** Less memory, one round: as temporary passwords were hashed before. */
function olderHash(password: string): string {
  const salt = Buffer.from('0123456789abcdef');
  const key = scryptSync(password, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 });
  return `scrypt$32768$8$1$${salt.toString('base64')}$${key.toString('base64')}`;
}

/** A service's account with a temporary password, as an activation mails it. */
async function serviceAccount(password: string): Promise<{ username: string; subscriptionId: string }> {
  const customerId = await createCustomer(api);
  const subscriptionId = `sub_${customerId}`;
  const { username } = await ensureAccount(api.db, { subscriptionId, customerId });
  await setTemporaryPassword(api.db, subscriptionId, olderHash(password));
  return { username, subscriptionId };
}

describe('logging in', () => {
  it('answers with a session that says who it is', async () => {
    const { username, customerId } = await customerWithAccount(api, {
      companyName: undefined,
      firstName: 'Ada',
      lastName: 'Rossi',
    });
    const { status, body } = await tryPassword(username.toUpperCase(), PASSWORD);
    assert.equal(status, 201, JSON.stringify(body));
    const account = { username, kind: 'customer', customerId, subscriptionId: null, mustChangePassword: false };
    assert.deepStrictEqual(body['account'], account);
    assert.match(String(body['token']), /^rs_[\w-]{43}$/);
    const mine = await api.as(String(body['token'])).get('/v1/session');
    assert.equal(mine.status, 200);
    assert.deepStrictEqual(mine.body['account'], account);
    assert.deepStrictEqual(mine.body['customer'], { name: 'Ada Rossi', language: 'it' });
    assert.match(String(mine.body['expiresAt']), /^\d{4}-\d\d-\d\dT/);
  });

  it('answers a wrong password and an unknown username alike', async () => {
    const { username } = await customerWithAccount(api);
    const invited = freshUsername();
    await api.post('/v1/customers', { ...holder(), username: invited });
    const answers = [
      await tryPassword(username, 'another password'),
      await tryPassword(freshUsername(), PASSWORD),
      await tryPassword(invited, PASSWORD),
      await tryPassword("nobody'; drop table accounts; --", PASSWORD),
    ];
    for (const { status, body } of answers) {
      assert.equal(status, 401);
      assert.equal(body['code'], 'credentials_wrong');
      assert.deepStrictEqual({ ...body, instance: '' }, { ...answers[0]?.body, instance: '' });
    }
  });

  it('refuses what is no username or password at all, field by field', async () => {
    for (const [body, field] of [
      [{ username: '', password: PASSWORD }, 'username'],
      [{ username: 'a\u0000b', password: PASSWORD }, 'username'],
      [{ username: 'someone', password: '' }, 'password'],
      [{ username: 'someone', password: 'x'.repeat(1001) }, 'password'],
      [{ username: 'someone', password: PASSWORD, remember: true }, 'remember'],
    ] as const) {
      const answer = await api.as(null).post('/v1/sessions', body);
      assert.equal(answer.status, 400);
      assert.deepStrictEqual(
        (answer.body['errors'] as { field: string }[]).map((error) => error.field),
        [field],
      );
    }
  });

  it('hashes the password anew where its hash is of an older kind', async () => {
    const { username, subscriptionId } = await serviceAccount('tempor-ary1-pass-word');
    await logIn(api, username, 'tempor-ary1-pass-word');
    const row = await api.db('accounts').where({ subscription_id: subscriptionId }).first('password_hash');
    assert.equal(isWeaker(String(row?.password_hash)), false);
    await logIn(api, username, 'tempor-ary1-pass-word');
  });
});

describe('a session', () => {
  it('ends when it is ended, and no other with it', async () => {
    const { username, token } = await customerWithAccount(api);
    const other = await logIn(api, username);
    assert.equal((await api.as(token).send('DELETE', '/v1/session')).status, 204);
    const after = await api.as(token).get('/v1/session');
    assert.deepStrictEqual([after.status, after.body['code']], [401, 'unauthorized']);
    assert.equal((await api.as(other).get('/v1/session')).status, 200);
  });

  it('ends when it was not used for long', async () => {
    let ahead = 0;
    const beside = await startApi({
      beside: api,
      change: (context) => ({ ...context, now: () => (Date.now() + ahead) as Instant }),
    });
    const { token } = await customerWithAccount(api);
    assert.equal((await beside.as(token).get('/v1/session')).status, 200);
    ahead = IDLE_LIMIT_MS + 1000;
    assert.equal((await beside.as(token).get('/v1/session')).status, 401);
    await beside.stop();
  });

  it('is not what an operator has, nor what a made-up token opens', async () => {
    const { status, body } = await api.get('/v1/session');
    assert.deepStrictEqual([status, body['code']], [403, 'session_needed']);
    for (const token of ['rs_', `rs_${'a'.repeat(43)}`, 'rk_none', 'x y']) {
      assert.equal((await api.as(token).get('/v1/session')).status, 401);
    }
  });

  it('leaves no token or password in the log', async () => {
    const { token, customerId } = await customerWithAccount(api);
    await api.as(token).get('/v1/session');
    const link = await mailedLink(api, { customerId });
    await api.as(null).get(`/v1/password-resets/${link}`);
    const logged = api.logged.join('');
    for (const secret of [token, link, PASSWORD]) assert.ok(!logged.includes(secret));
    assert.ok(logged.includes('/v1/password-resets/[redacted]'));
  });
});

describe('a temporary password', () => {
  it('opens nothing but the way to an own one', async () => {
    const temporary = 'abcd-efgh-jkmn-pqrs';
    const { username, subscriptionId } = await serviceAccount(temporary);
    const token = await logIn(api, username, temporary);
    const mine = await api.as(token).get('/v1/session');
    assert.equal((mine.body['account'] as Record<string, unknown>)['mustChangePassword'], true);
    for (const path of [`/v1/subscriptions/${subscriptionId}`, '/v1/orders/1000000137', '/v1/nothing']) {
      const { status, body } = await api.as(token).get(path);
      assert.deepStrictEqual([status, body['code']], [403, 'password_change_required']);
    }
    const change = (newPassword: string) =>
      api.as(token).put('/v1/session/password', { currentPassword: temporary, newPassword });
    for (const wrong of [temporary, username, username.toUpperCase(), 'short', 'x'.repeat(201)]) {
      const { status, body } = await change(wrong);
      assert.equal(status, 400, wrong);
      assert.equal((body['errors'] as { field: string }[])[0]?.field, 'newPassword');
    }
    const { status, body } = await change(NEW_PASSWORD);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((body['account'] as Record<string, unknown>)['mustChangePassword'], false);
    // Nothing stands in the way any more: this subscription only never began.
    assert.equal((await api.as(token).get(`/v1/subscriptions/${subscriptionId}`)).status, 404);
    assert.equal(await setTemporaryPassword(api.db, subscriptionId, 'hash'), false);
  });
});

describe('changing one’s password', () => {
  it('ends the other sessions, kills mailed links, and is told by mail', async () => {
    const { username, token, customerId } = await customerWithAccount(api);
    const other = await logIn(api, username);
    const link = await mailedLink(api, { customerId });
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    assert.equal((await api.as(token).put('/v1/session/password', change)).status, 200);
    assert.equal((await api.as(token).get('/v1/session')).status, 200);
    assert.equal((await api.as(other).get('/v1/session')).status, 401);
    assert.equal((await api.as(null).get(`/v1/password-resets/${link}`)).status, 404);
    assert.equal((await tryPassword(username, PASSWORD)).status, 401);
    await logIn(api, username, NEW_PASSWORD);
    const told: { kind: string }[] = await api
      .db('account_messages')
      .join('accounts', 'accounts.id', 'account_messages.account_id')
      .where({ customer_id: customerId })
      .select('kind');
    assert.deepStrictEqual(told, [{ kind: 'password_changed' }]);
  });

  it('needs the present one', async () => {
    const { token } = await customerWithAccount(api);
    const wrong = { currentPassword: 'not at all', newPassword: NEW_PASSWORD };
    const { status, body } = await api.as(token).put('/v1/session/password', wrong);
    assert.deepStrictEqual([status, body['code']], [400, 'invalid_input']);
    assert.equal((body['errors'] as { field: string }[])[0]?.field, 'currentPassword');
  });
});

describe('a mailed link', () => {
  it('sets a password once, and ends all sessions', async () => {
    const { username, token, customerId } = await customerWithAccount(api);
    const link = await mailedLink(api, { customerId });
    const found = await api.as(null).get(`/v1/password-resets/${link}`);
    assert.deepStrictEqual([found.status, found.body], [200, { username, purpose: 'reset' }]);
    for (const wrong of ['short', username, PASSWORD]) {
      const { status } = await api.as(null).put(`/v1/password-resets/${link}`, { password: wrong });
      assert.equal(status, 400, wrong);
    }
    const set = await api.as(null).put(`/v1/password-resets/${link}`, { password: NEW_PASSWORD });
    assert.deepStrictEqual([set.status, set.body], [200, { username }]);
    assert.equal((await api.as(token).get('/v1/session')).status, 401);
    await logIn(api, username, NEW_PASSWORD);
    for (const answer of [
      await api.as(null).get(`/v1/password-resets/${link}`),
      await api.as(null).put(`/v1/password-resets/${link}`, { password: 'yet another password' }),
      await api.as(null).get('/v1/password-resets/%00'),
      await api.as(null).get('/v1/password-resets/..%2F..%2Fsession'),
    ]) {
      assert.deepStrictEqual([answer.status, answer.body['code']], [404, 'link_unknown']);
    }
  });

  it('is asked for without a word on whether there is such an account', async () => {
    const email = `${freshUsername()}@example.com`;
    const { username, customerId } = await customerWithAccount(api, { email });
    const asked: [string, Record<string, string>][] = [
      ['/v1/password-resets', { username }],
      ['/v1/password-resets', { username: freshUsername() }],
      ['/v1/username-reminders', { email }],
      ['/v1/username-reminders', { email: 'nobody@example.com' }],
    ];
    for (const [path, body] of asked) {
      const answer = await api.as(null).post(path, body);
      assert.deepStrictEqual([answer.status, answer.body], [202, {}]);
    }
    const queued: { kind: string }[] = await api
      .db('account_messages')
      .join('accounts', 'accounts.id', 'account_messages.account_id')
      .where({ customer_id: customerId })
      .orderBy('account_messages.id')
      .select('kind');
    assert.deepStrictEqual(queued, [{ kind: 'password_reset' }, { kind: 'username_reminder' }]);
  });
});

describe('too many attempts', () => {
  const few = { tries: 3, seconds: 60 };
  let strict: TestApi;
  before(async () => {
    const limits = { ...DEFAULT_LIMITS, username: few, mail: few, address: { tries: 6, seconds: 60 } };
    strict = await startApi({ beside: api, change: (context) => ({ ...context, limits }) });
  });
  after(() => strict.stop());

  let address = 0;
  const from = (): Record<string, string> => ({ 'x-forwarded-for': `192.0.2.${(address += 1)}` });
  const attempt = (username: string, password: string, headers = from()): Promise<Answer> =>
    strict.as(null).post('/v1/sessions', { username, password }, headers);

  it('for one username make also the right password wait, whoever asks and whether it exists or not', async () => {
    const { username } = await customerWithAccount(api);
    for (const name of [username, freshUsername()]) {
      for (let tries = 0; tries < 3; tries += 1) assert.equal((await attempt(name, 'wrong password')).status, 401);
      const { status, headers, body } = await attempt(name.toUpperCase(), PASSWORD);
      assert.deepStrictEqual([status, body['code']], [429, 'too_many_attempts']);
      const wait = Number(headers.get('retry-after'));
      assert.ok(wait > 0 && wait <= 60, String(wait));
    }
  });

  it('are forgiven when the right one comes in time, or by a mailed link', async () => {
    const { username, customerId } = await customerWithAccount(api);
    for (let turn = 0; turn < 2; turn += 1) {
      assert.equal((await attempt(username, 'wrong password')).status, 401);
      assert.equal((await attempt(username, 'wrong password')).status, 401);
      assert.equal((await attempt(username, PASSWORD)).status, 201);
    }
    for (let tries = 0; tries < 4; tries += 1) await attempt(username, 'wrong password');
    const link = await mailedLink(api, { customerId });
    await strict.as(null).put(`/v1/password-resets/${link}`, { password: NEW_PASSWORD });
    assert.equal((await attempt(username, NEW_PASSWORD)).status, 201);
  });

  it('from one address make it wait, for all usernames', async () => {
    const one = from();
    for (let tries = 0; tries < 6; tries += 1) {
      assert.equal((await attempt(freshUsername(), 'wrong password', one)).status, 401);
    }
    assert.equal((await attempt(freshUsername(), 'wrong password', one)).status, 429);
    assert.equal((await attempt(freshUsername(), 'wrong password')).status, 401);
  });

  it('from one IPv6 network count as from one address', async () => {
    for (let tries = 0; tries < 7; tries += 1) {
      const headers = { 'x-forwarded-for': `2001:db8::${tries}:1` };
      assert.equal((await attempt(freshUsername(), 'wrong password', headers)).status, tries < 6 ? 401 : 429);
    }
  });

  it('to have mail sent wait, too', async () => {
    const username = freshUsername();
    const ask = () => strict.as(null).post('/v1/password-resets', { username }, from());
    for (let tries = 0; tries < 3; tries += 1) assert.equal((await ask()).status, 202);
    assert.equal((await ask()).status, 429);
  });
});
