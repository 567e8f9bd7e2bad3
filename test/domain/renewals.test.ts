import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { composition, countUnits, quantityOn } from '../../domain/entitlements.ts';
import { bare, CARD, Life, nextNumber, on, typesOf } from './builders.ts';

/** Active since 31 January 2027 for a year, with two users and a GB. */
const monthEnd = (): Life => Life.active('2027-01-31', { extras: { user: 2, space: 1 } });

const owns = (life: Life, day: string): Record<string, number> =>
  Object.fromEntries(
    (['fe', 'user', 'space', 'nso'] as const).map((sku) => [sku, quantityOn(life.state.entitlements, sku, on(day))]),
  );

describe('a renewal', () => {
  it('moves the expiry by its years from the expiry, not from today (A manual renewal moves the dates wrongly)', () => {
    const life = monthEnd();
    life.until('2027-06-15');
    life.pay(life.renew({ years: 2 }));
    assert.equal(life.expiresOn, '2030-01-31');
  });

  it('stacks when it is ordered twice', () => {
    const life = monthEnd();
    for (const years of [1, 5, 2]) life.pay(life.renew({ years }));
    assert.equal(life.expiresOn, '2036-01-31');
    assert.equal(life.state.entitlements.intervals.length, 3, 'one unbroken interval of each sku');
  });

  it('of a leap-day service returns to 29 February in leap years', () => {
    const life = Life.active('2028-02-29');
    const ends = [1, 1, 1, 1].map((years) => {
      life.pay(life.renew({ years }));
      return life.expiresOn;
    });
    assert.deepStrictEqual(ends, ['2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28']);
  });

  it('is paid once it is registered: nothing changes before', () => {
    const life = monthEnd();
    const { entitlementsVersion } = life.state;
    life.renew();
    assert.deepStrictEqual([life.expiresOn, life.state.entitlementsVersion], ['2028-01-31', entitlementsVersion]);
  });

  it('drops units at the end of their paid time, and no later renewal carries them on', () => {
    const life = monthEnd();
    life.pay(life.renew({ extras: { user: 1 } }));
    assert.deepStrictEqual(owns(life, '2028-01-30'), { fe: 1, user: 2, space: 1, nso: 0 });
    assert.deepStrictEqual(owns(life, '2028-01-31'), { fe: 1, user: 1, space: 1, nso: 0 });
    life.pay(life.renew());
    assert.deepStrictEqual(owns(life, '2029-06-01'), { fe: 1, user: 1, space: 1, nso: 0 });
  });

  it('drops every unit of an extra, and can take it up anew from the expiry on', () => {
    const life = monthEnd();
    life.pay(life.renew({ extras: { user: 0 } }));
    assert.deepStrictEqual(countUnits(composition(life.state.entitlements, life.today)), { space: 1 });
    life.pay(life.renew({ extras: { user: 3 } }));
    assert.deepStrictEqual(owns(life, '2028-06-01')['user'], 0);
    assert.deepStrictEqual(owns(life, '2029-06-01')['user'], 3);
  });

  it('never changes the base product', () => {
    const life = Life.active('2027-01-31', { product: 'fe-receive-only' });
    life.pay(life.renew());
    assert.deepStrictEqual(
      life.state.entitlements.intervals.map(({ sku }) => sku),
      ['fe-receive-only'],
    );
  });

  it('of less space than is used is refused when it is placed, and later use changes nothing', () => {
    const life = monthEnd();
    const priced = life.quoteRenewal({ extras: { space: 0 } });
    const crowded = life.fork();
    crowded.do({ type: 'ReportUsage', usedBytes: 1_500_000_000 });
    const command = { type: 'PlaceOrder', order: { number: nextNumber(), priced }, pay: null } as const;
    assert.equal(crowded.refusal(command), 'space_in_use');

    const number = life.place(priced);
    life.do({ type: 'ReportUsage', usedBytes: 1_500_000_000 });
    life.pay(number);
    assert.equal(owns(life, '2028-02-01')['space'], 0);
  });

  it('that was quoted yesterday, or before the service changed, is out of date', () => {
    const life = monthEnd();
    const priced = life.quoteRenewal();
    const command = { type: 'PlaceOrder', order: { number: nextNumber(), priced }, pay: null } as const;
    const upgraded = life.fork();
    upgraded.pay(upgraded.upgrade({ nso: 1 }, { coTerm: false }));
    assert.equal(upgraded.refusal(command), 'order_out_of_date');
    life.until('2027-02-01');
    assert.equal(life.refusal(command), 'order_out_of_date');
  });

  it('can be paid by card in one step, and is renewed automatically from then on', () => {
    const life = monthEnd();
    life.renew({ years: 3 }, CARD);
    assert.deepStrictEqual(typesOf(life.answer('succeeded')), [
      'ChargeSucceeded',
      'PaymentReceived',
      'PaymentApplied',
      'OrderCompleted',
      'ServiceExtended',
      'PaymentMethodSet',
      'AutoRenewalSwitched',
      'OrderSettled',
    ]);
    assert.deepStrictEqual([life.expiresOn, life.state.termYears, life.state.autoRenewal], ['2031-01-31', 3, true]);
  });

  it('is refused as a whole where its charge cannot be started', () => {
    const life = monthEnd();
    life.upgrade({ nso: 1 }, { pay: CARD });
    const order = { number: nextNumber(), priced: life.quoteRenewal() };
    assert.equal(life.refusal({ type: 'PlaceOrder', order, pay: CARD }), 'charge_in_progress');
    assert.equal(life.state.orders.length, 1);
  });

  it('keeps the price it was quoted with (A new price list reaches subscriptions or orders it should not)', () => {
    const life = Life.active('2029-02-10');
    life.until('2029-12-31');
    const number = life.renew();
    life.until('2030-01-20');
    const events = bare(life.pay(number, { amountMinor: 3050 }));
    assert.equal(life.expiresOn, '2031-02-10');
    assert.equal(
      events.some((event) => 'reason' in event),
      false,
      'to the cent',
    );
  });
});

