import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { World, type Life } from '../support/life.ts';

const BOUGHT = [
  '2040-04-02 10:00 OrderPlaced',
  '2040-04-02 10:00 ChargeStarted',
  '2040-04-02 10:00 ChargeSucceeded',
  '2040-04-02 10:00 PaymentReceived',
  '2040-04-02 10:00 PaymentApplied',
  '2040-04-02 10:00 OrderCompleted',
  '2040-04-02 10:00 ActivationRequested',
  '2040-04-02 10:00 PaymentMethodSet',
  '2040-04-02 10:00 AutoRenewalSwitched',
  '2040-04-02 10:00 Activated',
  '2040-04-02 10:00 OrderSettled',
];

const renewed = (year: number): string[] => [
  `${year}-03-03 09:00 AutoRenewalAnnounced`,
  `${year}-03-26 09:00 OrderPlaced`,
  `${year}-03-26 09:00 ChargeStarted`,
  `${year}-03-26 09:00 ChargeSucceeded`,
  `${year}-03-26 09:00 PaymentReceived`,
  `${year}-03-26 09:00 PaymentApplied`,
  `${year}-03-26 09:00 OrderCompleted`,
  `${year}-03-26 09:00 ServiceExtended`,
  `${year}-03-26 09:00 OrderSettled`,
];

const LEFT = [
  '2044-06-01 10:00 AutoRenewalSwitched',
  '2045-01-02 09:00 RenewalReminderDue',
  '2045-03-03 09:00 RenewalReminderDue',
  '2045-03-26 09:00 RenewalReminderDue',
  '2045-04-02 00:00 Expired',
  '2045-05-25 09:00 LastCallDue',
  '2045-06-02 00:00 Terminated',
];

describe('a life of five years, paid by card', () => {
  let world: World;
  let life: Life;
  before(async () => {
    world = await World.open();
    life = await world.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_approved' });
  });
  after(() => world.close());

  it('is charged at 09:00 in Rome, seven days before each expiry, and ends 61 days after the last', async (t) => {
    const started = performance.now();
    await life.moveTo('2044-06-01T10:00:00+02:00');
    assert.deepEqual(await life.story(), [...BOUGHT, ...[2041, 2042, 2043, 2044].flatMap(renewed)]);
    await life.ask({ type: 'SwitchAutoRenewal', on: false });
    await life.moveTo('2045-06-03T00:00:00+02:00');
    t.diagnostic(`five years took ${Math.round(performance.now() - started)} ms`);
    assert.deepEqual(await life.story(), [...BOUGHT, ...[2041, 2042, 2043, 2044].flatMap(renewed), ...LEFT]);
    assert.deepEqual(await life.handle.result(), { status: 'terminated', endedOn: '2045-06-02', sequence: 54 });
  });

  it('took each charge once, at the price of its own order', async () => {
    const captures = await world.db('sandbox_gateway.charges').where({ outcome: 'captured' }).select('amount_minor');
    assert.deepEqual(
      captures,
      Array.from({ length: 5 }, () => ({ amount_minor: 3050 })),
    );
  });

  it('went on in a fresh history with each renewal, of at most 30 events and 7 actions', async (t) => {
    const runs = await runsOf(life);
    assert.equal(runs.length, 5);
    for (const { events, actions } of runs.slice(1, 4)) {
      t.diagnostic(`an uneventful year: ${events.length} events, ${actions} actions`);
      assert.ok(events.length <= 30, events.join(' '));
      assert.equal(actions, 7, events.join(' '));
    }
  });
});

/** What Temporal Cloud counts: all markers of one workflow task together are one action. */
const ACTIONS = new Set([
  'WorkflowExecutionStarted',
  'TimerStarted',
  'ActivityTaskScheduled',
  'WorkflowExecutionSignaled',
  'WorkflowExecutionUpdateAccepted',
  'UpsertWorkflowSearchAttributes',
]);
/** What the test clock itself writes. */
const OF_THE_CLOCK = new Set(['WorkflowExecutionOptionsUpdated', 'WorkflowExecutionTimeSkippingTransitioned']);

async function runsOf(life: Life): Promise<{ events: string[]; actions: number }[]> {
  return (await life.histories()).map((history) => {
    const kinds = (history.events ?? []).map(kindOf).filter((kind) => !OF_THE_CLOCK.has(kind));
    const markers = kinds.filter((kind, index) => kind === 'MarkerRecorded' && kinds[index - 1] !== 'MarkerRecorded');
    return { events: kinds, actions: kinds.filter((kind) => ACTIONS.has(kind)).length + markers.length };
  });
}

function kindOf(event: object): string {
  const [attributes = ''] = Object.keys(event).filter((key) => key.endsWith('EventAttributes'));
  return attributes.charAt(0).toUpperCase() + attributes.slice(1, -'EventAttributes'.length);
}
