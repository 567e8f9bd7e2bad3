import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GatewayUnreachableError, type PaymentGateway } from '../../activities/gateway/port.ts';
import { createSandboxGateway } from '../../activities/gateway/sandbox.ts';
import { SANDBOX_GATEWAY } from '../../config/sandbox.ts';
import { confirmCharge } from '../../db/gateway.ts';
import { plainDate } from '../../domain/calendar.ts';
import { World } from '../support/life.ts';

/** Events of the first purchase and of setting the card for renewals. */
const BOUGHT = 12;

describe('a gateway', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('whose answer is lost after the capture is asked again, and the capture counts once', async () => {
    const life = await world.renewedBy('tok_timeout_after_capture');
    await life.moveTo('2041-03-26T12:00:00+01:00');
    assert.deepEqual(await life.story(BOUGHT + 1), [
      '2041-03-26 09:00 OrderPlaced',
      '2041-03-26 09:00 ChargeStarted',
      '2041-03-26 09:00 ChargeUnresolved',
      '2041-03-26 09:01 ChargeResumed',
      '2041-03-26 09:01 ChargeSucceeded',
      '2041-03-26 09:01 PaymentReceived',
      '2041-03-26 09:01 PaymentApplied',
      '2041-03-26 09:01 OrderCompleted',
      '2041-03-26 09:01 ServiceExtended',
      '2041-03-26 09:01 OrderSettled',
    ]);
    assert.equal((await world.db('sandbox_gateway.charges').where('token', 'tok_timeout_after_capture')).length, 1);
  });

  it('that is away is asked again with growing pauses until it is back, and nothing was declined', async () => {
    const life = await world.renewedBy('tok_approved');
    let asked = 0;
    const gateway: PaymentGateway = {
      ...createSandboxGateway(world.db),
      charge: (request) => {
        asked += 1;
        if (asked <= 4) throw new GatewayUnreachableError('No answer.');
        return createSandboxGateway(world.db).charge(request);
      },
    };
    await world.restartWorker(world.activitiesWith({ gateway }));
    await life.ask({ type: 'SetPaymentMethod', method: await life.card('tok_declined_once') });
    await life.ask({ type: 'SetPaymentMethod', method: await life.card('tok_approved') });
    await life.moveTo('2041-03-26T12:00:00+01:00');
    await world.restartWorker();
    const charges = (await life.story()).filter((line) => line.startsWith('2041') && line.includes('Charge'));
    assert.deepEqual(charges, [
      '2041-03-26 09:00 ChargeStarted',
      '2041-03-26 09:00 ChargeUnresolved',
      '2041-03-26 09:01 ChargeResumed',
      '2041-03-26 09:01 ChargeUnresolved',
      '2041-03-26 09:03 ChargeResumed',
      '2041-03-26 09:03 ChargeUnresolved',
      '2041-03-26 09:07 ChargeResumed',
      '2041-03-26 09:07 ChargeUnresolved',
      '2041-03-26 09:15 ChargeResumed',
      '2041-03-26 09:15 ChargeSucceeded',
    ]);
  });

  it('that stays away is not asked to charge after the expiry: the service expires, undeclined', async () => {
    const life = await world.renewedBy('tok_outage', { chargeDays: [1] });
    await life.moveTo('2041-04-02T12:00:00+02:00');
    const story = await life.story(BOUGHT);
    assert.ok(!story.some((line) => line.includes('ChargeDeclined')));
    assert.deepEqual(story.slice(-3), [
      '2041-04-02 00:00 ChargeResumed',
      '2041-04-02 00:00 ChargeNotMade',
      '2041-04-02 00:00 Expired',
    ]);
  });

  it('that is back after the order was paid by hand is asked what became of the charge, and makes none', async () => {
    const life = await world.renewedBy('tok_outage');
    await life.moveTo('2041-03-26T09:00:30+01:00');
    await life.pay();
    await life.moveTo('2041-03-26T12:00:00+01:00');
    const last = (await life.story()).slice(-2).map((line) => line.slice(17));
    assert.deepEqual(last, ['ChargeResumed', 'ChargeNotMade']);
  });

  it('that needs the customer is not asked again: the link waits, and its payment renews', async () => {
    const life = await world.renewedBy('tok_needs_customer');
    await life.moveTo('2041-03-31T10:00:00+02:00');
    assert.deepEqual(await life.story(BOUGHT + 1), [
      '2041-03-26 09:00 OrderPlaced',
      '2041-03-26 09:00 ChargeStarted',
      '2041-03-26 09:00 ChargeNeedsCustomer',
    ]);
    const { number } = await life.unpaid();
    const capture = await confirmCharge(world.db, `${number}-1`, await life.clock());
    assert.equal(capture?.amountMinor, 3050);
    await life.pay({ source: SANDBOX_GATEWAY, externalId: `${number}-1`, method: 'card' });
    const { phase, entitlements } = await life.state();
    assert.deepEqual([phase.status, entitlements.intervals[0]?.until], ['active', '2042-04-02']);
  });
});

describe('a charge at checkout', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('that has no answer is answered all the same, and ends by itself', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_outage' });
    assert.deepEqual(await life.story(), [
      '2040-04-02 10:00 OrderPlaced',
      '2040-04-02 10:00 ChargeStarted',
      '2040-04-02 10:00 ChargeUnresolved',
    ]);
    await life.moveTo('2040-04-02T12:00:00+02:00');
    assert.equal((await life.story()).at(-1), '2040-04-02 11:00 ChargeNotMade');
    await life.pay({ registeredOn: plainDate('2040-04-02') });
    assert.equal((await life.state()).phase.status, 'active');
  });
});
