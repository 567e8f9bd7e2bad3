/** Refunds in Postgres: out of where the money is, never more than that, paid once, and the ledger balances throughout. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { creditOf, ledgerBalances, paymentPlaces } from '../../db/ledger.ts';
import { listMessages } from '../../db/messages.ts';
import { findOrder } from '../../db/orders.ts';
import { recordPayment } from '../../db/payments.ts';
import {
  beginPayout,
  noteOf,
  payByTransfer,
  payoutMade,
  payoutRefused,
  recordRefund,
  requeuePayouts,
  tellCustomer,
  withdrawRefund,
  type NewRefund,
} from '../../db/refunding.ts';
import { findRefund, listRefunds, RefundRefusedError, untoldRefunds } from '../../db/refunds.ts';
import { refundableOf } from '../../db/refundSources.ts';
import {
  cancelTransferList,
  endToEndIdOf,
  executeTransferList,
  makeTransferList,
  refundNamedBy,
  TransferListSettledError,
  transferSeen,
} from '../../db/transferLists.ts';
import { plainDate, type Instant } from '../../domain/calendar.ts';
import { Life, openFresh, refusedBy, START, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

const TO = { iban: 'IT60X0542811101000000123456', holder: 'Ada Rossi' };
const LATER = (START + 60_000) as Instant;

function refund(from: NewRefund['from'], amountMinor: number, changes: Partial<NewRefund> = {}): NewRefund {
  const id = `ref_${randomUUID()}`;
  return {
    id,
    from,
    amountMinor,
    effect: 'keep',
    reason: 'goodwill',
    to: TO,
    requestedAt: START,
    operatorId: 'op',
    ...changes,
  };
}

const ofOrder = (orderNumber: string, amountMinor: number, changes: Partial<NewRefund> = {}): NewRefund =>
  refund({ source: 'order', orderNumber }, amountMinor, changes);

/** An active life and the order it was bought with: 30.50, 25.00 net. */
async function bought(
  method: 'bank_transfer' | 'card' = 'bank_transfer',
): Promise<{ life: Life; number: string; key: string }> {
  const { life, number } = await Life.ordered(fresh.db);
  const key = method === 'card' ? `gateway:${number}-1` : `bank:${number}`;
  life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, key, method }) });
  life.do({ type: 'RecordActivation', username: 'rn1' });
  await life.commit();
  return { life, number, key };
}

/** The life hears of its refund, as the API has it told. */
async function tell(life: Life, id: string): Promise<void> {
  const row = await findRefund(fresh.db, id);
  assert.ok(row !== null);
  life.do({ type: row.effect === 'end' ? 'EndService' : 'NoteRefund', refund: noteOf(row) });
  await life.commit();
}

function refusal(code: RefundRefusedError['code'], availableMinor = 0): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RefundRefusedError, String(error));
    assert.deepStrictEqual([error.code, error.availableMinor], [code, availableMinor]);
    return true;
  };
}

async function balances(before: Record<string, number>): Promise<Record<string, number>> {
  const now = await ledgerBalances(fresh.db);
  assert.equal(
    Object.values(now).reduce((sum, one) => sum + one, 0),
    0,
  );
  const changed = Object.keys(now).map((account) => [account, (now[account] ?? 0) - (before[account] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, amount]) => amount !== 0));
}

