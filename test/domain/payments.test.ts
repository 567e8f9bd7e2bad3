import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bare, CARD, Life, nextNumber, on, typesOf } from './builders.ts';

const unmatched = (number: string, amountMinor: number, reason: string, key = 'bank:1') => ({
  type: 'PaymentUnmatched',
  key,
  number,
  amountMinor,
  reason,
});
const credited = (number: string, amountMinor: number, reason: string, key = 'bank:1') => ({
  type: 'PaymentCredited',
  key,
  number,
  amountMinor,
  reason,
});

/** Active since 10 March 2027 for a year, with an unpaid renewal of 30.50 ordered on 1 February 2028. */
function withRenewal(): { life: Life; number: string } {
  const life = Life.active('2027-03-10');
  life.until('2028-02-01');
  return { life, number: life.renew() };
}

describe('a payment', () => {
  it('completes its order on its registration date, not when the program hears of it', () => {
    const { life, number } = withRenewal();
    life.until('2028-02-20');
    const events = life.pay(number, { registeredOn: '2028-02-11' });
    assert.deepStrictEqual(typesOf(events), [
      'PaymentReceived',
      'PaymentApplied',
      'OrderCompleted',
      'ServiceExtended',
      'OrderSettled',
    ]);
    assert.ok(events[2]?.type === 'OrderCompleted' && events[2].completedOn === '2028-02-11');
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('of too little leaves the order unpaid; what came adds up (Underpayment completes the order)', () => {
    const { life, number } = withRenewal();
    assert.deepStrictEqual(typesOf(life.pay(number, { amountMinor: 3000 })), ['PaymentReceived', 'PaymentApplied']);
    assert.deepStrictEqual(typesOf(life.pay(number, { amountMinor: 49 })), ['PaymentReceived', 'PaymentApplied']);
    assert.equal(life.expiresOn, '2028-03-10');
    life.pay(number, { amountMinor: 1 });
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('of too much completes the order, and the rest is customer credit (Overpayment or excess is dropped)', () => {
    const { life, number } = withRenewal();
    const events = bare(life.pay(number, { amountMinor: 5000 }));
    assert.deepStrictEqual(events[2], credited(number, 1950, 'overpaid'));
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('after part-payments gives back what the order does not need', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 3000 });
    const [, applied, rest] = bare(life.pay(number, { amountMinor: 3050 }));
    assert.deepStrictEqual(rest, credited(number, 3000, 'overpaid', 'bank:2'));
    assert.deepStrictEqual((applied as { payment: object }).payment, {
      key: 'bank:2',
      amountMinor: 3050,
      appliedMinor: 50,
      registeredOn: '2028-02-01',
      method: 'bank_transfer',
      storedMethod: null,
    });
  });

  it('that comes a second time is credit (A transfer names an already paid order)', () => {
    const { life, number } = withRenewal();
    life.pay(number);
    assert.deepStrictEqual(
      bare(life.pay(number, { amountMinor: 3050 }))[1],
      credited(number, 3050, 'paid_twice', 'bank:2'),
    );
    assert.equal(life.expiresOn, '2029-03-10', 'paid twice is renewed once');
  });

  it('of a cancelled order is kept as unmatched (A payment after cancellation is answered with success and recorded nowhere)', () => {
    const { life, number } = withRenewal();
    life.do({ type: 'CancelOrder', number });
    const events = bare(life.pay(number, { amountMinor: 3050 }));
    assert.deepStrictEqual(events[1], unmatched(number, 3050, 'order_cancelled'));
  });

  it('of an unknown order is kept as unmatched', () => {
    const { life } = withRenewal();
    assert.deepStrictEqual(
      bare(life.pay('1000009937', { amountMinor: 77 }))[1],
      unmatched('1000009937', 77, 'unknown_order'),
    );
  });

  it('registered on a day to come is kept as unmatched', () => {
    const { life, number } = withRenewal();
    const events = bare(life.pay(number, { registeredOn: '2028-02-02' }));
    assert.deepStrictEqual(events[1], unmatched(number, 3050, 'registered_in_future'));
  });

  it('in parts of an order that is then cancelled becomes unmatched, part by part', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 1000 });
    life.pay(number, { amountMinor: 500 });
    assert.deepStrictEqual(bare(life.do({ type: 'CancelOrder', number })), [
      { type: 'OrderCancelled', number, why: 'customer' },
      unmatched(number, 1000, 'order_cancelled', 'bank:1'),
      unmatched(number, 500, 'order_cancelled', 'bank:2'),
    ]);
  });

  it('in parts of a first order that is then closed becomes unmatched', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    life.pay(number, { amountMinor: 1000 });
    assert.deepStrictEqual(bare(life.until('2027-05-10')), [
      { type: 'OrderCancelled', number, why: 'unpaid' },
      unmatched(number, 1000, 'order_cancelled'),
      { type: 'Closed', endedOn: '2027-05-10', why: 'unpaid' },
    ]);
  });

  it('in parts of a renewal that falls at termination becomes unmatched', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 1000 });
    const events = bare(life.until('2028-05-10'));
    assert.deepStrictEqual(events.slice(-3), [
      { type: 'OrderCancelled', number, why: 'terminated' },
      unmatched(number, 1000, 'order_cancelled'),
      { type: 'Terminated', endedOn: '2028-05-10', why: 'not_reactivated' },
    ]);
  });

  it('told again with the same content is ignored', () => {
    const { life, number } = withRenewal();
    life.pay(number, { key: 'bank:77', amountMinor: 1000 });
    assert.deepStrictEqual(life.pay(number, { key: 'bank:77', amountMinor: 1000 }), []);
  });

  it('told again with other content is refused and noted', () => {
    const { life, number } = withRenewal();
    life.pay(number, { key: 'bank:77', amountMinor: 1000 });
    const before = life.state.orders;
    assert.deepStrictEqual(bare(life.pay(number, { key: 'bank:77', amountMinor: 2000 })), [
      {
        type: 'PaymentConflictNoted',
        key: 'bank:77',
        content: `${number} 2000 2028-02-01 bank_transfer`,
        known: `${number} 1000 2028-02-01 bank_transfer`,
      },
    ]);
    assert.deepStrictEqual(life.state.orders, before);
  });

  it('told again after it was set aside is ignored too', () => {
    const { life, number } = withRenewal();
    life.do({ type: 'CancelOrder', number });
    life.pay(number, { key: 'bank:77', amountMinor: 1000 });
    assert.deepStrictEqual(life.pay(number, { key: 'bank:77', amountMinor: 1000 }), []);
  });

  it('registered before the order’s own day completes it on that day', () => {
    const { life, number } = withRenewal();
    const events = life.pay(number, { registeredOn: '2028-01-20' });
    assert.ok(events[2]?.type === 'OrderCompleted' && events[2].completedOn === '2028-02-01');
  });

  it('with customer credit goes back to credit where it cannot be used', () => {
    const { life, number } = withRenewal();
    life.pay(number, { method: 'credit', amountMinor: 1000 });
    assert.deepStrictEqual(
      bare(life.do({ type: 'CancelOrder', number }))[1],
      credited(number, 1000, 'credit_returned'),
    );
    assert.deepStrictEqual(
      bare(life.pay(number, { method: 'credit', amountMinor: 500 }))[1],
      credited(number, 500, 'credit_returned', 'bank:2'),
    );
  });

  it('by a hand-sent signal with rubbish in it is noted and harms nothing', () => {
    const { life } = withRenewal();
    const before = { ...life.state, sequence: 0 };
    assert.deepStrictEqual(
      bare(life.do({ type: 'RecordRejectedSignal', field: 'amountMinor', reason: 'not a whole number of cents' })),
      [{ type: 'SignalRejected', field: 'amountMinor', reason: 'not a whole number of cents' }],
    );
    assert.deepStrictEqual({ ...life.state, sequence: 0 }, before);
  });
});

