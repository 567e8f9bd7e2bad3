import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { owedBy, paymentsOf, useCredit } from '../../db/credit.ts';
import { heldMoney } from '../../db/heldMoney.ts';
import { creditOf, ledgerBalances, paymentPlaces } from '../../db/ledger.ts';
import { findOrder, type OrderRow } from '../../db/orders.ts';
import { assignPayment, factOf, listPayments, recordPayment, setAsidePayment } from '../../db/payments.ts';
import { listQueue } from '../../db/queue.ts';
import {
  findReversal,
  listReversals,
  placeReversal,
  recordReversal,
  reversalsOf,
  unheardReversals,
  unsettledReversals,
  type NewReversal,
} from '../../db/reversals.ts';
import type { Instant } from '../../domain/calendar.ts';
import type { HeldMoney } from '../../domain/reversals.ts';
import { findOrder as openOrder } from '../../domain/subscription.ts';
import { Life, openFresh, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(async () => {
  const balances = Object.values(await ledgerBalances(fresh.db));
  assert.strictEqual(
    balances.reduce((sum, balance) => sum + balance, 0),
    0,
  );
  await fresh.close();
});

const LATER = (Date.now() + 3_600_000) as Instant;
let names = 0;

function newReversal(life: Life, paymentKey: string, amountMinor: number): NewReversal {
  names += 1;
  const externalId = `back-${names}`;
  const facts = { registeredOn: life.today, receivedAt: life.now, reason: 'called_back' } as const;
  return { key: `bank:${externalId}`, source: 'bank', externalId, paymentKey, amountMinor, ...facts };
}

async function held(life: Life, { key, paymentKey }: NewReversal): Promise<HeldMoney | null> {
  return (await heldMoney(fresh.db, { subscriptionId: life.id, key, paymentKey })).held;
}

/** Writes a reversal down and lets its life hear of it, as the API and the workflow do. */
async function takeBack(life: Life, paymentKey: string, amountMinor: number): Promise<NewReversal> {
  const reversal = newReversal(life, paymentKey, amountMinor);
  await recordReversal(fresh.db, reversal);
  const { source: _source, externalId: _externalId, ...fact } = reversal;
  const where = await held(life, reversal);
  assert.ok(where !== null);
  life.do({ type: 'RecordReversal', reversal: fact, held: where });
  await life.commit();
  return reversal;
}

async function pay(life: Life, orderNumber: string, amountMinor: number, key: string): Promise<void> {
  const fact = { ...life.payment({ orderNumber, key }), amountMinor };
  await recordPayment(fresh.db, life.newPayment(fact));
  life.do({ type: 'RecordPayment', payment: fact });
  await life.commit();
}

async function places(key: string): Promise<Record<string, number>> {
  const found = await paymentPlaces(fresh.db, key);
  return Object.fromEntries(found.map(({ account, amountMinor }) => [account.replace(/:cus.*/, ''), amountMinor]));
}

async function order(number: string): Promise<OrderRow> {
  return (await findOrder(fresh.db, number)) ?? assert.fail();
}

async function standing(number: string): Promise<[string, number, number]> {
  const { status, receivedMinor, dueMinor } = await order(number);
  return [status, receivedMinor, dueMinor];
}

async function receivable(number: string): Promise<number> {
  return (await ledgerBalances(fresh.db))[`receivable:${number}`] ?? 0;
}

/** An active life, and its first order of 3050 cents, paid by transfer as `key`. */
async function active(): Promise<{ life: Life; number: string; key: string }> {
  const { life, number } = await Life.ordered(fresh.db);
  const key = `bank:${life.id}`;
  await pay(life, number, 3050, key);
  life.do({ type: 'RecordActivation', username: 'rn00000001' });
  await life.commit();
  return { life, number, key };
}

describe('money taken back', () => {
  it('is written down once; told otherwise, the first stands', async () => {
    const { life, key } = await active();
    const reversal = newReversal(life, key, 1000);
    const kinds = await Promise.all(Array.from({ length: 5 }, () => recordReversal(fresh.db, reversal)));
    assert.deepStrictEqual(kinds.map(({ kind }) => kind).toSorted(), ['new', 'same', 'same', 'same', 'same']);
    const other = await recordReversal(fresh.db, { ...reversal, amountMinor: 1001 });
    assert.deepStrictEqual([other.kind, other.reversal.amountMinor], ['different', 1000]);
    assert.strictEqual((await listReversals(fresh.db, key)).length, 1);
    assert.deepStrictEqual(await places(key), {
      [`receivable:${(await listPayments(fresh.db, life.id))[0]?.orderNumber}`]: 3050,
    });
  });

  it('leaves an order that is completed and forgotten: it is due again, on the life and in the ledger', async () => {
    const { life, number, key } = await active();
    assert.strictEqual(openOrder(life.state, number), undefined);
    await takeBack(life, key, 1000);
    await takeBack(life, key, 2050);
    assert.deepStrictEqual(await places(key), { 'cash:bank_transfer': 3050 });
    assert.deepStrictEqual(await standing(number), ['completed', 0, 3050]);
    assert.strictEqual(await receivable(number), 3050);
    const reopened = openOrder(life.state, number);
    assert.deepStrictEqual([reopened?.status, reopened?.payments, reopened?.returned], ['completed', [], true]);
    await pay(life, number, 3050, `${key}-again`);
    assert.deepStrictEqual([await standing(number), await receivable(number)], [['completed', 3050, 0], 0]);
    assert.strictEqual(openOrder(life.state, number), undefined);
    assert.deepStrictEqual(
      (await paymentsOf(fresh.db, [number])).get(number)?.map((payment) => [payment.key, payment.appliedMinor]),
      [[`${key}-again`, 3050]],
    );
  });

  it('leaves an order that is unpaid', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const key = `bank:${life.id}`;
    await pay(life, number, 1000, key);
    const reversal = await takeBack(life, key, 400);
    assert.deepStrictEqual(await standing(number), ['awaiting_payment', 600, 2450]);
    const row = await findReversal(fresh.db, reversal.key);
    assert.deepStrictEqual(
      [row?.placedMinor, row?.subscriptionId, row?.heardSequence],
      [400, life.id, life.state.sequence],
    );
  });

  it('that had become credit shrinks it; what was used of it meanwhile is owed', async () => {
    const { life, number, key } = await active();
    await pay(life, number, 3050, `${key}-twice`);
    const renewal = await life.order('renewal');
    await life.commit();
    const used = await useCredit(fresh.db, await order(renewal), life.now);
    assert.strictEqual(used?.amountMinor, 3050);
    life.do({ type: 'RecordPayment', payment: factOf(used) });
    await life.commit();
    await pay(life, number, 500, `${key}-thrice`);
    await takeBack(life, `${key}-twice`, 3050);
    assert.deepStrictEqual(
      [await creditOf(fresh.db, life.customer.id), await owedBy(fresh.db, life.customer.id)],
      [0, 2550],
    );
    assert.deepStrictEqual(await places(`${key}-twice`), { 'cash:bank_transfer': 3050 });
    assert.deepStrictEqual(await standing(renewal), ['completed', 3050, 0]);
  });

  it('in excess of what the payment still holds is left to an operator, to the cent', async () => {
    const { life, key } = await active();
    await takeBack(life, key, 3000);
    const reversal = await takeBack(life, key, 500);
    assert.strictEqual((await findReversal(fresh.db, reversal.key))?.placedMinor, 50);
    const items = await listQueue(fresh.db, { kind: 'reversal_excess', limit: 9 });
    const item = items.find(({ id }) => id === reversal.key);
    assert.deepStrictEqual([item?.details['excessMinor'], item?.paymentKey], [450, key]);
  });

  it('of money that waits for an operator just leaves', async () => {
    const { life } = await Life.ordered(fresh.db);
    const fact = { ...life.payment({ orderNumber: '1000000161', key: `bank:${life.id}-x` }), amountMinor: 700 };
    await recordPayment(fresh.db, { ...life.newPayment(fact), subscriptionId: null });
    const recorded = await recordReversal(fresh.db, newReversal(life, fact.key, 700));
    assert.strictEqual(recorded.reversal.placedMinor, 700);
    assert.deepStrictEqual(await places(fact.key), { 'cash:bank_transfer': 700 });
  });

  it('before its payment is known waits, visibly, and is then told', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const reversal = newReversal(life, `bank:${life.id}-late`, 3050);
    await recordReversal(fresh.db, reversal);
    const waiting = await listQueue(fresh.db, { kind: 'reversal_unplaced', limit: 99 });
    assert.ok(waiting.some(({ id }) => id === reversal.key));
    assert.deepStrictEqual(await held(life, reversal), null);
    await pay(life, number, 3050, reversal.paymentKey);
    const [told] = await unheardReversals(fresh.db, life.id, []);
    assert.strictEqual(told?.key, reversal.key);
    assert.deepStrictEqual(await unheardReversals(fresh.db, life.id, [reversal.key]), []);
    const unsettled = await unsettledReversals(fresh.db, LATER, 99);
    assert.strictEqual(unsettled.find(({ key }) => key === reversal.key)?.addressee, life.id);
  });

  it('of a payment nobody judged yet is not placed; of one that was set aside it is, in the ledger alone', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const fact = life.payment({ orderNumber: number, key: `bank:${life.id}-lost` });
    await recordPayment(fresh.db, life.newPayment(fact));
    const { key } = (await recordReversal(fresh.db, newReversal(life, fact.key, 100))).reversal;
    assert.strictEqual(await placeReversal(fresh.db, key, life.now), false);
    await setAsidePayment(fresh.db, fact.key, 'subscription_ended', life.now);
    assert.strictEqual(await placeReversal(fresh.db, key, life.now), true);
    assert.strictEqual(await placeReversal(fresh.db, key, life.now), false);
    assert.deepStrictEqual(await places(fact.key), { 'cash:bank_transfer': 100, unmatched: 2950 });
  });

  it('of a life that has ended leaves its order in the ledger alone, where the amount is owed', async () => {
    const { life, number, key } = await active();
    life.do({ type: 'GiveNotice' });
    await life.reachDeadline();
    await life.commit();
    assert.strictEqual(life.state.phase.status, 'terminated');
    const reversal = newReversal(life, key, 3050);
    await recordReversal(fresh.db, reversal);
    assert.strictEqual(await placeReversal(fresh.db, reversal.key, life.now), true);
    assert.deepStrictEqual([await standing(number), await receivable(number)], [['completed', 0, 3050], 3050]);
  });

  it('is found where an operator put the money meanwhile, and never holds up its life', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const key = `bank:${life.id}`;
    await pay(life, number, 1000, key);
    const reversal = newReversal(life, key, 1000);
    const { source: _source, externalId: _externalId, ...fact } = reversal;
    // As it was when the life asked: by the time of the commit the order was cancelled, and the money waits.
    life.do({ type: 'CancelOrder', number });
    await life.commit();
    const stale = { order: null, unmatchedMinor: 0, creditMinor: 1000 };
    life.do({ type: 'RecordReversal', reversal: fact, held: stale });
    await life.commit();
    assert.deepStrictEqual(await places(key), { 'cash:bank_transfer': 1000 });
  });

  it('of money that waits, told and not yet written down, keeps an operator from giving it away', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const other = await Life.ordered(fresh.db);
    const key = `bank:${life.id}`;
    await pay(life, number, 1000, key);
    life.do({ type: 'CancelOrder', number });
    await life.commit();
    const reversal = newReversal(life, key, 1000);
    const { source: _source, externalId: _externalId, ...fact } = reversal;
    await recordReversal(fresh.db, reversal);
    life.do({ type: 'RecordReversal', reversal: fact, held: await held(life, reversal) });
    const wanted = { orderNumber: other.number, subscriptionId: other.life.id, at: life.now };
    assert.strictEqual(await assignPayment(fresh.db, key, wanted), false);
    await life.commit();
    assert.deepStrictEqual(await places(key), { 'cash:bank_transfer': 1000 });
  });

  it('is never changed or forgotten', async () => {
    const { life, key } = await active();
    const { key: name } = await takeBack(life, key, 10);
    await assert.rejects(fresh.db('reversals').where({ key: name }).update({ amount_minor: 1 }), /append-only/);
    await assert.rejects(fresh.db('reversals').where({ key: name }).delete(), /append-only/);
    await assert.rejects(fresh.db('reversals').where({ key: name }).update({ placed_minor: 11 }), /placed_within/);
  });
});