describe('the refund of an order', () => {
  it('takes its money out of the order, lowers what the order is worth, and asks nobody for it again', async () => {
    const { number, key } = await bought();
    const before = await ledgerBalances(fresh.db);
    const made = await recordRefund(fresh.db, ofOrder(number, 1220));
    assert.deepStrictEqual([made.status, made.netMinor, made.vatMinor, made.told], ['due', 1000, 220, false]);
    assert.deepStrictEqual(await balances(before), {
      deferred_revenue: 1000,
      vat_payable: 220,
      [`refund_due:${made.id}`]: -1220,
    });
    const order = await findOrder(fresh.db, number);
    assert.deepStrictEqual([order?.receivedMinor, order?.dueMinor, order?.refundedMinor], [1830, 0, 1220]);
    assert.deepStrictEqual(await paymentPlaces(fresh.db, key), [
      { account: `receivable:${number}`, amountMinor: 1830 },
      { account: `refund_due:${made.id}`, amountMinor: 1220 },
    ]);
    const notes = await fresh.db('invoice_requests').where({ refund_id: made.id }).select('kind');
    assert.deepStrictEqual(notes, [{ kind: 'credit_note' }]);
  });

  it('in parts adds up to the order to the cent, and then there is nothing left', async () => {
    const { number } = await bought();
    const parts = [1, 1017, 2032];
    const made = await Promise.all(parts.map((part) => recordRefund(fresh.db, ofOrder(number, part))));
    const sum = (of: 'netMinor' | 'vatMinor'): number => made.reduce((total, one) => total + (one[of] ?? 0), 0);
    assert.deepStrictEqual([sum('netMinor'), sum('vatMinor')], [2500, 550]);
    await assert.rejects(recordRefund(fresh.db, ofOrder(number, 1)), refusal('refund_of_nothing'));
  });

  it('is one, however often it is asked for under its id', async () => {
    const { number } = await bought();
    const one = ofOrder(number, 2000);
    const made = await Promise.all([1, 2, 3].map(() => recordRefund(fresh.db, one)));
    assert.deepStrictEqual(
      made.map(({ id }) => id),
      [one.id, one.id, one.id],
    );
    assert.equal((await findOrder(fresh.db, number))?.refundedMinor, 2000);
  });

  it('never exceeds what came in, also where many are asked for at once', async () => {
    const { number } = await bought();
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () => recordRefund(fresh.db, ofOrder(number, 1000))),
    );
    const refused = tries.filter((one) => one.status === 'rejected');
    assert.equal(tries.length - refused.length, 3);
    for (const { reason } of refused) refusal('refund_exceeds', 50)(reason);
    const order = await findOrder(fresh.db, number);
    assert.deepStrictEqual([order?.receivedMinor, order?.refundedMinor], [50, 3000]);
  });

  it('takes the latest payment first', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const [first, second] = [`bank:${number}-b`, `bank:${number}-a`];
    const pay = (key: string, amountMinor: number): void => {
      life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, key, amountMinor }) });
    };
    pay(first, 2000);
    life.now = (START + 86_400_000) as Instant;
    pay(second, 1050);
    await life.commit();
    const made = await recordRefund(fresh.db, ofOrder(number, 1500));
    assert.deepStrictEqual(made.parts, [
      { key: second, amountMinor: 1050 },
      { key: first, amountMinor: 450 },
    ]);
  });

  it('leaves out what the order credited as not needed', async () => {
    const life = await Life.active(fresh.db);
    const upgrade = await life.order('upgrade', { space: 1 });
    await life.commit();
    const renewal = await life.order('renewal');
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: renewal }) });
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: upgrade }) });
    await life.commit();
    const credited = await creditOf(fresh.db, life.customer.id);
    const order = await findOrder(fresh.db, upgrade);
    assert.ok(order !== null);
    const { availableMinor } = await refundableOf(fresh.db, order);
    assert.equal(availableMinor, order.receivedMinor - credited);
    await assert.rejects(
      recordRefund(fresh.db, ofOrder(upgrade, availableMinor + 1)),
      refusal('refund_exceeds', availableMinor),
    );
    await recordRefund(fresh.db, ofOrder(upgrade, availableMinor));
  });

  it('is refused of an order that is unpaid, unknown, or paid by what was only claimed', async () => {
    const { number } = await Life.ordered(fresh.db);
    await assert.rejects(recordRefund(fresh.db, ofOrder(number, 1)), refusal('refund_of_open_order'));
    await assert.rejects(recordRefund(fresh.db, ofOrder('1000000137', 1)), refusal('order_unknown'));
  });

  it('is written down for good', async () => {
    const { number } = await bought();
    const { id } = await recordRefund(fresh.db, ofOrder(number, 100));
    await refusedBy('refunds_append_only', fresh.db('refunds').where({ id }).update({ amount_minor: 1 }));
    await refusedBy('refunds_append_only', fresh.db('refunds').where({ id }).delete());
    await refusedBy(
      'refunds_told_before_paid',
      fresh.db('refunds').where({ id }).update({ status: 'failed', failure: 'a' }),
    );
  });
});

