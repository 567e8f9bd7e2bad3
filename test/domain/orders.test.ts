import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  completedOn,
  completingPayment,
  dueMinor,
  isTermOrder,
  receivedMinor,
  type AppliedPayment,
  type OpenOrder,
} from '../../domain/orders.ts';
import { quoteFirstPurchase } from '../../domain/pricing.ts';
import { at, CARD, Life, on, terms } from './builders.ts';

const payment = (
  key: string,
  amountMinor: number,
  registeredOn: string,
  rest: Partial<AppliedPayment> = {},
): AppliedPayment => ({
  key,
  amountMinor,
  appliedMinor: amountMinor,
  registeredOn: on(registeredOn),
  method: 'bank_transfer',
  storedMethod: null,
  ...rest,
});

/** 30.50 to pay, ordered on 10 March 2027. */
const order = (...payments: AppliedPayment[]): OpenOrder => ({
  number: '1000000161',
  origin: 'customer',
  status: 'awaiting_payment',
  priced: quoteFirstPurchase({ product: 'fe', years: 1, extras: {}, splitPayment: false }, terms('2027-03-10')),
  placedAt: at('2027-03-10'),
  payments,
  committedOn: null,
  attempts: 0,
  chargesStopped: null,
});

describe('an order', () => {
  it('is due what was not received, and never less than nothing', () => {
    assert.equal(dueMinor(order()), 3050);
    const part = order(payment('a', 1000, '2027-03-12'));
    assert.deepStrictEqual([receivedMinor(part), dueMinor(part)], [1000, 2050]);
    assert.equal(dueMinor(order(payment('a', 4000, '2027-03-12'))), 0);
  });

  it('is complete on the day the whole was registered', () => {
    assert.equal(completedOn(order()), null);
    assert.equal(completedOn(order(payment('a', 3049, '2027-03-12'))), null);
    assert.equal(completedOn(order(payment('a', 3050, '2027-03-12'))), '2027-03-12');
  });

  it('is complete on the earliest registration date on which the sum is reached', () => {
    const parts = [
      payment('a', 1000, '2027-03-20'),
      payment('b', 1000, '2027-03-12'),
      payment('c', 1050, '2027-03-15'),
    ];
    assert.equal(completedOn(order(...parts)), '2027-03-20');
    assert.equal(completedOn(order(...parts, payment('d', 1000, '2027-03-18'))), '2027-03-18');
  });

  it('counts all that came in, also what it did not need', () => {
    const parts = ['2027-03-12', '2027-03-15', '2027-03-20'].map((day, index) => payment(`p${index}`, 1000, day));
    const last = payment('z', 1050, '2027-03-11', { appliedMinor: 50 });
    assert.equal(completedOn(order(...parts, last)), '2027-03-15');
  });

  it('is never complete before its own day', () => {
    assert.equal(completedOn(order(payment('a', 3050, '2027-03-01'))), '2027-03-10');
  });

  it('is complete on its own day when there is nothing to pay', () => {
    const free = { ...order(), priced: { ...order().priced, payableMinor: 0 } };
    assert.equal(completedOn(free), '2027-03-10');
  });

  it('is completed by the same payment, on the same day, in any order of arrival', () => {
    const amounts = fc.array(fc.tuple(fc.integer({ min: 1, max: 2500 }), fc.integer({ min: 1, max: 28 })), {
      maxLength: 6,
    });
    const arrivals = amounts.chain((parts) => {
      const payments = parts.map(([amountMinor, day], index) =>
        payment(`p${index}`, amountMinor, `2027-03-${String(day).padStart(2, '0')}`),
      );
      return fc.tuple(fc.constant(payments), fc.shuffledSubarray(payments, { minLength: payments.length }));
    });
    fc.assert(
      fc.property(arrivals, ([payments, shuffled]) => {
        assert.equal(completedOn(order(...shuffled)), completedOn(order(...payments)));
        assert.deepStrictEqual(completingPayment(order(...shuffled)), completingPayment(order(...payments)));
      }),
    );
  });

  it('is a term order when it is a renewal or a reactivation', () => {
    const life = Life.active('2027-03-10');
    life.upgrade({ space: 1 });
    life.renew();
    assert.deepStrictEqual(
      life.state.orders.map((one) => [one.priced.content.type, isTermOrder(one)]),
      [
        ['upgrade', false],
        ['renewal', true],
      ],
    );
    assert.equal(isTermOrder(order(payment('a', 1, '2027-03-10', { storedMethod: CARD }))), false);
  });
});
