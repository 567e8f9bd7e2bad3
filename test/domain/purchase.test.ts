import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addDays } from '../../domain/calendar.ts';
import { isOver, workOf } from '../../domain/decide.ts';
import { quoteFirstPurchase } from '../../domain/pricing.ts';
import { at, bare, CARD, iso, Life, nextNumber, on, PAYPAL, terms, typesOf } from './builders.ts';

describe('awaiting_payment', () => {
  it('begins when the first order is confirmed, and nothing is owned yet', () => {
    const life = Life.ordered('2027-03-10', { years: 2 });
    assert.equal(life.status, 'awaiting_payment');
    assert.equal(life.expiresOn, null);
    assert.deepStrictEqual(typesOf(life.events), ['OrderPlaced']);
  });

  it('takes the first order once: asked again after the answer was lost, nothing happens twice', () => {
    const life = Life.ordered('2027-03-10');
    const [order] = life.state.orders;
    assert.ok(order);
    assert.deepStrictEqual(life.do({ type: 'PlaceOrder', order, pay: CARD }), []);
    const another = { number: nextNumber(), priced: order.priced };
    assert.equal(life.refusal({ type: 'PlaceOrder', order: another, pay: null }), 'not_allowed_in_state');
  });

  it('takes the first order also when money was heard of before it, which waits', () => {
    const { events, state } = Life.ordered('2027-03-10');
    const [order] = state.orders;
    assert.ok(order);
    const life = Life.unordered('2027-03-10');
    assert.deepStrictEqual(typesOf(life.pay(order.number)), ['PaymentReceived', 'PaymentUnmatched']);
    assert.deepStrictEqual(
      typesOf(life.do({ type: 'PlaceOrder', order: { number: order.number, priced: order.priced }, pay: null })),
      typesOf(events),
    );
    assert.equal(life.status, 'awaiting_payment');
  });

  it('becomes awaiting_activation when the payment is registered', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    life.until('2027-03-20');
    assert.deepStrictEqual(bare(life.pay(number, { registeredOn: '2027-03-18' })).slice(2), [
      {
        type: 'OrderCompleted',
        number,
        orderType: 'first_purchase',
        origin: 'customer',
        completedOn: '2027-03-18',
        granted: [],
        dropped: [],
        years: 1,
        dueMinor: 0,
        expiresOn: null,
      },
      { type: 'ActivationRequested', paidOn: '2027-03-18' },
    ]);
    assert.deepStrictEqual(life.state.phase, { status: 'awaiting_activation', paidOn: '2027-03-18' });
  });

  it('is closed when its order is cancelled', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    assert.deepStrictEqual(bare(life.do({ type: 'CancelOrder', number })), [
      { type: 'OrderCancelled', number, why: 'customer' },
      { type: 'Closed', endedOn: '2027-03-10', why: 'cancelled' },
    ]);
    assert.equal(life.deadline, null);
    assert.equal(isOver(life.state), true);
  });

  it('is closed on day 61 at 00:00 when unpaid on day 60 after its own day', () => {
    const life = Life.ordered('2027-03-10');
    assert.deepStrictEqual(life.deadline, { kind: 'close_unpaid', at: iso('2027-05-10T00:00:00+02:00') });
    assert.deepStrictEqual(life.until('2027-05-09 23:59'), []);
    const number = life.unpaid();
    assert.deepStrictEqual(bare(life.until('2027-05-10 00:00')), [
      { type: 'OrderCancelled', number, why: 'unpaid' },
      { type: 'Closed', endedOn: '2027-05-10', why: 'unpaid' },
    ]);
  });

  it('takes a payment registered on day 60, and none registered on day 61', () => {
    const life = Life.ordered('2027-03-10');
    life.until('2027-05-09 23:59');
    const late = life.fork();
    life.pay(life.unpaid(), { registeredOn: '2027-05-09' });
    assert.equal(life.status, 'awaiting_activation');

    const number = late.unpaid();
    late.until('2027-05-10 00:00');
    const [, unmatched] = bare(late.pay(number, { registeredOn: '2027-05-10', amountMinor: 3050 }));
    assert.deepStrictEqual(unmatched, {
      type: 'PaymentUnmatched',
      key: 'bank:1',
      number,
      amountMinor: 3050,
      reason: 'order_cancelled',
    });
    assert.equal(late.status, 'closed');
  });

  it('takes no payment registered on day 61 either when its own closing was not handled yet', () => {
    const life = Life.ordered('2027-03-10');
    life.now = at('2027-05-12');
    const events = life.pay(life.unpaid(), { registeredOn: '2027-05-11' });
    assert.deepStrictEqual(typesOf(events), ['PaymentReceived', 'PaymentUnmatched']);
    assert.ok(events[1]?.type === 'PaymentUnmatched' && events[1].reason === 'registered_after_last_day');
  });

  it('paid by card or PayPal stores the method and switches auto-renewal on', () => {
    for (const method of [CARD, PAYPAL]) {
      const life = Life.ordered('2027-03-10');
      life.do({ type: 'PayOrder', number: life.unpaid(), method });
      assert.deepStrictEqual(typesOf(life.answer('succeeded')), [
        'ChargeSucceeded',
        'PaymentReceived',
        'PaymentApplied',
        'OrderCompleted',
        'ActivationRequested',
        'PaymentMethodSet',
        'AutoRenewalSwitched',
      ]);
      assert.deepStrictEqual([life.state.method, life.state.autoRenewal], [method, true]);
    }
  });

  it('paid by bank transfer or postal slip leaves auto-renewal off', () => {
    for (const method of ['bank_transfer', 'postal_slip'] as const) {
      const life = Life.ordered('2027-03-10');
      life.pay(life.unpaid(), { method });
      assert.deepStrictEqual([life.state.method, life.state.autoRenewal], [null, false]);
    }
  });

  it('declined at checkout, the order stays unpaid and can be paid again', () => {
    const life = Life.ordered('2027-03-10');
    const number = life.unpaid();
    life.do({ type: 'PayOrder', number, method: CARD });
    life.answer('declined');
    assert.equal(life.status, 'awaiting_payment');
    const [started] = life.do({ type: 'PayOrder', number, method: PAYPAL });
    assert.ok(started?.type === 'ChargeStarted');
    assert.equal(started.attempt.attemptId, `${number}-2`, 'another obligation, so another idempotency key');
  });

  it('costs nothing with a full agreement, and is paid at once', () => {
    const life = Life.ordered('2027-03-10');
    const [order] = life.state.orders;
    assert.ok(order);
    const priced = { ...order.priced, payableMinor: 0 };
    const free = new Life({ ...life.state, orders: [], sequence: 0 }, life.now);
    free.do({ type: 'PlaceOrder', order: { number: nextNumber(), priced }, pay: null });
    assert.equal(free.status, 'awaiting_activation');
  });

  it('is quoted on the order’s own day, or refused', () => {
    const life = Life.ordered('2027-03-10');
    const fresh = new Life({ ...life.state, orders: [], sequence: 0 }, at('2027-03-11'));
    const priced = quoteFirstPurchase(
      { product: 'fe', years: 1, extras: {}, splitPayment: false },
      terms('2027-03-10'),
    );
    const command = { type: 'PlaceOrder', order: { number: nextNumber(), priced }, pay: null } as const;
    assert.equal(fresh.refusal(command), 'order_out_of_date');
  });
});

