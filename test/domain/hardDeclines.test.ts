import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastDayOfMonth } from '../../domain/cards.ts';
import { chargeReason, isHardDecline } from '../../domain/chargeReasons.ts';
import type { Event } from '../../domain/events.ts';
import { messagesFor } from '../../domain/messages.ts';
import { customerView } from '../../domain/view.ts';
import { CARD, Life, NEW_CARD, typesOf } from './builders.ts';

/** Renewing since 10 March 2027 by card; the first charge of the cycle, on 3 March 2028, is declined for this reason. */
function declined(reason: string): { life: Life; events: readonly Event[] } {
  const life = Life.renewing('2027-03-10');
  life.until('2028-03-03');
  return { life, events: decline(life, reason) };
}

function decline(life: Life, reason: string): readonly Event[] {
  const { attempt } = life.state;
  const outcome = { kind: 'declined', reason } as const;
  return life.do({ type: 'RecordChargeOutcome', attemptId: attempt?.attemptId ?? assert.fail(), outcome });
}

function charges(events: readonly Event[]): Event[] {
  return events.filter(({ type }) => type === 'ChargeStarted');
}

const view = (life: Life) => customerView(life.state, { now: life.now, username: null, method: null });

describe('a card that was declined for good', () => {
  it('is not tried again on the days of retries: its customer is told why, and the service runs to its expiry', () => {
    const { life, events } = declined('card_stolen');
    const [message] = events.flatMap((event) => messagesFor(event, life.state));
    assert.ok(message?.kind === 'declined');
    assert.deepStrictEqual([message.payload.nextTryOn, message.payload.refusedFor], [null, 'card_stolen']);
    assert.equal(life.deadline?.kind, 'expire');
    const { notices, autoRenewal, unpaidOrders } = view(life);
    const notice = notices.find(({ code }) => code === 'update_payment_data');
    assert.match(notice?.it ?? '', /smarrita o rubata/);
    assert.deepStrictEqual([autoRenewal.nextChargeOn, unpaidOrders[0]?.canPay], [null, true]);
    assert.deepStrictEqual(typesOf(life.until('2028-03-10')), ['Expired']);
  });

  it('is told from one that may pay another day', () => {
    for (const reason of ['insufficient_funds', 'declined', 'try_again_later', 'a code of the gateway’s own']) {
      const { life } = declined(reason);
      assert.equal(life.deadline?.kind, 'charge', reason);
      assert.equal(isHardDecline(reason), false);
    }
    for (const reason of ['card_stolen', 'card_lost', 'account_closed', 'card_expired', 'pick_up_card', 'fraudulent']) {
      assert.ok(isHardDecline(reason), reason);
      assert.notEqual(chargeReason(reason), chargeReason('what nobody ever heard of'), reason);
    }
  });

  it('is replaced by another, which is charged at once inside the charging days, and then on its days', () => {
    const { life } = declined('card_stolen');
    life.until('2028-03-04');
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    assert.equal(charges(life.until('2028-03-04 12:01')).length, 1);
    assert.deepStrictEqual(life.state.attempt?.method, NEW_CARD);
    decline(life, 'insufficient_funds');
    assert.equal(view(life).autoRenewal.nextChargeOn, '2028-03-05');
    life.gateway = 'succeeded';
    life.until('2028-03-05');
    assert.equal(life.expiresOn, '2029-03-10');
  });

  it('is no other one when it is set again; prolonged it is', () => {
    const { life } = declined('card_expired');
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    life.until('2028-03-03 12:01');
    decline(life, 'card_lost');
    life.do({ type: 'SetPaymentMethod', method: CARD });
    assert.deepStrictEqual(charges(life.until('2028-03-08')), []);
    life.do({ type: 'SetPaymentMethod', method: { ...CARD, validThrough: lastDayOfMonth('2031-05') } });
    assert.equal(charges(life.until('2028-03-08 12:01')).length, 1);
  });

  it('is not asked for again next year: the order is there to be paid, and its customer told at once', () => {
    const { life } = declined('card_stolen');
    life.pay(life.unpaid());
    assert.equal(life.expiresOn, '2029-03-10');
    const announced = life.until('2029-02-20').find(({ type }) => type === 'AutoRenewalAnnounced');
    const [announcement] = messagesFor(announced ?? assert.fail(), life.state);
    assert.ok(announcement?.kind === 'auto_renewal_announced' && announcement.payload.refusedFor === 'card_stolen');
    assert.deepStrictEqual(
      view(life).notices.map(({ code }) => code),
      ['update_payment_data'],
    );
    assert.deepStrictEqual(typesOf(life.until('2029-03-09')), ['OrderPlaced', 'ChargeStarted', 'ChargeDeclined']);
    assert.equal(life.state.attempt, null, 'the gateway is not asked');
    assert.equal(view(life).unpaidOrders[0]?.canPay, true);
  });

  it('stays unused through switching off and on, and is used again once it did pay', () => {
    const { life } = declined('card_stolen');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    assert.deepStrictEqual(charges(life.until('2028-03-06')), []);
    life.do({ type: 'PayOrder', number: life.unpaid(), method: CARD });
    life.answer('succeeded');
    assert.deepStrictEqual(life.state.refusedMethods, []);
    life.gateway = 'succeeded';
    assert.equal(charges(life.until('2029-03-04')).length, 1);
  });

  it('found out at checkout is not charged by auto-renewal either', () => {
    const life = Life.renewing('2027-03-10');
    const number = life.upgrade({ space: 1 }, { pay: CARD });
    decline(life, 'card_stolen');
    assert.deepStrictEqual(
      view(life).notices.map(({ code }) => code),
      ['update_payment_data'],
    );
    life.do({ type: 'CancelOrder', number });
    const happened = typesOf(life.until('2028-03-09')).filter((type) => type.startsWith('Charge'));
    assert.deepStrictEqual(happened, ['ChargeStarted', 'ChargeDeclined']);
    assert.equal(life.state.attempt, null);
  });

  it('replaced while its charge was under way lets the other be charged at once', () => {
    const life = Life.renewing('2027-03-10');
    life.until('2028-03-03');
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    const answered = decline(life, 'card_stolen').find(({ type }) => type === 'ChargeDeclined');
    assert.ok(answered?.type === 'ChargeDeclined' && answered.nextTryOn === '2028-03-03');
    life.until('2028-03-03 12:01');
    assert.deepStrictEqual(life.state.attempt?.method, NEW_CARD);
  });
});
