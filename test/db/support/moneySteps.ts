import assert from 'node:assert/strict';
/** What may happen to money, one step at a time: everything that customers, operators and time do; and all of it in a bag. */
import { creditOf } from '../../../db/ledger.ts';
import type { NewPayment } from '../../../db/payments.ts';
import { addDays, type Instant } from '../../../domain/calendar.ts';
import { nextDeadline } from '../../../domain/deadlines.ts';
import { isOver } from '../../../domain/decide.ts';
import { payOut, refund, takeBack, transferList, withdraw } from './moneyBack.ts';
import { callBack, file, fileAgain, paidOut, transfer, transferForSeveral, transferInThree } from './moneyBank.ts';
import { bankAnswers, dispute, forged, payByCard, settleCharge, someMethod, webhook } from './moneyCards.ts';
import { payableOf, priceOf, rowsOf, someNumber, tenthsOf, UNKNOWN, type Step } from './moneyChoices.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import { aCustomer } from './life.ts';
import type { Shell } from './shell.ts';

const DAY = 86_400_000;
const MOST_CHARGES = 6;
const [MOST_PASSED, MOST_TRIES] = [40, 12];
/** What is mostly asked for, and at times what cannot be. */
function typeOfOrder({ dice }: MoneyWorld, { numbers, state }: Shell) {
  if (numbers.length === 0) return 'first_purchase';
  if (dice.chance(0.1)) return dice.pick(['renewal', 'upgrade', 'reactivation'] as const);
  return state.phase.status === 'expired' ? 'reactivation' : dice.pick(['renewal', 'upgrade'] as const);
}

const order: Step = async (world, shell) => {
  const type = typeOfOrder(world, shell);
  // A first order is asked for under one number.
  if (type === 'first_purchase' ? shell.hasAsked : shell.state.entitlements.intervals.length === 0) return false;
  shell.hasAsked = true;
  const customerId = shell.life.customer.id;
  const { language: _, ...holder } = aCustomer(); // nobody may have two of a product
  const isFirst = type === 'first_purchase';
  shell.life.now = world.now;
  const placed = await shell.life.quote(type, type === 'upgrade' ? { space: 1 } : {});
  const reservation = { ...placed, holder: isFirst ? holder : undefined, subscriptionId: shell.id, customerId };
  const pay = world.dice.chance(0.4);
  const placing = () =>
    world.mortally('order', type, async () => {
      const method = pay ? await someMethod(world, shell) : null;
      // It is asked for until it is answered: by the same request, so under the same number, at times by several at once.
      const intent = await world.intend('reserve', `${type} ${placed.number}`, () => world.do('reserve', reservation));
      while (!intent.isAnswered) await world.ask(intent);
      const isPlaced = await shell.request({ type: 'PlaceOrder', order: placed, pay: method }, world.now);
      assert.ok(isPlaced || !isFirst, `${shell.id}: its first order was refused`);
      return `${type} ${isPlaced ? 'placed' : 'refused'}`;
    });
  for (let tries = 0; tries < MOST_TRIES && (tries === 0 || (isFirst && shell.numbers.length === 0)); tries += 1)
    await placing();
  // An order may ask for the credit that there is.
  if (world.dice.chance(0.5)) await credit(world, shell);
  return true;
};

/** By hand, through the API: the operator asks again until it is answered. */
const register: Step = async (world, shell) => {
  const { dice } = world;
  if (payableOf(shell).length === 0 && dice.chance(0.6)) return false;
  const orderNumber = dice.chance(0.06) ? UNKNOWN : someNumber(world, shell);
  const externalId = world.nextName();
  const payment: NewPayment = {
    key: `bank:${externalId}`,
    source: 'bank',
    externalId,
    orderNumber,
    subscriptionId: shell.numbers.includes(orderNumber) ? shell.id : null,
    amountMinor: tenthsOf(world, priceOf(shell, orderNumber)),
    method: dice.pick(['bank_transfer', 'postal_slip', 'card'] as const),
    registeredOn: addDays(world.today, -dice.below(4)),
    receivedAt: world.now,
    storedMethod: null,
  };
  world.registered.set(payment.key, payment);
  const detail = `${payment.amountMinor} for ${orderNumber}`;
  const intent = await world.intend('register', detail, () => world.do('pay', payment));
  if (!dice.chance(0.1) || !intent.isAnswered) return true;
  await world.intend('register with other content', detail, async () => {
    const outcome = await world.do('pay', { ...payment, amountMinor: payment.amountMinor + 1 });
    if (outcome !== 'payment_conflict') throw new Error(`${payment.key} was taken with other content: ${outcome}`);
    return outcome;
  });
  return true;
};

