/** What ends by itself, in time: whatever was asked for is asked again, whatever was not heard is told again. */
import assert from 'node:assert/strict';
import { charge } from '../../../activities/charge.ts';
import { tell } from '../../../api/payments.ts';
import { takeReversal } from '../../../api/reversals.ts';
import { waitingEntries } from '../../../db/bankEntries.ts';
import { acknowledge } from '../../../db/queue.ts';
import { setAsidePayment, unsettledPayments } from '../../../db/payments.ts';
import { noteOf, tellCustomer } from '../../../db/refunding.ts';
import { untoldRefunds, type RefundRow } from '../../../db/refunds.ts';
import { placeReversal, unsettledReversals } from '../../../db/reversals.ts';
import { PASSING_REASONS } from '../../../api/bankDeciding.ts';
import type { Instant } from '../../../domain/calendar.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

const MOST_ROUNDS = 8;
const LIMIT = 1000;

/** As the API and the sweeper tell of a refund: its life, or where that is over, its customer alone. */
export async function tellRefund(world: MoneyWorld, refund: RefundRow): Promise<void> {
  const shell = world.shellOf(refund.subscriptionId);
  if (shell === undefined || refund.orderNumber === null) return;
  if (shell.isGone) return tellCustomer(world.mortal, refund.id, world.now);
  const type = refund.effect === 'end' ? 'EndService' : 'NoteRefund';
  await shell.request({ type, refund: noteOf(refund) }, world.now);
  await shell.commit();
}

/** Ends all that was left open. Nobody dies any more. */
export async function sweep(world: MoneyWorld): Promise<void> {
  world.kills.isOff = true;
  const { db, dice } = world;
  if (world.movements.length > 0) await world.importFile(world.fileOf(dice.shuffled(world.movements), false));
  for (const { shell, attempt } of world.attempts()) await world.tellOfCapture(shell, attempt);
  for (const intent of dice.shuffled(world.intents.filter(({ isAnswered }) => !isAnswered))) {
    await world.ask(intent);
    assert.ok(intent.isAnswered, intent.name);
  }
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    for (const shell of world.shells) await settle(world, shell);
    for (const { shell, attempt } of world.attempts()) await world.tellOfCapture(shell, attempt);
    if (!(await tellAgain(world)) && world.shells.every(isQuiet)) break;
  }
  assert.ok(!(await tellAgain(world)) && world.shells.every(isQuiet), 'something never comes to rest');
  await world.payTransfers();
  for (const { id } of await waitingEntries(db, PASSING_REASONS))
    await acknowledge(db, { kind: 'bank_entry_waiting', id, note: 'seen', operatorId: 'op' });
}

function isQuiet({ inbox, life, isCharging }: Shell): boolean {
  return inbox.length === 0 && life.pending.length === 0 && !isCharging;
}

async function settle(world: MoneyWorld, shell: Shell): Promise<void> {
  const { now, mortal: db, gateway } = world;
  for (let count = 0; shell.isCharging && count < 4; count += 1) {
    const attempt = shell.attemptToAsk;
    if (attempt === null) break;
    const outcome = await charge({ db, gateway }, { subscriptionId: shell.id, attempt, now });
    shell.fact({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome }, now);
  }
  await shell.commit();
  while (shell.inbox.length > 0) await shell.hear(world.dice.below(shell.inbox.length), now);
  await shell.commit();
}

/** Whether there was anything to tell. */
async function tellAgain(world: MoneyWorld): Promise<boolean> {
  const { db, context } = world;
  const ever = (Date.now() + 86_400_000) as Instant;
  const payments = await unsettledPayments(db, ever, LIMIT);
  for (const payment of payments) {
    if (world.shellOf(payment.subscriptionId)?.numbers.length === 0)
      await setAsidePayment(db, payment.key, 'unknown_order', world.now);
    else if (payment.subscriptionId !== null) await tell(context, payment.subscriptionId, payment);
  }
  const reversals = await unsettledReversals(db, ever, LIMIT);
  for (const {
    addressee,
    subscriptionId: _s,
    heardSequence: _h,
    placedMinor: _p,
    recordedAt: _r,
    ...reversal
  } of reversals) {
    const shell = world.shellOf(addressee);
    if (shell === undefined || shell.numbers.length === 0) await placeReversal(db, reversal.key, world.now);
    else await takeReversal(context, reversal);
  }
  const refunds = await untoldRefunds(db, ever, LIMIT);
  for (const refund of refunds) await tellRefund(world, refund);
  return payments.length + reversals.length + refunds.length > 0;
}