describe('units bought while a renewal is unpaid', () => {
  // Three years, so that an upgrade ends before what it was bought beside.
  const longTerm = (): Life => Life.active('2027-03-10', { years: 3, extras: { user: 2 } });

  it('are left as they are when it is paid, wherever they end', () => {
    const life = longTerm();
    life.until('2027-06-01');
    const number = life.renew();
    life.until('2027-06-05');
    life.pay(life.upgrade({ user: 1 }, { coTerm: false }));
    life.pay(number);
    assert.deepStrictEqual(
      [owns(life, '2027-06-05')['user'], owns(life, '2028-06-05')['user'], owns(life, '2030-06-05')['user']],
      [3, 2, 2],
    );
  });

  it('are left the same whichever is paid first', () => {
    const either = (renewalFirst: boolean): unknown => {
      const life = longTerm();
      life.until('2027-06-01');
      const renewal = life.renew({ extras: { user: 1 } });
      const upgrade = life.upgrade({ user: 1, space: 1 }, { coTerm: false });
      for (const number of renewalFirst ? [renewal, upgrade] : [upgrade, renewal]) life.pay(number);
      return {
        owned: ['2027-06-01', '2028-05-31', '2028-06-01', '2030-03-09', '2030-03-10', '2031-03-09'].map((day) =>
          owns(life, day),
        ),
        goesOn: composition(life.state.entitlements, life.today),
      };
    };
    assert.deepStrictEqual(either(true), either(false));
  });

  it('move the end it starts from where they are co-termed, and it stays as quoted', () => {
    const life = Life.active('2027-03-10', { extras: { user: 1 } });
    life.until('2027-06-01');
    const renewal = life.renew();
    const upgrade = life.upgrade({ space: 1 });
    life.pay(upgrade);
    assert.equal(life.expiresOn, '2028-06-01');
    const events = bare(life.pay(renewal));
    assert.equal(life.expiresOn, '2029-06-01');
    assert.equal(
      events.some((event) => 'reason' in event),
      false,
      'nothing is asked or given back',
    );
    assert.deepStrictEqual(owns(life, '2029-05-31'), { fe: 1, user: 1, space: 0, nso: 0 });
  });
});
