import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allowedActions } from '../../domain/actions.ts';
import { attemptToAsk } from '../../domain/decide.ts';
import type { Event } from '../../domain/events.ts';
import { messagesFor } from '../../domain/messages.ts';
import { dueMinor, receivedMinor, type OpenOrder } from '../../domain/orders.ts';
import type { HeldMoney, ReversalFact } from '../../domain/reversals.ts';
import { isStillDue } from '../../domain/stillDue.ts';
import { findOrder } from '../../domain/subscription.ts';
import { customerView } from '../../domain/view.ts';
import { bare, CARD, Life, typesOf } from './builders.ts';

let reversals = 0;

function reversal(life: Life, paymentKey: string, amountMinor: number, changes: Partial<ReversalFact> = {}) {
  reversals += 1;
  const facts = { registeredOn: life.today, receivedAt: life.now, reason: 'called_back' } as const;
  return { key: `bank:back-${reversals}`, paymentKey, amountMinor, ...facts, ...changes };
}

function held(changes: Partial<HeldMoney> = {}): HeldMoney {
  return { order: null, unmatchedMinor: 0, creditMinor: 0, ...changes };
}

/** What an order that the life still has holds of a payment. */
function onOrder(number: string, amountMinor: number, finished: OpenOrder | null = null): HeldMoney {
  return held({ order: { number, amountMinor, finished } });
}

function takeBack(life: Life, fact: ReversalFact, where: HeldMoney | null): readonly Event[] {
  return life.do({ type: 'RecordReversal', reversal: fact, held: where });
}

function kinds(life: Life, events: readonly Event[]): string[] {
  return events.flatMap((event) => messagesFor(event, life.state).map(({ kind }) => kind));
}

/** A renewal of 30.50 of a life that began on 10 March 2027, ordered on 1 February 2028. */
function withRenewal(): { life: Life; number: string } {
  const life = Life.active('2027-03-10');
  life.until('2028-02-01');
  return { life, number: life.renew() };
}

/** The same, paid by transfer and forgotten by the life; `finished` is the order as Postgres has it. */
function paid(): { life: Life; number: string; finished: OpenOrder } {
  const { life, number } = withRenewal();
  const order = findOrder(life.state, number) ?? assert.fail();
  const payment = life.payment(number, { key: 'bank:paid' });
  life.do({ type: 'RecordPayment', payment });
  const applied = { ...payment, appliedMinor: payment.amountMinor };
  const { orderNumber: _number, receivedAt: _at, ...kept } = applied;
  return { life, number, finished: { ...order, status: 'completed', payments: [kept] } };
}

describe('money taken back from an order that is unpaid', () => {
  it('is asked for again', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 3000, key: 'bank:part' });
    const events = takeBack(life, reversal(life, 'bank:part', 3000), onOrder(number, 3000));
    assert.deepStrictEqual(typesOf(events), ['PaymentReversed']);
    const order = findOrder(life.state, number) ?? assert.fail();
    assert.deepStrictEqual([receivedMinor(order), dueMinor(order), order.status], [0, 3050, 'awaiting_payment']);
    assert.deepStrictEqual(kinds(life, events), ['payment_returned']);
    life.pay(number);
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('in parts leaves what was not taken', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 3000, key: 'bank:part' });
    takeBack(life, reversal(life, 'bank:part', 1000), onOrder(number, 3000));
    takeBack(life, reversal(life, 'bank:part', 500), onOrder(number, 2000));
    assert.equal(dueMinor(findOrder(life.state, number) ?? assert.fail()), 1550);
    life.pay(number, { amountMinor: 1550 });
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('counts for the day on which the sum is reached: what left again does not', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 3000, key: 'bank:part', registeredOn: '2028-02-01' });
    takeBack(life, reversal(life, 'bank:part', 3000), onOrder(number, 3000));
    life.until('2028-02-20');
    const completed = life.pay(number).find(({ type }) => type === 'OrderCompleted');
    assert.ok(completed?.type === 'OrderCompleted' && completed.completedOn === '2028-02-20');
  });

  it('lets auto-renewal go on with its days, once nothing of what stopped it is left', () => {
    const life = Life.renewing('2027-03-10');
    life.gateway = 'declined';
    life.until('2028-03-04');
    const number = life.unpaid();
    life.pay(number, { amountMinor: 1000, key: 'bank:part' });
    assert.equal(life.state.orders[0]?.chargesStopped, 'payment_received');
    takeBack(life, reversal(life, 'bank:part', 1000), onOrder(number, 1000));
    assert.deepStrictEqual(
      typesOf(life.until('2028-03-06')).filter((type) => type === 'ChargeStarted'),
      ['ChargeStarted'],
    );
  });

  it('is seen by a charge under way: what it brings no longer completes the order', () => {
    const { life, number } = withRenewal();
    life.pay(number, { amountMinor: 1000, key: 'bank:part' });
    life.do({ type: 'PayOrder', number, method: CARD });
    takeBack(life, reversal(life, 'bank:part', 1000), onOrder(number, 1000));
    assert.equal(attemptToAsk(life.state)?.amountMinor, 2050);
    life.answer('succeeded');
    assert.equal(dueMinor(findOrder(life.state, number) ?? assert.fail()), 1000);
    assert.equal(life.expiresOn, '2028-03-10');
  });
});