/** By an operator's signal alone: nobody wrote it down. */
const signal: Step = async (world, shell) => {
  if (shell.isGone || shell.numbers.length === 0) return false;
  const orderNumber = someNumber(world, shell);
  const key = `hand:${world.nextName()}`;
  const money = { amountMinor: tenthsOf(world, priceOf(shell, orderNumber)), method: 'bank_transfer' } as const;
  world.registered.set(key, money);
  const fact = { key, orderNumber, ...money, registeredOn: world.today, receivedAt: world.now, storedMethod: null };
  shell.inbox.push({ payment: fact });
  world.coverage.saw('signal', 'sent');
  world.trace.push(`signal ${money.amountMinor} for ${orderNumber}`);
  return true;
};

const credit: Step = async (world) => {
  const { dice, db, shells } = world;
  const open = shells.flatMap((shell) => payableOf(shell).map((orderNumber) => ({ shell, orderNumber })));
  const one = dice.pickOrNone(open);
  if (one === undefined || (await creditOf(db, one.shell.life.customer.id)) <= 0) return false;
  const { orderNumber } = one;
  const isTold = dice.chance(0.7);
  await world.mortally('use credit', orderNumber, () =>
    dice.chance(0.2)
      ? Promise.all([1, 2].map(() => world.do('useCredit', { orderNumber, isTold }))).then(() => 'by several at once')
      : world.do('useCredit', { orderNumber, isTold }),
  );
  return true;
};

/** Money that waits, of this service or of none, is given to an order that can use it. */
const assign: Step = async (world) => {
  const { dice } = world;
  const unmatched = await rowsOf<{ key: string }>(
    world,
    `select key from payment_places join payments on key = payment_key
     where account = 'unmatched' and payment_places.amount_minor = payments.amount_minor and source <> 'disputed'
       and (subscription_id = any(?) or key = any(?) or exists (
         select from bank_entries where bank_reference = any(?) and key = any(payment_keys))) order by key`,
    [world.shells.map(({ id }) => id), [...world.registered.keys()], world.movements.map(({ reference }) => reference)],
  );
  const key = dice.pickOrNone(unmatched)?.key;
  const shell = dice.pick(world.shells);
  const orderNumber = dice.pickOrNone(payableOf(shell));
  if (key === undefined || orderNumber === undefined) return false;
  const at = Math.max(world.now, shell.state.handledThrough) as Instant;
  await world.mortally('assign', `${key} to ${orderNumber}`, () =>
    world.do('assign', { key, orderNumber, at, isTold: dice.chance(0.8) }),
  );
  return true;
};

const ask: Step = async (world, shell) => {
  const { dice } = world;
  const on = dice.chance(0.6);
  const number = someNumber(world, shell);
  const request = dice.pick([
    { type: 'CancelOrder', number },
    { type: 'SwitchAutoRenewal', on },
    { type: 'RemovePaymentMethod' },
    { type: 'GiveNotice' },
  ] as const);
  await world.mortally('ask', request.type, async () =>
    (await shell.request(request, world.now)) ? request.type : `${request.type} refused`,
  );
  return true;
};

/** A card for the renewals to come. */
const setMethod: Step = async (world, shell) => {
  if (isOver(shell.state)) return false;
  return world.mortally('set method', '', async () => {
    const method = await someMethod(world, shell);
    if (!(await shell.request({ type: 'SetPaymentMethod', method }, world.now))) return 'refused';
    await shell.request({ type: 'SwitchAutoRenewal', on: true }, world.now);
    return 'set';
  });
};

export const activate: Step = async ({ dice, now }, shell) => {
  const { status } = shell.state.phase;
  if (status === 'awaiting_activation')
    shell.fact(
      dice.chance(0.85)
        ? { type: 'RecordActivation', username: 'rn1' }
        : { type: 'RecordActivationFailure', reason: 'checks' },
      now,
    );
  if (status === 'activation_failed')
    shell.decide(dice.chance(0.4) ? { type: 'AbandonActivation', reason: 'checks' } : { type: 'RetryActivation' }, now);
  return true;
};

