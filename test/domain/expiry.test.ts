import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOver } from '../../domain/decide.ts';
import { bare, CARD, iso, Life, nextNumber, typesOf } from './builders.ts';

/** Active since 10 March 2027; the expiry is 10 March 2028, the last reactivable day 9 May. */
const active = (settings = {}): Life => Life.active('2027-03-10', { extras: { user: 1 }, settings });

function expired(day: string, settings = {}): Life {
  const life = active(settings);
  life.until(day);
  return life;
}

describe('active', () => {
  it('becomes expired on the expiry day at 00:00 Europe/Rome', () => {
    const life = active();
    life.until('2028-03-09 23:59');
    assert.deepStrictEqual(life.deadline, { kind: 'expire', at: iso('2028-03-10T00:00:00+01:00') });
    assert.equal(life.status, 'active');
    assert.deepStrictEqual(bare(life.until('2028-03-10 00:00')), [
      { type: 'Expired', expiredOn: '2028-03-10', lastDayToReactivate: '2028-05-09' },
    ]);
  });

  it('is reminded 90, 30 and 7 days before, at 09:00 Europe/Rome, while auto-renewal is off', () => {
    const reminders = active().until('2028-03-09');
    assert.deepStrictEqual(
      reminders.map((event) => (event.type === 'RenewalReminderDue' ? [event.daysBefore, event.at] : event.type)),
      [
        [90, iso('2027-12-11T09:00:00+01:00')],
        [30, iso('2028-02-09T09:00:00+01:00')],
        [7, iso('2028-03-03T09:00:00+01:00')],
      ],
    );
  });

  it('is reminded of the new expiry alone once it is renewed', () => {
    const life = active();
    life.until('2028-01-01');
    life.pay(life.renew());
    assert.deepStrictEqual(typesOf(life.until('2028-12-01')), []);
    assert.deepStrictEqual(life.deadline, { kind: 'renewal_reminder', days: 90, at: iso('2028-12-10T09:00:00+01:00') });
  });

  it('renewed by a payment registered before expiry and heard after it goes on from the expiry', () => {
    const life = active();
    life.until('2028-03-05');
    const number = life.renew();
    life.until('2028-03-14');
    assert.equal(life.status, 'expired');
    const events = life.pay(number, { registeredOn: '2028-03-09' });
    assert.ok(events[2]?.type === 'OrderCompleted' && events[2].completedOn === '2028-03-09');
    assert.ok(events[3]?.type === 'ServiceExtended' && events[3].revived);
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-03-10']);
  });
});

describe('expired, day 0 to 60', () => {
  it('becomes active again by a renewal ordered before, from the original expiry', () => {
    const life = active();
    life.until('2028-03-05');
    const number = life.renew({ years: 2 });
    life.until('2028-04-30');
    life.pay(number);
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2030-03-10']);
  });

  it('becomes active again by a reactivation, from the original expiry, with effect at once', () => {
    const life = expired('2028-04-30');
    life.pay(life.renew());
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-03-10']);
  });

  it('becomes active again from the day of payment where it is configured so', () => {
    const life = expired('2028-04-20', { reactivationStart: 'payment' });
    const number = life.renew();
    life.until('2028-04-30');
    life.pay(number, { registeredOn: '2028-04-25' });
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-04-25']);
    life.pay(life.renew());
    assert.equal(life.expiresOn, '2030-04-25', 'a renewal goes on from there');
  });

  it('stays expired where even the new end lies in the past', () => {
    const life = expired('2029-03-20', { graceDays: 400 });
    life.pay(life.renew());
    assert.deepStrictEqual([life.status, life.expiresOn], ['expired', '2029-03-10']);
    life.pay(life.renew());
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2030-03-10']);
  });

  it('takes a payment registered on day 60, heard on day 60 to its last minute', () => {
    const life = expired('2028-05-09');
    const number = life.renew();
    life.until('2028-05-09 23:59');
    life.pay(number, { registeredOn: '2028-05-09' });
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-03-10']);
  });

  it('ends at the turn of day 60: A payment is registered on day 60 at 23:59, on day 61 at 00:00, or on day 60 but reported on day 65', () => {
    const paid = (registeredOn: string, heard: string): string => {
      const life = expired('2028-05-01');
      const number = life.renew();
      life.until(heard);
      life.pay(number, { registeredOn });
      return life.status;
    };
    assert.equal(paid('2028-05-09', '2028-05-09 23:59'), 'active');
    assert.equal(paid('2028-05-10', '2028-05-10 00:00'), 'terminated');
    assert.equal(paid('2028-05-09', '2028-05-14 12:00'), 'terminated');
  });

  it('is called a last time on day 53 at 09:00', () => {
    const life = expired('2028-03-10');
    const [event] = life.until('2028-05-09');
    assert.ok(event?.type === 'LastCallDue');
    assert.deepStrictEqual([event.at, event.lastDayToReactivate], [iso('2028-05-02T09:00:00+02:00'), '2028-05-09']);
  });

  it('is never charged by auto-renewal', () => {
    const life = Life.renewing('2027-03-10');
    life.gateway = 'declined';
    life.until('2028-03-10');
    const kinds = life.until('2028-05-09').map(({ type }) => type);
    assert.deepStrictEqual(kinds, ['LastCallDue']);
  });

  it('becomes terminated on day 61 at 00:00 Europe/Rome', () => {
    const life = expired('2028-05-09 23:59');
    assert.deepStrictEqual(life.deadline, { kind: 'terminate', at: iso('2028-05-10T00:00:00+02:00') });
    assert.deepStrictEqual(bare(life.until('2028-05-10 00:00')), [
      { type: 'Terminated', endedOn: '2028-05-10', why: 'not_reactivated' },
    ]);
  });
});