describe('a refund is told', () => {
  it('to its life, in the commit that lets it go out; the customer is written to once', async () => {
    const { life, number } = await bought('card');
    const made = await recordRefund(fresh.db, ofOrder(number, 500, { to: 'original' }));
    assert.equal(await beginPayout(fresh.db, made.id), null, 'paid before its life knew');
    const future = (Date.now() + 60_000) as Instant;
    assert.deepStrictEqual(
      (await untoldRefunds(fresh.db, future, 1000)).some(({ id }) => id === made.id),
      true,
    );
    await tell(life, made.id);
    await tell(life, made.id);
    assert.equal((await findRefund(fresh.db, made.id))?.told, true);
    const messages = (await listMessages(fresh.db, life.id)).filter(({ message }) => message.kind === 'refund');
    assert.deepStrictEqual(
      messages.map(({ message }) => message.payload),
      [{ number, amountMinor: 500, way: 'original', endedOn: null }],
    );
    const jobs = await fresh
      .db('graphile_worker.jobs')
      .where({ key: `refund:${made.id}` })
      .select('task_identifier');
    assert.deepStrictEqual(jobs, [{ task_identifier: 'pay_refund' }]);
    assert.equal((await findOrder(fresh.db, number))?.dueMinor, 0);
  });

  it('to its customer alone, once, where the life is over', async () => {
    const { life, number } = await bought();
    const first = await recordRefund(fresh.db, ofOrder(number, 1000, { effect: 'end' }));
    await tell(life, first.id);
    assert.deepStrictEqual(life.state.phase, { status: 'terminated', endedOn: '2027-03-04', why: 'refunded' });
    const second = await recordRefund(fresh.db, ofOrder(number, 1000));
    await Promise.all([1, 2].map(() => tellCustomer(fresh.db, second.id, LATER)));
    const told = (await listMessages(fresh.db, life.id)).map(({ message }) => message.occasion);
    assert.deepStrictEqual(told.slice(-2), [`refund:${first.id}`, `refund:${second.id}`]);
    assert.equal((await findRefund(fresh.db, second.id))?.told, true);
  });

  it('too late to a life whose order was undone meanwhile: what is left is credited, and nothing is lost', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const before = await ledgerBalances(fresh.db);
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    life.do({ type: 'RecordActivationFailure', reason: 'checks' });
    await life.commit();
    const made = await recordRefund(fresh.db, ofOrder(number, 1000));
    life.do({ type: 'AbandonActivation', reason: 'struck off' });
    await life.commit();
    await tell(life, made.id);
    assert.deepStrictEqual(await balances(before), {
      [`customer_credit:${life.customer.id}`]: -2050,
      'cash:bank_transfer': 3050,
      deferred_revenue: 2500,
      vat_payable: 550,
      [`receivable:${number}`]: -3050,
      [`refund_due:${made.id}`]: -1000,
    });
    assert.equal((await ledgerBalances(fresh.db))[`receivable:${number}`], 0);
  });

  it('to a life that undoes its order afterwards: it gives back the rest', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    life.do({ type: 'RecordActivationFailure', reason: 'checks' });
    await life.commit();
    const made = await recordRefund(fresh.db, ofOrder(number, 1000));
    await tell(life, made.id);
    life.do({ type: 'AbandonActivation', reason: 'struck off' });
    await life.commit();
    assert.equal(await creditOf(fresh.db, life.customer.id), 2050);
    assert.equal((await ledgerBalances(fresh.db))[`receivable:${number}`], 0);
  });
});