const hear: Step = async (world, shell) => {
  if (shell.inbox.length === 0) return false;
  return world.mortally('hear', '', async () => {
    await shell.reachAll(world.now);
    await shell.hear(world.dice.below(shell.inbox.length), world.now);
  });
};

const write: Step = async (world, shell) => {
  if (shell.life.pending.length === 0) return false;
  const isTwice = world.dice.chance(0.2);
  return world.mortally('write', isTwice ? 'by several at once' : '', () => shell.commit(isTwice));
};

/** Some days, or until the next deadline. */
const wait: Step = async (world, shell) => {
  const deadline = nextDeadline(shell.state);
  const days = 1 + world.dice.below(20);
  const later = deadline === null || world.dice.chance(0.5) ? world.now + days * DAY : deadline.at;
  world.now = Math.max(world.now, later) as Instant;
  return world.mortally('wait', '', () => shell.reachAll(world.now));
};

/** Until a service expires, or ends: with every charge on the way. */
const age: Step = async (world, shell) => {
  if (isOver(shell.state) || shell.numbers.length === 0) return false;
  const { dice } = world;
  const aim = dice.pick(['expire', 'expire', 'terminate', 'close_unpaid', 'charge'] as const);
  return world.mortally('age', '', async () => {
    for (let count = 0; count < MOST_CHARGES; count += 1) {
      for (let passed = 0; passed < MOST_PASSED; passed += 1) {
        const deadline = nextDeadline(shell.state);
        if (deadline === null || shell.isCharging) break;
        world.now = Math.max(world.now, deadline.at) as Instant;
        await shell.reachAll(world.now);
        if (deadline.kind === aim || isOver(shell.state)) return `until ${deadline.kind}`;
      }
      if (!shell.isCharging) return 'nothing to come';
      await settleCharge(world, shell);
    }
    return 'charging';
  });
};

const again: Step = async (world) => {
  const intent = world.dice.pickOrNone(world.intents);
  if (intent !== undefined) await world.ask(intent);
  return intent !== undefined;
};

/** The sweeper's round, which any process may make at any time. */
const sweepNow: Step = (world) => world.mortally('sweep', '', () => world.do('sweep', world.intents.length));

const STEPS: readonly (readonly [number, Step])[] = [
  ...([
    [4, order],
    [4, register],
    [1, signal],
    [2, setMethod],
    [2, ask],
    [6, credit],
    [3, assign],
  ] as const),
  ...([
    [3, transfer],
    [2, transferForSeveral],
    [1, transferInThree],
    [2, callBack],
    [2, paidOut],
  ] as const),
  ...([
    [4, file],
    [1, fileAgain],
    [3, payByCard],
    [3, settleCharge],
    [1, bankAnswers],
    [5, webhook],
  ] as const),
  ...([
    [1, forged],
    [3, dispute],
    [3, takeBack],
    [5, refund],
    [4, payOut],
    [1, withdraw],
    [6, transferList],
  ] as const),
  ...([
    [6, hear],
    [6, write],
    [2, wait],
    [2, age],
    [4, again],
    [1, sweepNow],
  ] as const),
];
const BAG = STEPS.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));

/** The first orders, mostly paid for, and then whatever chance brings. */
export async function live(world: MoneyWorld, steps: number): Promise<void> {
  const { dice } = world;
  for (const shell of world.shells) {
    if (dice.chance(0.97)) await order(world, shell);
    await dice.pick(shell.isCharging ? [settleCharge] : [register, register, register, transfer, transferInThree])(
      world,
      shell,
    );
    if (world.movements.length > 0 && dice.chance(0.7)) await file(world, shell);
    await around(world, shell);
  }
  for (let step = 0; step < steps; step += 1) {
    const alive = world.shells.filter(({ state }) => !isOver(state));
    const shell = dice.pick(alive.length > 0 && dice.chance(0.85) ? alive : world.shells);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) if (await dice.pick(BAG)(world, shell)) break;
    await around(world, shell);
  }
}

/** What goes on by itself, sooner or later. */
async function around(world: MoneyWorld, shell: Shell): Promise<void> {
  const { dice } = world;
  if (shell.isCharging && dice.chance(0.6)) await settleCharge(world, shell);
  if (dice.chance(0.5)) await hear(world, shell);
  if (dice.chance(0.85)) await activate(world, shell);
  if (dice.chance(0.3)) await write(world, shell);
}
