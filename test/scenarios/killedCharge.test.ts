/** The worst moments for a worker to die: the gateway is being asked for money, or took it and we have not written it down. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { listPayments } from '../../db/payments.ts';
import { assertMoneyIsInPlace, buy, captures, mailedSince, untilAllMailIsSent, type Life } from './support/lives.ts';
import { eventual, Stack } from './support/stack.ts';

const ONE_CAPTURE = [{ amountMinor: 3050, requests: 1 }];

describe('a worker that is killed in the moment of a charge', () => {
  let stack: Stack;
  before(async () => {
    stack = await Stack.onSharedServers();
  });
  after(() => stack.stop());

  /** Asks for the money of a first order. The answer, if one comes, does not matter. */
  function pay({ firstOrder }: Life, token: string): void {
    const body = { paymentMethod: { type: 'card', token } };
    void stack.send('POST', `/v1/orders/${String(firstOrder['number'])}/pay`, body).catch(() => undefined);
  }

  async function untilSomebodyWaitsFor(table: string): Promise<void> {
    const waiting = () => stack.db('pg_locks').whereRaw('not granted and relation = ?::regclass', [table]);
    await eventual(`somebody at ${table}`, waiting, (locks) => locks.length > 0);
  }

  async function assertChargedOnce(life: Life): Promise<void> {
    await life.becomes('active');
    const types = (await life.timeline()).map(({ type }) => type);
    for (const type of ['ChargeSucceeded', 'PaymentReceived', 'PaymentApplied', 'OrderCompleted', 'Activated'])
      assert.equal(types.filter((other) => other === type).length, 1, types.join());
    assert.deepEqual(await captures(life), ONE_CAPTURE);
    assert.equal((await listPayments(stack.db, life.id)).length, 1);
    await untilAllMailIsSent(stack);
    const mails = await mailedSince(life, 0);
    assert.deepEqual(mails, [...new Set(mails)]);
  }

  it('charges once, whether the gateway was still at it or had taken the money already', async () => {
    const [taken, asked, lost] = await Promise.all([buy(stack), buy(stack), buy(stack)]);
    await stack.db.transaction(async (trx) => {
      // Whoever would write to these tables waits, until this transaction ends.
      await trx.raw('lock table payments in share row exclusive mode');
      pay(taken, 'tok_approved');
      pay(lost, 'tok_timeout_after_capture');
      await untilSomebodyWaitsFor('payments');
      assert.deepEqual(await captures(taken), ONE_CAPTURE);
      await eventual(
        'the capture whose answer is lost',
        () => captures(lost),
        ({ length }) => length === 1,
      );
      await trx.raw('lock table sandbox_gateway.charges in share row exclusive mode');
      pay(asked, 'tok_approved');
      await untilSomebodyWaitsFor('sandbox_gateway.charges');
      await stack.kill('worker');
      assert.deepEqual(await captures(asked), []);
      // From here on the gateway goes on with what it was asked, though nobody hears its answer any more.
    });
    await stack.start('worker');
    for (const life of [taken, asked]) await assertChargedOnce(life);
    // A lost answer is asked for again a minute later.
    await lost.moveBy('PT2M');
    await assertChargedOnce(lost);
    await assertMoneyIsInPlace(stack, [taken, asked, lost]);
  });
});