describe('the refund of other money', () => {
  const payment = { source: 'bank', amountMinor: 700, method: 'bank_transfer', storedMethod: null } as const;

  async function waiting(orderNumber = 'unknown'): Promise<string> {
    const externalId = randomUUID();
    const key = `bank:${externalId}`;
    const facts = { orderNumber, subscriptionId: null, registeredOn: plainDate('2027-03-04'), receivedAt: START };
    await recordPayment(fresh.db, { ...payment, ...facts, key, externalId });
    return key;
  }

  it('takes a payment that waits, in part or whole, and may go out at once', async () => {
    const key = await waiting();
    const made = await recordRefund(fresh.db, refund({ source: 'payment', paymentKey: key }, 300));
    assert.deepStrictEqual([made.told, made.customerId, made.netMinor], [true, null, null]);
    assert.deepStrictEqual(await paymentPlaces(fresh.db, key), [
      { account: `refund_due:${made.id}`, amountMinor: 300 },
      { account: 'unmatched', amountMinor: 400 },
    ]);
    const from = { source: 'payment', paymentKey: key } as const;
    await assert.rejects(recordRefund(fresh.db, refund(from, 401)), refusal('refund_exceeds', 400));
    await assert.rejects(recordRefund(fresh.db, refund(from, 1, { to: 'original' })), refusal('refund_not_original'));
  });

  it('tells the customer whose order it named', async () => {
    const { life, number } = await bought();
    const key = await waiting(number);
    const made = await recordRefund(fresh.db, refund({ source: 'payment', paymentKey: key }, 700));
    assert.deepStrictEqual([made.customerId, made.subscriptionId], [life.customer.id, life.id]);
    const messages = await listMessages(fresh.db, life.id);
    assert.deepStrictEqual(messages.at(-1)?.message.payload, {
      number: null,
      amountMinor: 700,
      way: 'transfer',
      endedOn: null,
    });
  });

  it('takes credit, as much as there is, however many ask at once', async () => {
    const { life, number } = await bought();
    life.do({
      type: 'RecordPayment',
      payment: life.payment({ orderNumber: number, key: `bank:${number}-2`, amountMinor: 900 }),
    });
    await life.commit();
    const from = { source: 'credit', customerId: life.customer.id } as const;
    const tries = await Promise.allSettled([1, 2, 3].map(() => recordRefund(fresh.db, refund(from, 400))));
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.equal(await creditOf(fresh.db, life.customer.id), 100);
    await assert.rejects(recordRefund(fresh.db, refund(from, 101)), refusal('refund_exceeds', 100));
  });
});

describe('a refund is paid', () => {
  it('by the gateway, once; the payment says where its money is', async () => {
    const { life, number, key } = await bought('card');
    const before = await ledgerBalances(fresh.db);
    const made = await recordRefund(fresh.db, ofOrder(number, 3050, { to: 'original', effect: 'end' }));
    await tell(life, made.id);
    const payout = await beginPayout(fresh.db, made.id);
    assert.deepStrictEqual([payout?.gateway, payout?.captureId], ['gateway', `${number}-1`]);
    assert.ok((await beginPayout(fresh.db, made.id)) !== null, 'asked again after a crash');
    for (const _ of [1, 2]) await payoutMade(fresh.db, made.id, 'refund-1', LATER);
    assert.equal(await beginPayout(fresh.db, made.id), null);
    assert.deepStrictEqual(await balances(before), { 'cash:card': -3050, deferred_revenue: 2500, vat_payable: 550 });
    assert.deepStrictEqual(await paymentPlaces(fresh.db, key), [{ account: 'cash:card', amountMinor: 3050 }]);
    const row = await findRefund(fresh.db, made.id);
    assert.deepStrictEqual([row?.status, row?.gatewayRefundId], ['paid', 'refund-1']);
  });

  it('by transfer, where the gateway refused', async () => {
    const { life, number, key } = await bought('card');
    const made = await recordRefund(fresh.db, ofOrder(number, 100, { to: 'original' }));
    await tell(life, made.id);
    await beginPayout(fresh.db, made.id);
    await payoutRefused(fresh.db, made.id, 'card_account_closed');
    await payoutMade(fresh.db, made.id, 'refund-1', LATER);
    assert.equal((await findRefund(fresh.db, made.id))?.status, 'failed');
    await payByTransfer(fresh.db, made.id, TO);
    await assert.rejects(payByTransfer(fresh.db, made.id, TO), refusal('refund_not_open'));
    const list = await makeTransferList(fresh.db, { id: 'L-failed', operatorId: 'op' }, () => '<xml/>');
    assert.ok(list !== null);
    await executeTransferList(fresh.db, list.id, LATER);
    const places = await paymentPlaces(fresh.db, key);
    assert.deepStrictEqual(places[0], { account: 'cash:bank_transfer', amountMinor: 100 });
  });

  it('not without the gateway it came through, nor in parts of several payments', async () => {
    const { number } = await bought();
    await assert.rejects(
      recordRefund(fresh.db, ofOrder(number, 1, { to: 'original' })),
      refusal('refund_not_original', 0),
    );
  });

  it('and is asked for again where no job is at it', async () => {
    const { life, number } = await bought('card');
    const made = await recordRefund(fresh.db, ofOrder(number, 100, { to: 'original' }));
    assert.equal(await requeuePayouts(fresh.db), 0);
    await tell(life, made.id);
    assert.equal(await requeuePayouts(fresh.db), 0);
    await fresh.db.raw('select graphile_worker.remove_job(?)', [`refund:${made.id}`]);
    assert.equal(await requeuePayouts(fresh.db), 1);
    assert.equal(await requeuePayouts(fresh.db), 0);
  });

  it('or is withdrawn: to credit, or to where it waited', async () => {
    const { life, number } = await bought();
    const made = await recordRefund(fresh.db, ofOrder(number, 100));
    await assert.rejects(withdrawRefund(fresh.db, made.id, LATER), refusal('refund_not_open'));
    await tell(life, made.id);
    await withdrawRefund(fresh.db, made.id, LATER);
    assert.equal(await creditOf(fresh.db, life.customer.id), 100);
    await assert.rejects(withdrawRefund(fresh.db, made.id, LATER), refusal('refund_not_open'));
  });
});

