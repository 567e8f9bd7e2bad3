import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOver } from '../../domain/decide.ts';
import type { Event } from '../../domain/events.ts';
import { explain } from '../../domain/explaining/explain.ts';
import { messagesFor } from '../../domain/messages.ts';
import { dueMinor } from '../../domain/orders.ts';
import type { RefundNote } from '../../domain/refunds.ts';
import { statusLabelOf } from '../../domain/view.ts';
import { misshapenField } from '../../workflows/requestShape.ts';
import { bare, CARD, Life, typesOf } from './builders.ts';

/** A refund of the first order; of its one payment. */
function note(number: string, changes: Partial<RefundNote> = {}): RefundNote {
  const parts = [{ key: 'bank:first', amountMinor: 1000 }];
  return { id: 'ref_1', number, amountMinor: 1000, way: 'transfer', parts, ...changes };
}

function told(events: readonly Event[], life: Life): string[] {
  return events.flatMap((event) => messagesFor(event, life.state)).map(({ kind }) => kind);
}

/** A life whose first order is paid and waits for its activation. */
function paid(): Life {
  const life = Life.ordered('2027-03-10');
  life.pay(life.unpaid(), { key: 'bank:first' });
  return life;
}

describe('a refund that keeps the service', () => {
  it('is noted and told, once, and changes nothing else', () => {
    const life = Life.active('2027-03-10');
    const { number } = life.state.finishedOrders[0]!;
    const before = life.state;
    const events = life.do({ type: 'NoteRefund', refund: note(number) });
    assert.deepStrictEqual(bare(events), [
      {
        type: 'RefundMade',
        refundId: 'ref_1',
        number,
        amountMinor: 1000,
        way: 'transfer',
        effect: 'keep',
        parts: [{ key: 'bank:first', amountMinor: 1000 }],
      },
    ]);
    assert.deepStrictEqual(told(events, life), ['refund']);
    const { sequence, handledThrough } = life.state;
    assert.deepStrictEqual(life.state, { ...before, sequence, handledThrough, seenRefunds: ['ref_1'] });
    for (const type of ['NoteRefund', 'EndService'] as const)
      assert.deepStrictEqual(life.do({ type, refund: note(number) }), []);
  });

  it('takes what it gave off an order that is still open: it is neither held nor asked for', () => {
    const life = paid();
    const { number } = life.state.orders[0]!;
    life.do({ type: 'NoteRefund', refund: note(number) });
    const [order] = life.state.orders;
    assert.deepStrictEqual(
      [order?.refunds, order?.payments[0]?.appliedMinor, dueMinor(order!)],
      [[{ id: 'ref_1', amountMinor: 1000 }], 2050, 0],
    );
    life.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
    const credited = life
      .do({ type: 'AbandonActivation', reason: 'struck off' })
      .flatMap((event) => (event.type === 'PaymentCredited' ? [event.amountMinor] : []));
    assert.deepStrictEqual(credited, [2050]);
  });

  it('of a life that has ended is only money', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    life.do({ type: 'CancelOrder', number });
    const events = life.do({ type: 'EndService', refund: note(number) });
    assert.deepStrictEqual(typesOf(events), ['RefundMade']);
    const [message] = messagesFor(events[0]!, life.state);
    assert.strictEqual(message?.kind === 'refund' ? message.payload.endedOn : '', null);
  });
});

