import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BYTES_PER_GB } from '../../domain/entitlements.ts';
import { STATUSES } from '../../domain/subscription.ts';
import type { NoticeCode } from '../../domain/notices.ts';
import { customerView, STATUS_LABELS, type CustomerView } from '../../domain/view.ts';
import { at, CARD, Life, NEW_CARD } from './builders.ts';

function view(life: Life): CustomerView {
  return customerView(life.state, {
    now: life.now,
    username: 'rossi',
    method: { label: 'Visa 4242', brand: 'Visa', last4: '4242' },
  });
}

/** The buttons of the table: those of the service, and Pay and Cancel of each unpaid order. */
function buttons(life: Life): string[] {
  const { actions, unpaidOrders } = view(life);
  const { renew, upgrade, reactivate, giveNotice } = actions;
  return [
    ...(renew ? ['renew'] : []),
    ...(upgrade ? ['upgrade'] : []),
    ...(reactivate ? ['reactivate'] : []),
    ...(giveNotice ? ['notice'] : []),
    ...unpaidOrders.flatMap(({ type, canPay, canCancel }) => [
      ...(canPay ? [`pay ${type}`] : []),
      ...(canCancel ? [`cancel ${type}`] : []),
    ]),
  ];
}

function notices(life: Life): NoticeCode[] {
  return view(life).notices.map(({ code }) => code);
}

const PAY_AND_CANCEL = (type: string): string[] => [`pay ${type}`, `cancel ${type}`];

describe('the buttons of the customer area', () => {
  const cases: [situation: string, life: () => Life, expected: string[]][] = [
    ['active, auto-renewal off', () => Life.active('2027-03-01'), ['renew', 'upgrade', 'notice']],
    ['active, auto-renewal on', () => Life.renewing('2027-03-01'), ['upgrade', 'notice']],
    [
      'active, an unpaid renewal order',
      () => {
        const life = Life.active('2027-03-01');
        life.renew();
        return life;
      },
      ['upgrade', 'notice', ...PAY_AND_CANCEL('renewal')],
    ],
    [
      'active, the renewal order cancelled',
      () => {
        const life = Life.active('2027-03-01');
        life.do({ type: 'CancelOrder', number: life.renew() });
        return life;
      },
      ['renew', 'upgrade', 'notice'],
    ],
    [
      'active, an unpaid upgrade order',
      () => {
        const life = Life.active('2027-03-01');
        life.upgrade({ space: 1 });
        return life;
      },
      ['renew', 'notice', ...PAY_AND_CANCEL('upgrade')],
    ],
    [
      'active, a renewal and an upgrade order unpaid',
      () => {
        const life = Life.active('2027-03-01');
        life.renew();
        life.upgrade({ space: 1 });
        return life;
      },
      ['notice', ...PAY_AND_CANCEL('renewal'), ...PAY_AND_CANCEL('upgrade')],
    ],
    [
      'expired, day 0',
      () => {
        const life = Life.active('2027-03-01');
        life.until('2028-03-01 00:00');
        return life;
      },
      ['reactivate'],
    ],
    [
      'expired, day 60',
      () => {
        const life = Life.active('2027-03-01');
        life.until('2028-04-30 23:59');
        return life;
      },
      ['reactivate'],
    ],
    [
      'expired, an unpaid reactivation order',
      () => {
        const life = Life.active('2027-03-01');
        life.until('2028-03-10');
        life.renew();
        return life;
      },
      PAY_AND_CANCEL('reactivation'),
    ],
    [
      'expired, a renewal order left unpaid',
      () => {
        const life = Life.active('2027-03-01');
        life.renew();
        life.until('2028-03-10');
        return life;
      },
      PAY_AND_CANCEL('renewal'),
    ],
    [
      'expired, an upgrade order left unpaid',
      () => {
        const life = Life.active('2027-03-01');
        life.upgrade({ space: 1 });
        life.until('2028-03-10');
        return life;
      },
      ['reactivate', ...PAY_AND_CANCEL('upgrade')],
    ],
    ['first order unpaid', () => Life.ordered('2027-03-01'), PAY_AND_CANCEL('first_purchase')],
    [
      'awaiting activation',
      () => {
        const life = Life.ordered('2027-03-01');
        life.pay(life.unpaid());
        return life;
      },
      [],
    ],
    [
      'activation failed',
      () => {
        const life = Life.ordered('2027-03-01');
        life.pay(life.unpaid());
        life.do({ type: 'RecordActivationFailure', reason: 'checks needed' });
        return life;
      },
      [],
    ],
    [
      'active, notice given',
      () => {
        const life = Life.active('2027-03-01');
        life.do({ type: 'GiveNotice' });
        return life;
      },
      [],
    ],
    [
      'a charge under way',
      () => {
        const life = Life.active('2027-03-01');
        life.renew({}, CARD);
        return life;
      },
      ['upgrade'],
    ],
    [
      'terminated',
      () => {
        const life = Life.active('2027-03-01');
        life.until('2028-05-01 00:00');
        return life;
      },
      [],
    ],
    [
      'closed unpaid',
      () => {
        const life = Life.ordered('2027-03-01');
        life.until('2027-05-01 00:00');
        return life;
      },
      [],
    ],
  ];
  for (const [situation, life, expected] of cases) {
    it(`are [${expected.join(', ')}]: ${situation}`, () => {
      assert.deepStrictEqual(buttons(life()), expected);
    });
  }
});