describe('the method that completes an order', () => {
  it('by registration date decides whether auto-renewal is switched on, in any order of arrival', () => {
    for (const cardFirst of [true, false]) {
      const { life, number } = withRenewal();
      life.until('2028-02-20');
      const byCard = () =>
        life.pay(number, {
          key: 'gateway:1',
          method: 'card',
          storedMethod: CARD,
          amountMinor: 1000,
          registeredOn: '2028-02-10',
        });
      const byTransfer = () => life.pay(number, { key: 'bank:1', amountMinor: 2050, registeredOn: '2028-02-15' });
      for (const pay of cardFirst ? [byCard, byTransfer] : [byTransfer, byCard]) pay();
      assert.equal(life.expiresOn, '2029-03-10');
      assert.equal(life.state.autoRenewal, false, 'the transfer of the 15th completed it');
    }
  });

  it('is stored for a renewal, and for a reactivation, which counts as one', () => {
    const { life, number } = withRenewal();
    life.do({ type: 'PayOrder', number, method: CARD });
    life.answer('succeeded');
    assert.deepStrictEqual([life.state.method, life.state.autoRenewal], [CARD, true]);

    const expired = Life.active('2027-03-10');
    expired.until('2028-03-20');
    expired.renew({}, CARD);
    expired.answer('succeeded');
    assert.deepStrictEqual([expired.status, expired.state.method, expired.state.autoRenewal], ['active', CARD, true]);
  });

  it('is not stored for an upgrade', () => {
    const life = Life.active('2027-03-10');
    life.upgrade({ space: 1 }, { pay: CARD });
    life.answer('succeeded');
    assert.deepStrictEqual([life.state.method, life.state.autoRenewal], [null, false]);
  });

  it('of an order that auto-renewal made leaves auto-renewal as it was', () => {
    const life = Life.renewing('2027-03-10');
    life.gateway = 'declined';
    life.until('2028-03-04');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.do({ type: 'PayOrder', number: life.unpaid(), method: { methodId: 'card-9', kind: 'card' } });
    life.answer('succeeded');
    assert.equal(life.expiresOn, '2029-03-10');
    assert.deepStrictEqual([life.state.method, life.state.autoRenewal], [CARD, false]);
  });

  it('that only fills a commitment is not stored', () => {
    const life = Life.ordered('2027-03-10', { splitPayment: true });
    const number = life.unpaid();
    life.do({ type: 'RegisterCommitment', number, registeredOn: on('2027-03-10'), reference: 'CIG' });
    life.pay(number, { method: 'card', storedMethod: CARD });
    assert.deepStrictEqual([life.state.method, life.state.autoRenewal], [null, false]);
  });
});

