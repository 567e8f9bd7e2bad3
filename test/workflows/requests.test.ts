import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { dateAt, formatInstant, instant, type Instant } from '../../domain/calendar.ts';
import type { Request } from '../../domain/commands.ts';
import { orderNumberFor } from '../../domain/orderNumber.ts';
import { quoteRenewal } from '../../domain/pricing.ts';
import { submitRequest, WORKFLOW_TYPE } from '../../workflows/contract.ts';
import { CATALOGUE, World, type Life } from '../support/life.ts';

const NUMBER = orderNumberFor(99_999_999);

describe('a request', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('is refused at once, with its code and field and no trace in the history', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00', card: 'tok_approved' });
    const before = await updatesIn(life);
    assert.equal(await life.refusal({ type: 'CancelOrder', number: NUMBER }), 'order_unknown');
    assert.equal(await life.refusal({ type: 'RetryActivation' }), 'not_allowed_in_state');
    const state = await life.state();
    const basis = { ...state, reactivationStart: 'expiry' } as const;
    const terms = { catalogue: CATALOGUE, placedOn: dateAt(await life.clock()) };
    const priced = quoteRenewal('renewal', { years: 1 }, basis, terms);
    const renewal: Request = { type: 'PlaceOrder', order: { number: NUMBER, priced }, pay: null };
    assert.equal(await life.refusal(renewal), 'auto_renewal_on');
    assert.equal(await updatesIn(life), before);
  });

  it('that is misshapen is refused and never judged', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
    const before = await updatesIn(life);
    const misshapen: unknown[] = [
      null,
      'GiveNotice',
      { type: 'toString' },
      { type: 'Terminate' },
      { type: 'SwitchAutoRenewal', on: 'no' },
      { type: 'ReportUsage', usedBytes: -1 },
      { type: 'ReportUsage', usedBytes: 1.5 },
      { type: 'CancelOrder', number: '1' },
      { type: 'SetPaymentMethod', method: { methodId: 'pm_1', kind: 'cash' } },
      { type: 'PlaceOrder', order: { number: NUMBER, priced: { content: { type: 'gift' } } }, pay: null },
    ];
    for (const request of misshapen) assert.equal(await life.refusal(request as Request), 'invalid_request');
    assert.equal(await updatesIn(life), before);
  });

  it('is answered when it is in Postgres, and one that pays by card when the charge has its outcome', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
    const { number } = await life.unpaid();
    const { sequence } = await life.ask({ type: 'PayOrder', number, method: await life.card('tok_declined') });
    const entries = await life.timeline();
    assert.deepEqual([sequence, entries.at(-1)?.type], [3, 'ChargeDeclined']);
  });

  it('can still be refused, by a deadline that came before it', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
    await life.pay();
    await life.moveTo('2041-05-09T23:00:00+02:00');
    await world.stopWorker();
    await life.skip(instant('2041-05-10T00:00:00+02:00') - (await life.clock()));
    const refused = life.refusal({ type: 'GiveNotice' });
    await world.startWorker();
    assert.equal(await refused, 'not_allowed_in_state');
    assert.equal((await life.story()).at(-1), '2041-05-10 00:00 Expired');
  });
});

describe('a life', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  it('begins with its first order in one step', async () => {
    const today = formatInstant(Date.now() as Instant);
    const { life, input, order, presentation } = await world.prepare({ at: today });
    const answer = await world.client.workflow.executeUpdateWithStart(submitRequest, {
      args: [{ type: 'PlaceOrder', order, pay: null }],
      updateId: order.number,
      startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW_TYPE, {
        workflowId: life.handle.workflowId,
        taskQueue: world.taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        ...presentation,
      }),
    });
    assert.deepEqual(answer, { sequence: 1 });
    assert.equal((await life.timeline()).length, 1);
  });

  it('that never hears its first order ends by itself', async () => {
    const { life, input } = await world.prepare({ at: '2040-05-10T10:00:00+02:00' });
    await life.start(input, '2040-05-10T10:00:00+02:00');
    await life.settled();
    await life.skip(11 * 60_000);
    assert.deepEqual(await life.handle.result(), { status: 'awaiting_payment', endedOn: null, sequence: 0 });
  });

  it('goes on when somebody cancels its workflow', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00' });
    await life.handle.cancel();
    await life.pay();
    assert.equal((await life.state()).phase.status, 'active');
    await life.moveTo('2041-04-11T00:00:00+02:00');
    assert.equal((await life.story()).at(-1), '2041-04-10 09:00 RenewalReminderDue');
  });

  it('has its activation refused, and settled by an operator', async () => {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00', phone: '+39 000 0000000' });
    const { sequence } = await life.state();
    await life.pay();
    assert.equal((await life.state()).phase.status, 'activation_failed');
    await life.ask({ type: 'RetryActivation' });
    await life.settled();
    assert.equal((await life.state()).phase.status, 'activation_failed');
    await life.ask({ type: 'ConfirmActivation', username: 'rn00000001' });
    assert.deepEqual(
      (await life.story(sequence + 3)).map((line) => line.slice(17)),
      [
        'ActivationRequested',
        'ActivationFailed',
        'ActivationRequested',
        'ActivationFailed',
        'Activated',
        'OrderSettled',
      ],
    );
  });
});

async function updatesIn(life: Life): Promise<number> {
  const { events } = await life.handle.fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes != null).length;
}
