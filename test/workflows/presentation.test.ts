import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { World, type Life } from '../support/life.ts';

describe('what operators see of a life in the Temporal UI', () => {
  let world: World;
  let life: Life;
  before(async () => {
    world = await World.open();
    life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
  });
  after(() => world.close());

  it('says at its start what it is and how to work with it', async () => {
    const { number } = await life.unpaid();
    const { customerRef } = await life.state();
    const { summary, details } = await metadataOf(life);
    assert.equal(summary, `fe for customer ${customerRef}, first order ${number}`);
    assert.match(details, /signal `recordPayment`/);
  });

  it('says what it waits for and until when, and what is unpaid', async () => {
    const { number } = await life.unpaid();
    const { customerRef } = await life.state();
    assert.deepEqual(await stateLines(life), [
      '**awaiting payment**',
      `- What: fe for customer ${customerRef}`,
      '- Auto-renewal: off',
      '- Waits for: close the unpaid first order on 2040-06-02 00:00 Europe/Rome',
      `- Unpaid: order ${number}, first purchase of 2040-04-02, 30.50 EUR due of 30.50 EUR`,
    ]);
    assert.equal((await timersOf(life)).at(-1), 'close the unpaid first order on 2040-06-02 00:00 Europe/Rome');
  });

  it('can be searched by attributes, which its start has right from the first moment', async () => {
    const { customerRef } = await life.state();
    assert.deepEqual(attributesOf(await life.handle.describe()), {
      RinnovoStatus: ['awaiting_payment'],
      RinnovoPlan: ['fe'],
      RinnovoCustomer: [customerRef],
      RinnovoNextDeadline: [new Date('2040-06-02T00:00:00+02:00')],
      RinnovoAutoRenewal: [false],
      RinnovoAwaitingPayment: [true],
    });
    const [history] = await life.histories();
    const upserts = history?.events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes != null);
    assert.equal(upserts?.length, 0);
  });

  it('follows it through payment, renewal and the next run', async () => {
    await life.pay();
    await life.ask({ type: 'SetPaymentMethod', method: await life.card('tok_outage') });
    await life.ask({ type: 'SwitchAutoRenewal', on: true });
    await life.moveTo('2041-03-26T09:00:00+01:00');
    const { number } = await life.unpaid();
    const { customerRef } = await life.state();
    assert.deepEqual(await stateLines(life), [
      '**active**, paid until 2041-04-02 (exclusive)',
      `- What: fe for customer ${customerRef}`,
      '- Auto-renewal: on',
      '- Waits for: ask the silent payment gateway again on 2041-03-26 09:01 Europe/Rome',
      `- Unpaid: order ${number}, renewal of 2041-03-26, 30.50 EUR due of 30.50 EUR`,
      `- Under way: charge 30.50 EUR for order ${number}, attempt ${number}-1: no answer 1 times`,
    ]);
    await life.pay();
    await life.moveTo('2041-03-26T09:02:00+01:00');
    assert.deepEqual(attributesOf(await life.handle.describe()), {
      RinnovoStatus: ['active'],
      RinnovoPlan: ['fe'],
      RinnovoCustomer: [customerRef],
      RinnovoExpiresOn: [new Date('2042-04-02T00:00:00+02:00')],
      RinnovoNextDeadline: [new Date('2042-03-26T09:00:00+01:00')],
      RinnovoAutoRenewal: [true],
      RinnovoAwaitingPayment: [false],
    });
    assert.equal((await life.histories()).length, 2);
    assert.match((await life.metadata()).currentDetails, /^\*\*active[^]+signal `recordPayment`/);
  });
});

function attributesOf({ searchAttributes }: WorkflowExecutionDescription): Record<string, unknown> {
  return Object.fromEntries(Object.entries(searchAttributes).filter(([name]) => name.startsWith('Rinnovo')));
}

async function metadataOf(life: Life): Promise<{ readonly summary: string; readonly details: string }> {
  const described = await life.handle.describe();
  return { summary: (await described.staticSummary()) ?? '', details: (await described.staticDetails()) ?? '' };
}

/** Without the advice that always follows. */
async function stateLines(life: Life): Promise<string[]> {
  const { currentDetails } = await life.metadata();
  return currentDetails.slice(0, currentDetails.indexOf('\n\n')).split('\n');
}

async function timersOf(life: Life): Promise<unknown[]> {
  const histories = await life.histories();
  return (histories.at(-1)?.events ?? [])
    .filter((event) => event.timerStartedEventAttributes != null)
    .map(({ userMetadata }) => JSON.parse(Buffer.from(userMetadata?.summary?.data ?? []).toString()) as unknown);
}
