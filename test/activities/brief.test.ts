import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import type { BriefInput } from '../../activities/contract.ts';
import { createActivities } from '../../activities/index.ts';
import { ACCOUNT_ONLY } from '../../activities/provisioning/port.ts';
import { findOrder } from '../../db/orders.ts';
import { plainDate } from '../../domain/calendar.ts';
import { CATALOGUE, World, type Life } from '../support/life.ts';

describe('the briefing before a renewal is charged', () => {
  let world: World;
  let life: Life;
  before(async () => {
    world = await World.open();
    life = await world.begin({ at: '2040-04-02T10:00:00+02:00', years: 3, card: 'tok_approved' });
  });
  after(() => world.close());

  async function inputFor(years: number, cycleKey: string): Promise<BriefInput> {
    const state = await life.state();
    const basis = { ...state, reactivationStart: state.settings.reactivationStart };
    const quote = { placedOn: plainDate('2043-03-26'), years, basis, cycleKey };
    return { subscriptionId: life.id, sequence: state.sequence, knownPayments: [], quote };
  }

  it('reserves an order at the prices of the due date; asked again, the same number', async () => {
    const { brief } = world.activitiesWith({});
    const first = await brief(await inputFor(3, 'a'));
    const again = await brief(await inputFor(3, 'a'));
    const other = await brief(await inputFor(3, 'b'));
    assert.equal(first.quote?.priced.payableMinor, 9150);
    assert.equal(again.quote?.number, first.quote?.number);
    assert.notEqual(other.quote?.number, first.quote?.number);
    assert.equal((await findOrder(world.db, first.quote?.number ?? ''))?.status, 'reserved');
  });

  it('takes the longest term sold where that of the previous order no longer is', async () => {
    const versions = CATALOGUE.versions.map((version) => ({ ...version, promotional: ['fe'] as const }));
    const { brief } = createActivities({
      db: world.db,
      catalogue: () => Promise.resolve({ ...CATALOGUE, versions }),
      gateway: null,
      provisioning: ACCOUNT_ONLY,
      log: pino({ level: 'silent' }),
    });
    const { quote } = await brief(await inputFor(3, 'c'));
    assert.deepEqual([quote?.priced.content.type === 'renewal' && quote.priced.content.years], [2]);
  });

  it('tells of money first, and reserves nothing meanwhile', async () => {
    const { number: orderNumber } = (await life.state()).finishedOrders[0] ?? { number: '' };
    const payment = await life.enter({ orderNumber, amountMinor: 1 });
    const { brief } = world.activitiesWith({});
    const briefing = await brief(await inputFor(3, 'd'));
    assert.deepEqual([briefing.payments, briefing.quote], [[payment], null]);
    const known = await brief({ ...(await inputFor(3, 'd')), knownPayments: [payment.key] });
    assert.deepEqual(known.payments, []);
  });

  it('tells of events the life does not know', async () => {
    const { brief } = world.activitiesWith({});
    const input = await inputFor(3, 'e');
    const { stored, quote } = await brief({ ...input, sequence: input.sequence - 1 });
    assert.deepEqual(
      stored.map(({ sequence, type }) => [sequence, type]),
      [[input.sequence, 'OrderSettled']],
    );
    assert.equal(quote, null);
  });
});