describe('the expiry date', () => {
  it('turns red from 90 days before on', () => {
    const life = Life.active('2027-03-01');
    life.until('2027-12-01 23:59');
    assert.deepStrictEqual([view(life).daysToExpiry, view(life).expiryIsNear], [91, false]);
    life.until('2027-12-02 00:00');
    assert.deepStrictEqual([view(life).daysToExpiry, view(life).expiryIsNear], [90, true]);
  });

  it('stays red while expired, and no longer matters once terminated', () => {
    const life = Life.active('2027-03-01');
    life.until('2028-04-30');
    assert.deepStrictEqual([view(life).daysToExpiry, view(life).expiryIsNear], [-60, true]);
    life.until('2028-05-01');
    assert.equal(view(life).expiryIsNear, false);
  });

  it('is none before activation', () => {
    const { expiresOn, daysToExpiry, expiryIsNear, lastDayToReactivate } = view(Life.ordered('2027-03-01'));
    assert.deepStrictEqual([expiresOn, daysToExpiry, expiryIsNear, lastDayToReactivate], [null, null, false, null]);
  });

  it('brings the last day to reactivate, day 60, unless notice was given', () => {
    const life = Life.active('2027-03-01');
    assert.equal(view(life).lastDayToReactivate, '2028-04-30');
    life.do({ type: 'GiveNotice' });
    assert.equal(view(life).lastDayToReactivate, null);
  });
});

describe('the space', () => {
  it('is tight above 80 %, not at it', () => {
    const life = Life.active('2027-03-01', { extras: { space: 1 } });
    const used = (usedBytes: number): (number | boolean)[] => {
      life.do({ type: 'ReportUsage', usedBytes });
      const { spaceBytes, usedPercent, spaceIsTight } = view(life);
      return [spaceBytes, usedPercent, spaceIsTight];
    };
    assert.deepStrictEqual(used(1.6 * BYTES_PER_GB), [2 * BYTES_PER_GB, 80, false]);
    assert.deepStrictEqual(used(1.6 * BYTES_PER_GB + 1), [2 * BYTES_PER_GB, 80, true]);
    assert.deepStrictEqual(used(2.5 * BYTES_PER_GB), [2 * BYTES_PER_GB, 125, true]);
  });

  it('and the users are those of the day, with the ends of each', () => {
    const life = Life.active('2027-03-01', { extras: { user: 2 } });
    life.until('2027-06-10');
    life.pay(life.upgrade({ space: 3 }, { coTerm: false }));
    const { composition, spaceBytes } = view(life);
    assert.equal(spaceBytes, 4 * BYTES_PER_GB);
    assert.deepStrictEqual(composition, {
      includedGb: 1,
      usersToday: 2,
      extras: [
        { sku: 'user', quantity: 2, endsOn: '2028-03-01', carriedOn: true },
        { sku: 'space', quantity: 3, endsOn: '2028-06-10', carriedOn: true },
      ],
    });
  });

  it('show units that a renewal left behind until their time is over', () => {
    const life = Life.active('2027-03-01', { extras: { user: 3 } });
    life.until('2028-02-01');
    life.pay(life.renew({ extras: { user: 1 } }));
    assert.deepStrictEqual(
      [view(life).composition.usersToday, view(life).composition.extras],
      [
        3,
        [
          { sku: 'user', quantity: 1, endsOn: '2029-03-01', carriedOn: true },
          { sku: 'user', quantity: 2, endsOn: '2028-03-01', carriedOn: false },
        ],
      ],
    );
    life.until('2028-03-01');
    const after = view(life).composition;
    assert.deepStrictEqual(
      [after.usersToday, after.extras],
      [1, [{ sku: 'user', quantity: 1, endsOn: '2029-03-01', carriedOn: true }]],
    );
  });
});

describe('the state', () => {
  it('has an Italian and an English label, whichever it is', () => {
    for (const status of STATUSES) {
      assert.ok(STATUS_LABELS[status].it.length > 0 && STATUS_LABELS[status].en.length > 0, status);
    }
  });

  it('is read-only while expired, and only then', () => {
    const life = Life.active('2027-03-01');
    assert.equal(view(life).readOnly, false);
    life.until('2028-03-01 00:00');
    assert.deepStrictEqual([view(life).status, view(life).readOnly], ['expired', true]);
    life.pay(life.renew());
    assert.deepStrictEqual([view(life).status, view(life).readOnly], ['active', false]);
  });
});