describe('money taken back from an order that is completed', () => {
  it('is due again on that order, and paid time stays as it is', () => {
    const { life, number, finished } = paid();
    assert.equal(findOrder(life.state, number), undefined);
    const events = takeBack(life, reversal(life, 'bank:paid', 3050), onOrder(number, 3050, finished));
    const order = findOrder(life.state, number) ?? assert.fail();
    assert.deepStrictEqual([order.status, dueMinor(order)], ['completed', 3050]);
    assert.deepStrictEqual([life.expiresOn, life.status], ['2029-03-10', 'active']);
    assert.deepStrictEqual(kinds(life, events), ['payment_returned']);
    const view = customerView(life.state, { now: life.now, username: null, method: null });
    assert.deepStrictEqual(
      view.notices.map(({ code }) => code),
      ['payment_returned'],
    );
    const shown = view.unpaidOrders.map(({ due, canPay, canCancel }) => ({ due: due.amountMinor, canPay, canCancel }));
    assert.deepStrictEqual(shown, [{ due: 3050, canPay: true, canCancel: false }]);
    assert.equal(view.actions.renew, true, 'it is no unpaid order that keeps another from being made');
  });

  it('is settled by paying it, by transfer or by card, and changes nothing else', () => {
    for (const byCard of [false, true]) {
      const { life, number, finished } = paid();
      takeBack(life, reversal(life, 'bank:paid', 3050), onOrder(number, 3050, finished));
      if (byCard) {
        life.do({ type: 'PayOrder', number, method: CARD });
        const asked = attemptToAsk(life.state);
        assert.ok(asked?.chargeUntil != null && asked.chargeUntil > life.now, 'the charge may be made');
        life.answer('succeeded');
      } else {
        life.pay(number);
      }
      assert.deepStrictEqual(typesOf(life.events).slice(-2), ['PaymentApplied', 'OrderSettled']);
      assert.equal(findOrder(life.state, number), undefined);
      assert.deepStrictEqual([life.expiresOn, life.state.autoRenewal, life.state.method], ['2029-03-10', false, null]);
      const { notices } = customerView(life.state, { now: life.now, username: null, method: null });
      assert.deepStrictEqual(notices, []);
    }
  });

  it('is told of, and asked for, no more once it is paid', () => {
    const { life, number, finished } = paid();
    const [event] = takeBack(life, reversal(life, 'bank:paid', 50), onOrder(number, 3050, finished));
    const [message] = messagesFor(event ?? assert.fail(), life.state);
    assert.ok(message !== undefined && isStillDue(message, life.state));
    life.pay(number);
    assert.equal(isStillDue(message, life.state), false);
  });

  it('is not charged by auto-renewal by itself, nor cancelled or committed', () => {
    const life = Life.renewing('2027-03-10');
    life.until('2027-04-01');
    const [first] = life.events.flatMap((event) => (event.type === 'OrderPlaced' ? [event.order] : []));
    const { number } = first ?? assert.fail();
    const kept = { key: `gateway:${number}-1`, amountMinor: 3050, appliedMinor: 3050, method: 'card' } as const;
    const finished: OpenOrder = {
      ...(first ?? assert.fail()),
      status: 'completed',
      attempts: 1,
      payments: [{ ...kept, registeredOn: life.today, storedMethod: CARD }],
    };
    const fact = reversal(life, kept.key, 3050, { reason: 'chargeback' });
    takeBack(life, fact, onOrder(number, 3050, finished));
    assert.equal(life.deadline?.kind, 'auto_renewal_announcement');
    assert.deepStrictEqual(allowedActions(life.state).orders, [{ number, pay: true, cancel: false }]);
    assert.equal(life.refusal({ type: 'CancelOrder', number }), 'order_not_unpaid');
    life.state = { ...life.state, splitPayment: true };
    const commitment = { type: 'RegisterCommitment', number, registeredOn: life.today, reference: 'CIG' } as const;
    assert.equal(life.refusal(commitment), 'order_not_unpaid');
    // The next obligation has a name of its own.
    life.do({ type: 'PayOrder', number, method: CARD });
    assert.equal(life.state.attempt?.attemptId, `${number}-2`);
    assert.deepStrictEqual(kinds(life, life.answer('declined')), ['declined']);
  });

  it('takes what waits and what was credited first', () => {
    const { life, number, finished } = paid();
    const where = { ...onOrder(number, 3050, finished), creditMinor: 1950 };
    const [event] = takeBack(life, reversal(life, 'bank:paid', 2000), where);
    assert.ok(event?.type === 'PaymentReversed');
    assert.deepStrictEqual([event.creditMinor, event.orderMinor, event.dueMinor, event.excessMinor], [1950, 50, 50, 0]);
  });

  it('lets a service that is still to be made be made', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    life.pay(number, { key: 'bank:first' });
    takeBack(life, reversal(life, 'bank:first', 3050), onOrder(number, 3050));
    life.do({ type: 'RecordActivation', username: 'rossi' });
    assert.deepStrictEqual([life.status, dueMinor(findOrder(life.state, number) ?? assert.fail())], ['active', 3050]);
  });
});

