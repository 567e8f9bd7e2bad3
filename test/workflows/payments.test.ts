import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findPayment } from '../../db/payments.ts';
import { addMinutes, plainDate } from '../../domain/calendar.ts';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { expiresOn } from '../../domain/subscription.ts';
import { World, type Life } from '../support/life.ts';

describe('money that arrives by signal', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('completes the order on its registration date and begins the service on the day it is heard', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
    await life.moveTo('2040-05-12T08:30:00+02:00');
    const payment = await life.pay({ registeredOn: plainDate('2040-05-11') });
    assert.deepEqual(await life.story(), [
      '2040-05-10 10:00 OrderPlaced',
      '2040-05-12 08:30 PaymentReceived',
      '2040-05-12 08:30 PaymentApplied',
      '2040-05-12 08:30 OrderCompleted',
      '2040-05-12 08:30 ActivationRequested',
      '2040-05-12 08:30 Activated',
      '2040-05-12 08:30 OrderSettled',
    ]);
    const completed = (await life.timeline()).find(({ type }) => type === 'OrderCompleted');
    assert.equal(completed?.data['completedOn'], '2040-05-11');
    assert.equal(expiresOn(await life.state()), '2041-05-12');
    assert.equal((await findPayment(world.db, payment.key))?.heardSequence, 2);
  });

  it("is taken from an operator's hand in its short form", async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
    const { number: orderNumber, dueMinor: amountMinor } = await life.unpaid();
    const payment = { externalId: `slip-${life.id}`, orderNumber, amountMinor, currency: 'EUR' };
    await life.signal({ ...payment, method: 'postal_slip', registeredOn: '2040-05-10' });
    assert.equal((await life.state()).phase.status, 'active');
    assert.equal((await findPayment(world.db, `operator:slip-${life.id}`))?.method, 'postal_slip');
  });

  it('is known again after continue-as-new: the same is ignored, another content is noted', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
    const payment = await life.pay();
    const renewal = await life.order({ type: 'renewal', years: 1 });
    await life.pay({ orderNumber: renewal, amountMinor: 3050 });
    const { runId, raw } = await life.handle.describe();
    assert.notEqual(runId, raw.workflowExecutionInfo?.firstRunId);
    const before = (await life.state()).sequence;
    await life.signal(payment);
    await life.signal({ ...payment, receivedAt: addMinutes(payment.receivedAt, 1) });
    assert.equal((await life.state()).sequence, before);
    await life.signal({ ...payment, amountMinor: 3049 });
    assert.deepEqual(await typesAfter(life, before), ['PaymentConflictNoted']);
  });
});

describe('a signal with rubbish', () => {
  const good = {
    externalId: 'R-1',
    orderNumber: orderNumberFor(99_999_999),
    amountMinor: 3050,
    currency: 'EUR',
    method: 'bank_transfer',
    registeredOn: '2040-05-10',
  };
  const rubbish: readonly (readonly [unknown, string])[] = [
    [undefined, 'payment'],
    [null, 'payment'],
    ['30.50 EUR', 'payment'],
    [[good], 'payment'],
    [{}, 'externalId'],
    [{ ...good, externalId: 'a\u0000b' }, 'externalId'],
    [{ ...good, source: 7 }, 'source'],
    [{ ...good, orderNumber: '1000000199' }, 'orderNumber'],
    [{ ...good, amountMinor: 30.505 }, 'amountMinor'],
    [{ ...good, amountMinor: 0 }, 'amountMinor'],
    [{ ...good, amountMinor: -1 }, 'amountMinor'],
    [{ ...good, amountMinor: 1e12 }, 'amountMinor'],
    [{ ...good, amountMinor: '3050' }, 'amountMinor'],
    [{ ...good, currency: 'USD' }, 'currency'],
    [{ ...good, currency: undefined }, 'currency'],
    [{ ...good, method: 'cash' }, 'method'],
    [{ ...good, method: 'credit' }, 'method'],
    [{ ...good, registeredOn: '2040-02-30' }, 'registeredOn'],
    [{ ...good, registeredOn: '10.05.2040' }, 'registeredOn'],
    [{ ...good, receivedAt: 'yesterday' }, 'receivedAt'],
    [{ ...good, storedMethod: 'card' }, 'storedMethod'],
    [{ ...good, externalId: 'x'.repeat(100_000) }, 'externalId'],
  ];

  let world: World;
  let life: Life;
  before(async () => {
    world = await World.open();
    life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
  });
  after(() => world.close());

  it('is shown in the timeline with the field at fault, and changes nothing else', async () => {
    const before = await life.state();
    for (const [payload] of rubbish) await life.handle.signal('recordPayment', payload);
    await life.settled();
    const rejected = (await life.timeline()).filter(({ sequence }) => sequence > before.sequence);
    assert.deepEqual(
      rejected.map(({ type, data }) => [type, data['field']]),
      rubbish.map(([, field]) => ['SignalRejected', field]),
    );
    assert.ok(rejected.every(({ data }) => String(data['reason']).length < 200));
    const { sequence: _, handledThrough: __, ...unchanged } = before;
    const { sequence: ___, handledThrough: ____, ...now } = await life.state();
    assert.deepEqual(now, unchanged);
  });

  it('holds nothing up, even where it cannot be decoded, comes without a payload or has another name', async () => {
    const { sequence } = await life.state();
    await signalRaw(world, life, 'recordPayment', [{ encoding: 'json/plain', data: '{"externalId": ' }]);
    await signalRaw(world, life, 'recordPayment', [{ encoding: 'json/protobuf', data: '{}' }]);
    await signalRaw(world, life, 'recordPayment', [{ encoding: 'nonsense', data: 'x' }]);
    await signalRaw(world, life, 'recordPayment', []);
    await signalRaw(world, life, 'recordPaymnet', [{ encoding: 'nonsense', data: 'x' }]);
    await life.pay();
    assert.deepEqual((await typesAfter(life, sequence)).slice(0, 5), [
      ...Array.from({ length: 4 }, () => 'SignalRejected'),
      'PaymentReceived',
    ]);
    assert.equal((await life.state()).phase.status, 'active');
  });
});

async function typesAfter(life: Life, sequence: number): Promise<string[]> {
  return (await life.timeline()).filter((entry) => entry.sequence > sequence).map(({ type }) => type);
}

async function signalRaw(
  world: World,
  life: Life,
  signalName: string,
  payloads: readonly { readonly encoding: string; readonly data: string }[],
): Promise<void> {
  await world.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: life.handle.workflowId },
    signalName,
    input: {
      payloads: payloads.map(({ encoding, data }) => ({
        metadata: { encoding: Buffer.from(encoding) },
        data: Buffer.from(data),
      })),
    },
  });
}