describe('terminated', () => {
  const afterUnpaidReactivation = (): { life: Life; number: string } => {
    const life = expired('2028-05-01');
    const number = life.renew();
    return { life, number };
  };

  it('drops the orders that are unpaid', () => {
    const { life, number } = afterUnpaidReactivation();
    assert.deepStrictEqual(bare(life.until('2028-05-10')).slice(-2), [
      { type: 'OrderCancelled', number, why: 'terminated' },
      { type: 'Terminated', endedOn: '2028-05-10', why: 'not_reactivated' },
    ]);
    assert.equal(isOver(life.state), true);
    assert.equal(life.deadline, null);
  });

  it('is not revived by a payment registered by day 60 and heard on day 61: unmatched, with that reason', () => {
    const { life, number } = afterUnpaidReactivation();
    life.until('2028-05-10 00:00');
    const [, unmatched] = bare(life.pay(number, { registeredOn: '2028-05-09', amountMinor: 4270 }));
    assert.deepStrictEqual(unmatched, {
      type: 'PaymentUnmatched',
      key: 'bank:1',
      number,
      amountMinor: 4270,
      reason: 'heard_after_end',
    });
    assert.equal(life.status, 'terminated');
  });

  it('is not revived by a payment registered on day 61: unmatched, with that reason', () => {
    const { life, number } = afterUnpaidReactivation();
    life.until('2028-05-12');
    const [, unmatched] = life.pay(number, { registeredOn: '2028-05-10', amountMinor: 4270 });
    assert.ok(unmatched?.type === 'PaymentUnmatched' && unmatched.reason === 'registered_after_last_day');
  });

  it('is not revived either when its end was not handled yet', () => {
    for (const [registeredOn, reason] of [
      ['2028-05-10', 'registered_after_last_day'],
      ['2028-05-09', 'heard_after_end'],
    ] as const) {
      const { life, number } = afterUnpaidReactivation();
      life.until('2028-05-09');
      life.now = iso('2028-05-15T12:00:00+02:00');
      const [, unmatched] = life.pay(number, { registeredOn });
      assert.ok(unmatched?.type === 'PaymentUnmatched' && unmatched.reason === reason);
      assert.equal(life.status, 'expired');
    }
  });

  it('credits what comes for an order that was paid', () => {
    const life = active();
    const [first] = life.state.finishedOrders;
    life.until('2028-06-01');
    const [, credited] = life.pay(first?.number ?? '', { amountMinor: 100 });
    assert.ok(credited?.type === 'PaymentCredited' && credited.reason === 'paid_twice');
  });

  it('keeps other money for an operator', () => {
    const life = active();
    life.do({ type: 'GiveNotice' });
    life.until('2028-06-01');
    const [, unmatched] = life.pay('1000009937', { amountMinor: 100 });
    assert.ok(unmatched?.type === 'PaymentUnmatched' && unmatched.reason === 'subscription_ended');
  });

  it('refuses every request: only a new purchase makes a new service (Operations accepted after the end)', () => {
    const life = active();
    const priced = life.quoteRenewal();
    life.until('2028-06-01');
    for (const request of [
      { type: 'PlaceOrder', order: { number: nextNumber(), priced }, pay: null },
      { type: 'PayOrder', number: '1000009937', method: CARD },
      { type: 'CancelOrder', number: '1000009937' },
      { type: 'SwitchAutoRenewal', on: true },
      { type: 'SetPaymentMethod', method: CARD },
      { type: 'ReportUsage', usedBytes: 1 },
      { type: 'GiveNotice' },
    ] as const) {
      assert.equal(life.refusal(request), 'subscription_ended', request.type);
    }
  });

  it('waits for the answer of a charge that was under way, and keeps its money', () => {
    const { life, number } = afterUnpaidReactivation();
    life.until('2028-05-09 23:59');
    life.do({ type: 'PayOrder', number, method: CARD });
    life.answer('unknown');
    life.until('2028-05-10 00:00');
    assert.equal(life.status, 'terminated');
    assert.equal(isOver(life.state), false);
    life.answer('unknown');
    assert.deepStrictEqual(life.deadline, { kind: 'ask_gateway_again', at: iso('2028-05-10T00:02:00+02:00') });
    life.until('2028-05-10 00:05');
    const events = life.answer('succeeded');
    assert.deepStrictEqual(typesOf(events), ['ChargeSucceeded', 'PaymentReceived', 'PaymentUnmatched']);
    assert.equal(isOver(life.state), true);
  });
});

