/** What may happen to money, one step at a time: everything that customers, banks, gateways and operators do. */
import { charge } from '../../../activities/charge.ts';
import { takePayment, tell } from '../../../api/payments.ts';
import { ProblemError } from '../../../api/problem.ts';
import { useCredit } from '../../../db/credit.ts';
import { confirmCharge } from '../../../db/gateway.ts';
import { findOrder, reserveOrder } from '../../../db/orders.ts';
import { storedMethodOf, storeMethod } from '../../../db/paymentMethods.ts';
import { assignPayment, factOf, findPayment, listPayments, waitsWhole, type NewPayment } from '../../../db/payments.ts';
import { addDays, type Instant } from '../../../domain/calendar.ts';
import type { ChargeOutcome } from '../../../domain/commands.ts';
import { nextDeadline } from '../../../domain/deadlines.ts';
import { decide } from '../../../domain/decide.ts';
import { payOut, refund, takeBack, transferList } from './moneyBack.ts';
import { priceOf, someNumber, tenthsOf, UNKNOWN, type Step } from './moneyChoices.ts';
import type { BankMovement, MoneyWorld } from './moneyWorld.ts';
import { aCustomer } from './life.ts';
import type { Shell } from './shell.ts';

const TOKENS = [
  ...['tok_approved', 'tok_approved', 'tok_timeout_after_capture', 'tok_declined_once', 'tok_needs_customer'],
  ...['tok_declined', 'tok_outage', 'tok_refund_refused', 'tok_stolen'],
];
const DAY = 86_400_000;

async function someMethod({ mortal, dice }: MoneyWorld, { life }: Shell) {
  const token = dice.pick(TOKENS);
  return storedMethodOf(await storeMethod(mortal, { customerId: life.customer.id, kind: 'card', token, label: null }));
}

const order: Step = async (world, shell) => {
  const type =
    shell.numbers.length === 0 ? 'first_purchase' : world.dice.pick(['renewal', 'upgrade', 'reactivation'] as const);
  if (type !== 'first_purchase' && shell.state.entitlements.intervals.length === 0) return;
  const customerId = shell.life.customer.id;
  // Each service is for somebody of its own: nobody may have two of a product.
  const { language: _, ...holder } = aCustomer();
  await world.mortally(`order ${type}`, async () => {
    await shell.reachAll(world.now);
    shell.life.now = world.now;
    const placed = await shell.life.quote(type, type === 'upgrade' ? { space: 1 } : {});
    const pay = world.dice.chance(0.4) ? await someMethod(world, shell) : null;
    const whose = type === 'first_purchase' ? holder : undefined;
    const reservation = { ...placed, holder: whose, subscriptionId: shell.id, customerId };
    // A first order is asked for until it is answered: by the same request, so under the same number.
    let isReserved = false;
    const reserve = () => reserveOrder(world.mortal, reservation).then(() => (isReserved = true));
    while (!isReserved) await world.mortally(`reserve ${placed.number}`, reserve);
    await shell.request({ type: 'PlaceOrder', order: placed, pay }, world.now);
  });
};

/** By hand, through the API: the operator asks again until it is answered. */
const register: Step = async (world, shell) => {
  const { context, dice } = world;
  const orderNumber = dice.chance(0.08) ? UNKNOWN : someNumber(world, shell);
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
  await world.intend(`register ${payment.amountMinor} for ${orderNumber}`, async () => {
    await takePayment(context, payment);
  });
  if (!dice.chance(0.15) || world.intents.at(-1)?.isAnswered !== true) return;
  await world.intend('register it with other content', async () => {
    try {
      await takePayment(context, { ...payment, amountMinor: payment.amountMinor + 1 });
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'payment_conflict') return;
      throw error;
    }
    throw new Error(`${payment.key} was taken with other content.`);
  });
};

/** By an operator's signal alone: nobody wrote it down. */
const signal: Step = async (world, shell) => {
  if (shell.isGone || shell.numbers.length === 0) return;
  const orderNumber = someNumber(world, shell);
  const key = `hand:${world.nextName()}`;
  const money = { amountMinor: tenthsOf(world, priceOf(shell, orderNumber)), method: 'bank_transfer' } as const;
  world.registered.set(key, money);
  const fact = { key, orderNumber, ...money, registeredOn: world.today, receivedAt: world.now, storedMethod: null };
  shell.inbox.push({ payment: fact });
  world.trace.push(`signal ${money.amountMinor} for ${orderNumber}`);
};

