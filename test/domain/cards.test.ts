import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasExpired, lastDayOfMonth, monthOf } from '../../domain/cards.ts';
import { isConsequential } from '../../domain/deadlines.ts';
import { messagesFor, type Message } from '../../domain/messages.ts';
import type { StoredMethod } from '../../domain/orders.ts';
import { isStillDue } from '../../domain/stillDue.ts';
import { customerView, type CustomerView } from '../../domain/view.ts';
import { at, CARD, Life, NEW_CARD, on, PAYPAL, typesOf } from './builders.ts';

const goodThrough = (day: string, card: StoredMethod = CARD): StoredMethod => ({ ...card, validThrough: on(day) });

/** Active from 1 March 2027, to be renewed by a card that ends on a day. */
function renewedBy(card: StoredMethod, day = '2027-03-01'): Life {
  const life = Life.active(day);
  life.do({ type: 'SetPaymentMethod', method: card });
  life.do({ type: 'SwitchAutoRenewal', on: true });
  return life;
}

function view(life: Life): CustomerView {
  const method = { label: 'Visa •••• 4242, 12/27', brand: 'Visa', last4: '4242' };
  return customerView(life.state, { now: life.now, username: 'rossi', method });
}

const cardNotices = (life: Life): string[] =>
  view(life)
    .notices.map(({ code }) => code)
    .filter((code) => code.startsWith('card_'));

const reminders = (life: Life, until: string): [string, number][] =>
  life
    .until(until)
    .filter(({ type }) => type === 'CardExpiryReminderDue')
    .map(({ type, at: when }) => [type, when]);

describe('a card', () => {
  it('is good up to the last day of its month', () => {
    assert.deepStrictEqual(['2027-12', '2028-02', '2027-02', '2027-04'].map(lastDayOfMonth), [
      '2027-12-31',
      '2028-02-29',
      '2027-02-28',
      '2027-04-30',
    ]);
    assert.equal(monthOf(on('2027-12-31')), '2027-12');
    assert.throws(() => lastDayOfMonth('2027-13'), RangeError);
    const card = goodThrough('2027-12-31');
    assert.deepStrictEqual([hasExpired(card, on('2027-12-31')), hasExpired(card, on('2028-01-01'))], [false, true]);
    assert.equal(hasExpired(PAYPAL, on('2099-01-01')), false);
  });

  it('that has expired can be neither stored nor paid with', () => {
    const life = Life.active('2027-03-01');
    life.until('2028-01-01');
    const card = goodThrough('2027-12-31');
    assert.equal(life.refusal({ type: 'SetPaymentMethod', method: card }), 'method_expired');
    const number = life.renew();
    assert.equal(life.refusal({ type: 'PayOrder', number, method: card }), 'method_expired');
    life.do({ type: 'CancelOrder', number });
    const order = { number: '1000009937', priced: life.quoteRenewal() };
    assert.equal(life.refusal({ type: 'PlaceOrder', order, pay: card }), 'method_expired');
  });

  it('that was prolonged is the same method with another last day', () => {
    const life = renewedBy(goodThrough('2027-12-31'));
    assert.deepStrictEqual(typesOf(life.do({ type: 'SetPaymentMethod', method: goodThrough('2027-12-31') })), []);
    assert.deepStrictEqual(typesOf(life.do({ type: 'SetPaymentMethod', method: goodThrough('2031-12-31') })), [
      'PaymentMethodSet',
    ]);
    assert.deepStrictEqual(reminders(life, '2028-02-01'), []);
  });

  it('that has expired is still charged by auto-renewal: banks prolong cards', () => {
    const life = renewedBy(goodThrough('2027-12-31'));
    const events = life.until('2028-02-23 09:00');
    assert.ok(typesOf(events).includes('ChargeStarted'));
    assert.equal(life.state.attempt?.method.validThrough, '2027-12-31');
  });
});