describe('notice of termination', () => {
  it('switches auto-renewal off and cancels unpaid orders', () => {
    const life = Life.renewing('2027-03-10');
    life.until('2027-09-01');
    const number = life.upgrade({ space: 1 });
    life.pay(number, { amountMinor: 100 });
    assert.deepStrictEqual(bare(life.do({ type: 'GiveNotice' })), [
      { type: 'NoticeGiven', noticeGivenOn: '2027-09-01', endsOn: '2028-03-10' },
      { type: 'AutoRenewalSwitched', on: false, chargeAt: null, why: 'notice' },
      { type: 'OrderCancelled', number, why: 'notice' },
      { type: 'PaymentUnmatched', key: 'bank:1', number, amountMinor: 100, reason: 'order_cancelled' },
    ]);
  });

  it('is final: no new orders, no auto-renewal, no second notice', () => {
    const life = active();
    const priced = life.quoteRenewal();
    const upgrade = life.fork();
    upgrade.upgrade({ space: 1 });
    const upgraded = upgrade.state.orders[0]?.priced ?? priced;
    life.do({ type: 'SetPaymentMethod', method: CARD });
    life.do({ type: 'GiveNotice' });
    for (const request of [
      { type: 'PlaceOrder', order: { number: nextNumber(), priced }, pay: null },
      { type: 'PlaceOrder', order: { number: nextNumber(), priced: upgraded }, pay: null },
      { type: 'SwitchAutoRenewal', on: true },
      { type: 'GiveNotice' },
    ] as const) {
      assert.equal(life.refusal(request), 'notice_given', request.type);
    }
  });

  it('terminates at expiry, 00:00, with no reactivable days and no reminder before', () => {
    const life = active();
    life.do({ type: 'GiveNotice' });
    assert.deepStrictEqual(life.until('2028-03-09 23:59'), []);
    assert.deepStrictEqual(bare(life.until('2028-03-10 00:00')), [
      { type: 'Terminated', endedOn: '2028-03-10', why: 'notice' },
    ]);
  });

  it('is given only while active', () => {
    assert.equal(Life.ordered('2027-03-10').refusal({ type: 'GiveNotice' }), 'not_allowed_in_state');
    assert.equal(expired('2028-04-01').refusal({ type: 'GiveNotice' }), 'not_allowed_in_state');
  });

  it('acts at once, whatever the life was waiting for (A cancellation is ignored until the sleep ends)', () => {
    const life = Life.renewing('2027-03-10');
    life.until('2027-03-11');
    life.do({ type: 'GiveNotice' });
    assert.deepStrictEqual(life.deadline, { kind: 'terminate', at: iso('2028-03-10T00:00:00+01:00') });
  });
});