/** Money arrives at the bank; whoever reads it in the file finds the number whole, broken, with another, or not at all. */
const transfer: Step = async (world, shell) => {
  const { dice } = world;
  const number = someNumber(world, shell);
  const other = someNumber(world, dice.pick(world.shells));
  const broken = `${number.slice(0, 4)} ${number.slice(4)}`;
  const text = dice.pick([
    `ordine ${number}`,
    `RIF${broken}/TRN`,
    `saldo`,
    `${number} e ${other}`,
    `ordine ${number}9`,
  ]);
  const amounts = tenthsOf(world, priceOf(shell, number));
  const cents = text.includes(' e ') && other !== number ? priceOf(shell, number) + priceOf(shell, other) : amounts;
  const reference = world.nextName().toUpperCase().replaceAll('-', 'X');
  world.movements.push({ cents, text, reference, date: world.today, payer: world.name });
  world.trace.push(`transfer ${cents} "${text}"`);
};

const callBack: Step = async (world) => {
  const isUndone = ({ reference }: BankMovement): boolean =>
    world.movements.some((one) => one.side === 'DBIT' && one.reference === reference);
  const credit = world.dice.pickOrNone(world.movements.filter((one) => one.side !== 'DBIT' && !isUndone(one)));
  if (credit === undefined) return;
  const isReversal = world.dice.chance(0.7);
  world.movements.push({ ...credit, side: 'DBIT', reversal: isReversal, date: world.today });
  world.trace.push(`transfer ${credit.cents} called back`);
};

const file: Step = async (world) => {
  if (world.movements.length === 0) return;
  const content = world.fileOf(world.someMovements(), world.dice.chance(0.4));
  await world.intend('file', () => world.importFile(content));
};

const payByCard: Step = async (world, shell) => {
  await world.mortally('pay by card', async () => {
    const method = await someMethod(world, shell);
    await shell.request({ type: 'PayOrder', number: someNumber(world, shell), method }, world.now);
  });
};

/** The charge's activity, and the gateway's own message at the same time; its answer may be lost. */
const settleCharge: Step = async (world, shell) => {
  const attempt = shell.attemptToAsk;
  if (attempt === null) return;
  let outcome: ChargeOutcome = { kind: 'unknown', reason: 'killed' };
  const { mortal: db, gateway, now } = world;
  await world.mortally(`charge ${attempt.attemptId}`, async () => {
    const asked = charge({ db, gateway }, { subscriptionId: shell.id, attempt, now });
    const told = world.dice.chance(0.4) ? world.tellOfCapture(shell, attempt) : null;
    const [answer] = await Promise.allSettled([asked, told]);
    if (answer.status === 'rejected') throw answer.reason;
    if (!world.dice.chance(0.1)) outcome = answer.value;
  });
  const at = Math.min(world.now, (nextDeadline(shell.state)?.at ?? Infinity) - 1) as Instant;
  shell.fact({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome }, at);
};

const webhook: Step = async (world) => {
  const about = world.dice.pickOrNone(world.attempts());
  if (about === undefined) return;
  const { shell, attempt } = about;
  const isConfirmed = world.dice.chance(0.5);
  await world.intend(`webhook ${attempt.attemptId}`, async () => {
    if (isConfirmed) await confirmCharge(world.mortal, attempt.attemptId, world.now);
    await world.tellOfCapture(shell, attempt);
  });
};

const credit: Step = async (world, shell) => {
  await world.mortally('use credit', async () => {
    const row = await findOrder(world.mortal, someNumber(world, shell));
    if (row === null) return;
    const used = await useCredit(world.mortal, row, world.now);
    if (used !== null && world.dice.chance(0.7)) await tell(world.context, row.subscriptionId, used);
  });
};

