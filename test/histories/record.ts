/**
 * Records the golden histories of a release: `npm test -- test/histories/record.ts`, once, when it is released. Those of
 * earlier releases stay as they are.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { portable, Replayer, writeGolden } from '../support/goldens.ts';
import { World, type Life } from '../support/life.ts';

/** Charged at checkout, renewed twice, left to expire. */
async function renewed(world: World): Promise<Life> {
  const life = await world.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_approved', extras: { user: 2 } });
  await life.moveTo('2042-06-01T10:00:00+02:00');
  await life.ask({ type: 'SwitchAutoRenewal', on: false });
  await life.moveTo('2043-06-03T00:00:00+02:00');
  return life;
}

/** Paid by transfer in two parts, upgraded with co-terming, declined, renewed by hand, given notice. */
async function paidByHand(world: World): Promise<Life> {
  const life = await world.begin({ at: '2040-01-31T10:00:00+01:00' });
  await life.pay({ amountMinor: 1000 });
  await life.signal('rubbish');
  await life.pay();
  await life.ask({ type: 'ReportUsage', usedBytes: 900_000_000 });
  await life.moveTo('2040-08-15T10:00:00+02:00');
  await life.order({ type: 'upgrade', add: { space: 2 }, coTerm: true });
  await life.pay({ method: 'postal_slip' });
  await life.ask({ type: 'SetPaymentMethod', method: await life.card('tok_declined') });
  await life.ask({ type: 'SwitchAutoRenewal', on: true });
  await life.moveTo('2041-08-12T10:00:00+02:00');
  await life.pay();
  await life.moveTo('2042-05-01T10:00:00+02:00');
  await life.ask({ type: 'GiveNotice' });
  await life.moveTo('2042-08-16T10:00:00+02:00');
  return life;
}

/** The gateway loses an answer, Postgres is away for a while, the service expires and is reactivated. */
async function disturbed(world: World): Promise<Life> {
  const life = await world.begin({ at: '2040-05-10T10:00:00+02:00', card: 'tok_timeout_after_capture' });
  await life.moveTo('2040-05-10T10:02:00+02:00');
  await world.restartWorker({ commit: () => Promise.reject(new Error('away')) });
  const answer = life.ask({ type: 'SwitchAutoRenewal', on: false });
  while (!(await life.metadata()).currentDetails.includes('does not work')) await sleep(50);
  await world.restartWorker();
  await life.skip(6_000);
  await answer;
  await life.moveTo('2041-07-09T10:00:00+02:00');
  await life.order({ type: 'reactivation', years: 2 }, await life.card('tok_needs_customer'));
  await life.ask({ type: 'CancelOrder', number: (await life.unpaid()).number });
  await life.order({ type: 'reactivation', years: 1 }, await life.card('tok_approved'));
  return life;
}

it('records what this release does', async () => {
  const world = await World.open();
  const replayer = await Replayer.bundle();
  try {
    for (const play of [renewed, paidByHand, disturbed]) {
      const life = await play(world);
      for (const [index, history] of (await life.histories()).entries()) {
        const golden = { workflowId: life.handle.workflowId, history: portable(history) };
        const told = await replayer.replay(golden);
        assert.ok(told.length > 0);
        writeGolden(`${packageJson.version}-${play.name}-${index + 1}.json`, { ...golden, told });
      }
    }
  } finally {
    await world.close();
  }
});
