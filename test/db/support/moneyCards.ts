/** Random steps at the gateway: charges, what customers and their banks do there, and what it tells of it. */
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import type { Instant } from '../../../domain/calendar.ts';
import type { ChargeOutcome } from '../../../domain/commands.ts';
import { nextDeadline } from '../../../domain/deadlines.ts';
import type { ChargeAttempt } from '../../../domain/subscription.ts';
import type { Behaviour, FakeIntent, StripeFake } from '../../support/stripeFake.ts';
import { KilledError } from './kills.ts';
import { rowsOf, someNumber, type Step } from './moneyChoices.ts';
import { WEBHOOK_SECRET } from './moneyDeeds.ts';
import type { MoneyWorld } from './moneyWorld.ts';
import type { Shell } from './shell.ts';

const TOKENS = [
  ...['tok_approved', 'tok_approved', 'tok_approved', 'tok_timeout_after_capture', 'tok_declined_once'],
  ...['tok_needs_customer', 'tok_declined', 'tok_outage', 'tok_refund_refused', 'tok_refund_refused', 'tok_stolen'],
];
const BEHAVIOURS: readonly Behaviour[] = [
  ...(['approved', 'approved', 'approved', 'approved', 'authentication', 'processing', 'lost_after'] as const),
  ...(['error_after', 'rate_limited', { decline: 'insufficient_funds' }, { decline: 'stolen_card' }] as const),
];
const TOO_OLD_MS = 310_000;

export interface Capture {
  readonly key: string;
  readonly amountMinor: number;
  readonly attempt: ChargeAttempt;
}

export async function someMethod(world: MoneyWorld, { life }: Shell) {
  const { dice, stripe } = world;
  const customerId = life.customer.id;
  const customer = `cus_${customerId.replaceAll(/\W/g, '')}`;
  const token = stripe === null ? dice.pick(TOKENS) : stripe.register(dice.pick(BEHAVIOURS), { customer }).token;
  return world.do('storeMethod', { customerId, token });
}

export const payByCard: Step = async (world, shell) => {
  const number = someNumber(world, shell);
  await world.mortally('pay by card', number, async () =>
    shell.request({ type: 'PayOrder', number, method: await someMethod(world, shell) }, world.now),
  );
  return true;
};

/** The charge's activity, and the gateway's own message at the same time; its answer may be lost. */
export const settleCharge: Step = async (world, shell) => {
  const attempt = shell.attemptToAsk;
  if (attempt === null) return false;
  let outcome: ChargeOutcome = { kind: 'unknown', reason: 'killed' };
  if (world.stripe !== null) world.stripe.now = Math.floor(world.now / 1000);
  await world.mortally('charge', attempt.attemptId, async () => {
    const asked = world.do('charge', { subscriptionId: shell.id, attempt });
    const isRaced = world.dice.chance(0.4);
    const told = isRaced ? tellOfCharge(world, shell, attempt) : null;
    const [answer, raced] = await Promise.allSettled([asked, told]);
    if (raced.status === 'rejected' && !(raced.reason instanceof KilledError)) throw raced.reason;
    if (isRaced) world.coverage.saw('charge', 'raced by its message');
    if (answer.status === 'rejected') throw answer.reason;
    const isLost = world.dice.chance(0.1);
    if (!isLost) outcome = answer.value;
    return isLost ? 'answer lost' : answer.value.kind;
  });
  const at = Math.min(world.now, (nextDeadline(shell.state)?.at ?? Infinity) - 1) as Instant;
  shell.fact({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome }, at);
  return true;
};

/** While the charge is being asked for, whatever the gateway has of it by now. */
async function tellOfCharge(world: MoneyWorld, { id }: Shell, attempt: ChargeAttempt): Promise<void> {
  if (world.stripe === null)
    return void (await world.do('tellOfCapture', { attempt, subscriptionId: id, isConfirmed: false }));
  const intent = world.stripe.intents.find(({ metadata }) => metadata['attemptId'] === attempt.attemptId);
  if (intent?.status === 'succeeded') await send(world, succeeded(intent));
}

/** What the gateway really took, for any charge of this world. */
export async function capturesOf(world: MoneyWorld): Promise<Capture[]> {
  const { stripe } = world;
  const attempts = new Map(world.attempts().map(({ attempt }) => [attempt.attemptId, attempt]));
  const captured =
    stripe === null
      ? await rowsOf<{ id: string; key: string; amountMinor: number }>(
          world,
          `select idempotency_key as id, 'gateway:' || idempotency_key as key, amount_minor as "amountMinor"
           from sandbox_gateway.charges where outcome = 'captured' and idempotency_key = any(?)`,
          [[...attempts.keys()]],
        )
      : ownIntents(world, stripe)
          .filter(({ status }) => status === 'succeeded')
          .map(({ id, amount, metadata }) => ({
            id: metadata['attemptId'] ?? '',
            key: `stripe:${id}`,
            amountMinor: amount,
          }));
  return captured.flatMap(({ id, key, amountMinor }) => {
    const attempt = attempts.get(id);
    return attempt === undefined ? [] : [{ key, amountMinor, attempt }];
  });
}

