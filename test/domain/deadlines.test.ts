import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addMinutes } from '../../domain/calendar.ts';
import { askAgainAt, isConsequential, nextConsequence } from '../../domain/deadlines.ts';
import { at, iso, Life } from './builders.ts';

describe('the next deadline', () => {
  it('is that of the state, one at a time', () => {
    const life = Life.renewing('2027-10-31');
    life.gateway = 'declined';
    const seen: [string, number][] = [];
    for (let { deadline } = life; deadline !== null; deadline = life.deadline) {
      seen.push([deadline.kind, deadline.at]);
      life.now = deadline.at;
      life.reach(deadline);
      if (life.state.attempt?.retryAt === null) life.answer('declined');
    }
    assert.deepStrictEqual(seen, [
      ['auto_renewal_announcement', iso('2028-10-01T09:00:00+02:00')],
      ['charge', iso('2028-10-24T09:00:00+02:00')],
      ['charge', iso('2028-10-26T09:00:00+02:00')],
      ['charge', iso('2028-10-28T09:00:00+02:00')],
      ['charge', iso('2028-10-30T09:00:00+01:00')], // the clocks went back on the 29th
      ['expire', iso('2028-10-31T00:00:00+01:00')],
      ['last_call', iso('2028-12-23T09:00:00+01:00')],
      ['terminate', iso('2028-12-31T00:00:00+01:00')],
    ]);
  });

  it('follows the configuration a life was started with', () => {
    const settings = { graceDays: 10, chargeDays: [3], reminderDays: [5], lastCallDay: 8, announceDays: 4 };
    const life = Life.active('2027-03-10', { settings });
    assert.deepStrictEqual(
      life.until('2028-06-01').map((event) => [event.type, event.at]),
      [
        ['RenewalReminderDue', at('2028-03-05 09:00')],
        ['Expired', at('2028-03-10 00:00')],
        ['LastCallDue', at('2028-03-18 09:00')],
        ['Terminated', at('2028-03-21 00:00')],
      ],
    );
  });

  it('brings both where the announcement and the first charge fall on one instant', () => {
    const life = Life.renewing('2027-03-10', { settings: { announceDays: 7 } });
    assert.deepStrictEqual(
      life.until('2028-03-03 09:00').map(({ type }) => type),
      ['AutoRenewalAnnounced', 'OrderPlaced', 'ChargeStarted'],
    );
  });

  it('of consequence is the next one for service or money: reminders do not count', () => {
    const life = Life.active('2027-03-10');
    assert.equal(life.deadline?.kind, 'renewal_reminder');
    assert.deepStrictEqual(nextConsequence(life.state), { kind: 'expire', at: at('2028-03-10 00:00') });
    assert.deepStrictEqual(nextConsequence(Life.renewing('2027-03-10').state), {
      kind: 'charge',
      at: at('2028-03-03 09:00'),
    });
    assert.deepStrictEqual(
      (
        ['close_unpaid', 'charge', 'expire', 'terminate', 'last_call', 'renewal_reminder', 'ask_gateway_again'] as const
      ).filter((kind) => isConsequential({ kind, at: life.now })),
      ['close_unpaid', 'charge', 'expire', 'terminate'],
    );
  });
});

describe('a silent gateway', () => {
  const now = at('2028-03-03 09:00');

  it('is asked again after 1, 2, 4 … minutes, an hour at most', () => {
    const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 50].map(
      (unanswered) => (askAgainAt(now, unanswered, null) - now) / 60_000,
    );
    assert.deepStrictEqual(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('is asked at the turn of expiry where that lies in between, and after it as before', () => {
    const expiry = addMinutes(now, 20);
    assert.equal(askAgainAt(now, 6, expiry), expiry);
    assert.equal(askAgainAt(now, 4, expiry), addMinutes(now, 16));
    assert.equal(askAgainAt(expiry, 6, expiry), addMinutes(expiry, 60));
  });
});