describe('awaiting_activation', () => {
  const paid = (): Life => {
    const life = Life.ordered('2027-03-10', { years: 2, extras: { user: 1 } });
    life.pay(life.unpaid());
    return life;
  };

  it('asks for the service to be provisioned', () => {
    assert.deepStrictEqual(workOf(paid().state), [{ kind: 'provision', id: 'provision-sub-1' }]);
  });

  it('becomes active on the day provisioning succeeded, not on the registration date', () => {
    const life = paid();
    life.until('2027-03-14');
    const [first] = life.state.orders;
    const events = life.do({ type: 'RecordActivation', username: 'rossi' });
    assert.deepStrictEqual(bare(events), [
      {
        type: 'Activated',
        activatedOn: '2027-03-14',
        username: 'rossi',
        granted: [
          { sku: 'fe', quantity: 1, from: '2027-03-14', until: '2029-03-14', anchorDay: 14 },
          { sku: 'user', quantity: 1, from: '2027-03-14', until: '2029-03-14', anchorDay: 14 },
        ],
        expiresOn: '2029-03-14',
      },
      { type: 'OrderSettled', number: first?.number, outcome: 'completed' },
    ]);
    assert.equal(life.status, 'active');
    assert.equal(life.expiresOn, '2029-03-14');
  });

  it('becomes activation_failed when checks are needed, and active through an operator', () => {
    const life = paid();
    life.do({ type: 'RecordActivationFailure', reason: 'tax code to be checked' });
    assert.deepStrictEqual(life.state.phase, {
      status: 'activation_failed',
      paidOn: '2027-03-10',
      reason: 'tax code to be checked',
    });
    assert.deepStrictEqual(workOf(life.state), []);
    const retried = life.fork();
    retried.do({ type: 'RetryActivation' });
    assert.equal(retried.status, 'awaiting_activation');
    life.until('2027-04-02');
    life.do({ type: 'ConfirmActivation', username: 'rossi' });
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-04-02']);
  });

  it('has no deadline: what was paid for is provided, however long that takes', () => {
    const life = paid();
    assert.equal(life.deadline, null);
    life.until('2028-12-31');
    assert.equal(life.status, 'awaiting_activation');
  });

  it('takes a second payment of its order as credit', () => {
    const life = paid();
    const [first] = life.state.orders;
    const [, credited] = bare(life.pay(first?.number ?? '', { amountMinor: 6100 }));
    assert.deepStrictEqual(credited, {
      type: 'PaymentCredited',
      key: 'bank:2',
      number: first?.number,
      amountMinor: 6100,
      reason: 'paid_twice',
    });
  });
});