describe('a transfer list', () => {
  async function due(count: number): Promise<string[]> {
    const { life, number } = await bought();
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const { id } = await recordRefund(fresh.db, ofOrder(number, 100));
      await tell(life, id);
      ids.push(id);
    }
    return ids;
  }

  it('holds each refund once, also where two are made at once', async () => {
    await makeTransferList(fresh.db, { id: 'L-rest', operatorId: 'op' }, () => '<xml/>');
    const ids = await due(3);
    const made = await Promise.all(
      ['L-1', 'L-2'].map((id) => makeTransferList(fresh.db, { id, operatorId: 'op' }, () => '<xml/>')),
    );
    const lists = made.filter((list) => list !== null);
    assert.deepStrictEqual(
      lists.map(({ transfers, sumMinor }) => [transfers, sumMinor]),
      [[3, 300]],
    );
    const [list] = lists;
    assert.ok(list !== undefined);
    assert.deepStrictEqual(
      (await listRefunds(fresh.db, { listId: list.id }, { limit: 9 })).map(({ id }) => id).toSorted(),
      ids.toSorted(),
    );
    const again = await makeTransferList(fresh.db, { id: list.id, operatorId: 'op' }, () => assert.fail('made anew'));
    assert.deepStrictEqual(again, list);
    await refusedBy(
      'transfer_lists_append_only',
      fresh.db('transfer_lists').where({ id: list.id }).update({ xml: '' }),
    );
  });

  it('that is cancelled gives its refunds back; one that is carried out pays them, once', async () => {
    const ids = await due(2);
    const first = await makeTransferList(fresh.db, { id: 'L-3', operatorId: 'op' }, () => '<xml/>');
    assert.equal(first?.transfers, 2);
    await cancelTransferList(fresh.db, 'L-3', LATER);
    await cancelTransferList(fresh.db, 'L-3', LATER);
    await assert.rejects(executeTransferList(fresh.db, 'L-3', LATER), TransferListSettledError);
    await makeTransferList(fresh.db, { id: 'L-4', operatorId: 'op' }, () => '<xml/>');
    const before = await ledgerBalances(fresh.db);
    assert.equal(await transferSeen(fresh.db, ids[0] ?? '', LATER), true);
    assert.equal(await transferSeen(fresh.db, ids[0] ?? '', LATER), false);
    await assert.rejects(cancelTransferList(fresh.db, 'L-4', LATER), TransferListSettledError);
    for (const _ of [1, 2]) await executeTransferList(fresh.db, 'L-4', LATER);
    const changed = await balances(before);
    assert.equal(changed['cash:bank_transfer'], -200);
    for (const id of ids) assert.equal((await findRefund(fresh.db, id))?.status, 'paid');
  });

  it('names each refund so that the bank can name it back', () => {
    const id = `ref_${randomUUID()}`;
    assert.equal(endToEndIdOf(id).length, 35);
    assert.equal(refundNamedBy(endToEndIdOf(id)), id);
    assert.equal(refundNamedBy(` ${endToEndIdOf(id).toUpperCase()} `), id);
    assert.equal(refundNamedBy('NOTPROVIDED'), null);
  });
});