/** What the gateway really gave back. */
export async function givenBack(world: MoneyWorld): Promise<{ readonly id: string; readonly amount: number }[]> {
  const { stripe, refundIds } = world;
  if (stripe === null)
    return rowsOf(
      world,
      `select idempotency_key as id, amount_minor as amount from sandbox_gateway.refunds
       where outcome = 'refunded' and idempotency_key = any(?)`,
      [refundIds],
    );
  const made = stripe.refunds.filter(({ status }) => status === 'succeeded');
  return made.flatMap(({ metadata, amount }) => {
    const id = metadata['refundKey'] ?? '';
    return refundIds.includes(id) ? [{ id, amount }] : [];
  });
}

function ownIntents(world: MoneyWorld, { intents }: StripeFake): FakeIntent[] {
  const own = new Set(world.attempts().map(({ attempt }) => attempt.attemptId));
  return intents.filter(({ metadata }) => own.has(metadata['attemptId'] ?? ''));
}

/** The customer confirms at the bank, or the bank makes up its mind. */
export const bankAnswers: Step = async (world) => {
  const { stripe, dice } = world;
  if (stripe === null) return confirmAtSandbox(world);
  const waiting = ownIntents(world, stripe).filter(
    ({ status, error }) => status === 'processing' || error?.['code'] === 'authentication_required',
  );
  const intent = dice.pickOrNone(waiting);
  if (intent === undefined) return false;
  decideOn(stripe, intent, dice.chance(0.7));
  world.coverage.saw('bank answers', intent.status);
  world.trace.push(`bank answers ${intent.id}: ${intent.status}`);
  return true;
};

