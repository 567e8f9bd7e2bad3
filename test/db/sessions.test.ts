import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createCustomerAccount, setPassword, type Account } from '../../db/accounts.ts';
import { createCustomer } from '../../db/customers.ts';
import {
  endSession,
  endSessions,
  IDLE_LIMIT_MS,
  openSession,
  SESSION_LIMIT_MS,
  useSession,
} from '../../db/sessions.ts';
import { instant, type Instant } from '../../domain/calendar.ts';
import { aCustomer, openFresh, type TestDatabase } from './support/life.ts';

const NOW = instant('2027-03-04T10:00:00+01:00');
const MINUTE = 60_000;
const later = (milliseconds: number): Instant => (NOW + milliseconds) as Instant;

let test: TestDatabase;
before(async () => {
  test = await openFresh();
});
after(() => test.close());

let serial = 0;

async function anAccount(): Promise<Account> {
  const { id: customerId } = await createCustomer(test.db, aCustomer());
  return createCustomerAccount(test.db, { customerId, username: `user.${(serial += 1)}`, passwordHash: 'hash' });
}

async function logIn({ id: accountId }: Account, now = NOW): Promise<string> {
  const opened = await openSession(test.db, { accountId, passwordHash: 'hash' }, now);
  assert.ok(opened !== null);
  return opened.token;
}

describe('a session', () => {
  it('is opened by its token alone, which stands nowhere in clear', async () => {
    const account = await anAccount();
    const token = await logIn(account);
    assert.match(token, /^rs_[\w-]{43}$/);
    const session = await useSession(test.db, token, NOW);
    assert.deepStrictEqual(
      [session?.accountId, session?.username, session?.customerId, session?.subscriptionId],
      [account.id, account.username, account.customerId, null],
    );
    assert.strictEqual(await useSession(test.db, `${token}x`, NOW), null);
    const { rows } = await test.db.raw<{ rows: { text: string }[] }>('select s::text as text from sessions as s');
    assert.ok(rows.length > 0 && rows.every(({ text }) => !text.includes(token.slice(3))));
  });

  it('ends half an hour after its last use', async () => {
    const token = await logIn(await anAccount());
    assert.strictEqual((await useSession(test.db, token, NOW))?.expiresAt, later(IDLE_LIMIT_MS));
    const used = await useSession(test.db, token, later(29 * MINUTE));
    assert.strictEqual(used?.expiresAt, later(29 * MINUTE + IDLE_LIMIT_MS));
    assert.notStrictEqual(await useSession(test.db, token, later(58 * MINUTE)), null);
    assert.strictEqual(await useSession(test.db, token, later(58 * MINUTE + IDLE_LIMIT_MS)), null);
  });

  it('ends after twelve hours, however much it is used', async () => {
    const token = await logIn(await anAccount());
    for (let at = 20 * MINUTE; at < SESSION_LIMIT_MS; at += 20 * MINUTE) {
      const session = await useSession(test.db, token, later(at));
      assert.ok(session !== null && session.expiresAt <= NOW + SESSION_LIMIT_MS);
    }
    assert.strictEqual(await useSession(test.db, token, later(SESSION_LIMIT_MS)), null);
  });

  it('writes its use down once a minute at most', async () => {
    const { id, ...account } = await anAccount();
    const token = await logIn({ id, ...account });
    const seen = async () => (await test.db('sessions').where({ account_id: id }).first('last_seen_at'))?.last_seen_at;
    await useSession(test.db, token, later(MINUTE - 1));
    assert.strictEqual(await seen(), NOW);
    await useSession(test.db, token, later(MINUTE));
    assert.strictEqual(await seen(), later(MINUTE));
  });

  it('is not opened by a password that was replaced meanwhile, also where both happen at once', async () => {
    const account = await anAccount();
    await setPassword(test.db, account.id, 'new');
    assert.strictEqual(await openSession(test.db, { accountId: account.id, passwordHash: 'hash' }, NOW), null);
    const other = await anAccount();
    const opening = await test.db.transaction(async (trx) => {
      await setPassword(trx, other.id, 'new');
      const waiting = openSession(test.db, { accountId: other.id, passwordHash: 'hash' }, NOW);
      await endSessions(trx, other.id);
      return { waiting };
    });
    assert.strictEqual(await opening.waiting, null);
  });

  it('ends alone, or with all the others of its account', async () => {
    const [account, other] = [await anAccount(), await anAccount()];
    const [first, second, third] = [await logIn(account), await logIn(account), await logIn(account)];
    const apart = await logIn(other);
    const use = (token: string) => useSession(test.db, token, NOW);
    await endSession(test.db, (await use(first))!);
    assert.strictEqual(await use(first), null);
    await endSessions(test.db, account.id, (await use(third))!);
    assert.deepStrictEqual([await use(second), (await use(third))?.accountId], [null, account.id]);
    await endSessions(test.db, account.id);
    assert.deepStrictEqual([await use(third), (await use(apart))?.accountId], [null, other.id]);
  });

  it('is forgotten when it can never be used again', async () => {
    const account = await anAccount();
    await logIn(account, later(-SESSION_LIMIT_MS));
    await logIn(account);
    const rows: unknown[] = await test.db('sessions').where({ account_id: account.id });
    assert.strictEqual(rows.length, 1);
  });
});
