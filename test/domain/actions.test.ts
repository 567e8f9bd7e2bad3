import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allowedActions } from '../../domain/actions.ts';
import { CARD, Life, NEW_CARD } from './builders.ts';

const active = (): Life => Life.active('2027-03-10');

function expired(): Life {
  const life = active();
  life.until('2028-03-10');
  return life;
}

function changed(life: Life, ...changes: ((life: Life) => unknown)[]): Life {
  for (const change of changes) change(life);
  return life;
}

const renewalOrdered = (life: Life): unknown => life.renew();
const upgradeOrdered = (life: Life): unknown => life.upgrade({ space: 1 });
const cancelled = (life: Life): unknown => life.do({ type: 'CancelOrder', number: life.unpaid() });
const noticeGiven = (life: Life): unknown => life.do({ type: 'GiveNotice' });

/** Situation, and whether it shows: Renew, Upgrade, Reactivate, Pay and Cancel of each unpaid order. */
const BUTTONS: [string, () => Life, [boolean, boolean, boolean, ...string[]]][] = [
  ['active, auto-renewal off', active, [true, true, false]],
  ['active, auto-renewal on', () => Life.renewing('2027-03-10'), [false, true, false]],
  ['active, unpaid renewal order', () => changed(active(), renewalOrdered), [false, true, false, 'pay cancel']],
  ['active, its renewal order cancelled', () => changed(active(), renewalOrdered, cancelled), [true, true, false]],
  ['active, unpaid upgrade order', () => changed(active(), upgradeOrdered), [true, false, false, 'pay cancel']],
  [
    'active, both unpaid',
    () => changed(active(), upgradeOrdered, renewalOrdered),
    [false, false, false, 'pay cancel', 'pay cancel'],
  ],
  ['expired, day 0', expired, [false, false, true]],
  ['expired, day 60', () => changed(expired(), (life) => life.until('2028-05-09 23:59')), [false, false, true]],
  ['expired, unpaid reactivation order', () => changed(expired(), renewalOrdered), [false, false, false, 'pay cancel']],
  [
    'expired, unpaid renewal order from before',
    () => changed(active(), renewalOrdered, (life) => life.until('2028-03-10')),
    [false, false, false, 'pay cancel'],
  ],
  [
    'expired, unpaid upgrade order from before',
    () => changed(active(), upgradeOrdered, (life) => life.until('2028-03-10')),
    [false, false, true, 'pay cancel'],
  ],
  ['first order unpaid', () => Life.ordered('2027-03-10'), [false, false, false, 'pay cancel']],
  [
    'awaiting_activation',
    () => changed(Life.ordered('2027-03-10'), (life) => life.pay(life.unpaid())),
    [false, false, false],
  ],
  [
    'activation_failed',
    () =>
      changed(
        Life.ordered('2027-03-10'),
        (life) => life.pay(life.unpaid()),
        (life) => life.do({ type: 'RecordActivationFailure', reason: 'checks' }),
      ),
    [false, false, false],
  ],
  ['notice given', () => changed(active(), noticeGiven), [false, false, false]],
  ['terminated', () => changed(active(), (life) => life.until('2028-05-10')), [false, false, false]],
  ['closed', () => changed(Life.ordered('2027-03-10'), cancelled), [false, false, false]],
];

describe('the customer area shows', () => {
  for (const [situation, life, [renew, upgrade, reactivate, ...orders]] of BUTTONS) {
    const shown = [
      renew && 'Renew',
      upgrade && 'Upgrade',
      reactivate && 'Reactivate',
      orders.length > 0 && 'Pay and Cancel',
    ];
    const names = shown.filter((name) => name !== false).join(', ');
    it(`${names === '' ? 'no button' : names}: ${situation}`, () => {
      const actions = allowedActions(life().state);
      assert.deepStrictEqual(
        {
          renew: actions.renew,
          upgrade: actions.upgrade,
          reactivate: actions.reactivate,
          orders: actions.orders.map(({ pay, cancel }) => [pay && 'pay', cancel && 'cancel'].join(' ')),
        },
        { renew, upgrade, reactivate, orders },
      );
    });
  }

  it('neither Pay nor Cancel while that order is being charged, and no second charge beside it', () => {
    const life = changed(active(), upgradeOrdered, renewalOrdered);
    const [upgrade = '', renewal = ''] = life.state.orders.map(({ number }) => number);
    life.do({ type: 'PayOrder', number: renewal, method: CARD });
    assert.deepStrictEqual(allowedActions(life.state).orders, [
      { number: upgrade, pay: false, cancel: true },
      { number: renewal, pay: false, cancel: false },
    ]);
    life.fork().do({ type: 'CancelOrder', number: upgrade });
    life.answer('declined');
    assert.deepStrictEqual(allowedActions(life.state).orders, [
      { number: upgrade, pay: true, cancel: true },
      { number: renewal, pay: true, cancel: true },
    ]);
  });

  it('Pay and Cancel on the order auto-renewal could not charge', () => {
    const life = Life.renewing('2027-03-10');
    life.gateway = 'declined';
    life.until('2028-03-04');
    const actions = allowedActions(life.state);
    assert.deepStrictEqual([actions.renew, actions.upgrade], [false, true]);
    assert.deepStrictEqual(actions.orders, [{ number: life.unpaid(), pay: true, cancel: true }]);
    life.do({ type: 'PayOrder', number: life.unpaid(), method: NEW_CARD });
  });

  it('notice of termination only while active, and once', () => {
    const gives = (life: Life): boolean => allowedActions(life.state).giveNotice;
    assert.deepStrictEqual(
      [active(), expired(), Life.ordered('2027-03-10'), changed(active(), noticeGiven)].map(gives),
      [true, false, false, false],
    );
  });
});
