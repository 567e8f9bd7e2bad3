import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  queueAccountMessage,
  queuePasswordReset,
  queueUsernameReminder,
  type AccountMessageKind,
} from '../../db/accountMessages.ts';
import {
  accountNamed,
  createCustomerAccount,
  customerAccount,
  ensureAccount,
  findAccount,
  findByUsername,
  nameAccount,
  setPassword,
  setTemporaryPassword,
  strengthenHash,
  UsernameTakenError,
  usernamesBeside,
  type Account,
} from '../../db/accounts.ts';
import { AttemptCounter } from '../../db/attempts.ts';
import { createCustomer } from '../../db/customers.ts';
import type { NewCustomer } from '../../db/customers.ts';
import { createLink, findLink, LINK_LIMIT_MS, useLink } from '../../db/passwordLinks.ts';
import { instant, type Instant } from '../../domain/calendar.ts';
import { aCustomer, openFresh, type TestDatabase } from './support/life.ts';

const NOW = instant('2027-03-04T10:00:00+01:00');
const later = (milliseconds: number): Instant => (NOW + milliseconds) as Instant;

let test: TestDatabase;
before(async () => {
  test = await openFresh();
});
after(() => test.close());

let serial = 0;
const aUsername = (): string => `user.${(serial += 1)}`;

async function anAccount(username = aUsername(), changes: Partial<NewCustomer> = {}): Promise<Account> {
  const { id: customerId } = await createCustomer(test.db, aCustomer(changes));
  return createCustomerAccount(test.db, { customerId, username, passwordHash: 'hash-1' });
}

async function queued(account: Account): Promise<AccountMessageKind[]> {
  const rows: { kind: AccountMessageKind }[] = await test
    .db('account_messages')
    .where({ account_id: account.id })
    .orderBy('id')
    .select('kind');
  return rows.map(({ kind }) => kind);
}

describe('a customer’s own account', () => {
  it('is made once, and found by its username in any case', async () => {
    const account = await anAccount('Ada.Rossi@example.com');
    assert.match(account.id, /^acc_[0-9a-f-]{36}$/);
    assert.deepStrictEqual([account.subscriptionId, account.mustChangePassword], [null, false]);
    assert.deepStrictEqual(await findByUsername(test.db, 'ADA.rossi@EXAMPLE.com'), account);
    assert.deepStrictEqual(await customerAccount(test.db, account.customerId), account);
    assert.deepStrictEqual(await accountNamed(test.db, account.id), account);
    const again = { customerId: account.customerId, username: 'another', passwordHash: null };
    assert.deepStrictEqual(await createCustomerAccount(test.db, again), account);
    assert.strictEqual(await findByUsername(test.db, 'another'), null);
  });

  it('has a username that nobody else has, however it is written', async () => {
    const { username } = await anAccount();
    await assert.rejects(anAccount(username.toUpperCase()), UsernameTakenError);
  });

  it('takes a chosen password, where the one before is still the same', async () => {
    const { id } = await anAccount();
    assert.strictEqual(await setPassword(test.db, id, 'hash-2', 'other'), false);
    assert.strictEqual(await setPassword(test.db, id, 'hash-2', 'hash-1'), true);
    assert.strictEqual(await strengthenHash(test.db, id, 'hash-1', 'hash-3'), false);
    assert.strictEqual(await strengthenHash(test.db, id, 'hash-2', 'hash-3'), true);
    assert.strictEqual((await accountNamed(test.db, id))?.passwordHash, 'hash-3');
  });
});

describe('a service’s account', () => {
  const aService = async () => {
    const { id: customerId } = await createCustomer(test.db, aCustomer());
    return { subscriptionId: `sub_${customerId}`, customerId };
  };

  it('stands beside the customer’s own and those of other services', async () => {
    const { customerId } = await anAccount();
    await ensureAccount(test.db, { subscriptionId: 'sub_a', customerId });
    await ensureAccount(test.db, { subscriptionId: 'sub_b', customerId });
    assert.strictEqual((await findAccount(test.db, 'sub_a'))?.subscriptionId, 'sub_a');
    assert.strictEqual((await customerAccount(test.db, customerId))?.subscriptionId, null);
  });

  it('takes the username an operator confirmed, until somebody can log in with it', async () => {
    const service = await aService();
    await nameAccount(test.db, { ...service, username: 'first.name' });
    await nameAccount(test.db, { ...service, username: 'second.name' });
    assert.strictEqual((await findAccount(test.db, service.subscriptionId))?.username, 'second.name');
    await setTemporaryPassword(test.db, service.subscriptionId, 'hash');
    await nameAccount(test.db, { ...service, username: 'third.name' });
    assert.strictEqual((await findAccount(test.db, service.subscriptionId))?.username, 'second.name');
    await assert.rejects(nameAccount(test.db, { ...(await aService()), username: 'SECOND.name' }), UsernameTakenError);
  });
});

