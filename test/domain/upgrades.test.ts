import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { composition, countUnits, quantityOn } from '../../domain/entitlements.ts';
import { bare, Life, on, typesOf } from './builders.ts';

/** Active since 15 January 2027 for a year, with two users; today is 20 May. */
function inMay(): Life {
  const life = Life.active('2027-01-15', { extras: { user: 2 } });
  life.until('2027-05-20');
  return life;
}

const covered = (life: Life, sku: 'fe' | 'user' | 'space', day: string): number =>
  quantityOn(life.state.entitlements, sku, on(day));

describe('an upgrade', () => {
  it('takes effect on the day its payment is registered, for 12 months', () => {
    const life = inMay();
    const number = life.upgrade({ space: 1 }, { coTerm: false });
    life.until('2027-06-10');
    const events = life.pay(number, { registeredOn: '2027-06-03' });
    assert.deepStrictEqual(typesOf(events), ['PaymentReceived', 'PaymentApplied', 'OrderCompleted', 'OrderSettled']);
    assert.deepStrictEqual(
      ['2027-06-02', '2027-06-03', '2028-06-02', '2028-06-03'].map((day) => covered(life, 'space', day)),
      [0, 1, 1, 0],
    );
    assert.equal(life.expiresOn, '2028-01-15');
  });

  it('with co-terming extends every active service to its own end', () => {
    const life = inMay();
    const events = bare(life.pay(life.upgrade({ space: 1 })));
    assert.deepStrictEqual(events[3], {
      type: 'ServiceExtended',
      number: life.state.finishedOrders.at(-1)?.number,
      orderType: 'upgrade',
      origin: 'customer',
      expiresOn: '2028-05-20',
      revived: false,
    });
    assert.deepStrictEqual([covered(life, 'user', '2028-05-19'), covered(life, 'user', '2028-05-20')], [2, 0]);
  });

  it('dates what it extends by the true registration date, at the price of the order’s day', () => {
    const life = inMay();
    const number = life.upgrade({ space: 1 });
    assert.equal(life.state.orders[0]?.priced.payableMinor, 3508);
    life.until('2027-07-30');
    const events = bare(life.pay(number));
    assert.equal(life.expiresOn, '2028-07-30');
    assert.equal(
      events.some((event) => 'reason' in event),
      false,
      'two months more, and no shortfall is asked for',
    );
  });

  it('moves the anchor of what it extends to its own day, and that never drifts either', () => {
    const life = Life.active('2027-03-15', { extras: { user: 1 } });
    life.until('2028-02-29');
    life.pay(life.upgrade({ space: 1 }));
    assert.equal(life.expiresOn, '2029-02-28');
    life.pay(life.renew({ years: 3 }));
    assert.equal(life.expiresOn, '2032-02-29');
    assert.equal(covered(life, 'user', '2032-02-28'), 1);
  });

  it('leaves the term of the last term order as it was', () => {
    const life = Life.active('2027-01-15', { years: 3 });
    life.until('2029-06-01');
    life.pay(life.upgrade({ space: 1 }));
    assert.equal(life.state.termYears, 3);
    assert.equal(life.expiresOn, '2030-06-01');
  });

  it('gives a surplus back as credit when what it was to extend moved', () => {
    const life = inMay();
    const upgrade = life.upgrade({ space: 1 });
    life.pay(life.renew());
    assert.equal(life.expiresOn, '2029-01-15');
    const events = bare(life.pay(upgrade, { amountMinor: 3508 }));
    // All it still brings is the GB: 10.00 and VAT. The 22.88 for five months of base and users come back.
    assert.deepStrictEqual(events[3], { type: 'SurplusCredited', number: upgrade, amountMinor: 3508 - 1220 });
    assert.equal(life.expiresOn, '2029-01-15', 'nothing is shortened');
    assert.equal(covered(life, 'space', '2028-05-19'), 1);
  });

  it('gives back what was paid for a unit that has ended when it is registered', () => {
    const life = Life.active('2026-11-01', { years: 2 });
    life.until('2027-06-10');
    life.pay(life.upgrade({ user: 1 }, { coTerm: false }));
    life.until('2028-06-01');
    const upgrade = life.upgrade({ space: 1 });
    life.until('2028-06-20');
    const events = bare(life.pay(upgrade));
    // The user ended on 10 June; its twelve months, 10.00 and VAT, come back.
    assert.deepStrictEqual(events[3], { type: 'SurplusCredited', number: upgrade, amountMinor: 1220 });
    assert.deepStrictEqual([life.expiresOn, covered(life, 'user', '2028-07-01')], ['2029-06-20', 0]);
  });

  it('paid long after what it was to extend moved gives back only what it does not bring', () => {
    const life = inMay();
    const upgrade = life.upgrade({ space: 1 });
    life.pay(life.renew());
    life.until('2028-03-20');
    const events = bare(life.pay(upgrade));
    // Paid for five months of base (10.42) and users (8.33), it brings three: 6.25 and 5.00.
    assert.equal(life.expiresOn, '2029-03-20');
    assert.deepStrictEqual(events[3], { type: 'SurplusCredited', number: upgrade, amountMinor: 3508 - (2125 + 468) });
  });

  it('never asks for a shortfall where it brings more than was paid', () => {
    const life = inMay();
    const upgrade = life.upgrade({ space: 1 });
    life.pay(life.renew());
    life.until('2029-01-10');
    const events = bare(life.pay(upgrade));
    assert.equal(life.expiresOn, '2030-01-10');
    assert.equal(
      events.some((event) => 'reason' in event || 'amountMinor' in event),
      false,
    );
  });

  it('for which co-terming was not offered stays alone, also when it is registered later', () => {
    const life = Life.active('2027-01-15', { years: 2 });
    life.until('2028-01-10');
    const number = life.upgrade({ space: 1 });
    life.until('2028-01-20');
    life.pay(number);
    assert.equal(life.expiresOn, '2029-01-15');
    assert.equal(covered(life, 'space', '2029-01-19'), 1);
  });

  it('paid while expired takes effect: with co-terming the base is covered again, hence active', () => {
    const life = inMay();
    life.until('2028-01-10');
    const number = life.upgrade({ space: 1 });
    life.until('2028-01-20');
    assert.equal(life.status, 'expired');
    const events = bare(life.pay(number));
    assert.ok(events.some((event) => 'revived' in event && event.revived === true));
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-01-20']);
    assert.equal(covered(life, 'fe', '2028-01-16'), 1);
    assert.equal(covered(life, 'user', '2028-12-31'), 2);
  });

  it('paid while expired without co-terming is unusable until the base is covered', () => {
    const life = inMay();
    life.until('2028-01-10');
    const number = life.upgrade({ space: 1 }, { coTerm: false });
    life.until('2028-01-20');
    life.pay(number);
    assert.deepStrictEqual([life.status, life.expiresOn], ['expired', '2028-01-15']);
    life.pay(life.renew());
    assert.deepStrictEqual([life.status, life.expiresOn], ['active', '2029-01-15']);
    assert.equal(covered(life, 'space', '2029-01-14'), 1, 'renewed together with the rest');
  });

  it('registered on the very day of expiry adds to the units that ended that day', () => {
    const life = inMay();
    life.until('2028-01-10');
    const number = life.upgrade({ user: 1 }, { coTerm: false });
    life.until('2028-01-15');
    life.pay(number);
    assert.deepStrictEqual(countUnits(composition(life.state.entitlements, life.today)), { user: 3 });
    life.pay(life.renew());
    assert.equal(covered(life, 'user', '2028-06-01'), 3);
  });

  it('of a unit bought anew on the day another ends leaves a renewal quoted before what it was', () => {
    const life = Life.active('2027-01-15', { years: 3 });
    life.until('2027-05-20');
    life.pay(life.upgrade({ user: 1 }, { coTerm: false }));
    life.until('2028-05-10');
    const renewal = life.renew();
    life.until('2028-05-20');
    life.pay(life.upgrade({ user: 1 }, { coTerm: false }));
    life.pay(renewal);
    assert.deepStrictEqual(
      ['2028-05-19', '2028-05-20', '2029-05-20', '2031-01-14'].map((day) => covered(life, 'user', day)),
      [1, 2, 1, 1],
    );
  });

  it('may be ordered again once it is paid, a thousand units at a time', () => {
    const life = inMay();
    for (let order = 0; order < 3; order += 1) life.pay(life.upgrade({ user: 1000 }, { coTerm: false }));
    assert.equal(covered(life, 'user', '2027-12-01'), 3002);
    assert.equal(
      life.quoteRenewal({ years: 5 }).lines.find(({ sku, from }) => sku === 'user' && from === '2028-01-15')?.quantity,
      2,
    );
  });
});
