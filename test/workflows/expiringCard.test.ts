import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { plainDate } from '../../domain/calendar.ts';
import { World, type Life } from '../support/life.ts';

describe('a card that expires', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  /** Bought on 2 April 2040 for a year, to be renewed by a card that is good until the end of January 2041. */
  async function renewed(): Promise<{ life: Life; since: number }> {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_approved' });
    const method = await life.card('tok_expires_soon', plainDate('2041-01-31'));
    await life.ask({ type: 'SetPaymentMethod', method });
    await life.settled();
    return { life, since: (await life.state()).sequence };
  }

  const messages = async (life: Life, kind: string): Promise<unknown[]> =>
    world.db('messages').where({ subscription_id: life.id, kind }).pluck('occasion');

  it('is told at its own instant and once, tried in time and declined; the card that replaces it renews', async () => {
    const { life, since } = await renewed();
    const { currentDetails } = await life.metadata();
    assert.match(currentDetails, /Waits for: remind of the card that expires on 2041-01-01 09:00 Europe\/Rome/);
    await life.moveTo('2041-03-26T12:00:00+01:00');
    assert.deepEqual(await life.story(since), [
      '2041-01-01 09:00 CardExpiryReminderDue',
      '2041-03-03 09:00 AutoRenewalAnnounced',
      '2041-03-26 09:00 OrderPlaced',
      '2041-03-26 09:00 ChargeStarted',
      '2041-03-26 09:00 ChargeDeclined',
    ]);
    const told = await messages(life, 'card_expiring');
    assert.equal(told.length, 1);
    const { method } = await life.state();
    assert.deepEqual(told, [`card_expiring:${method?.methodId}:2041-01-31`]);

    const { sequence } = await life.state();
    await life.ask({ type: 'SetPaymentMethod', method: await life.card('tok_approved', plainDate('2049-12-31')) });
    await life.settled();
    assert.deepEqual(
      (await life.story(sequence)).map((line) => line.slice(17)),
      [
        'PaymentMethodSet',
        'ChargeStarted',
        'ChargeSucceeded',
        'PaymentReceived',
        'PaymentApplied',
        'OrderCompleted',
        'ServiceExtended',
        'OrderSettled',
      ],
    );
  });

  it('is not told once it was replaced; across continue-as-new the next one is', async () => {
    const { life } = await renewed();
    await life.moveTo('2040-12-01T12:00:00+01:00');
    const { sequence } = await life.state();
    await life.ask({ type: 'SetPaymentMethod', method: await life.card('tok_approved', plainDate('2041-06-30')) });
    await life.moveTo('2041-07-01T12:00:00+02:00');
    const story = await life.story(sequence);
    assert.deepEqual(
      story.filter((line) => line.endsWith('CardExpiryReminderDue')),
      ['2041-05-31 09:00 CardExpiryReminderDue'],
    );
    assert.ok(story.includes('2041-03-26 09:00 ServiceExtended'));
    assert.equal((await messages(life, 'card_expiring')).length, 1);
  });

  it('is refused a shape that is none', async () => {
    const { life } = await renewed();
    const method = await life.card('tok_approved');
    for (const validThrough of ['2041-02-30', '2041-02', 20_410_131, null]) {
      const request = { type: 'SetPaymentMethod', method: { ...method, validThrough } } as never;
      assert.equal(await life.refusal(request), 'invalid_request');
    }
  });
});