function decideOn(stripe: StripeFake, intent: FakeIntent, isTaken: boolean): void {
  if (isTaken) return stripe.succeed(intent);
  intent.status = 'requires_payment_method';
  intent.error = { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' };
}

const confirmAtSandbox = async (world: MoneyWorld): Promise<boolean> => {
  const about = world.dice.pickOrNone(world.attempts());
  if (about === undefined) return false;
  const { shell, attempt } = about;
  const isConfirmed = world.dice.chance(0.5);
  await world.intend('sandbox webhook', attempt.attemptId, () =>
    world.do('tellOfCapture', { attempt, subscriptionId: shell.id, isConfirmed }),
  );
  return true;
};

/** A message of Stripe: the same one each time it is sent. */
interface Told {
  readonly id: string;
  readonly type: string;
  readonly object: Record<string, unknown>;
}

const told = (type: string, object: Record<string, unknown>): Told => ({
  id: `evt_${type.replaceAll('.', '_')}_${String(object['id'])}`,
  type,
  object,
});
const succeeded = (intent: FakeIntent): Told =>
  told('payment_intent.succeeded', { id: intent.id, object: 'payment_intent' });
const disputeOf = ({ charge, amount, id }: FakeIntent) => ({
  ...{ id: String(charge?.id).replace('ch_', 'du_'), object: 'dispute', amount, currency: 'eur', payment_intent: id },
});

/** All that Stripe has to tell of this world's charges by now, in no order. */
function tellable(world: MoneyWorld, stripe: StripeFake): Told[] {
  return ownIntents(world, stripe).flatMap((intent) => {
    const object = stripe.told(intent);
    const dispute = disputeOf(intent);
    const refunds = stripe.refunds.filter(({ payment_intent: about }) => about === intent.id);
    return [
      told('payment_intent.created', object),
      ...(intent.error === null ? [] : [told('payment_intent.payment_failed', object)]),
      ...(intent.status === 'succeeded' ? [succeeded(intent)] : []),
      ...refunds.flatMap((refund) => {
        const about = { object: 'refund', currency: 'eur', ...refund };
        const charge = { id: `${String(intent.charge?.id)}_${refund.id}`, object: 'charge' };
        const failed = refund.status === 'failed' ? [told('refund.failed', about)] : [];
        return [told('refund.created', about), told('charge.refunded', charge), ...failed];
      }),
      ...(world.takenBack.has(`stripe:${dispute.id}`)
        ? [told('charge.dispute.created', dispute), told('charge.dispute.funds_withdrawn', dispute)]
        : []),
    ];
  });
}

function signed({ id, type, object }: Told, created: Instant, { at, secret }: { at: Instant; secret: string }) {
  const seconds = Math.floor(created / 1000);
  const body = JSON.stringify({ id, object: 'event', type, created: seconds, livemode: false, data: { object } });
  const timestamp = Math.floor(at / 1000);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
  return { body, headers: { 'stripe-signature': signature, 'content-type': 'application/json' } };
}

/** Sends a message; null where it is to be sent again. */
async function send(world: MoneyWorld, message: Told): Promise<string | null> {
  const created = world.messages.get(message.id) ?? world.now;
  world.messages.set(message.id, created);
  const { kills } = world;
  const before = kills.count;
  const sent = signed(message, created, { at: world.now, secret: WEBHOOK_SECRET });
  const { status, outcome } = await world.do('deliver', sent);
  if (status === 200) {
    world.delivered.add(message.id);
    return `${message.type} ${outcome}`;
  }
  if (status === 500 && kills.count > before) throw new KilledError('The process that answered was killed.');
  assert.equal(status, 503, `${message.type}: ${outcome}`);
  return null;
}

export const webhook: Step = async (world) => {
  const { dice, stripe } = world;
  if (stripe === null) return confirmAtSandbox(world);
  const all = tellable(world, stripe);
  const news = all.filter(({ id }) => !world.delivered.has(id));
  const message = dice.pickOrNone(dice.chance(0.7) && news.length > 0 ? news : all);
  if (message === undefined) return false;
  await world.intend('webhook', message.id, () => send(world, message));
  return true;
};

/** Somebody who does not know the secret, changes a byte, or heard it long ago: refused, and nothing is kept of it. */
export const forged: Step = async (world) => {
  const { dice, stripe } = world;
  if (stripe === null) return false;
  const real = dice.pickOrNone(tellable(world, stripe)) ?? told('payment_intent.succeeded', { id: 'pi_none' });
  const message = { ...real, id: `evt_forged_${world.nextName()}` };
  const how = dice.pick(['changed', 'old', 'another secret'] as const);
  const at = (how === 'old' ? world.now - TOO_OLD_MS : world.now) as Instant;
  const sent = signed(message, world.now, { at, secret: how === 'another secret' ? 'whsec_other' : WEBHOOK_SECRET });
  const place = dice.below(sent.body.length);
  const flipped = String.fromCharCode(sent.body.charCodeAt(place) ^ 1);
  const body = how === 'changed' ? `${sent.body.slice(0, place)}${flipped}${sent.body.slice(place + 1)}` : sent.body;
  await world.intend('forged webhook', how, async () => {
    const before = world.kills.count;
    const { status, outcome } = await world.do('deliver', { ...sent, body });
    if (status === 500 && world.kills.count > before) throw new KilledError('The process that answered was killed.');
    assert.deepEqual([status, outcome], [400, how === 'old' ? 'signature_too_old' : 'signature_wrong']);
    assert.equal(await world.db('stripe_events').where({ id: message.id }).first(), undefined, 'it was kept');
    return `${how} ${outcome}`;
  });
  return true;
};

/** A card's holder has the bank take the money back, whatever we have heard of the payment itself. */
export const dispute: Step = async (world) => {
  const { dice, stripe } = world;
  if (stripe === null) return false;
  const open = ownIntents(world, stripe).filter(
    (intent) => intent.status === 'succeeded' && !world.takenBack.has(`stripe:${disputeOf(intent).id}`),
  );
  const intent = dice.pickOrNone(open);
  if (intent === undefined) return false;
  const { id, amount } = disputeOf(intent);
  world.takenBack.set(`stripe:${id}`, amount);
  world.coverage.saw(
    'dispute',
    world.delivered.has(succeeded(intent).id) ? 'of a charge told of' : 'of one not told of',
  );
  world.trace.push(`dispute ${id} over ${amount}`);
  return true;
};

/** The gateway leaves nothing open and tells of all there is. */
export async function tellAll(world: MoneyWorld): Promise<void> {
  const { stripe, dice } = world;
  if (stripe === null) {
    for (const { shell, attempt } of world.attempts())
      await world.do('tellOfCapture', { attempt, subscriptionId: shell.id, isConfirmed: false });
    return;
  }
  stripe.refundStatus = 'succeeded';
  for (const refund of stripe.refunds)
    if (refund.status === 'pending') refund.status = dice.chance(0.7) ? 'succeeded' : 'failed';
  for (const intent of ownIntents(world, stripe))
    if (intent.status === 'processing') decideOn(stripe, intent, dice.chance(0.5));
  for (const message of dice.shuffled(tellable(world, stripe)))
    if (!world.delivered.has(message.id)) assert.notEqual(await send(world, message), null, message.id);
}
