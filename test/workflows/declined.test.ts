import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { World } from '../support/life.ts';

/** Events of the first purchase and of setting the card for renewals. */
const BOUGHT = 12;

describe('a renewal that is declined', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('is tried again on days -5, -3 and -1; the service runs to its last day and then expires', async () => {
    const life = await world.renewedBy('tok_declined');
    await life.moveTo('2041-04-02T12:00:00+02:00');
    assert.deepEqual(await life.story(BOUGHT), [
      '2041-03-03 09:00 AutoRenewalAnnounced',
      '2041-03-26 09:00 OrderPlaced',
      '2041-03-26 09:00 ChargeStarted',
      '2041-03-26 09:00 ChargeDeclined',
      '2041-03-28 09:00 ChargeStarted',
      '2041-03-28 09:00 ChargeDeclined',
      '2041-03-30 09:00 ChargeStarted',
      '2041-03-30 09:00 ChargeDeclined',
      '2041-04-01 09:00 ChargeStarted',
      '2041-04-01 09:00 ChargeDeclined',
      '2041-04-02 00:00 Expired',
    ]);
  });

  it('and paid on day 60 at 23:59 revives the service', async () => {
    const life = await world.renewedBy('tok_declined');
    await life.moveTo('2041-06-01T23:59:00+02:00');
    const { sequence } = await life.state();
    await life.pay();
    assert.deepEqual(await life.story(sequence), [
      '2041-06-01 23:59 PaymentReceived',
      '2041-06-01 23:59 PaymentApplied',
      '2041-06-01 23:59 OrderCompleted',
      '2041-06-01 23:59 ServiceExtended',
      '2041-06-01 23:59 OrderSettled',
    ]);
    const { phase, entitlements } = await life.state();
    assert.equal(phase.status, 'active');
    assert.deepEqual(
      entitlements.intervals.map(({ from, until }) => [from, until]),
      [['2040-04-02', '2042-04-02']],
    );
  });

  it('and replaced by a reactivation on day 60 goes on from the old expiry', async () => {
    const life = await world.renewedBy('tok_declined');
    await life.moveTo('2041-06-01T12:00:00+02:00');
    await life.ask({ type: 'CancelOrder', number: (await life.unpaid()).number });
    await life.order({ type: 'reactivation', years: 2 }, await life.card('tok_approved'));
    const { phase, entitlements, termYears } = await life.state();
    assert.deepEqual([phase.status, entitlements.intervals[0]?.until, termYears], ['active', '2043-04-02', 2]);
  });

  it('and left alone ends the service on day 61', async () => {
    const life = await world.renewedBy('tok_declined');
    await life.moveTo('2041-06-02T00:00:00+02:00');
    assert.deepEqual((await life.story()).slice(-4), [
      '2041-04-02 00:00 Expired',
      '2041-05-25 09:00 LastCallDue',
      '2041-06-02 00:00 OrderCancelled',
      '2041-06-02 00:00 Terminated',
    ]);
    assert.equal(await life.hasEnded(), true);
  });

  it('once is renewed by the retry two days later', async () => {
    const life = await world.renewedBy('tok_declined_once');
    await life.moveTo('2041-03-28T12:00:00+01:00');
    assert.deepEqual((await life.story(BOUGHT)).slice(3, 6), [
      '2041-03-26 09:00 ChargeDeclined',
      '2041-03-28 09:00 ChargeStarted',
      '2041-03-28 09:00 ChargeSucceeded',
    ]);
  });
});
