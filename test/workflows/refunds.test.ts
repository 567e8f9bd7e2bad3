/** Lives of whose money part goes back: told by the API, or by the sweeper where the API died before it told them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { payRefund } from '../../activities/payRefund.ts';
import { createSandboxGateway } from '../../activities/gateway/sandbox.ts';
import { Sweeper } from '../../activities/sweep.ts';
import { ledgerBalances } from '../../db/ledger.ts';
import { listMessages } from '../../db/messages.ts';
import { noteOf, recordRefund, type NewRefund } from '../../db/refunding.ts';
import { findRefund, type RefundRow } from '../../db/refunds.ts';
import type { Instant } from '../../domain/calendar.ts';
import { World, type Life } from '../support/life.ts';

const log = pino({ level: 'silent' });

describe('a life of whose money part goes back', () => {
  let world: World;
  before(async () => {
    world = await World.open();
  });
  after(() => world.close());

  async function bought(): Promise<{ life: Life; number: string }> {
    const life = await world.begin({ at: '2040-05-10T10:00:00+02:00', card: 'tok_approved' });
    const [finished] = (await life.state()).finishedOrders;
    return { life, number: finished?.number ?? '' };
  }

  /** In the ledger, and told to nobody. */
  async function decided(number: string, life: Life, changes: Partial<NewRefund> = {}): Promise<RefundRow> {
    return recordRefund(world.db, {
      id: `ref_${randomUUID()}`,
      from: { source: 'order', orderNumber: number },
      amountMinor: 3050,
      effect: 'end',
      reason: 'goodwill',
      to: 'original',
      requestedAt: await life.clock(),
      operatorId: 'op',
      ...changes,
    });
  }

  /** A sweeper for whom everything is old enough. */
  function sweeper(): Sweeper {
    const { db, client } = world;
    return new Sweeper({ db, client, log, clock: () => (Date.now() + 60_000) as Instant, everyMs: 1000 });
  }

  async function pay(id: string): Promise<void> {
    await payRefund(
      { db: world.db, gateway: createSandboxGateway(world.db), log, clock: () => Date.now() as Instant },
      id,
    );
  }

  it('ends by the refund, its workflow too, and is told once however often it is asked', async () => {
    const { life, number } = await bought();
    const refund = await decided(number, life);
    const { sequence } = await life.state();
    const request = { type: 'EndService', refund: noteOf(refund) } as const;
    await life.ask(request);
    assert.deepEqual(await life.handle.result(), {
      status: 'terminated',
      endedOn: '2040-05-10',
      sequence: sequence + 3,
    });
    assert.deepEqual(
      (await life.story(sequence)).map((line) => line.slice(17)),
      ['RefundMade', 'AutoRenewalSwitched', 'Terminated'],
    );
    for (const _ of [1, 2]) await pay(refund.id);
    assert.equal((await findRefund(world.db, refund.id))?.status, 'paid');
    const given = await world.db('sandbox_gateway.refunds').where({ idempotency_key: refund.id });
    assert.equal(given.length, 1);
    const { 'cash:card': cash = 0 } = await ledgerBalances(world.db);
    assert.equal(cash, 0);
  });

  it('hears of it from the sweeper, and of another after its end nobody but its customer does', async () => {
    const { life, number } = await bought();
    const first = await decided(number, life, { amountMinor: 1000 });
    assert.equal(first.told, false);
    await sweeper().sweep();
    await life.handle.result();
    assert.equal((await findRefund(world.db, first.id))?.told, true);
    const second = await decided(number, life, { amountMinor: 500, effect: 'keep' });
    for (const _ of [1, 2]) await sweeper().sweep();
    assert.equal((await findRefund(world.db, second.id))?.told, true);
    const told = (await listMessages(world.db, life.id)).map(({ message }) => message.occasion);
    assert.deepEqual(
      told.filter((occasion) => occasion.startsWith('refund:')),
      [`refund:${first.id}`, `refund:${second.id}`],
    );
  });
});
