/**
 * A workflow task can be lost after it has written to Postgres: its worker is killed, its answer comes too late, an
 * operator resets the run. The task that follows may decide otherwise: the time is another, more may have been heard.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CommitInput, SubscriptionActivities } from '../../activities/contract.ts';
import { instant } from '../../domain/calendar.ts';
import { decide } from '../../domain/decide.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { Subscription } from '../../domain/subscription.ts';
import { World, type Life } from '../support/life.ts';

describe('what a lost task wrote', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('stands, and the life goes on from it, each request carried out once', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    const before = await life.state();
    await world.restartWorker({ commit: losing(world, before, (events) => events.map(aMinuteEarlier)) });
    const cancelled = life.ask({ type: 'CancelOrder', number: (await life.unpaid()).number });
    assert.deepEqual(await settledAnswer(life, cancelled), { sequence: 3 });
    await world.restartWorker();
    assert.deepEqual((await life.story()).slice(1), ['2040-04-02 09:59 OrderCancelled', '2040-04-02 09:59 Closed']);
    assert.deepEqual(await life.handle.result(), { status: 'closed', endedOn: '2040-04-02', sequence: 3 });
  });

  it('stands where it was something else, and what it did not do is done after it', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    const before = await life.state();
    const usage = { type: 'ReportUsage', usedBytes: 7 } as const;
    await world.restartWorker({ commit: losing(world, before, () => eventsOf(before, usage)) });
    const answer = life.pay();
    await settledAnswer(life, answer);
    await world.restartWorker();
    await life.settled();
    assert.deepEqual(
      (await life.story(before.sequence)).map((line) => line.slice(17)),
      [
        'UsageReported',
        'PaymentReceived',
        'PaymentApplied',
        'OrderCompleted',
        'ActivationRequested',
        'Activated',
        'OrderSettled',
      ],
    );
    assert.equal((await life.state()).usedBytes, 7);
  });

  it('is found by a life that would otherwise end as one without an order', async () => {
    const { life, input, order } = await world.prepare({ at: '2040-04-02T10:00:00+02:00' });
    await life.start(input, '2040-04-02T10:00:00+02:00');
    const born = await life.state();
    const events = eventsOf(born, { type: 'PlaceOrder', order, pay: null });
    await world.activitiesWith({}).commit({ ...folded(born, events), nextDeadlineAt: null });
    // To the timer alone: while it is being handled, the target passes and a further leap would be made.
    await life.skip(10 * 60_000, 1);
    await life.becomes(({ orders }) => orders.length === 1);
    await life.pay();
    assert.equal((await life.state()).phase.status, 'active');
  });

  it('also stands when an operator resets the run', async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    await life.moveTo('2040-04-03T10:00:00+02:00');
    await life.pay();
    await life.moveTo('2040-04-05T10:00:00+02:00');
    await life.ask({ type: 'ReportUsage', usedBytes: 5 });
    const told = await life.story();
    const { entitlements } = await life.state();
    await life.reset();
    await life.settled();
    assert.deepEqual(await life.story(), told);
    assert.deepEqual((await life.state()).entitlements, entitlements);
    await life.moveTo('2041-04-04T10:00:00+02:00');
    assert.equal((await life.story()).at(-1), '2041-04-03 00:00 Expired');
  });
});

/** Writes other events than it was given, once, and is lost; after that it works. */
function losing(
  world: World,
  before: Subscription,
  change: (events: readonly Event[]) => readonly Event[],
): SubscriptionActivities['commit'] {
  const { commit } = world.activitiesWith({});
  let isLost = false;
  return async (input: CommitInput) => {
    if (isLost) return commit(input);
    isLost = true;
    await commit({ ...folded(before, change(input.events)), nextDeadlineAt: input.nextDeadlineAt });
    throw new Error('The task was lost.');
  };
}

function folded(before: Subscription, events: readonly Event[]): Pick<CommitInput, 'subscription' | 'events'> {
  return { events, subscription: events.reduce(evolve, before) };
}

function eventsOf(state: Subscription, command: Parameters<typeof decide>[1]): readonly Event[] {
  const decision = decide(state, command, instant('2040-04-02T10:00:30+02:00'));
  if (!decision.accepted) throw new Error(decision.refusal.code);
  return decision.events;
}

function aMinuteEarlier(event: Event): Event {
  return { ...event, at: (event.at - 60_000) as Event['at'] };
}

/** The life waits a moment before it tries again what failed: its clock is moved until the answer is there. */
async function settledAnswer<T>(life: Life, answer: Promise<T>): Promise<T> {
  let answered = false;
  const done = answer.finally(() => {
    answered = true;
  });
  while (!answered) await Promise.race([done, life.skip(2_000).catch(() => undefined)]);
  return done;
}