describe('a refund that ends the service', () => {
  it('ends it today: auto-renewal off, unpaid orders fallen, and nothing more to come', () => {
    const life = Life.renewing('2027-03-10');
    const { number } = life.state.finishedOrders[0]!;
    life.until('2027-06-01');
    const upgrade = life.upgrade({ space: 1 });
    const events = life.do({ type: 'EndService', refund: note(number) });
    assert.deepStrictEqual(bare(events).slice(1), [
      { type: 'AutoRenewalSwitched', on: false, chargeAt: null, why: 'refunded' },
      { type: 'OrderCancelled', number: upgrade, why: 'terminated' },
      { type: 'Terminated', endedOn: '2027-06-01', why: 'refunded' },
    ]);
    assert.deepStrictEqual(told(events, life), ['refund']);
    const [message] = messagesFor(events[0]!, life.state);
    assert.deepStrictEqual(message?.payload, { number, amountMinor: 1000, way: 'transfer', endedOn: '2027-06-01' });
    assert.deepStrictEqual([life.deadline, isOver(life.state)], [null, true]);
    assert.deepStrictEqual(statusLabelOf(life.state), { it: 'Cancellato e rimborsato', en: 'Terminated and refunded' });
  });

  for (const [state, life] of Object.entries({
    'waits for its activation': paid,
    'could not be activated': () => {
      const failed = paid();
      failed.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
      return failed;
    },
  }))
    it(`ends one that ${state}, for good`, () => {
      const here = life();
      const { number } = here.state.orders[0]!;
      const events = here.do({ type: 'EndService', refund: note(number) });
      assert.deepStrictEqual(typesOf(events), ['RefundMade', 'Terminated', 'OrderSettled']);
      assert.deepStrictEqual(here.do({ type: 'RecordActivation', username: 'late' }), []);
      assert.deepStrictEqual([here.state.orders, isOver(here.state)], [[], true]);
    });

  it('ends an expired one', () => {
    const life = Life.active('2027-03-10');
    const { number } = life.state.finishedOrders[0]!;
    life.until('2028-03-20');
    assert.equal(life.state.phase.status, 'expired');
    life.do({ type: 'EndService', refund: note(number) });
    assert.deepStrictEqual(life.state.phase, { status: 'terminated', endedOn: '2028-03-20', why: 'refunded' });
  });

  it('leaves a charge under way to be found out about; its money then waits for an operator', () => {
    const life = Life.active('2027-03-10');
    const { number } = life.state.finishedOrders[0]!;
    life.upgrade({ space: 1 }, { pay: CARD });
    life.do({ type: 'EndService', refund: note(number) });
    assert.equal(isOver(life.state), false);
    const { attempt } = life.state;
    const payment = life.payment(attempt!.orderNumber, { key: 'gateway:late', amountMinor: attempt!.amountMinor });
    const events = life.do({
      type: 'RecordChargeOutcome',
      attemptId: attempt!.attemptId,
      outcome: { kind: 'succeeded', payment },
    });
    assert.ok(typesOf(events).includes('PaymentUnmatched'));
    assert.equal(isOver(life.state), true);
  });

  it('is explained', () => {
    const life = Life.active('2027-03-10');
    const { number } = life.state.finishedOrders[0]!;
    const sequence = life.state.sequence;
    life.do({ type: 'EndService', refund: note(number) });
    const sentences = explain({ state: life.state, events: life.events, now: life.now, nextRenewal: null });
    const said = sentences.find(({ en }) => en.includes('we refunded you'));
    assert.match(said?.en ?? '', /of order \d+ by bank transfer: with the refund the service ended that same day\.$/);
    assert.match(said?.it ?? '', /ti abbiamo rimborsato/);
    assert.ok(said?.restsOn.some((ground) => ground.kind === 'event' && ground.sequence === sequence + 1));
  });
});

describe('a request of a refund', () => {
  it('is taken only whole', () => {
    const refund = note('1000009937');
    for (const type of ['NoteRefund', 'EndService']) {
      assert.equal(misshapenField({ type }), 'refund');
      assert.equal(misshapenField({ type, refund: { ...refund, way: 'cash' } }), 'refund');
      assert.equal(misshapenField({ type, refund: { ...refund, amountMinor: -1 } }), 'refund');
      assert.equal(misshapenField({ type, refund: { ...refund, parts: [{ key: 1 }] } }), 'refund');
    }
  });
});