/** Money that waits, of this service or of none, is given to an order that can use it. */
const assign: Step = async (world, shell) => {
  const { mortal: db, context } = world;
  const orderNumber = someNumber(world, shell);
  await world.mortally(`assign to ${orderNumber}`, async () => {
    const row = await findOrder(db, orderNumber);
    const nobodys = [...world.registered.keys()].filter((key) => key.startsWith('bank:'));
    const keys = [...(await listPayments(db, world.dice.pick(world.shells).id)).map(({ key }) => key), ...nobodys];
    for (const key of world.dice.shuffled(keys).slice(0, 4)) {
      const payment = await findPayment(db, key);
      if (row === null || payment === null || row.subscriptionId !== shell.id || !(await waitsWhole(db, payment)))
        continue;
      const at = Math.max(world.now, shell.state.handledThrough) as Instant;
      const assignedTo = { orderNumber, number: (payment.assignedTo?.number ?? 0) + 1, at };
      const foreseen = decide(shell.state, { type: 'RecordPayment', payment: factOf({ ...payment, assignedTo }) }, at);
      if (!foreseen.accepted || !foreseen.events.some(({ type }) => type === 'PaymentApplied')) continue;
      if (!(await assignPayment(db, key, { orderNumber, subscriptionId: shell.id, at }))) continue;
      const assigned = await findPayment(db, key);
      if (assigned !== null && world.dice.chance(0.8)) await tell(context, shell.id, assigned);
      return;
    }
  });
};

const ask: Step = async (world, shell) => {
  const on = world.dice.chance(0.6);
  await world.mortally('ask', async () => {
    const number = someNumber(world, shell);
    const method = await someMethod(world, shell);
    const request = world.dice.pick([
      { type: 'CancelOrder', number },
      { type: 'SwitchAutoRenewal', on },
      { type: 'SetPaymentMethod', method },
      { type: 'SetPaymentMethod', method },
      { type: 'RemovePaymentMethod' },
      { type: 'GiveNotice' },
    ] as const);
    await shell.request(request, world.now);
    world.trace.push(request.type);
  });
};

const activate: Step = async ({ dice, now }, shell) => {
  const { status } = shell.state.phase;
  if (status === 'awaiting_activation')
    shell.fact(
      dice.chance(0.8)
        ? { type: 'RecordActivation', username: 'rn1' }
        : { type: 'RecordActivationFailure', reason: 'checks' },
      now,
    );
  if (status === 'activation_failed')
    shell.decide(dice.chance(0.5) ? { type: 'AbandonActivation', reason: 'checks' } : { type: 'RetryActivation' }, now);
};

const hear: Step = async (world, shell) => {
  await world.mortally('hear', async () => {
    await shell.reachAll(world.now);
    if (shell.inbox.length > 0) await shell.hear(world.dice.below(shell.inbox.length), world.now);
  });
};

const write: Step = async (world, shell) => {
  await world.mortally('write', () => shell.commit(world.dice.chance(0.2)));
};

const wait: Step = async (world, shell) => {
  const deadline = nextDeadline(shell.state);
  const later =
    deadline === null || world.dice.chance(0.3) ? world.now + (1 + world.dice.below(20)) * DAY : deadline.at;
  world.now = Math.max(world.now, later) as Instant;
  await world.mortally('wait', () => shell.reachAll(world.now));
};

const again: Step = async (world) => {
  const intent = world.dice.pickOrNone(world.intents);
  if (intent !== undefined) await world.ask(intent);
};

const STEPS: readonly (readonly [number, Step])[] = [
  ...([
    [2, order],
    [4, register],
    [1, signal],
    [3, transfer],
    [1, callBack],
    [4, file],
  ] as const),
  ...([
    [2, payByCard],
    [3, settleCharge],
    [2, webhook],
    [2, takeBack],
    [3, refund],
    [2, payOut],
    [2, transferList],
  ] as const),
  ...([
    [2, credit],
    [2, assign],
    [2, ask],
    [5, hear],
    [5, write],
    [3, wait],
    [3, again],
  ] as const),
];
const BAG = STEPS.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));

/** The first order, and then whatever chance brings. */
export async function live(world: MoneyWorld, steps: number): Promise<void> {
  for (const shell of world.shells) {
    await order(world, shell);
    if (world.dice.chance(0.7)) await register(world, shell);
    if (world.dice.chance(0.7)) await hear(world, shell);
  }
  for (let step = 0; step < steps; step += 1) {
    const shell = world.dice.pick(world.shells);
    await world.dice.pick(BAG)(world, shell);
    if (shell.isCharging && world.dice.chance(0.5)) await settleCharge(world, shell);
    if (world.dice.chance(0.8)) await activate(world, shell);
  }
}