describe('credit that an order asks for', () => {
  it('is used up to what is due, and never more than there is, whoever asks at once', async () => {
    const { life, number, key } = await active();
    await pay(life, number, 4000, `${key}-twice`);
    const orders = [await life.order('renewal'), await life.order('upgrade', { space: 1 })];
    await life.commit();
    const [renewal, upgrade] = [await order(orders[0] ?? ''), await order(orders[1] ?? '')];
    const asked = [renewal, upgrade, renewal, upgrade, renewal];
    const used = await Promise.all(asked.map((one) => useCredit(fresh.db, one, life.now)));
    const payments = used.filter((payment) => payment !== null);
    const sum = payments.reduce((total, { amountMinor }) => total + amountMinor, 0);
    assert.strictEqual(sum, Math.min(4000, renewal.dueMinor + upgrade.dueMinor));
    assert.strictEqual(await creditOf(fresh.db, life.customer.id), 4000 - sum);
    for (const payment of payments) life.do({ type: 'RecordPayment', payment: factOf(payment) });
    await life.commit();
    assert.strictEqual((await order(renewal.number)).receivedMinor + (await order(upgrade.number)).receivedMinor, sum);
    assert.match(payments[0]?.key ?? '', /^credit:\d+:1$/);
  });

  it('comes back where the order falls', async () => {
    const { life, number, key } = await active();
    await pay(life, number, 1000, `${key}-twice`);
    const renewal = await life.order('renewal');
    await life.commit();
    const used = await useCredit(fresh.db, await order(renewal), life.now);
    life.do({ type: 'RecordPayment', payment: factOf(used ?? assert.fail()) });
    life.do({ type: 'CancelOrder', number: renewal });
    await life.commit();
    assert.strictEqual(await creditOf(fresh.db, life.customer.id), 1000);
    assert.strictEqual(await useCredit(fresh.db, await order(renewal), life.now), null);
  });
});

describe('what was taken back of an order', () => {
  it('is found by its number, not by reading every payment there is', async () => {
    const plan = await fresh.db.transaction(async (trx) => {
      await trx.raw('set local enable_seqscan = off');
      const asked: { sql: string; bindings: unknown[] }[] = [];
      trx.on('query', (query: { sql: string; bindings: unknown[] }) => void asked.push(query));
      await reversalsOf(trx, '1000000137');
      const { sql = '', bindings = [] } = asked[0] ?? {};
      const { rows } = await trx.raw<{ rows: Record<string, string>[] }>(
        `explain ${sql.replaceAll(/\$\d+/g, '?')}`,
        bindings as string[],
      );
      return JSON.stringify(rows);
    });
    assert.match(plan, /payments_of_order/);
  });
});
