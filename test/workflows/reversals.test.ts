import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { Sweeper } from '../../activities/sweep.ts';
import { ledgerBalances, paymentPlaces } from '../../db/ledger.ts';
import { findOrder } from '../../db/orders.ts';
import { findReversal, recordReversal, reversalFactOf } from '../../db/reversals.ts';
import { dateAt, type Instant } from '../../domain/calendar.ts';
import { expiresOn } from '../../domain/subscription.ts';
import { recordReversal as signal } from '../../workflows/contract.ts';
import { World, type Life } from '../support/life.ts';

const BEGAN = '2040-05-10T10:00:00+02:00';
let world: World;
before(async () => {
  world = await World.open();
});
after(async () => {
  const balances = Object.values(await ledgerBalances(world.db));
  assert.equal(
    balances.reduce((sum, balance) => sum + balance, 0),
    0,
  );
  await world.close();
});

/** Written down as the API does; its fact is what the life is told. */
async function enter(life: Life, paymentKey: string, amountMinor: number, at?: Instant) {
  const receivedAt = at ?? (await life.clock());
  const externalId = `back-${life.id}-${paymentKey.length}-${amountMinor}`;
  const facts = { registeredOn: dateAt(receivedAt), receivedAt, reason: 'called_back' } as const;
  const named = { key: `bank:${externalId}`, source: 'bank', externalId, paymentKey, amountMinor };
  return reversalFactOf((await recordReversal(world.db, { ...named, ...facts })).reversal);
}

async function tell(life: Life, payload: unknown): Promise<void> {
  await life.handle.signal(signal, payload);
  await life.settled();
}

async function dueOn(number: string): Promise<number | undefined> {
  return (await findOrder(world.db, number))?.dueMinor;
}

async function typesAfter(life: Life, sequence: number): Promise<string[]> {
  return (await life.timeline()).filter((entry) => entry.sequence > sequence).map(({ type }) => type);
}