describe('money taken back from elsewhere', () => {
  it('just leaves where it waited', () => {
    const life = Life.active('2027-03-10');
    const events = takeBack(life, reversal(life, 'bank:x', 500), held({ unmatchedMinor: 500 }));
    const [event] = bare(events) as [{ unmatchedMinor: number; number: string | null }];
    assert.deepStrictEqual([event.unmatchedMinor, event.number], [500, null]);
    assert.deepStrictEqual(kinds(life, events), [], 'nobody was told of it before');
  });

  it('shrinks the credit it had become, and says so', () => {
    const life = Life.active('2027-03-10');
    const events = takeBack(life, reversal(life, 'bank:x', 500), held({ creditMinor: 800 }));
    const [message] = events.flatMap((event) => messagesFor(event, life.state));
    assert.ok(message?.kind === 'payment_returned');
    assert.deepStrictEqual([message.payload.creditMinor, message.payload.number], [500, null]);
  });

  it('beyond what the payment holds is left to an operator', () => {
    const { life, number, finished } = paid();
    const [event] = takeBack(life, reversal(life, 'bank:paid', 9000), onOrder(number, 3050, finished));
    assert.ok(event?.type === 'PaymentReversed');
    assert.deepStrictEqual([event.orderMinor, event.excessMinor], [3050, 5950]);
    const [second] = takeBack(life, reversal(life, 'bank:paid', 3050), held());
    assert.ok(second?.type === 'PaymentReversed' && second.excessMinor === 3050 && second.number === null);
  });

  it('is heard once, and told otherwise it is shown', () => {
    const { life, number, finished } = paid();
    const fact = reversal(life, 'bank:paid', 1000);
    takeBack(life, fact, onOrder(number, 3050, finished));
    assert.deepStrictEqual(takeBack(life, fact, onOrder(number, 2050)), []);
    assert.deepStrictEqual(typesOf(takeBack(life, { ...fact, amountMinor: 1 }, null)), ['SignalRejected']);
    assert.equal(dueMinor(findOrder(life.state, number) ?? assert.fail()), 1000);
  });

  it('of a life that has ended asks nobody: the ledger says what is owed', () => {
    const { life, number, finished } = paid();
    life.until('2029-06-01');
    assert.equal(life.status, 'terminated');
    const events = takeBack(life, reversal(life, 'bank:paid', 3050), onOrder(number, 3050, finished));
    const [event] = events;
    assert.ok(event?.type === 'PaymentReversed' && event.orderMinor === 3050 && event.reopened === undefined);
    assert.deepStrictEqual([findOrder(life.state, number), kinds(life, events)], [undefined, []]);
  });
});
