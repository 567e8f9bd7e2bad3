/** Random steps by which money goes back: taken back by whoever sent it, or refunded by us. */
import { randomUUID } from 'node:crypto';
import { payRefund } from '../../../activities/payRefund.ts';
import { takeReversal } from '../../../api/reversals.ts';
import { creditOf } from '../../../db/ledger.ts';
import { findOrder } from '../../../db/orders.ts';
import { listPayments } from '../../../db/payments.ts';
import { payByTransfer, recordRefund, withdrawRefund, type NewRefund } from '../../../db/refunding.ts';
import { findRefund, RefundRefusedError } from '../../../db/refunds.ts';
import { refundableOf } from '../../../db/refundSources.ts';
import {
  cancelTransferList,
  executeTransferList,
  makeTransferList,
  TransferListSettledError,
} from '../../../db/transferLists.ts';
import { someNumber, tenthsOf, type Step } from './moneyChoices.ts';
import { tellRefund } from './moneySweep.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

const TO = { iban: 'IT60X0542811101000000123456', holder: 'Ada Rossi' };

/** A chargeback may be heard of before the payment; a correction is of any payment that is known. */
export const takeBack: Step = async (world, shell) => {
  const { context, dice } = world;
  const captured = dice.pickOrNone(world.attempts());
  const known = dice.pickOrNone(await listPayments(world.db, shell.id));
  const isChargeback = captured !== undefined && dice.chance(0.4);
  const paymentKey = isChargeback ? `gateway:${captured.attempt.attemptId}` : known?.key;
  if (paymentKey === undefined) return;
  const whole = isChargeback ? captured.attempt.amountMinor : (known?.amountMinor ?? 0);
  const source = isChargeback ? 'gateway' : 'back';
  const externalId = world.nextName();
  const reversal = {
    ...{ key: `${source}:${externalId}`, source, externalId, paymentKey, registeredOn: world.today },
    ...{ amountMinor: tenthsOf(world, whole, [3, 10, 10, 10, 11]), receivedAt: world.now },
    reason: isChargeback ? 'chargeback' : 'correction',
  } as const;
  world.takenBack.set(reversal.key, reversal.amountMinor);
  await world.intend(`take back ${reversal.amountMinor} of ${paymentKey}`, async () => {
    await takeReversal(context, reversal);
  });
};

async function sourceOfRefund(
  world: MoneyWorld,
  shell: Shell,
): Promise<{ from: NewRefund['from']; most: number } | null> {
  const { db, dice } = world;
  const source = dice.pick(['order', 'order', 'payment', 'credit'] as const);
  if (source === 'credit') {
    const customerId = shell.life.customer.id;
    return { from: { source, customerId }, most: await creditOf(db, customerId) };
  }
  if (source === 'payment') {
    const payment = dice.pickOrNone(await listPayments(db, shell.id));
    return payment === undefined ? null : { from: { source, paymentKey: payment.key }, most: payment.amountMinor };
  }
  const completed: { number: string }[] = await db('orders')
    .where({ subscription_id: shell.id, status: 'completed' })
    .select('number');
  const row = await findOrder(db, dice.pickOrNone(completed)?.number ?? someNumber(world, shell));
  if (row === null) return null;
  return { from: { source, orderNumber: row.number }, most: (await refundableOf(db, row)).availableMinor };
}

export const refund: Step = async (world, shell) => {
  const { dice, mortal: db } = world;
  const found = await sourceOfRefund(world, shell);
  if (found === null) return;
  const id = `ref_${randomUUID()}`;
  const decided: NewRefund = {
    ...{ id, from: found.from, amountMinor: tenthsOf(world, found.most, [2, 5, 10, 10, 11]) },
    effect: found.from.source === 'order' && dice.chance(0.2) ? 'end' : 'keep',
    to: dice.chance(0.4) ? 'original' : TO,
    ...{ reason: 'any', operatorId: 'op', requestedAt: world.now },
  };
  world.refundIds.push(id);
  await world.intend(`refund ${decided.amountMinor} of ${JSON.stringify(found.from)}`, async () => {
    try {
      const made = await recordRefund(db, decided);
      if (!made.told && dice.chance(0.7)) await tellRefund(world, made);
    } catch (error) {
      if (!(error instanceof RefundRefusedError)) throw error;
    }
  });
};

export const payOut: Step = async (world) => {
  const id = world.dice.pickOrNone(world.refundIds);
  if (id === undefined) return;
  const { mortal: db, gateway, context, dice } = world;
  const isWithdrawn = dice.chance(0.4);
  await world.intend(`pay out ${id}`, async () => {
    await payRefund({ db, gateway, log: context.log, clock: context.now }, id);
    if ((await findRefund(db, id))?.status !== 'failed') return;
    try {
      await (isWithdrawn ? withdrawRefund(db, id, world.now) : payByTransfer(db, id, TO));
    } catch (error) {
      // Another was quicker.
      if (!(error instanceof RefundRefusedError)) throw error;
    }
  });
};

export const transferList: Step = async (world) => {
  const { mortal: db, dice, lists } = world;
  const open = [...lists].find(([, { fate }]) => fate === 'made');
  if (open === undefined || dice.chance(0.2)) {
    const id = world.nextName();
    let sumMinor = 0;
    return world.intend(`list ${id}`, async () => {
      const made = await makeTransferList(db, { id, operatorId: 'op' }, (refunds) => {
        sumMinor = refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
        return '<xml/>';
      });
      if (made !== null && !lists.has(id)) lists.set(id, { sumMinor, fate: 'made' });
    });
  }
  const [id, known] = open;
  // Carried out by the bank, or never handed in: one of the two, whatever comes of our writing it down.
  known.fate = dice.chance(0.25) ? 'cancelled' : 'executed';
  const settle = known.fate === 'executed' ? executeTransferList : cancelTransferList;
  await world.intend(`${known.fate} list ${id}`, async () => {
    try {
      await settle(db, id, world.now);
    } catch (error) {
      if (!(error instanceof TransferListSettledError)) throw error;
    }
  });
};