describe('an unpaid order', () => {
  it('shows what came and what is missing', () => {
    const life = Life.active('2027-03-01');
    const number = life.renew();
    life.pay(number, { amountMinor: 1000 });
    assert.deepStrictEqual(view(life).unpaidOrders, [
      {
        number,
        type: 'renewal',
        status: 'awaiting_payment',
        placedOn: '2027-03-01',
        payable: { amountMinor: 3050, currency: 'EUR' },
        received: { amountMinor: 1000, currency: 'EUR' },
        due: { amountMinor: 2050, currency: 'EUR' },
        canPay: true,
        canCancel: true,
      },
    ]);
  });

  it('of a public administration stays in view after its commitment, with nothing to press', () => {
    const life = Life.ordered('2027-03-01', { splitPayment: true });
    life.do({ type: 'RegisterCommitment', number: life.unpaid(), registeredOn: life.today, reference: 'CIG 12' });
    life.do({ type: 'RecordActivation', username: 'ente' });
    const [order] = view(life).unpaidOrders;
    assert.deepStrictEqual(
      [order?.status, order?.due.amountMinor, order?.canPay, order?.canCancel],
      ['completed', 2500, false, false],
    );
  });
});

describe('auto-renewal', () => {
  it('shows the method as the customer knows it and the next charge, 7 days before expiry', () => {
    const life = Life.renewing('2027-03-01');
    assert.deepStrictEqual(view(life).autoRenewal, {
      on: true,
      method: {
        methodId: 'card-1',
        kind: 'card',
        label: 'Visa 4242',
        brand: 'Visa',
        last4: '4242',
        validThrough: null,
      },
      nextChargeOn: '2028-02-23',
    });
  });

  it('names the next try after a decline, and asks for new payment data', () => {
    const life = Life.renewing('2027-03-01');
    life.gateway = 'declined';
    life.until('2028-02-23 10:00');
    assert.equal(view(life).autoRenewal.nextChargeOn, '2028-02-25');
    assert.deepStrictEqual(notices(life), ['update_payment_data', 'pay_before_expiry']);
    life.do({ type: 'SetPaymentMethod', method: NEW_CARD });
    assert.equal(view(life).autoRenewal.nextChargeOn, '2028-02-23');
  });

  it('says that a charge is being verified while nobody knows what became of it', () => {
    const life = Life.renewing('2027-03-01');
    life.until('2028-02-23 09:00');
    life.answer('unknown');
    assert.deepStrictEqual(notices(life), ['charge_pending', 'pay_before_expiry']);
    assert.equal(view(life).autoRenewal.nextChargeOn, null);
  });

  it('asks for the customer’s confirmation where the bank wants it, and charges no more', () => {
    const life = Life.renewing('2027-03-01');
    life.gateway = 'needs_customer';
    life.until('2028-02-27');
    assert.deepStrictEqual(notices(life), ['confirm_payment', 'pay_before_expiry']);
    assert.equal(view(life).autoRenewal.nextChargeOn, null);
  });

  it('says that the service will expire though it is on, where its order was cancelled', () => {
    const life = Life.renewing('2027-03-01');
    life.gateway = 'declined';
    life.until('2028-02-24');
    life.do({ type: 'CancelOrder', number: life.unpaid() });
    assert.deepStrictEqual(notices(life), ['will_expire_order_cancelled']);
    assert.equal(view(life).autoRenewal.nextChargeOn, null);
  });

  it('off and without a method shows neither', () => {
    assert.deepStrictEqual(view(Life.active('2027-03-01')).autoRenewal, {
      on: false,
      method: null,
      nextChargeOn: null,
    });
  });
});

describe('what a customer is advised', () => {
  it('is to pay in time, from 14 days before expiry, while nobody will be charged', () => {
    const life = Life.active('2027-03-01');
    life.until('2028-02-15');
    assert.deepStrictEqual(notices(life), []);
    life.until('2028-02-16');
    assert.deepStrictEqual(notices(life), ['pay_before_expiry']);
  });

  it('is nothing while auto-renewal will see to it', () => {
    const life = Life.renewing('2027-03-01');
    life.until('2028-02-22');
    assert.deepStrictEqual(notices(life), []);
  });

  it('is that notice was given', () => {
    const life = Life.active('2027-03-01');
    life.do({ type: 'GiveNotice' });
    life.until('2028-02-28');
    assert.deepStrictEqual(notices(life), ['notice_given']);
  });

  it('is that an expired service is read-only', () => {
    const life = Life.active('2027-03-01');
    life.until('2028-03-01');
    assert.deepStrictEqual(notices(life), ['read_only']);
  });

  it('stands in both languages', () => {
    const life = Life.active('2027-03-01');
    life.until('2028-03-01');
    for (const notice of view(life).notices) assert.ok(notice.it.length > 0 && notice.en.length > 0);
  });
});

describe('the next deadline', () => {
  it('is the next thing time alone will bring', () => {
    const life = Life.active('2027-03-01');
    assert.deepStrictEqual(view(life).nextDeadline, { kind: 'renewal_reminder', at: at('2027-12-02 09:00') });
    life.until('2028-02-29');
    assert.deepStrictEqual(view(life).nextDeadline, { kind: 'expire', at: at('2028-03-01 00:00') });
  });

  it('is none after the end', () => {
    const life = Life.active('2027-03-01');
    life.until('2028-05-01');
    assert.equal(view(life).nextDeadline, null);
  });
});