describe('a mailed link', () => {
  it('opens its account until it is used, once', async () => {
    const { id: accountId, username } = await anAccount();
    const token = await createLink(test.db, { accountId, purpose: 'reset' }, NOW);
    assert.match(token, /^[\w-]{43}$/);
    const link = { accountId, username, passwordHash: 'hash-1', purpose: 'reset' };
    assert.deepStrictEqual(await findLink(test.db, token, NOW), link);
    const uses = await Promise.all([1, 2, 3].map(() => useLink(test.db, token, NOW)));
    assert.strictEqual(uses.filter((used) => used).length, 1);
    assert.strictEqual(await findLink(test.db, token, NOW), null);
  });

  it('is an hour’s for a reset, a week’s for an invitation', async () => {
    const { id: accountId } = await anAccount();
    for (const [purpose, hours] of [
      ['reset', 1],
      ['invitation', 7 * 24],
    ] as const) {
      assert.strictEqual(LINK_LIMIT_MS[purpose], hours * 3_600_000);
      const token = await createLink(test.db, { accountId, purpose }, NOW);
      assert.notStrictEqual(await findLink(test.db, token, later(LINK_LIMIT_MS[purpose] - 1)), null);
      assert.strictEqual(await findLink(test.db, token, later(LINK_LIMIT_MS[purpose])), null);
      assert.strictEqual(await useLink(test.db, token, later(LINK_LIMIT_MS[purpose])), false);
    }
  });

  it('dies when a newer one is made', async () => {
    const { id: accountId } = await anAccount();
    const older = await createLink(test.db, { accountId, purpose: 'invitation' }, NOW);
    const newer = await createLink(test.db, { accountId, purpose: 'reset' }, NOW);
    assert.strictEqual(await findLink(test.db, older, NOW), null);
    assert.strictEqual((await findLink(test.db, newer, NOW))?.purpose, 'reset');
  });

  it('stands nowhere in clear', async () => {
    const { id: accountId } = await anAccount();
    const token = await createLink(test.db, { accountId, purpose: 'reset' }, NOW);
    const { rows } = await test.db.raw<{ rows: { text: string }[] }>('select l::text as text from password_links as l');
    assert.ok(rows.length > 0 && rows.every(({ text }) => !text.includes(token)));
  });
});

describe('what is mailed about accounts', () => {
  it('is queued once with its job, until it is sent', async () => {
    const account = await anAccount();
    await queuePasswordReset(test.db, account.username.toUpperCase());
    await queuePasswordReset(test.db, account.username);
    await queueAccountMessage(test.db, account.id, 'password_changed');
    assert.deepStrictEqual(await queued(account), ['password_reset', 'password_changed']);
    const jobs: unknown[] = await test
      .db('graphile_worker.jobs')
      .where({ task_identifier: 'send_account_message', queue_name: `mail:${account.id}` });
    assert.strictEqual(jobs.length, 2);
  });

  it('is nothing for a username nobody has', async () => {
    const count = async () => Number((await test.db('account_messages').count('id as n').first())?.['n']);
    const before = await count();
    await queuePasswordReset(test.db, 'nobody.at.all');
    await queueUsernameReminder(test.db, 'nobody@example.com');
    assert.strictEqual(await count(), before);
  });

  it('reminds everybody at one e-mail address with one mail', async () => {
    const email = 'Shared@Example.com';
    const first = await anAccount(undefined, { email });
    const second = await anAccount(undefined, { email: email.toLowerCase() });
    await ensureAccount(test.db, { subscriptionId: 'sub_shared', customerId: second.customerId });
    await anAccount();
    await queueUsernameReminder(test.db, 'shared@example.COM');
    assert.deepStrictEqual(await queued(first), ['username_reminder']);
    assert.deepStrictEqual(await queued(second), []);
    const service = await findAccount(test.db, 'sub_shared');
    const expected = [first.username, second.username, service?.username];
    assert.deepStrictEqual(await usernamesBeside(test.db, first.id), expected);
  });
});

describe('a counter of attempts', () => {
  it('lets pass so many and then waits, for each name and in all processes alike', async () => {
    const aCounter = () => new AttemptCounter(test.db, 'test', { tries: 3, seconds: 60 });
    const [here, there] = [aCounter(), aCounter()];
    const waits = await Promise.all([here, there, here, there, here, there].map((counter) => counter.count('Ada')));
    assert.strictEqual(waits.filter((wait) => wait === 0).length, 3);
    const wait = await here.count('ADA');
    assert.ok(wait > 50_000 && wait <= 60_000, String(wait));
    assert.strictEqual(await here.count('Bea'), 0);
    await there.forget('ada');
    assert.strictEqual(await here.count('Ada'), 0);
  });

  it('takes back what was none', async () => {
    const counter = new AttemptCounter(test.db, 'back', { tries: 1, seconds: 60 });
    for (let turn = 0; turn < 3; turn += 1) {
      assert.strictEqual(await counter.count('x'), 0);
      await counter.takeBack('x');
    }
  });
});