describe('money taken back, told to a life', () => {
  it('brings a finished order back, also after continue-as-new; paying it settles it; told twice it counts once', async () => {
    const life = await world.begin({ at: BEGAN });
    await life.pay();
    const renewal = await life.order({ type: 'renewal', years: 1 });
    const payment = await life.pay({ orderNumber: renewal, amountMinor: 3050 });
    const end = expiresOn(await life.state());
    const { sequence } = await life.state();
    const reversal = await enter(life, payment.key, 3050);
    await tell(life, reversal);
    await tell(life, reversal);
    assert.deepEqual(await typesAfter(life, sequence), ['PaymentReversed']);
    const [order] = (await life.state()).orders;
    assert.deepEqual([order?.number, order?.status, order?.payments], [renewal, 'completed', []]);
    assert.deepEqual([await dueOn(renewal), expiresOn(await life.state())], [3050, end]);
    await life.ask({ type: 'PayOrder', number: renewal, method: await life.card('tok_approved') });
    await life.becomes(({ orders }) => orders.length === 0);
    await life.settled();
    assert.deepEqual([await dueOn(renewal), expiresOn(await life.state())], [0, end]);
  });

  it('comes after the payment it undoes, in whatever order the two are told', async () => {
    const life = await world.begin({ at: BEGAN });
    const { number } = await life.unpaid();
    const payment = await life.enter();
    const reversal = await enter(life, payment.key, 1000);
    await tell(life, reversal);
    await life.signal(payment);
    const types = await typesAfter(life, 1);
    assert.deepEqual(types.slice(0, 2), ['PaymentReceived', 'PaymentApplied']);
    assert.equal(types.filter((type) => type === 'PaymentReversed').length, 1);
    assert.ok(types.indexOf('PaymentReversed') > types.indexOf('OrderCompleted'));
    assert.equal(await dueOn(number), 1000);
  });

  it('is found before a deadline of consequence, where no signal ever came', async () => {
    const life = await world.begin({ at: BEGAN });
    const payment = await life.pay();
    const reversal = await enter(life, payment.key, 50);
    await life.moveTo('2041-05-11T12:00:00+02:00');
    const told = await life.timeline();
    const types = told.map(({ type }) => type);
    assert.ok(types.indexOf('PaymentReversed') > 0 && types.indexOf('PaymentReversed') < types.indexOf('Expired'));
    assert.equal((await findReversal(world.db, reversal.key))?.placedMinor, 50);
  });

  it('is told again by the sweeper, and of a life that is over placed in the ledger', async () => {
    const life = await world.begin({ at: BEGAN });
    const payment = await life.pay();
    const { key } = await enter(life, payment.key, 50);
    const far = () => (Date.now() + 3_600_000) as Instant;
    const log = pino({ level: 'silent' });
    const sweeper = new Sweeper({ db: world.db, client: world.client, log, clock: far });
    await sweeper.sweep();
    await life.settled();
    assert.equal((await findReversal(world.db, key))?.placedMinor, 50);
    await life.ask({ type: 'GiveNotice' });
    await life.moveTo('2041-05-11T12:00:00+02:00');
    assert.ok(await life.hasEnded());
    const late = await enter(life, payment.key, 3000);
    await sweeper.sweep();
    assert.equal((await findReversal(world.db, late.key))?.placedMinor, 3000);
    assert.deepEqual(await paymentPlaces(world.db, payment.key), [
      { account: 'cash:bank_transfer', amountMinor: 3050 },
    ]);
  });

  it("is taken from an operator's hand; what cannot be read or placed is shown", async () => {
    const life = await world.begin({ at: BEGAN });
    const payment = await life.pay();
    const { sequence } = await life.state();
    const good = { externalId: `hand-${life.id}`, paymentKey: payment.key, amountMinor: 10, currency: 'EUR' };
    const byHand = { ...good, registeredOn: '2040-05-10' };
    await tell(life, byHand);
    const rubbish: readonly (readonly [unknown, string])[] = [
      [undefined, 'reversal'],
      ['back', 'reversal'],
      [{ ...byHand, amountMinor: -10 }, 'amountMinor'],
      [{ ...byHand, currency: 'USD' }, 'currency'],
      [{ ...byHand, registeredOn: 'today' }, 'registeredOn'],
      [{ ...byHand, reason: 'whim' }, 'reason'],
      [{ ...byHand, paymentKey: 7 }, 'paymentKey'],
      [{ ...byHand, externalId: 'another', paymentKey: 'bank:of-nobody' }, 'paymentKey'],
      [{ ...byHand, amountMinor: 11 }, 'externalId'],
    ];
    for (const [payload] of rubbish) await tell(life, payload);
    const told = (await life.timeline()).filter((entry) => entry.sequence > sequence);
    assert.deepEqual(
      told.map(({ type, data }) => [type, data['field']]),
      [['PaymentReversed', undefined], ...rubbish.map(([, field]) => ['SignalRejected', field])],
    );
    assert.equal((await findReversal(world.db, `operator:hand-${life.id}`))?.placedMinor, 10);
  });
});

describe('a renewal whose card was stolen', () => {
  it('is not tried again on it; another card is charged at once', async () => {
    const life = await world.renewedBy('tok_stolen');
    await life.moveTo('2041-03-30T12:00:00+02:00');
    const { sequence } = await life.state();
    const charges = (await life.timeline()).filter(({ type }) => type === 'ChargeStarted');
    assert.equal(charges.filter(({ data }) => JSON.stringify(data).includes('auto_renewal')).length, 1);
    await life.ask({ type: 'SetPaymentMethod', method: await life.card('tok_approved') });
    await life.becomes(({ orders }) => orders.length === 0);
    await life.settled();
    assert.deepEqual((await typesAfter(life, sequence)).slice(0, 3), [
      'PaymentMethodSet',
      'ChargeStarted',
      'ChargeSucceeded',
    ]);
    assert.equal(expiresOn(await life.state()), '2042-04-02');
  });
});