describe('active', () => {
  it('ignores a second answer of provisioning', () => {
    const life = Life.active('2027-03-10');
    assert.deepStrictEqual(life.do({ type: 'RecordActivation', username: 'rossi' }), []);
    assert.deepStrictEqual(life.do({ type: 'RecordActivationFailure', reason: 'late' }), []);
    assert.equal(life.expiresOn, '2028-03-10');
  });

  it('expires n years after activation, to the day (Multi-year terms behave like one year somewhere)', () => {
    for (const [years, end] of [
      [1, '2029-02-28'],
      [2, '2030-02-28'],
      [3, '2031-02-28'],
      [4, '2032-02-29'],
      [5, '2033-02-28'],
    ] as const) {
      const life = Life.active('2028-02-29', { years });
      assert.equal(life.expiresOn, end);
      life.until(`${addDays(on(end), -1)} 23:59`);
      assert.equal(life.status, 'active');
      life.until(`${end} 00:00`);
      assert.equal(life.status, 'expired');
      assert.equal(life.state.termYears, years);
    }
  });
});

describe('the commitment of a public administration', () => {
  const office = (): Life => Life.ordered('2027-03-10', { splitPayment: true });

  it('releases its order like a payment, and the amount stays due', () => {
    const life = office();
    const number = life.unpaid();
    life.until('2027-03-15');
    life.do({ type: 'RegisterCommitment', number, registeredOn: on('2027-03-12'), reference: 'CIG 123' });
    assert.deepStrictEqual(life.state.phase, { status: 'awaiting_activation', paidOn: '2027-03-12' });
    life.do({ type: 'RecordActivation', username: 'comune' });
    const [order] = life.state.orders;
    assert.deepStrictEqual([order?.status, order?.committedOn, order?.payments.length], ['completed', '2027-03-12', 0]);
  });

  it('is filled by the payments that come later, net of VAT, and then the order is settled', () => {
    const life = office();
    const number = life.unpaid();
    life.do({ type: 'RegisterCommitment', number, registeredOn: on('2027-03-10'), reference: 'CIG 123' });
    life.do({ type: 'RecordActivation', username: 'comune' });
    assert.deepStrictEqual(typesOf(life.pay(number, { amountMinor: 1000 })), ['PaymentReceived', 'PaymentApplied']);
    const events = bare(life.pay(number, { amountMinor: 1600, key: 'bank:rest' }));
    assert.deepStrictEqual(events.slice(2), [
      { type: 'PaymentCredited', key: 'bank:rest', number, amountMinor: 100, reason: 'overpaid' },
      { type: 'OrderSettled', number, outcome: 'completed' },
    ]);
    assert.deepStrictEqual(life.state.orders, []);
  });

  it('can be paid after the service has ended', () => {
    const life = office();
    const number = life.unpaid();
    life.do({ type: 'RegisterCommitment', number, registeredOn: on('2027-03-10'), reference: 'CIG 123' });
    life.do({ type: 'RecordActivation', username: 'comune' });
    life.until('2028-06-01');
    assert.equal(life.status, 'terminated');
    assert.deepStrictEqual(typesOf(life.pay(number)), ['PaymentReceived', 'PaymentApplied', 'OrderSettled']);
  });

  it('brings an expired service back like a payment', () => {
    const life = Life.active('2027-03-10', { splitPayment: true });
    life.until('2028-04-20');
    const number = life.renew();
    life.until('2028-05-01');
    life.do({ type: 'RegisterCommitment', number, registeredOn: on('2028-04-28'), reference: 'CIG 124' });
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-03-10']);
    assert.deepStrictEqual(
      life.state.orders.map(({ status, payments }) => [status, payments]),
      [['completed', []]],
    );
  });

  it('counts from the order’s own day at the earliest, and is not taken from the future', () => {
    const life = office();
    const number = life.unpaid();
    const commit = (registeredOn: string) =>
      ({ type: 'RegisterCommitment', number, registeredOn: on(registeredOn), reference: 'CIG' }) as const;
    assert.equal(life.refusal(commit('2027-03-11')), 'registered_in_future');
    life.do(commit('2027-03-01'));
    assert.deepStrictEqual(life.state.phase, { status: 'awaiting_activation', paidOn: '2027-03-10' });
  });

  it('is no way for anybody else', () => {
    const life = Life.ordered('2027-03-10');
    const command = {
      type: 'RegisterCommitment',
      number: life.unpaid(),
      registeredOn: on('2027-03-10'),
      reference: 'x',
    } as const;
    assert.equal(life.refusal(command), 'not_allowed_in_state');
  });
});
