/** What operators do to lives: giving one up that cannot be made, and assigning money that waits. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { paymentPlaces } from '../../db/ledger.ts';
import { assignPayment, factOf, findPayment, recordPayment } from '../../db/payments.ts';
import type { Request } from '../../domain/commands.ts';
import { World } from '../support/life.ts';

const REFUSED = { at: '2040-05-10T10:00:00+02:00', phone: '+39 000 0000000' } as const;

describe('a life that an operator gives up', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('closes, its money credited, and its workflow ends', async () => {
    const life = await world.begin(REFUSED);
    const { number } = await life.unpaid();
    const payment = await life.pay();
    const { sequence } = await life.state();
    assert.equal(await life.refusal({ type: 'AbandonActivation' } as Request), 'invalid_request');
    await life.ask({ type: 'AbandonActivation', reason: 'struck off' });
    assert.deepEqual(await life.handle.result(), { status: 'closed', endedOn: '2040-05-10', sequence: sequence + 3 });
    assert.deepEqual(
      (await life.story(sequence)).map((line) => line.slice(17)),
      ['OrderReversed', 'PaymentCredited', 'Closed'],
    );
    const places = await paymentPlaces(world.db, payment.key);
    assert.deepEqual(
      places.map(({ account, amountMinor }) => [account.replace(/:.*/, ''), amountMinor]),
      [['customer_credit', 3050]],
    );
    const order = await world.db('orders').where({ number }).first('status');
    assert.deepEqual(order, { status: 'cancelled' });
  });

  it('takes money that waited from another, once however often it is told', async () => {
    const given = await world.begin(REFUSED);
    const { number, dueMinor } = await given.unpaid();
    const { payment } = await recordPayment(world.db, {
      source: 'bank',
      externalId: 'nobody',
      key: 'bank:nobody',
      orderNumber: '999',
      subscriptionId: null,
      amountMinor: dueMinor,
      method: 'bank_transfer',
      registeredOn: (await given.state()).orders[0]!.priced.placedOn,
      receivedAt: await given.clock(),
      storedMethod: null,
    });
    const wanted = { orderNumber: number, subscriptionId: given.id, at: await given.clock() };
    assert.equal(await assignPayment(world.db, payment.key, wanted), true);
    const assigned = await findPayment(world.db, payment.key);
    assert.ok(assigned !== null);
    await given.signal(factOf(assigned));
    await given.signal(factOf(assigned));
    assert.deepEqual(
      (await given.story(1)).map((line) => line.slice(17)),
      ['PaymentReceived', 'PaymentApplied', 'OrderCompleted', 'ActivationRequested', 'ActivationFailed'],
    );
    await given.signal({ ...factOf(assigned), assignment: 'first' });
    assert.equal((await given.timeline()).at(-1)?.type, 'SignalRejected');
  });
});