describe('a charge', () => {
  it('is money whoever asked for it: an answer to an attempt no longer known is still recorded', () => {
    const { life, number } = withRenewal();
    const payment = life.payment(number, { key: 'gateway:old', method: 'card', storedMethod: CARD });
    life.record({ type: 'RecordChargeOutcome', attemptId: 'another', outcome: { kind: 'succeeded', payment } });
    assert.equal(life.expiresOn, '2029-03-10');
    assert.deepStrictEqual(
      life.record({ type: 'RecordChargeOutcome', attemptId: 'another', outcome: { kind: 'declined', reason: 'late' } }),
      [],
    );
  });

  it('that succeeded is not undone by an older answer that comes after it (Webhooks out of order move a state backwards)', () => {
    const { life, number } = withRenewal();
    life.do({ type: 'PayOrder', number, method: CARD });
    const { attempt } = life.state;
    assert.ok(attempt);
    life.answer('succeeded');
    const { sequence: _sequence, ...before } = life.state;
    for (const kind of ['declined', 'unknown', 'not_attempted'] as const) {
      const outcome = { kind, reason: 'late' };
      assert.deepStrictEqual(life.record({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome }), []);
    }
    const { sequence: _after, ...after } = life.state;
    assert.deepStrictEqual(after, before);
  });

  it('is made once for a request that is sent twice (A retried request charges twice)', () => {
    const { life, number } = withRenewal();
    life.do({ type: 'PayOrder', number, method: CARD });
    assert.equal(life.refusal({ type: 'PayOrder', number, method: CARD }), 'charge_in_progress');
    life.answer('succeeded');
    assert.equal(life.refusal({ type: 'PayOrder', number, method: CARD }), 'order_not_unpaid');
    const order = { number: nextNumber(), priced: life.quoteRenewal() };
    life.do({ type: 'SwitchAutoRenewal', on: false });
    const place = { type: 'PlaceOrder', order, pay: CARD } as const;
    assert.deepStrictEqual(typesOf(life.do(place)), ['OrderPlaced', 'ChargeStarted']);
    assert.deepStrictEqual(life.do(place), []);
    life.answer('succeeded');
    assert.deepStrictEqual(life.do(place), [], 'nor after it was paid');
  });

  it('whose capture the ledger told of first is applied once', () => {
    const { life, number } = withRenewal();
    life.do({ type: 'PayOrder', number, method: CARD });
    const { attempt } = life.state;
    assert.ok(attempt);
    life.pay(number, { key: `gateway:${attempt.attemptId}`, method: 'card', storedMethod: CARD });
    assert.equal(life.expiresOn, '2029-03-10');
    assert.deepStrictEqual(typesOf(life.answer('succeeded')), ['ChargeSucceeded']);
    assert.equal(life.state.attempt, null);
  });

  it('is applied also when its answer counts as given before the day the capture is dated', () => {
    // An answer that held up a deadline counts as given just before it, and may be dated by when it was looked up.
    const { life, number } = withRenewal();
    life.do({ type: 'PayOrder', number, method: CARD });
    const { attempt } = life.state;
    assert.ok(attempt);
    const payment = life.payment(number, { method: 'card', storedMethod: CARD, registeredOn: '2028-02-03' });
    life.record({ type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome: { kind: 'succeeded', payment } });
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('of an order paid by hand meanwhile is credit', () => {
    const { life, number } = withRenewal();
    life.do({ type: 'PayOrder', number, method: CARD });
    life.pay(number);
    const events = bare(life.answer('succeeded'));
    assert.deepStrictEqual(events.at(-1), {
      ...credited(number, 3050, 'paid_twice'),
      key: `gateway:${number}-1`,
    });
  });

  it('asks for what is missing', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 1000 });
    const [started] = life.do({ type: 'PayOrder', number, method: CARD });
    assert.ok(started?.type === 'ChargeStarted' && started.attempt.amountMinor === 2050);
  });
});
