/** What ends by itself, in time: whatever was asked for is asked again, whatever was not heard is told again. */
import assert from 'node:assert/strict';
import { waitingEntries } from '../../../db/bankEntries.ts';
import { acknowledge } from '../../../db/queue.ts';
import { PASSING_REASONS } from '../../../api/bankDeciding.ts';
import { REGISTRABLE } from '../../../api/bankWords.ts';
import { payTransfers } from './moneyBack.ts';
import { fileOf } from './moneyBank.ts';
import { tellAll } from './moneyCards.ts';
import { rowsOf } from './moneyChoices.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

const MOST_ROUNDS = 8;

/** Ends all that was left open. Nobody dies any more. */
export async function sweep(world: MoneyWorld): Promise<void> {
  world.kills.isOff = true;
  const { db, dice } = world;
  if (world.movements.length > 0)
    await world.do('importFile', { content: fileOf(world, dice.shuffled(world.movements)), name: null });
  await settleDoubts(world);
  await tellAll(world);
  for (const intent of dice.shuffled(world.intents.filter(({ isAnswered }) => !isAnswered))) {
    await tellAll(world);
    await world.ask(intent);
    assert.ok(intent.isAnswered, `${intent.kind} ${intent.detail} stays open`);
  }
  let left = 'nothing';
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    for (const shell of world.shells) await settle(world, shell);
    await tellAll(world);
    await payOuts(world);
    await world.do('sweep', round);
    left = await leftOpen(world);
    if (left === '') break;
  }
  assert.equal(left, '', 'something never comes to rest');
  await payTransfers(world);
  for (const { id } of await waitingEntries(db, PASSING_REASONS))
    await acknowledge(db, { kind: 'bank_entry_waiting', id, note: 'seen', operatorId: 'op' });
}

/** What may have been told under another reference waits for an operator, who knows: here each movement has one reference. */
async function settleDoubts(world: MoneyWorld): Promise<void> {
  const doubts = await rowsOf<{ id: string }>(
    world,
    `select id from bank_entries where outcome = 'waiting' and why = any(?) and bank_reference = any(?)`,
    [[...REGISTRABLE], world.movements.map(({ reference }) => reference)],
  );
  for (const { id } of world.dice.shuffled(doubts)) {
    await world.do('register', id);
    await world.do('register', id);
    world.coverage.saw('doubt', 'registered, and once more');
  }
}

async function settle(world: MoneyWorld, shell: Shell): Promise<void> {
  const { now } = world;
  for (let count = 0; shell.isCharging && count < 4; count += 1) {
    const attempt = shell.attemptToAsk;
    if (attempt === null) break;
    const outcome = await world.do('charge', { subscriptionId: shell.id, attempt });
    shell.fact({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome }, now);
  }
  await shell.commit();
  while (shell.inbox.length > 0) await shell.hear(world.dice.below(shell.inbox.length), now);
  await shell.commit();
}

/** What the worker's jobs do, until the gateway has answered. */
async function payOuts(world: MoneyWorld): Promise<void> {
  const due = await rowsOf<{ id: string }>(
    world,
    `select id from refunds where way = 'original' and told and status in ('due', 'sent') and id = any(?)`,
    [world.refundIds],
  );
  for (const { id } of due) assert.notEqual(await world.do('payOut', id), null, `${id} is not paid out`);
}

/** What has not come to its end, in words; nothing where all has. */
async function leftOpen({ db, shells, name, refundIds }: MoneyWorld): Promise<string> {
  const restless = shells.filter(({ inbox, life, isCharging }) => isCharging || inbox.length + life.pending.length > 0);
  const whose = `sub_${name}-%`;
  const open = await rowsOf<{ what: string }>(
    { db },
    `select 'payment ' || key as what from payments
       where subscription_id like ? and heard_sequence is null and unmatched_reason is null
     union all select 'reversal ' || reversals.key from reversals join payments on payments.key = payment_key
       where placed_minor is null and (payments.subscription_id is null or payments.subscription_id like ?)
     union all select 'refund ' || id from refunds where not told and subscription_id like ?
     union all select 'payout ' || id from refunds
       where way = 'original' and told and status in ('due', 'sent') and id = any(?)
     union all select 'order ' || number from orders where status = 'reserved' and subscription_id like ?`,
    [whose, whose, whose, refundIds, whose],
  );
  return [...restless.map(({ id }) => id), ...open.map(({ what }) => what)].join(', ');
}
