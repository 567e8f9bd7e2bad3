/** Random steps by which money goes back: taken back by whoever sent it, or refunded by us. */
import { randomUUID } from 'node:crypto';
import { findOrder } from '../../../db/orders.ts';
import type { NewRefund } from '../../../db/refunding.ts';
import { GATEWAY_SOURCES } from '../../../db/refunds.ts';
import { refundableOf } from '../../../db/refundSources.ts';
import { capturesOf } from './moneyCards.ts';
import { rowsOf, someNumber, tenthsOf, type Step } from './moneyChoices.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

const TO = { iban: 'IT60X0542811101000000123456', holder: 'Ada Rossi' };

interface Known {
  readonly key: string;
  readonly amountMinor: number;
}

/** A chargeback may be heard of before the payment; a correction is of any payment that is known. */
export const takeBack: Step = async (world, shell) => {
  const { dice } = world;
  const captures = world.stripe === null ? await capturesOf(world) : [];
  const known = await rowsOf<Known>(
    world,
    `select key, amount_minor as "amountMinor" from payments
     where method <> 'credit' and (subscription_id = ? or key = any(?)) order by key`,
    [shell.id, [...world.registered.keys()]],
  );
  const captured = dice.chance(0.4) ? dice.pickOrNone(captures) : undefined;
  const payment = captured ?? dice.pickOrNone(known);
  if (payment === undefined) return false;
  const source = captured === undefined ? 'back' : 'gateway';
  const externalId = world.nextName();
  const reversal = {
    ...{ key: `${source}:${externalId}`, source, externalId, paymentKey: payment.key, registeredOn: world.today },
    ...{ amountMinor: tenthsOf(world, payment.amountMinor, [3, 10, 10, 10, 11]), receivedAt: world.now },
    reason: captured === undefined ? 'correction' : 'chargeback',
  } as const;
  world.takenBack.set(reversal.key, reversal.amountMinor);
  await world.intend('take back', `${reversal.amountMinor} of ${payment.key}`, () => world.do('takeBack', reversal));
  return true;
};

interface Source {
  readonly from: NewRefund['from'];
  readonly most: number;
  readonly isOriginal: boolean;
}

/** All that could be given back now. */
async function sourcesOf(world: MoneyWorld): Promise<Source[]> {
  const { shells } = world;
  const ids = shells.map(({ id }) => id);
  const customers = [...new Set(shells.map(({ life }) => life.customer.id))];
  const orders = await rowsOf<{ number: string }>(
    world,
    `select number from orders where status = 'completed' and received_minor > 0 and subscription_id = any(?)`,
    [ids],
  );
  const ofOrders = orders.map(async ({ number }): Promise<Source[]> => {
    const row = await findOrder(world.db, number);
    if (row === null) return [];
    const { availableMinor, originalMinor } = await refundableOf(world.db, row);
    const from = { source: 'order', orderNumber: number } as const;
    return availableMinor === 0 ? [] : [{ from, most: availableMinor, isOriginal: originalMinor >= availableMinor }];
  });
  const unmatched = await rowsOf<{ key: string; most: number; source: string }>(
    world,
    `select key, payment_places.amount_minor as most, source from payment_places join payments on key = payment_key
     where account = 'unmatched' and payment_places.amount_minor > 0 and source <> 'disputed'
       and (subscription_id = any(?) or key = any(?)) order by key`,
    [ids, [...world.registered.keys()]],
  );
  const credits = await rowsOf<{ customerId: string; most: number }>(
    world,
    `select customer_id as "customerId", balance_minor as most from customer_credits
     where balance_minor > 0 and customer_id = any(?) order by customer_id`,
    [customers],
  );
  return [
    ...(await Promise.all(ofOrders)).flat(),
    ...unmatched.map(({ key, most, source }): Source => {
      return { from: { source: 'payment', paymentKey: key }, most, isOriginal: GATEWAY_SOURCES.has(source) };
    }),
    ...credits.map(({ customerId, most }): Source => {
      return { from: { source: 'credit', customerId }, most, isOriginal: false };
    }),
  ];
}

async function sourceOfRefund(world: MoneyWorld, shell: Shell): Promise<Source | undefined> {
  const { dice } = world;
  // Some ask for what is not there.
  if (dice.chance(0.1))
    return { from: { source: 'order', orderNumber: someNumber(world, shell) }, most: 3000, isOriginal: false };
  const sources = await sourcesOf(world);
  const kind = dice.pickOrNone([...new Set(sources.map(({ from }) => from.source))]);
  return dice.pickOrNone(sources.filter(({ from }) => from.source === kind));
}