describe('a card that expires', () => {
  it('is told once, 30 days before its last day at 09:00', () => {
    const life = renewedBy(goodThrough('2027-12-31'));
    assert.deepStrictEqual(reminders(life, '2028-02-01'), [['CardExpiryReminderDue', at('2027-12-01 09:00')]]);
    assert.equal(isConsequential({ kind: 'card_expiry_reminder', at: life.now }), false);
  });

  it('is told to a life in summer time too', () => {
    const life = renewedBy(goodThrough('2027-06-30'));
    assert.deepStrictEqual(reminders(life, '2027-07-01'), [['CardExpiryReminderDue', at('2027-05-31 09:00')]]);
  });

  it('is not told where it was registered later than that: the view says so at once', () => {
    const life = Life.active('2027-03-01');
    life.until('2027-12-02');
    life.do({ type: 'SetPaymentMethod', method: goodThrough('2027-12-31') });
    life.do({ type: 'SwitchAutoRenewal', on: true });
    assert.deepStrictEqual(cardNotices(life), ['card_expiring']);
    assert.deepStrictEqual(reminders(life, '2028-02-01'), []);
  });

  it('is not told of once it was replaced, removed, or nothing is going to be charged to it', () => {
    const changes: ((life: Life) => void)[] = [
      (life) => life.do({ type: 'SetPaymentMethod', method: NEW_CARD }),
      (life) => life.do({ type: 'SetPaymentMethod', method: PAYPAL }),
      (life) => life.do({ type: 'RemovePaymentMethod' }),
      (life) => life.do({ type: 'SwitchAutoRenewal', on: false }),
      (life) => life.do({ type: 'GiveNotice' }),
    ];
    for (const change of changes) {
      const life = renewedBy(goodThrough('2027-12-31'));
      change(life);
      assert.deepStrictEqual(reminders(life, '2028-02-01'), []);
      assert.deepStrictEqual(cardNotices(life), []);
    }
  });

  it('is told again of the card that replaced it, when that one expires', () => {
    const life = renewedBy(goodThrough('2027-06-30'));
    life.until('2027-06-15');
    life.do({ type: 'SetPaymentMethod', method: goodThrough('2027-12-31', NEW_CARD) });
    assert.deepStrictEqual(reminders(life, '2028-02-01'), [['CardExpiryReminderDue', at('2027-12-01 09:00')]]);
  });

  it('and the announcement or a charge on the same morning are all taken', () => {
    const announced = renewedBy(goodThrough('2028-02-29'), '2027-02-28');
    announced.gateway = 'declined';
    // The service expires on 28 February, so the announcement comes the day before.
    assert.deepStrictEqual(reminders(announced, '2028-02-20'), [['CardExpiryReminderDue', at('2028-01-30 09:00')]]);

    const same = renewedBy(goodThrough('2028-03-31'), '2027-03-31');
    const morning = same.until('2028-03-01 09:00').filter((event) => event.at === at('2028-03-01 09:00'));
    assert.deepStrictEqual(typesOf(morning), ['AutoRenewalAnnounced', 'CardExpiryReminderDue']);

    // Expiry on 6 March: charges on 28 February, 1, 3 and 5 March, the second on the reminder's morning.
    const retried = renewedBy(goodThrough('2028-03-31'), '2027-03-06');
    retried.gateway = 'declined';
    const first = retried.until('2028-03-01 09:00').filter((event) => event.at === at('2028-03-01 09:00'));
    assert.deepStrictEqual(typesOf(first), ['ChargeStarted', 'ChargeDeclined', 'CardExpiryReminderDue']);
  });
});

describe('the message of an expiring card', () => {
  function told(): { life: Life; message: Message } {
    const life = renewedBy(goodThrough('2027-12-31'));
    const due = life.until('2027-12-01 09:00').find(({ type }) => type === 'CardExpiryReminderDue');
    assert.ok(due !== undefined);
    const [message] = messagesFor(due, life.state);
    assert.ok(message !== undefined);
    return { life, message };
  }

  it('names the card by its id and last day, and the expiry it is needed for', () => {
    assert.deepStrictEqual(told().message, {
      kind: 'card_expiring',
      occasion: 'card_expiring:card-1:2027-12-31',
      payload: { methodId: 'card-1', validThrough: '2027-12-31', expiresOn: '2028-03-01' },
    });
  });

  it('is not sent once the card was replaced, prolonged or removed', () => {
    const { life, message } = told();
    assert.equal(isStillDue(message, life.state), true);
    for (const method of [NEW_CARD, goodThrough('2031-12-31')]) {
      const changed = life.fork();
      changed.do({ type: 'SetPaymentMethod', method });
      assert.equal(isStillDue(message, changed.state), false);
    }
    life.do({ type: 'RemovePaymentMethod' });
    assert.equal(isStillDue(message, life.state), false);
  });
});

describe('the view of a card', () => {
  it('shows what the customer knows it by, and nothing else', () => {
    assert.deepStrictEqual(view(renewedBy(goodThrough('2027-12-31'))).autoRenewal.method, {
      methodId: 'card-1',
      kind: 'card',
      label: 'Visa •••• 4242, 12/27',
      brand: 'Visa',
      last4: '4242',
      validThrough: '2027-12',
    });
  });

  it('says from 30 days before its last day that it expires, and then that it has expired', () => {
    const life = renewedBy(goodThrough('2027-12-31'));
    const days = ['2027-11-30', '2027-12-01', '2027-12-31', '2028-01-01'];
    assert.deepStrictEqual(
      days.map((day) => {
        life.until(day);
        return cardNotices(life);
      }),
      [[], ['card_expiring'], ['card_expiring'], ['card_expired']],
    );
  });
});
