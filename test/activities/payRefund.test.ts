/** A refund goes out once, wherever the worker that pays it is killed, and whatever the gateway says or leaves open. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { GatewayUnreachableError, type PaymentGateway } from '../../activities/gateway/port.ts';
import { createSandboxGateway } from '../../activities/gateway/sandbox.ts';
import { payRefund } from '../../activities/payRefund.ts';
import { settleCharge } from '../../db/gateway.ts';
import { paymentPlaces } from '../../db/ledger.ts';
import { noteOf, recordRefund } from '../../db/refunding.ts';
import { findRefund } from '../../db/refunds.ts';
import type { Instant } from '../../domain/calendar.ts';
import { Life, openFresh, START, type TestDatabase } from '../db/support/life.ts';

const WALL = (START + 60_000) as Instant;

describe('a refund to a card', () => {
  let fresh: TestDatabase;
  let sandbox: PaymentGateway;
  before(async () => {
    fresh = await openFresh();
    sandbox = createSandboxGateway(fresh.db);
  });
  after(() => fresh.close());

  /** Decided and told: due, of an order paid by a charge of the sandbox gateway. */
  async function due(
    amountMinor = 1000,
    token = 'tok_approved',
  ): Promise<{ id: string; key: string; captureId: string }> {
    const { life, number } = await Life.ordered(fresh.db);
    const captureId = `${number}-1`;
    const key = `gateway:${captureId}`;
    const charge = { idempotencyKey: captureId, token, amountMinor: 3050, settledAt: START };
    await settleCharge(fresh.db, { ...charge, outcome: 'captured', reason: null });
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, key, method: 'card' }) });
    life.do({ type: 'RecordActivation', username: 'rn1' });
    await life.commit();
    const id = `ref_${randomUUID()}`;
    const refund = await recordRefund(fresh.db, {
      id,
      from: { source: 'order', orderNumber: number },
      amountMinor,
      effect: 'keep',
      reason: 'goodwill',
      to: 'original',
      requestedAt: START,
      operatorId: 'op',
    });
    life.do({ type: 'NoteRefund', refund: noteOf(refund) });
    await life.commit();
    return { id, key, captureId };
  }

  async function pay(id: string, gateway: PaymentGateway | null = sandbox): Promise<void> {
    await payRefund({ db: fresh.db, gateway, log: pino({ level: 'silent' }), clock: () => WALL }, id);
  }

  async function statusOf(id: string): Promise<string | undefined> {
    return (await findRefund(fresh.db, id))?.status;
  }

  async function given(captureId: string): Promise<number> {
    return (await fresh.db('sandbox_gateway.refunds').where({ capture_id: captureId, outcome: 'refunded' })).length;
  }

  it('killed before the gateway was asked, goes out once', async () => {
    const { id, captureId } = await due();
    const killed = { ...sandbox, refund: () => Promise.reject(new Error('killed')) };
    await assert.rejects(pay(id, killed), /killed/);
    assert.equal(await statusOf(id), 'sent');
    await pay(id);
    assert.deepStrictEqual([await statusOf(id), await given(captureId)], ['paid', 1]);
  });

  it('killed after the gateway paid, goes out once', async () => {
    const { id, key, captureId } = await due();
    const killed: PaymentGateway = {
      ...sandbox,
      refund: async (request) => {
        await sandbox.refund(request);
        throw new GatewayUnreachableError('The answer was lost.');
      },
    };
    await assert.rejects(pay(id, killed), GatewayUnreachableError);
    for (const _ of [1, 2]) await pay(id);
    assert.deepStrictEqual([await statusOf(id), await given(captureId)], ['paid', 1]);
    const places = await paymentPlaces(fresh.db, key);
    assert.deepStrictEqual(places[0], { account: 'cash:card', amountMinor: 1000 });
  });

  it('asked for by several workers at once, goes out once', async () => {
    const { id, captureId } = await due();
    await Promise.all([1, 2, 3].map(() => pay(id)));
    assert.deepStrictEqual([await statusOf(id), await given(captureId)], ['paid', 1]);
  });

  it('that the gateway refuses is left to an operator, for good', async () => {
    const { id } = await due(1000, 'tok_refund_refused');
    for (const _ of [1, 2]) await pay(id);
    const row = await findRefund(fresh.db, id);
    assert.deepStrictEqual([row?.status, row?.failure], ['failed', 'card_account_closed']);
  });

  it('waits while its gateway is not the one connected', async () => {
    const { id } = await due();
    await assert.rejects(pay(id, null), /not connected/);
    await assert.rejects(pay(id, { ...sandbox, name: 'stripe' }), /not connected/);
    await pay(id);
    assert.equal(await statusOf(id), 'paid');
  });

  it('of what the sandbox gateway never took, or gave back already, is refused there', async () => {
    const at = START;
    const ask = (captureId: string, amountMinor: number) =>
      sandbox.refund({ idempotencyKey: randomUUID(), captureId, amountMinor, at });
    const { captureId } = await due();
    assert.deepStrictEqual(await ask('none', 1), { kind: 'refused', reason: 'charge_unknown' });
    assert.equal((await ask(captureId, 3000)).kind, 'refunded');
    assert.deepStrictEqual(await ask(captureId, 51), { kind: 'refused', reason: 'more_than_captured' });
    const one = { idempotencyKey: randomUUID(), captureId, amountMinor: 50, at };
    assert.deepStrictEqual(await sandbox.refund(one), await sandbox.refund(one));
    await assert.rejects(sandbox.refund({ ...one, amountMinor: 49 }), /was used for another/);
  });
});
