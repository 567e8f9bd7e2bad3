import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Knex } from 'knex';
import { ensureAccount, findAccount, setTemporaryPassword } from '../../db/accounts.ts';
import { createApiKey, verifyApiKey } from '../../db/apiKeys.ts';
import { createCustomer, findCustomer } from '../../db/customers.ts';
import { openDatabase } from '../../db/database.ts';
import { confirmCharge, countRequest, findCharge, IdempotencyKeyReusedError, settleCharge } from '../../db/gateway.ts';
import { claim, complete, remember } from '../../db/idempotency.ts';
import { claimMessage, listMessages, markSent, markSuppressed } from '../../db/messages.ts';
import { findMethod, storeMethod } from '../../db/paymentMethods.ts';
import { exclusively } from '../../db/exclusive.ts';
import { findSubscription } from '../../db/subscriptions.ts';
import { listCharges, listTimeline } from '../../db/timeline.ts';
import { aCustomer, Life, openFresh, START, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
let db: Knex;
before(async () => {
  fresh = await openFresh();
  ({ db } = fresh);
});
after(() => fresh.close());

describe('a customer', () => {
  it('is read back as it was made', async () => {
    const whole = aCustomer({
      companyName: "L'Aquila & C.; drop table customers --",
      vatNumber: '12345678903',
      recipientCode: 'ABC1234',
      certifiedEmail: 'ada@pec.example.com',
      language: 'en',
      publicAdministration: true,
    });
    const { id, createdAt, ...read } = await createCustomer(db, whole);
    assert.deepStrictEqual(read, whole);
    assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
    assert.deepStrictEqual(await findCustomer(db, id), { id, createdAt, ...whole });
  });

  it('has no field that was not given', async () => {
    const { taxCode, ...sparse } = aCustomer({ firstName: undefined, lastName: undefined, companyName: 'Ada srl' });
    const read = await createCustomer(db, { ...sparse, vatNumber: '00000000019' });
    assert.ok(taxCode);
    assert.deepStrictEqual(Object.keys(read).toSorted(), [
      ...[
        'address',
        'companyName',
        'createdAt',
        'email',
        'id',
        'language',
        'phone',
        'publicAdministration',
        'vatNumber',
      ],
    ]);
  });

  it('is the same when it is made again under the same id', async () => {
    const given = aCustomer();
    const first = await createCustomer(db, given, 'cus_given');
    const again = await createCustomer(db, { ...given, lastName: 'Bianchi' }, 'cus_given');
    assert.deepStrictEqual(again, first);
  });

  it('is null when there is none', async () => {
    assert.strictEqual(await findCustomer(db, 'cus_none'), null);
    assert.strictEqual(await findSubscription(db, 'sub_none'), null);
    assert.deepStrictEqual(await listTimeline(db, 'sub_none'), []);
  });
});

describe('the timeline', () => {
  it('is read in pages', async () => {
    const { life } = await Life.ordered(db);
    for (const usedBytes of [1, 2, 3, 4]) life.do({ type: 'ReportUsage', usedBytes });
    await life.commit();
    const sequences = async (page: { after?: number; limit?: number }): Promise<number[]> =>
      (await listTimeline(db, life.id, page)).map(({ sequence }) => sequence);
    assert.deepStrictEqual(await sequences({}), [1, 2, 3, 4, 5]);
    assert.deepStrictEqual(await sequences({ limit: 2 }), [1, 2]);
    assert.deepStrictEqual(await sequences({ after: 2, limit: 2 }), [3, 4]);
    assert.deepStrictEqual(await sequences({ after: 5 }), []);
  });
});

describe('the charges of an order', () => {
  it('are found in the timeline', async () => {
    const life = await Life.active(db);
    const renewal = await life.order('renewal');
    life.do({ type: 'PayOrder', number: renewal, method: { methodId: 'pm_1', kind: 'card' } });
    const attemptId = life.state.attempt?.attemptId ?? '';
    life.do({ type: 'RecordChargeOutcome', attemptId, outcome: { kind: 'declined', reason: 'no funds' } });
    await life.commit();
    const charges = await listCharges(db, life.id, renewal);
    assert.deepStrictEqual(
      charges.map(({ type }) => type),
      ['ChargeStarted', 'ChargeDeclined'],
    );
    assert.deepStrictEqual(await listCharges(db, life.id, '1000000161'), []);
  });
});

describe('something done exclusively', () => {
  it('is done by one at a time, and by the next when that is over or failed', async () => {
    const inside = Promise.withResolvers<void>();
    const first = exclusively(db, 'a', () => inside.promise.then(() => 'first'));
    const second = exclusively(db, 'b', () => exclusively(db, 'b', () => Promise.resolve('never')));
    assert.strictEqual(await second, null);
    await assert.rejects(
      exclusively(db, 'b', () => Promise.reject(new Error('failed'))),
      /failed/,
    );
    assert.strictEqual(await exclusively(db, 'b', () => Promise.resolve('next')), 'next');
    inside.resolve();
    assert.strictEqual(await first, 'first');
  });

  it('leaves the pool to the work, however many are at it', async () => {
    const pool = openDatabase(fresh.url, { poolSize: 1 });
    try {
      const names = Array.from({ length: 8 }, (_, index) => `clock ${index}`);
      const done = names.map((name) =>
        exclusively(pool, name, async () => (await pool.raw('select 1 as one')).rows[0].one),
      );
      assert.deepStrictEqual(await Promise.all(done), [1, 1, 1, 1, 1, 1, 1, 1]);
    } finally {
      await pool.destroy();
    }
  });
});

describe('a stored method', () => {
  it('is the same when the same token is stored again', async () => {
    const { id: customerId } = await createCustomer(db, aCustomer());
    const card = { customerId, kind: 'card', token: 'tok_1', label: '**** 4242' } as const;
    const { methodId, ...stored } = await storeMethod(db, card);
    const untold = { brand: null, last4: null, validThrough: null, removedAt: null };
    assert.deepStrictEqual(stored, { ...card, ...untold });
    assert.deepStrictEqual(await findMethod(db, methodId), { methodId, ...card, ...untold });
    const again = await storeMethod(db, { ...card, label: 'Visa 4242' });
    assert.deepStrictEqual(again, { methodId, ...card, ...untold, label: 'Visa 4242' });
    assert.notStrictEqual((await storeMethod(db, { ...card, token: 'tok_2' })).methodId, methodId);
    assert.strictEqual(await findMethod(db, 'pm_none'), null);
  });
});

describe('an account', () => {
  it('is made once, whoever asks at the same time', async () => {
    const { id: customerId } = await createCustomer(db, aCustomer());
    const ask = () => ensureAccount(db, { subscriptionId: `sub_${customerId}`, customerId });
    const answers = await Promise.all(Array.from({ length: 6 }, ask));
    assert.match(answers[0]?.username ?? '', /^rn\d{8}$/);
    assert.deepStrictEqual(new Set(answers.map(({ username }) => username)).size, 1);
  });

  it('has a temporary password until the customer chose their own', async () => {
    const { id: customerId } = await createCustomer(db, aCustomer());
    const subscriptionId = `sub_${customerId}`;
    await ensureAccount(db, { subscriptionId, customerId });
    assert.strictEqual((await findAccount(db, subscriptionId))?.mustChangePassword, true);
    assert.strictEqual(await setTemporaryPassword(db, subscriptionId, 'hash-1'), true);
    assert.strictEqual(await setTemporaryPassword(db, subscriptionId, 'hash-2'), true);
    await db('accounts').where({ subscription_id: subscriptionId }).update({ must_change_password: false });
    assert.strictEqual(await setTemporaryPassword(db, subscriptionId, 'hash-3'), false);
    const row: unknown = await db('accounts').where({ subscription_id: subscriptionId }).first('password_hash');
    assert.deepStrictEqual(row, { password_hash: 'hash-2' });
  });
});

describe('an API key', () => {
  it('is known by its hash only', async () => {
    const key = await createApiKey(db, 'demo');
    assert.strictEqual((await verifyApiKey(db, key))?.name, 'demo');
    assert.strictEqual(await verifyApiKey(db, `${key}x`), null);
    assert.strictEqual(await verifyApiKey(db, ''), null);
    const { rows } = await db.raw<{ rows: { text: string }[] }>('select api_keys::text as text from api_keys');
    assert.ok(rows.every(({ text }) => !text.includes(key)));
  });
});

describe('an idempotency key', () => {
  async function aKey(key: string) {
    const verified = await verifyApiKey(db, await createApiKey(db, key));
    return { owner: verified?.id ?? '', key };
  }

  it('is new once, then in progress, then replayed', async () => {
    const id = await aKey('order-1');
    const request = { ...id, requestHash: 'a' };
    assert.deepStrictEqual(await claim(db, request), { kind: 'new' });
    assert.deepStrictEqual(await claim(db, request), { kind: 'in_progress', resume: null });
    const begun = { number: '1000000161', subscriptionId: 'sub_1' };
    assert.deepStrictEqual(await remember(db, id, begun), begun);
    assert.deepStrictEqual(await claim(db, request), { kind: 'in_progress', resume: begun });
    await complete(db, id, { status: 201, body: { number: '1000000161' } });
    const replay = { kind: 'replay', status: 201, body: { number: '1000000161' } };
    assert.deepStrictEqual(await claim(db, request), replay);
    await complete(db, id, { status: 500, body: null });
    assert.deepStrictEqual(await claim(db, request), replay);
    assert.deepStrictEqual(await claim(db, { ...request, requestHash: 'b' }), { kind: 'mismatch' });
  });

  it('goes on with what the first one began, whoever is at work on it', async () => {
    const id = await aKey('order-2');
    const answers = await Promise.all([1, 2, 3, 4].map(() => claim(db, { ...id, requestHash: 'a' })));
    assert.strictEqual(answers.filter(({ kind }) => kind === 'new').length, 1);
    const begun = await Promise.all([1, 2, 3, 4].map((number) => remember(db, id, { number })));
    assert.strictEqual(new Set(begun.map(({ number }) => number)).size, 1);
  });

  it('belongs to the API key it was sent with', async () => {
    const one = await aKey('same');
    const other = { ...(await aKey('other')), key: 'same' };
    assert.deepStrictEqual(await claim(db, { ...one, requestHash: 'a' }), { kind: 'new' });
    assert.deepStrictEqual(await claim(db, { ...other, requestHash: 'b' }), { kind: 'new' });
  });

  it('must be claimed before anything is remembered', async () => {
    await assert.rejects(remember(db, await aKey('never'), {}), TypeError);
  });
});

describe('a message', () => {
  it('is claimed by one, held until it is marked, and sent once', async () => {
    const { life } = await Life.ordered(db);
    const [queued] = await listMessages(db, life.id);
    const id = queued?.id ?? 0;
    await db.transaction(async (trx) => {
      assert.deepStrictEqual(await claimMessage(trx, id), queued);
      const other = db('messages').where({ id }).forUpdate().noWait();
      await assert.rejects(async () => other, { code: '55P03' });
      await markSent(trx, id);
    });
    assert.strictEqual(await claimMessage(db, id), null);
    await markSuppressed(db, id);
    const [sent] = await listMessages(db, life.id);
    assert.strictEqual(sent?.status, 'sent');
    assert.ok(Math.abs((sent.sentAt ?? 0) - Date.now()) < 60_000);
  });

  it('stays queued when sending it fails', async () => {
    const { life } = await Life.ordered(db);
    const [queued] = await listMessages(db, life.id);
    const id = queued?.id ?? 0;
    const failing = db.transaction(async (trx) => {
      await claimMessage(trx, id);
      throw new Error('no mail server');
    });
    await assert.rejects(failing, /no mail server/);
    assert.deepStrictEqual(await claimMessage(db, id), queued);
  });

  it('is suppressed when it no longer tells anything', async () => {
    const { life } = await Life.ordered(db);
    const [queued] = await listMessages(db, life.id);
    await markSuppressed(db, queued?.id ?? 0);
    assert.strictEqual(await claimMessage(db, queued?.id ?? 0), null);
    assert.strictEqual((await listMessages(db, life.id))[0]?.status, 'suppressed');
  });
});

describe("the sandbox gateway's memory", () => {
  const charge = { token: 'tok', amountMinor: 3050, outcome: 'captured', reason: null, settledAt: START } as const;

  it('keeps the first answer to a key', async () => {
    const idempotencyKey = '1000000161-1';
    assert.strictEqual(await findCharge(db, idempotencyKey), null);
    const settled = { ...charge, idempotencyKey };
    assert.deepStrictEqual(await settleCharge(db, settled), settled);
    const declined = { ...settled, outcome: 'declined', reason: 'no funds' } as const;
    assert.deepStrictEqual(await settleCharge(db, declined), settled);
    assert.deepStrictEqual(await findCharge(db, idempotencyKey), settled);
  });

  it('refuses the same key for another charge', async () => {
    const settled = { ...charge, idempotencyKey: '1000000161-2' };
    await settleCharge(db, settled);
    await assert.rejects(settleCharge(db, { ...settled, amountMinor: 1 }), IdempotencyKeyReusedError);
    await assert.rejects(settleCharge(db, { ...settled, token: 'other' }), IdempotencyKeyReusedError);
  });

  it('captures what the customer confirms, once', async () => {
    const idempotencyKey = '1000000161-3';
    const waiting = { ...charge, idempotencyKey, outcome: 'needs_customer' } as const;
    await settleCharge(db, waiting);
    assert.deepStrictEqual(await confirmCharge(db, idempotencyKey, START), { ...waiting, outcome: 'captured' });
    assert.strictEqual(await confirmCharge(db, idempotencyKey, START), null);
    assert.strictEqual(await confirmCharge(db, 'none', START), null);
  });

  it('counts what reached it', async () => {
    const counts = await Promise.all([1, 2, 3].map(() => countRequest(db, 'counted')));
    assert.deepStrictEqual(
      counts.toSorted((a, b) => a - b),
      [1, 2, 3],
    );
  });
});

describe('a database', () => {
  it('reads amounts, dates and instants exactly, and leaves other users of pg alone', async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `select 9007199254740991::bigint as amount, date '2027-10-31' as day, timestamptz '2027-10-31 02:30+02' as at,
         null::bigint as nothing, '{"a": [1, null]}'::jsonb as json`,
    );
    const at = Date.UTC(2027, 9, 31, 0, 30);
    const json = { a: [1, null] };
    assert.deepStrictEqual(rows, [{ amount: 9_007_199_254_740_991, day: '2027-10-31', at, nothing: null, json }]);
    await assert.rejects(async () => db.raw('select 9007199254740993::bigint'), RangeError);
    await assert.rejects(async () => db.raw("select timestamptz 'infinity'"), RangeError);
  });

  it('cuts off a statement that hangs, and says who it is', async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
         current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`,
    );
    assert.deepStrictEqual(rows, [{ statement: '15s', lock: '10s', idle: '30s', name: 'rinnovo' }]);
  });

  it('goes on with new connections when Postgres cut the old ones', async () => {
    const pool = openDatabase(fresh.url, { poolSize: 3 });
    try {
      const pids = await Promise.all([1, 2, 3].map(() => pool.raw('select pg_backend_pid() as pid, pg_sleep(0.05)')));
      assert.strictEqual(new Set(pids.map(({ rows }) => rows[0].pid)).size, 3);
      const hanging = pool.raw('select pg_sleep(30)').then(
        () => 'done',
        () => 'cut',
      );
      await db.raw(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      );
      assert.strictEqual(await hanging, 'cut');
      await untilAnswered(pool);
    } finally {
      await pool.destroy();
    }
  });

  /** A connection may break under the very next query; once the cut is noticed, none does. */
  async function untilAnswered(pool: Knex): Promise<void> {
    const deadline = Date.now() + 5_000;
    for (;;) {
      const answers = await Promise.allSettled([1, 2, 3, 4, 5].map(() => pool.raw('select 1')));
      if (answers.every(({ status }) => status === 'fulfilled')) return;
      assert.ok(Date.now() < deadline, 'still no connection');
    }
  }

  it('says at once that Postgres is not there', async () => {
    const pool = openDatabase('postgres://nobody@127.0.0.1:1/nothing');
    await assert.rejects(async () => pool.raw('select 1'), { code: 'ECONNREFUSED' });
    await pool.destroy();
  });
});
