import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addMinutes } from '../../domain/calendar.ts';
import { attemptToAsk, workOf } from '../../domain/decide.ts';
import type { Event } from '../../domain/events.ts';
import { at, bare, CARD, iso, Life, NEW_CARD, PAYPAL, typesOf } from './builders.ts';

/** Active since 10 March 2027 and paid by card: auto-renewal is on, the first charge is due on 3 March 2028 at 09:00. */
const renewing = (years = 1): Life => Life.renewing('2027-03-10', { years });

/** The same, with every charge answered in one way, at a moment before the expiry. */
function answered(kind: 'declined' | 'unknown' | 'needs_customer', moment: string): Life {
  const life = renewing();
  life.gateway = kind;
  life.until(moment);
  return life;
}

const charges = (events: readonly Event[]): string[] =>
  events.flatMap((event) => (event.type === 'ChargeStarted' ? [event.attempt.attemptId.slice(-1)] : []));
const chargeInstants = (events: readonly Event[]): number[] =>
  events.flatMap((event) => (event.type === 'ChargeStarted' ? [event.at] : []));

describe('auto-renewal on', () => {
  it('is announced 30 days before expiry at 09:00, instead of the reminders', () => {
    const life = renewing();
    const [announced, ...rest] = life.until('2028-03-03 08:59');
    assert.ok(announced?.type === 'AutoRenewalAnnounced');
    assert.deepStrictEqual([announced.at, announced.chargeOn], [iso('2028-02-09T09:00:00+01:00'), '2028-03-03']);
    assert.deepStrictEqual(rest, []);
  });

  it('charges the stored method 7 days before expiry at 09:00 Europe/Rome, for an order made for it', () => {
    const life = renewing();
    life.until('2028-03-03 08:59');
    assert.deepStrictEqual(life.deadline, { kind: 'charge', at: iso('2028-03-03T09:00:00+01:00') });
    const [placed, started] = life.until('2028-03-03 09:00');
    assert.ok(placed?.type === 'OrderPlaced' && started?.type === 'ChargeStarted');
    const { number, origin, priced } = placed.order;
    assert.deepStrictEqual([origin, priced.placedOn, priced.payableMinor], ['auto_renewal', '2028-03-03', 3050]);
    assert.deepStrictEqual(started.attempt, {
      attemptId: `${number}-1`,
      orderNumber: number,
      amountMinor: 3050,
      method: CARD,
      occasion: 'auto_renewal',
      startedAt: iso('2028-03-03T09:00:00+01:00'),
      chargeUntil: iso('2028-03-10T00:00:00+01:00'),
      unanswered: 0,
      retryAt: null,
    });
    assert.deepStrictEqual(workOf(life.state), [{ kind: 'charge', id: `charge-${number}-1-0` }]);
  });

  it('renews when the charge succeeds, for the years of the previous order, once', () => {
    const life = renewing(3);
    life.gateway = 'succeeded';
    life.until('2030-03-03 09:00');
    assert.equal(life.expiresOn, '2033-03-10');
    assert.deepStrictEqual(life.state.orders, []);
    const kinds = life.until('2033-02-01').map(({ type }) => type);
    assert.deepStrictEqual(kinds, []);
  });

  it('takes the years of the last completed first purchase, renewal or reactivation', () => {
    const life = renewing(1);
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.pay(life.renew({ years: 4 }));
    life.pay(life.upgrade({ space: 1 }, { coTerm: false }));
    const unpaid = life.renew({ years: 2 });
    life.do({ type: 'CancelOrder', number: unpaid });
    assert.equal(life.state.termYears, 4);
  });

  it('declined, leaves the order unpaid, with Pay and Cancel, and the service running (Access is cut on the first decline)', () => {
    const life = answered('declined', '2028-03-03 09:00');
    const declined = life.events.at(-1);
    assert.ok(declined?.type === 'ChargeDeclined');
    assert.equal(declined.nextTryOn, '2028-03-05');
    assert.equal(life.status, 'active');
    assert.equal(life.state.cycle.lastOutcome, 'declined');
    life.fork().do({ type: 'PayOrder', number: life.unpaid(), method: NEW_CARD });
    life.fork().do({ type: 'CancelOrder', number: life.unpaid() });
  });

  it('retries on days -5, -3 and -1 at 09:00, and never after', () => {
    const life = renewing();
    life.gateway = 'declined';
    const events = life.until('2028-05-09');
    assert.deepStrictEqual(
      chargeInstants(events),
      ['03', '05', '07', '09'].map((day) => iso(`2028-03-${day}T09:00:00+01:00`)),
    );
    assert.deepStrictEqual(charges(events), ['1', '2', '3', '4'], 'each with an idempotency key of its own');
    assert.deepStrictEqual(
      events.flatMap((event) => (event.type === 'ChargeDeclined' ? [event.nextTryOn] : [])),
      ['2028-03-05', '2028-03-07', '2028-03-09', null],
    );
    assert.equal(events.filter(({ type }) => type === 'OrderPlaced').length, 1, 'one order, four tries');
  });

  it('paid by hand, retries no more and stays on', () => {
    const life = answered('declined', '2028-03-04');
    life.pay(life.unpaid());
    assert.deepStrictEqual([life.expiresOn, life.state.autoRenewal], ['2029-03-10', true]);
    assert.deepStrictEqual(charges(life.until('2029-03-01')), []);
  });

  it('paid in part, retries no more, and promises no further try', () => {
    const life = renewing();
    life.until('2028-03-03 09:00');
    const number = life.unpaid();
    assert.deepStrictEqual(typesOf(life.pay(number, { amountMinor: 100 })).slice(2), ['ChargesStopped']);
    assert.deepStrictEqual(typesOf(life.pay(number, { amountMinor: 100 })).slice(2), []);
    const declined = life.answer('declined')[0];
    assert.ok(declined?.type === 'ChargeDeclined' && declined.nextTryOn === null);
    assert.deepStrictEqual(charges(life.until('2028-03-10')), []);
  });

  it('cancelled inside the last 7 days, expires; switched off and on, it charges again', () => {
    const life = answered('declined', '2028-03-04');
    life.do({ type: 'CancelOrder', number: life.unpaid() });
    assert.equal(life.state.cycle.orderCancelled, true);
    const again = life.fork();
    assert.deepStrictEqual(typesOf(life.until('2028-03-10')), ['Expired']);

    again.do({ type: 'SwitchAutoRenewal', on: false });
    again.do({ type: 'SwitchAutoRenewal', on: true });
    assert.deepStrictEqual(typesOf(again.until('2028-03-04 12:01')), ['OrderPlaced', 'ChargeStarted']);
  });

  it('cancelled inside the last 7 days and switched off, shows Renew', () => {
    const life = answered('declined', '2028-03-04');
    life.do({ type: 'CancelOrder', number: life.unpaid() });
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.pay(life.renew());
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('orders anew on day -7 where a renewal ordered by hand was cancelled before', () => {
    const life = renewing();
    life.do({ type: 'SwitchAutoRenewal', on: false });
    const number = life.renew();
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.do({ type: 'CancelOrder', number });
    life.until('2028-03-03 09:00');
    assert.deepStrictEqual([life.state.cycle.orderCancelled, life.state.cycle.attempts], [false, 1]);
  });

  it('charges a reactivation still unpaid where an upgrade made the service active again, and stops when it is cancelled', () => {
    const life = Life.active('2027-03-10');
    life.do({ type: 'SetPaymentMethod', method: CARD });
    life.until('2028-03-01');
    const upgrade = life.upgrade({ space: 1 });
    life.until('2028-03-20');
    const reactivation = life.renew();
    life.pay(upgrade);
    life.do({ type: 'SwitchAutoRenewal', on: true });
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-03-20']);
    life.gateway = 'declined';
    life.until('2029-03-13 09:00');
    assert.equal(life.state.cycle.lastOutcome, 'declined');
    life.do({ type: 'CancelOrder', number: reactivation });
    assert.deepStrictEqual(charges(life.until('2029-03-20')), []);
  });

  it('is not stopped by the cancelling of an upgrade', () => {
    const life = answered('declined', '2028-03-04');
    const number = life.upgrade({ space: 1 });
    life.do({ type: 'CancelOrder', number });
    assert.equal(charges(life.until('2028-03-10')).length, 3);
  });

  it('charges a renewal ordered by hand and still unpaid on day -7, for what is missing', () => {
    const life = Life.active('2027-03-10');
    life.do({ type: 'SetPaymentMethod', method: CARD });
    const number = life.renew({ years: 2 });
    life.pay(number, { amountMinor: 1000 });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    const events = life.until('2028-03-03 09:00');
    const started = events.at(-1);
    assert.ok(started?.type === 'ChargeStarted');
    assert.deepStrictEqual([started.attempt.orderNumber, started.attempt.amountMinor], [number, 5100]);
    life.answer('succeeded');
    assert.equal(life.expiresOn, '2030-03-10');
  });

  it('uses no agreement code and no customer credit by itself', () => {
    const life = Life.ordered('2027-03-10', { agreementCode: 'SEMPRE15' });
    life.do({ type: 'PayOrder', number: life.unpaid(), method: CARD });
    life.answer('succeeded');
    life.do({ type: 'RecordActivation', username: 'rossi' });
    life.until('2028-03-03 09:00');
    const [order] = life.state.orders;
    assert.deepStrictEqual([order?.priced.agreement, order?.priced.payableMinor], [null, 3050]);
  });

  it('does nothing with a deadline that comes without the order it needs, and takes it with one', () => {
    const life = renewing();
    life.until('2028-03-03 08:59');
    const { deadline } = life;
    assert.ok(deadline);
    life.now = deadline.at;
    assert.deepStrictEqual(life.do({ type: 'ReachDeadline', deadline, quote: null }), []);
    assert.deepStrictEqual(life.deadline, deadline);
    assert.deepStrictEqual(typesOf(life.reach(deadline)), ['OrderPlaced', 'ChargeStarted']);
  });

  it('completes at once an order that costs nothing', () => {
    const life = renewing();
    life.until('2028-03-03 08:59');
    const { deadline } = life;
    assert.ok(deadline);
    life.now = deadline.at;
    const order = life.autoRenewalOrder(life.today);
    const free = { ...order, priced: { ...order.priced, payableMinor: 0 } };
    life.do({ type: 'ReachDeadline', deadline, quote: free });
    assert.deepStrictEqual([life.expiresOn, life.state.attempt], ['2029-03-10', null]);
  });
});

describe('auto-renewal switched', () => {
  it('off, reminds instead of charging', () => {
    const life = renewing();
    life.do({ type: 'SwitchAutoRenewal', on: false });
    assert.deepStrictEqual(
      life.until('2028-03-10').map(({ type }) => type),
      ['RenewalReminderDue', 'RenewalReminderDue', 'RenewalReminderDue', 'Expired'],
    );
  });

  it('needs a stored method to be on', () => {
    const life = Life.active('2027-03-10');
    assert.equal(life.refusal({ type: 'SwitchAutoRenewal', on: true }), 'payment_method_missing');
  });

  it('to what it is, changes nothing', () => {
    assert.deepStrictEqual(renewing().do({ type: 'SwitchAutoRenewal', on: true }), []);
    assert.deepStrictEqual(Life.active('2027-03-10').do({ type: 'SwitchAutoRenewal', on: false }), []);
  });

  it('on before the last 7 days, charges on day -7', () => {
    const life = renewing();
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.until('2028-03-03 08:59');
    const [switched] = life.do({ type: 'SwitchAutoRenewal', on: true });
    assert.ok(switched?.type === 'AutoRenewalSwitched' && switched.chargeAt === null);
    assert.deepStrictEqual(life.deadline, { kind: 'charge', at: at('2028-03-03 09:00') });
  });

  it('on inside the last 7 days, charges at once, once', () => {
    const life = renewing();
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.until('2028-03-06 15:30');
    life.gateway = 'declined';
    life.do({ type: 'SwitchAutoRenewal', on: true });
    const events = life.until('2028-03-10');
    assert.deepStrictEqual(chargeInstants(events), [
      at('2028-03-06 15:30'),
      at('2028-03-07 09:00'),
      at('2028-03-09 09:00'),
    ]);
  });

  it('on after the last retry’s hour, still charges at once', () => {
    const life = renewing();
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.until('2028-03-09 23:00');
    life.gateway = 'succeeded';
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.until('2028-03-09 23:00');
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('off and on after an attempt on an order still unpaid, waits for the remaining retries', () => {
    const life = answered('declined', '2028-03-04');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    assert.deepStrictEqual(chargeInstants(life.until('2028-03-10')), [
      at('2028-03-05 09:00'),
      at('2028-03-07 09:00'),
      at('2028-03-09 09:00'),
    ]);
  });

  it('off, makes no retry of an order still unpaid', () => {
    const life = answered('declined', '2028-03-04');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    assert.deepStrictEqual(charges(life.until('2028-03-10')), []);
  });

  it('off while its charge is under way, is not switched on again by its success', () => {
    const life = renewing();
    life.do({ type: 'SwitchAutoRenewal', on: false });
    const number = life.renew();
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.until('2028-03-03 09:00');
    assert.equal(life.state.attempt?.orderNumber, number, 'ordered by hand, charged by auto-renewal');
    life.do({ type: 'RemovePaymentMethod' });
    life.answer('succeeded');
    assert.equal(life.expiresOn, '2029-03-10');
    assert.deepStrictEqual([life.state.autoRenewal, life.state.method], [false, null]);
  });

  it('off while its charge is under way, is not switched on again when the ledger tells of it first', () => {
    const life = renewing();
    life.do({ type: 'SwitchAutoRenewal', on: false });
    const number = life.renew();
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.until('2028-03-03 09:00');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.pay(number, { method: 'card', storedMethod: CARD });
    assert.deepStrictEqual([life.expiresOn, life.state.autoRenewal], ['2029-03-10', false]);
  });
});

describe('the payment method', () => {
  it('removed, switches auto-renewal off', () => {
    const life = renewing();
    assert.deepStrictEqual(bare(life.do({ type: 'RemovePaymentMethod' })), [
      { type: 'PaymentMethodRemoved' },
      { type: 'AutoRenewalSwitched', on: false, chargeAt: null, why: 'method_removed' },
    ]);
    assert.equal(life.refusal({ type: 'RemovePaymentMethod' }), 'payment_method_missing');
  });

  it('replaced by itself changes nothing', () => {
    assert.deepStrictEqual(renewing().do({ type: 'SetPaymentMethod', method: CARD }), []);
  });

  it('replaced before the last 7 days is charged on day -7', () => {
    const life = renewing();
    life.do({ type: 'SetPaymentMethod', method: PAYPAL });
    life.until('2028-03-03 09:00');
    assert.deepStrictEqual(life.state.attempt?.method, PAYPAL);
  });

  it('replaced after a decline is tried at once, and the retries go on', () => {
    const life = answered('declined', '2028-03-06');
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    const events = life.until('2028-03-10');
    assert.deepStrictEqual(chargeInstants(events), [at('2028-03-06'), at('2028-03-07 09:00'), at('2028-03-09 09:00')]);
  });

  it('replaced while a charge is under way is tried as soon as that has failed', () => {
    const life = renewing();
    life.until('2028-03-09 09:00');
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    const [declined] = life.answer('declined');
    assert.ok(declined?.type === 'ChargeDeclined' && declined.nextTryOn === '2028-03-09', 'at once, not never');
    life.until('2028-03-09 09:00');
    assert.deepStrictEqual(life.state.attempt?.method, NEW_CARD);
  });

  it('stored where there was none does not switch auto-renewal on', () => {
    const life = Life.active('2027-03-10');
    life.until('2028-03-05');
    life.do({ type: 'SetPaymentMethod', method: CARD });
    assert.deepStrictEqual(typesOf(life.until('2028-03-10')), ['Expired']);
  });

  it('is changed and removed at any time, also after notice', () => {
    const life = renewing();
    life.do({ type: 'GiveNotice' });
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    life.do({ type: 'RemovePaymentMethod' });
    const expired = Life.active('2027-03-10');
    expired.until('2028-04-01');
    expired.do({ type: 'SetPaymentMethod', method: CARD });
    expired.do({ type: 'SwitchAutoRenewal', on: true });
    assert.equal(expired.deadline?.kind, 'last_call');
  });
});

describe('a charge that needs the customer', () => {
  it('waits for the link: no retries (SCA)', () => {
    const life = answered('needs_customer', '2028-03-03 09:00');
    assert.equal(life.events.at(-1)?.type, 'ChargeNeedsCustomer');
    assert.deepStrictEqual(typesOf(life.until('2028-03-10')), ['Expired']);
  });

  it('is not tried again by another method, and the order is paid when the link is used', () => {
    const life = answered('needs_customer', '2028-03-04');
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    assert.deepStrictEqual(charges(life.until('2028-03-05')), []);
    life.pay(life.unpaid(), { method: 'card', storedMethod: CARD });
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('at checkout, before day -7, does not keep auto-renewal from charging', () => {
    const life = Life.active('2027-03-10');
    const number = life.renew({}, CARD);
    life.answer('needs_customer');
    life.do({ type: 'SetPaymentMethod', method: CARD });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.until('2028-03-03 09:00');
    assert.equal(life.state.attempt?.orderNumber, number);
  });

  it('at checkout, after auto-renewal tried, stops its retries', () => {
    const life = answered('declined', '2028-03-04');
    life.do({ type: 'PayOrder', number: life.unpaid(), method: NEW_CARD });
    life.answer('needs_customer');
    assert.deepStrictEqual(charges(life.until('2028-03-10')), []);
  });
});

describe('a gateway that is down', () => {
  it('is no decline: the same attempt goes on, with backoff of at most an hour, until the expiry’s midnight (An outage of the payment provider is booked as a decline)', () => {
    const life = renewing();
    life.gateway = 'unknown';
    const events = life.until('2028-03-09 23:59');
    assert.deepStrictEqual(charges(events), ['1']);
    assert.equal(
      events.some(({ type }) => type === 'ChargeDeclined'),
      false,
    );
    const asked = events.flatMap((event) => (event.type === 'ChargeResumed' ? [event.at] : []));
    const waits = asked.map((instant, index) => (instant - (asked[index - 1] ?? at('2028-03-03 09:00'))) / 60_000);
    assert.deepStrictEqual(waits.slice(0, 8), [1, 2, 4, 8, 16, 32, 60, 60]);
    assert.equal(Math.max(...waits), 60);
  });

  it('back before expiry, the charge is made with the same key', () => {
    const life = answered('unknown', '2028-03-09 23:30');
    const { attempt } = life.state;
    life.gateway = null;
    life.until('2028-03-09 23:59');
    assert.equal(life.state.attempt?.attemptId, attempt?.attemptId);
    life.answer('succeeded');
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('is asked once more at the turn of expiry, and from then on only looked up', () => {
    const life = answered('unknown', '2028-03-10 00:00');
    assert.equal(life.status, 'expired');
    const resumed = life.events.findLast(({ type }) => type === 'ChargeResumed');
    assert.equal(resumed?.at, at('2028-03-10 00:00'));
    assert.equal(life.state.attempt?.chargeUntil, at('2028-03-10 00:00'));
    life.gateway = 'not_attempted';
    life.until('2028-03-10 01:00');
    assert.deepStrictEqual([life.state.attempt, life.state.cycle.lastOutcome], [null, 'not_attempted']);
    assert.deepStrictEqual(charges(life.until('2028-05-09')), [], 'no attempt after expiry');
  });

  it('that declines in the end is followed by the retries that are left (A payment that was pending and later fails gets no retries)', () => {
    const life = answered('unknown', '2028-03-06');
    life.gateway = 'declined';
    const events = life.until('2028-03-10');
    assert.deepStrictEqual(chargeInstants(events), [at('2028-03-07 09:00'), at('2028-03-09 09:00')]);
  });

  it('is looked up after expiry: a capture it hid renews the service', () => {
    const life = answered('unknown', '2028-03-11');
    life.gateway = null;
    life.until('2028-03-11 13:00');
    life.answer('succeeded');
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-03-10']);
  });

  it('with the order paid by hand meanwhile, or in part, makes no charge any more (Paid by hand: retries stop)', () => {
    for (const amountMinor of [3050, 50]) {
      const life = answered('unknown', '2028-03-04');
      life.pay(life.unpaid(), { amountMinor });
      assert.equal((attemptToAsk(life.state)?.chargeUntil ?? life.now) < life.now, true, 'it is only looked up');
    }
  });

  it('with the order fallen meanwhile makes no charge any more', () => {
    const life = Life.ordered('2027-03-10');
    life.until('2027-05-09 23:50');
    life.do({ type: 'PayOrder', number: life.unpaid(), method: CARD });
    life.answer('unknown');
    life.gateway = 'unknown';
    life.until('2027-05-10 00:00');
    assert.deepStrictEqual([life.status, attemptToAsk(life.state)?.chargeUntil], ['closed', at('2027-05-09 23:50')]);
  });

  it('with auto-renewal switched off meanwhile makes no charge any more: it is looked up, at once', () => {
    const life = answered('unknown', '2028-03-04');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    assert.deepStrictEqual(life.state.attempt?.chargeUntil, at('2028-03-04'));
    assert.deepStrictEqual(life.deadline, { kind: 'ask_gateway_again', at: at('2028-03-04') });
    life.gateway = 'not_attempted';
    life.until('2028-03-04');
    assert.equal(life.state.attempt, null);
    life.do({ type: 'CancelOrder', number: life.unpaid() });
  });

  it('with auto-renewal switched off after expiry stays as it was: looked up since the expiry', () => {
    const life = answered('unknown', '2028-03-10');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    assert.equal(life.state.attempt?.chargeUntil, at('2028-03-10 00:00'));
  });

  it('with auto-renewal switched off and on again charges at once when the first charge is known not to be made', () => {
    const life = answered('unknown', '2028-03-09 20:00');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.gateway = null;
    life.until('2028-03-09 20:00');
    life.answer('not_attempted');
    life.until('2028-03-09 20:00');
    assert.equal(life.state.attempt?.chargeUntil, at('2028-03-10 00:00'));
  });

  it('with auto-renewal switched on again after no charge was made, charges at once', () => {
    const life = answered('unknown', '2028-03-04');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.gateway = 'not_attempted';
    life.until('2028-03-04 12:01');
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.gateway = 'succeeded';
    life.until('2028-03-04 12:01');
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('with the method replaced meanwhile charges the new one as soon as the old one is known not to be charged', () => {
    const life = answered('unknown', '2028-03-04');
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    assert.equal(life.state.attempt?.chargeUntil, at('2028-03-04'), 'the old card is no longer charged');
    life.gateway = null;
    life.until('2028-03-04');
    life.answer('not_attempted');
    life.until('2028-03-04');
    assert.deepStrictEqual(life.state.attempt?.method, NEW_CARD);
  });

  it('with another method stored and switched on again charges that one as soon as the old one is known not to be charged', () => {
    const life = answered('unknown', '2028-03-09 20:00');
    life.do({ type: 'RemovePaymentMethod' });
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    assert.equal(life.state.attempt?.chargeUntil, at('2028-03-09 20:00'), 'the old card is no longer charged');
    life.gateway = null;
    life.until('2028-03-09 20:00');
    life.answer('not_attempted');
    life.until('2028-03-09 20:00');
    assert.deepStrictEqual(life.state.attempt?.method, NEW_CARD);
  });

  it('that answers for an order paid by hand meanwhile says nothing of the new expiry', () => {
    const life = answered('unknown', '2028-03-04');
    life.pay(life.unpaid());
    life.upgrade({ space: 1 });
    life.gateway = 'declined';
    life.until('2028-03-04 14:00');
    assert.deepStrictEqual([life.state.attempt, life.state.cycle.lastOutcome], [null, null]);
  });

  it('at checkout has nothing to do with auto-renewal’s switches', () => {
    const life = Life.active('2027-03-10');
    life.do({ type: 'SetPaymentMethod', method: CARD });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    life.upgrade({ space: 1 }, { pay: PAYPAL });
    const { attempt } = life.state;
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    assert.deepStrictEqual(life.state.attempt, attempt);
    assert.equal(attempt?.chargeUntil, addMinutes(life.now, 60), 'it is made within the hour, or only looked up');
  });

  it('at checkout too is asked again until it answers', () => {
    const life = Life.active('2027-03-10');
    life.renew({}, CARD);
    life.answer('unknown');
    assert.deepStrictEqual(life.deadline, { kind: 'ask_gateway_again', at: addMinutes(life.now, 1) });
    assert.deepStrictEqual(workOf(life.state), [], 'nothing is asked in between');
    life.until('2027-03-10 12:01');
    assert.equal(workOf(life.state).length, 1);
  });
});

describe('a charge that falls due while another is under way', () => {
  it('is made as soon as that one is answered', () => {
    const life = renewing();
    life.until('2028-03-03 08:59');
    life.upgrade({ space: 1 }, { coTerm: false, pay: PAYPAL });
    life.until('2028-03-03 09:01');
    life.answer('succeeded');
    assert.deepStrictEqual(typesOf(life.until('2028-03-03 09:01')), ['OrderPlaced', 'ChargeStarted']);
    const [, started] = life.events.slice(-2);
    assert.equal(started?.at, at('2028-03-03 09:01'), 'dated when it became possible');
  });

  it('is made also when that one was silent for days', () => {
    const life = renewing();
    life.gateway = 'unknown';
    life.upgrade({ space: 1 }, { coTerm: false, pay: PAYPAL });
    life.answer('unknown');
    life.until('2028-03-09 18:00');
    assert.deepStrictEqual(life.state.orders.length, 1);
    life.gateway = 'declined';
    const events = life.until('2028-03-09 19:00');
    assert.equal(
      events.some(({ type }) => type === 'ChargeStarted'),
      true,
    );
    assert.equal(life.state.cycle.attempts, 1);
  });
});

describe('a charge held up over the expiry', () => {
  it('is not made any more', () => {
    const life = renewing();
    life.until('2028-03-01');
    life.upgrade({ space: 1 }, { coTerm: false, pay: PAYPAL });
    life.now = at('2028-03-12');
    life.answer('succeeded');
    assert.deepStrictEqual(typesOf(life.until('2028-03-12')), ['Expired']);
  });
});

describe('an expiry that moves', () => {
  it('while a renewal order is unpaid leaves it as quoted, and attempts count from the new expiry', () => {
    const life = answered('declined', '2028-03-06');
    const number = life.unpaid();
    life.pay(life.upgrade({ space: 1 }));
    assert.equal(life.expiresOn, '2029-03-06');
    assert.deepStrictEqual([life.unpaid(), life.state.cycle.attempts], [number, 0]);
    const [announced, started] = life.until('2029-02-27 09:00');
    assert.equal(announced?.type, 'AutoRenewalAnnounced');
    assert.ok(started?.type === 'ChargeStarted' && started.attempt.orderNumber === number);
    assert.equal(started.attempt.attemptId, `${number}-3`);
  });

  it('lets auto-renewal charge an order again that had waited for the customer (Silent abandonment)', () => {
    const life = answered('needs_customer', '2028-03-06');
    const number = life.unpaid();
    life.pay(life.upgrade({ space: 1 }));
    life.gateway = null;
    life.until('2029-02-27 09:00');
    assert.equal(life.state.attempt?.orderNumber, number);
  });

  it('forgets that the order of the old expiry was cancelled', () => {
    const life = answered('declined', '2028-03-06');
    life.do({ type: 'CancelOrder', number: life.unpaid() });
    life.pay(life.upgrade({ space: 1 }));
    life.until('2029-02-27 09:00');
    assert.deepStrictEqual(life.state.cycle.orderCancelled, false);
    assert.equal(life.events.at(-2)?.type, 'ChargeStarted');
  });

  it('is not one where an upgrade runs alone: what auto-renewal did for this expiry stands', () => {
    const life = answered('declined', '2028-03-06');
    life.do({ type: 'CancelOrder', number: life.unpaid() });
    life.pay(life.upgrade({ space: 1 }, { coTerm: false }));
    assert.equal(life.state.cycle.orderCancelled, true);
    assert.deepStrictEqual(charges(life.until('2028-03-10')), [], 'the customer cancelled this renewal');
  });
});

describe('a system that was down', () => {
  it('takes each deadline once, on its own date, when it is back (Invoices missed while the program was down are never made up)', () => {
    const life = Life.active('2027-03-10');
    const seen: [string, number][] = [];
    life.now = at('2028-06-15');
    for (let { deadline } = life; deadline !== null; deadline = life.deadline) {
      for (const event of life.reach(deadline)) seen.push([event.type, event.at]);
    }
    assert.deepStrictEqual(seen, [
      ['RenewalReminderDue', at('2027-12-11 09:00')],
      ['RenewalReminderDue', at('2028-02-09 09:00')],
      ['RenewalReminderDue', at('2028-03-03 09:00')],
      ['Expired', at('2028-03-10 00:00')],
      ['LastCallDue', at('2028-05-02 09:00')],
      ['Terminated', at('2028-05-10 00:00')],
    ]);
  });

  it('over day -7 charges when it is back, for an order of day -7, and then on the days that are left', () => {
    const life = renewing();
    life.until('2028-03-01');
    life.now = at('2028-03-06 17:00');
    assert.ok(life.deadline);
    const [placed, started] = life.reach(life.deadline);
    assert.deepStrictEqual([placed?.at, started?.at], [at('2028-03-03 09:00'), at('2028-03-03 09:00')]);
    assert.ok(placed?.type === 'OrderPlaced' && placed.order.priced.placedOn === '2028-03-03');
    life.answer('declined');
    life.gateway = 'declined';
    assert.deepStrictEqual(chargeInstants(life.until('2028-03-10')), [at('2028-03-07 09:00'), at('2028-03-09 09:00')]);
  });

  it('over the expiry makes no charge any more', () => {
    const life = renewing();
    life.until('2028-03-01');
    life.now = at('2028-03-12');
    assert.ok(life.deadline);
    life.reach(life.deadline);
    assert.ok(life.state.attempt);
    assert.equal((life.state.attempt.chargeUntil ?? 0) <= life.now, true, 'the activity may only look it up');
    life.answer('not_attempted');
    life.until('2028-03-12');
    assert.equal(life.status, 'expired');
  });
});
