import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messagesFor } from '../../domain/messages.ts';
import { isOver } from '../../domain/decide.ts';
import { statusLabelOf } from '../../domain/view.ts';
import { bare, CARD, Life, on, typesOf, type Bought } from './builders.ts';

/** A service that was paid for and could not be made. */
function failed(bought: Bought = {}): Life {
  const life = Life.ordered('2027-03-10', bought);
  life.pay(life.unpaid(), { key: 'bank:first' });
  life.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
  return life;
}

const abandon = { type: 'AbandonActivation', reason: 'The company was struck off.' } as const;

describe('an activation that is given up', () => {
  it('undoes its order, makes what was paid the customer’s credit and closes the life', () => {
    const life = failed();
    const { number } = life.state.orders[0]!;
    life.until('2027-03-20');
    assert.deepStrictEqual(bare(life.do(abandon)), [
      {
        type: 'OrderReversed',
        number,
        reason: 'The company was struck off.',
        netMinor: 2500,
        vatMinor: 550,
        creditedMinor: 3050,
        writtenOffMinor: 0,
      },
      { type: 'PaymentCredited', key: 'bank:first', number, amountMinor: 3050, reason: 'order_reversed' },
      { type: 'Closed', endedOn: '2027-03-20', why: 'not_activated' },
    ]);
    assert.deepStrictEqual(life.state.phase, { status: 'closed', endedOn: '2027-03-20', why: 'not_activated' });
    assert.deepStrictEqual(statusLabelOf(life.state), { it: 'Non attivato', en: 'Not activated' });
    assert.deepStrictEqual([life.state.orders, life.deadline, isOver(life.state)], [[], null, true]);
  });

  it('is told to the customer once, with what is theirs', () => {
    const life = failed();
    const { number } = life.state.orders[0]!;
    const told = life.do(abandon).flatMap((event) => messagesFor(event, life.state));
    assert.deepStrictEqual(told, [
      {
        kind: 'activation_abandoned',
        occasion: 'activation_abandoned',
        payload: { number, creditedMinor: 3050, closedOn: '2027-03-10' },
      },
    ]);
  });

  it('credits each payment with what its order took, customer credit too', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    life.pay(number, { key: 'credit:1', amountMinor: 1000, method: 'credit' });
    life.pay(number, { key: 'bank:2', amountMinor: 3000 });
    life.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
    const credited = bare(life.do(abandon)).filter((event) => 'key' in event);
    assert.deepStrictEqual(credited, [
      { type: 'PaymentCredited', key: 'credit:1', number, amountMinor: 1000, reason: 'order_reversed' },
      { type: 'PaymentCredited', key: 'bank:2', number, amountMinor: 2050, reason: 'order_reversed' },
    ]);
  });

  it('writes off what a public administration committed and had not paid', () => {
    const life = Life.ordered('2027-03-10', { splitPayment: true });
    const number = life.unpaid();
    life.do({ type: 'RegisterCommitment', number, registeredOn: on('2027-03-10'), reference: 'CIG 123' });
    life.pay(number, { amountMinor: 1000 });
    life.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
    const [reversed] = life.do(abandon);
    assert.ok(reversed?.type === 'OrderReversed');
    const { netMinor, vatMinor, creditedMinor, writtenOffMinor } = reversed;
    assert.deepStrictEqual([netMinor, vatMinor, creditedMinor, writtenOffMinor], [2500, 0, 1000, 1500]);
  });

  it('leaves money that comes later to an operator', () => {
    const life = failed();
    const { number } = life.state.orders[0]!;
    life.do(abandon);
    assert.deepStrictEqual(bare(life.pay(number, { key: 'bank:late', amountMinor: 500 })).slice(1), [
      { type: 'PaymentUnmatched', key: 'bank:late', number, amountMinor: 500, reason: 'order_cancelled' },
    ]);
  });

  it('ends only once a charge under way has its answer, and its money is not lost', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    life.do({ type: 'PayOrder', number, method: CARD });
    life.pay(number);
    life.do({ type: 'RecordActivationFailure', reason: 'checks_needed' });
    life.do(abandon);
    assert.equal(isOver(life.state), false);
    assert.deepStrictEqual(typesOf(life.answer('succeeded')), [
      'ChargeSucceeded',
      'PaymentReceived',
      'PaymentUnmatched',
    ]);
    assert.equal(isOver(life.state), true);
  });

  it('is possible only after activation failed, and once', () => {
    assert.equal(Life.ordered('2027-03-10').refusal(abandon), 'not_allowed_in_state');
    assert.equal(Life.active('2027-03-10').refusal(abandon), 'not_allowed_in_state');
    const life = failed();
    life.do(abandon);
    assert.equal(life.refusal(abandon), 'subscription_ended');
  });
});

describe('money that waits for an operator', () => {
  /** A renewal cancelled before its transfer came, and ordered anew. */
  function waiting() {
    const life = Life.active('2027-03-10');
    const first = life.renew();
    life.do({ type: 'CancelOrder', number: first });
    const payment = life.payment(first, { key: 'bank:stray', amountMinor: 3050 });
    life.do({ type: 'RecordPayment', payment });
    return { life, payment, number: life.renew() };
  }

  it('pays the order it is assigned to, also of the subscription that had set it aside', () => {
    const { life, payment, number } = waiting();
    const assigned = { ...payment, orderNumber: number, assignment: 1 };
    assert.deepStrictEqual(typesOf(life.do({ type: 'RecordPayment', payment: assigned })), [
      'PaymentReceived',
      'PaymentApplied',
      'OrderCompleted',
      'ServiceExtended',
      'OrderSettled',
    ]);
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('is assigned once, however often that is said', () => {
    const { life, payment, number } = waiting();
    const assigned = { ...payment, orderNumber: number, assignment: 1 };
    life.do({ type: 'RecordPayment', payment: assigned });
    assert.deepStrictEqual(life.do({ type: 'RecordPayment', payment: assigned }), []);
    assert.deepStrictEqual(life.do({ type: 'RecordPayment', payment }), []);
  });

  it('can be assigned a second time, where it came to wait again', () => {
    const { life, payment, number } = waiting();
    life.do({ type: 'CancelOrder', number });
    const events = life.do({ type: 'RecordPayment', payment: { ...payment, orderNumber: number, assignment: 1 } });
    assert.deepStrictEqual(typesOf(events), ['PaymentReceived', 'PaymentUnmatched']);
    const third = life.renew();
    life.do({ type: 'RecordPayment', payment: { ...payment, orderNumber: third, assignment: 2 } });
    assert.equal(life.expiresOn, '2029-03-10');
  });
});