export const refund: Step = async (world, shell) => {
  const { dice } = world;
  const found = await sourceOfRefund(world, shell);
  if (found === undefined) return false;
  const { from, most, isOriginal } = found;
  const id = `ref_${randomUUID()}`;
  const decided: NewRefund = {
    ...{ id, from, amountMinor: tenthsOf(world, most, [2, 5, 10, 10, 10, 11]) },
    effect: from.source === 'order' && dice.chance(0.25) ? 'end' : 'keep',
    to: dice.chance(isOriginal ? 0.8 : 0.05) ? 'original' : TO,
    ...{ reason: 'any', operatorId: 'op', requestedAt: world.now },
  };
  world.refundIds.push(id);
  const isTold = dice.chance(0.75);
  await world.intend('refund', `${decided.amountMinor} of ${JSON.stringify(from)}`, async () => {
    const outcome = await world.do('refund', { refund: decided, isTold });
    return `of ${from.source} ${outcome}`;
  });
  return true;
};

/** The gateway is asked; what it refuses goes by transfer, or not at all. */
export const payOut: Step = async (world) => {
  const { dice, stripe } = world;
  const due = await rowsOf<{ id: string; status: string }>(
    world,
    `select id, status from refunds where way = 'original' and status in ('due', 'sent', 'failed') and id = any(?)
     order by id`,
    [world.refundIds],
  );
  const one = dice.pickOrNone(due) ?? { id: dice.pickOrNone(world.refundIds), status: 'any' };
  const { id } = one;
  if (id === undefined || (due.length === 0 && dice.chance(0.9))) return false;
  if (one.status === 'failed') {
    const how = dice.chance(0.4) ? 'withdraw' : 'payByTransfer';
    await world.intend('pay out', `${id}, ${how}`, () => world.do(how, id));
    return true;
  }
  await world.intend('pay out', id, () => {
    if (stripe !== null) stripe.refundStatus = dice.pick(['succeeded', 'succeeded', 'succeeded', 'pending', 'failed']);
    return world.do('payOut', id);
  });
  return true;
};

/** What is not yet on a list need not go out at all. */
export const withdraw: Step = async (world) => {
  const due = await rowsOf<{ id: string }>(
    world,
    `select id from refunds where way = 'transfer' and status = 'due' and id = any(?) order by id`,
    [world.refundIds],
  );
  const one = world.dice.pickOrNone(due);
  if (one === undefined) return false;
  await world.intend('withdraw', one.id, () => world.do('withdraw', one.id));
  return true;
};

export const transferList: Step = async (world) => {
  const { dice, lists } = world;
  const open = [...lists].find(([, { fate }]) => fate === 'made');
  if (open === undefined || dice.chance(0.15)) return makeList(world);
  const [id, known] = open;
  // Carried out by the bank, or never handed in: one of the two, whatever comes of our writing it down.
  const isExecuted = dice.chance(0.75);
  known.fate = isExecuted ? 'executed' : 'cancelled';
  await world.intend('list', `${known.fate} ${id}`, () => world.do('settleList', { id, isExecuted }));
  return true;
};

async function makeList(world: MoneyWorld): Promise<boolean> {
  const due = await world
    .db('refunds')
    .where({ way: 'transfer', status: 'due', told: true })
    .whereIn('id', world.refundIds)
    .first('id');
  if (due === undefined) return false;
  const id = world.nextName();
  await world.intend('list', `made ${id}`, async () => {
    const made = await world.do('makeList', id);
    if (made !== null && !world.lists.has(id)) world.lists.set(id, { ...made, fate: 'made' });
    return made === null ? 'nothing to list' : 'made';
  });
  return true;
}

/** The bank carries out all that is due. */
export async function payTransfers(world: MoneyWorld): Promise<void> {
  for (const [id, known] of world.lists) {
    if (known.fate !== 'made') continue;
    known.fate = 'executed';
    await world.do('settleList', { id, isExecuted: true });
  }
  const id = world.nextName();
  const made = await world.do('makeList', id);
  if (made === null) return;
  world.lists.set(id, { ...made, fate: 'executed' });
  await world.do('settleList', { id, isExecuted: true });
}
