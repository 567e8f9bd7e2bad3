import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Fact, Request } from '../../domain/commands.ts';
import { decide } from '../../domain/decide.ts';
import type { RefusalCode } from '../../domain/errors.ts';
import { evolve } from '../../domain/evolve.ts';
import { quoteFirstPurchase, quoteRenewal, quoteUpgrade, type PricedOrder } from '../../domain/pricing.ts';
import { basis, CARD, interval, Life, nextNumber, on, owning, terms } from './builders.ts';

const answered = (life: Life, ...steps: ((life: Life) => unknown)[]): Life => {
  for (const step of steps) step(life);
  return life;
};
const office = { splitPayment: true };

/** A life in each state in which requests are answered differently. */
const STATES = {
  awaiting_payment: () => Life.ordered('2027-03-10'),
  awaiting_payment_of_an_office: () => Life.ordered('2027-03-10', office),
  awaiting_activation: () => answered(Life.ordered('2027-03-10'), (life) => life.pay(life.unpaid())),
  activation_failed: () =>
    answered(
      Life.ordered('2027-03-10'),
      (life) => life.pay(life.unpaid()),
      (life) => life.do({ type: 'RecordActivationFailure', reason: 'checks' }),
    ),
  active: () => Life.active('2027-03-10'),
  active_renewing: () => Life.renewing('2027-03-10'),
  active_renewal_unpaid: () => answered(Life.active('2027-03-10'), (life) => life.renew()),
  active_upgrade_unpaid: () => answered(Life.active('2027-03-10'), (life) => life.upgrade({ space: 1 })),
  active_being_charged: () => answered(Life.renewing('2027-03-10'), (life) => life.until('2028-03-03 09:00')),
  active_notice_given: () => answered(Life.renewing('2027-03-10'), (life) => life.do({ type: 'GiveNotice' })),
  expired: () => answered(Life.active('2027-03-10'), (life) => life.until('2028-03-10')),
  expired_reactivation_unpaid: () =>
    answered(
      Life.active('2027-03-10', office),
      (life) => life.until('2028-03-10'),
      (life) => life.renew(),
    ),
  terminated: () => answered(Life.renewing('2027-03-10'), (life) => life.until('2028-05-10')),
  closed: () => answered(Life.ordered('2027-03-10'), (life) => life.do({ type: 'CancelOrder', number: life.unpaid() })),
} satisfies Record<string, () => Life>;

/** What each state answers to each request: accepted, or the reason why not. `-` stands for the state itself. */
const ANSWERS = `
                                first_purchase renewal upgrade reactivation PayOrder CancelOrder RegisterCommitment
awaiting_payment                -              -       -       -            ok       ok          -
awaiting_payment_of_an_office   -              -       -       -            ok       ok          ok
awaiting_activation             -              -       -       -            settled  settled     -
activation_failed               -              -       -       -            settled  settled     -
active                          -              ok      ok      -            settled  settled     -
active_renewing                 -              auto    ok      -            settled  settled     -
active_renewal_unpaid           -              unpaid  ok      -            ok       ok          -
active_upgrade_unpaid           -              ok      unpaid  -            ok       ok          -
active_being_charged            -              unpaid  ok      -            charge   charge      -
active_notice_given             -              notice  notice  -            settled  settled     -
expired                         -              -       -       ok           settled  settled     -
expired_reactivation_unpaid     -              -       -       unpaid       ok       ok          ok
terminated                      ended          ended   ended   ended        ended    ended       ended
closed                          ended          ended   ended   ended        ended    ended       ended

                                SwitchOn SwitchOff SetPaymentMethod RemovePaymentMethod ReportUsage GiveNotice RetryActivation ConfirmActivation AbandonActivation
awaiting_payment                method   ok        ok               method              ok          -          -               -                 -
awaiting_payment_of_an_office   method   ok        ok               method              ok          -          -               -                 -
awaiting_activation             method   ok        ok               method              ok          -          -               -                 -
activation_failed               method   ok        ok               method              ok          -          ok              ok                ok
active                          method   ok        ok               method              ok          ok         -               -                 -
active_renewing                 ok       ok        ok               ok                  ok          ok         -               -                 -
active_renewal_unpaid           method   ok        ok               method              ok          ok         -               -                 -
active_upgrade_unpaid           method   ok        ok               method              ok          ok         -               -                 -
active_being_charged            ok       ok        ok               ok                  ok          charge     -               -                 -
active_notice_given             notice   ok        ok               ok                  ok          notice     -               -                 -
expired                         method   ok        ok               method              ok          -          -               -                 -
expired_reactivation_unpaid     method   ok        ok               method              ok          -          -               -                 -
terminated                      ended    ended     ended            ended               ended       ended      ended           ended             ended
closed                          ended    ended     ended            ended               ended       ended      ended           ended             ended

                                NoteRefund EndService
awaiting_payment                ok         ok
awaiting_payment_of_an_office   ok         ok
awaiting_activation             ok         ok
activation_failed               ok         ok
active                          ok         ok
active_renewing                 ok         ok
active_renewal_unpaid           ok         ok
active_upgrade_unpaid           ok         ok
active_being_charged            ok         ok
active_notice_given             ok         ok
expired                         ok         ok
expired_reactivation_unpaid     ok         ok
terminated                      ok         ok
closed                          ok         ok
`;

const CODES: Record<string, RefusalCode | null> = {
  ok: null,
  '-': 'not_allowed_in_state',
  ended: 'subscription_ended',
  notice: 'notice_given',
  unpaid: 'unpaid_order_exists',
  auto: 'auto_renewal_on',
  settled: 'order_not_unpaid',
  charge: 'charge_in_progress',
  method: 'payment_method_missing',
};

interface Answer {
  readonly state: string;
  readonly request: string;
  readonly code: RefusalCode | null;
}

function readAnswers(table: string): Answer[] {
  return table.split('\n\n').flatMap((part) => {
    const [requests = [], ...rows] = part
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.trim().split(/\s+/));
    return rows.flatMap(([state = '', ...cells]) =>
      requests.map((request, index) => ({ state, request, code: CODES[cells[index] ?? ''] ?? null })),
    );
  });
}

/** An order of a type, quoted today for this very service whether or not it may be ordered. */
function priced(life: Life, type: PricedOrder['content']['type']): PricedOrder {
  const owned = basis(owning(interval('fe', 1, '2027-03-10', '2028-03-10')));
  const today = terms(life.today);
  const quotes = {
    first_purchase: () => quoteFirstPurchase({ product: 'fe', years: 1, extras: {}, splitPayment: false }, today),
    renewal: () => quoteRenewal('renewal', { years: 1 }, owned, today),
    upgrade: () => quoteUpgrade({ add: { nso: 1 }, coTerm: false }, owned, today),
    reactivation: () => quoteRenewal('reactivation', { years: 1 }, owned, today),
  };
  return { ...quotes[type](), basis: life.state.entitlementsVersion };
}

function requestOf(life: Life, name: string): Request {
  const [order] = life.state.orders;
  const number = order?.number ?? life.state.finishedOrders[0]?.number ?? '';
  switch (name) {
    case 'first_purchase':
    case 'renewal':
    case 'upgrade':
    case 'reactivation':
      return { type: 'PlaceOrder', order: { number: nextNumber(), priced: priced(life, name) }, pay: null };
    case 'PayOrder':
      return { type: name, number, method: CARD };
    case 'CancelOrder':
      return { type: name, number };
    case 'RegisterCommitment':
      return { type: name, number, registeredOn: life.today, reference: 'CIG' };
    case 'SwitchOn':
      return { type: 'SwitchAutoRenewal', on: true };
    case 'SwitchOff':
      return { type: 'SwitchAutoRenewal', on: false };
    case 'SetPaymentMethod':
      return { type: name, method: { methodId: 'card-7', kind: 'card' } };
    case 'ReportUsage':
      return { type: name, usedBytes: 5 };
    case 'ConfirmActivation':
      return { type: name, username: 'rossi' };
    case 'AbandonActivation':
      return { type: name, reason: 'checks' };
    case 'NoteRefund':
    case 'EndService':
      return { type: name, refund: { id: 'ref_1', number, amountMinor: 5, way: 'transfer', parts: [] } };
    case 'RemovePaymentMethod':
    case 'GiveNotice':
    case 'RetryActivation':
      return { type: name };
    default:
      return assert.fail(`${name} is no request.`);
  }
}

function factsFor(life: Life): Fact[] {
  const number = life.state.orders[0]?.number ?? '1000009937';
  const payment = life.payment(number, { key: 'bank:any', amountMinor: 5 });
  const attemptId = life.state.attempt?.attemptId ?? 'none';
  const quote = { number: nextNumber(), priced: priced(life, 'renewal') };
  const kinds = [
    'close_unpaid',
    'renewal_reminder',
    'card_expiry_reminder',
    'charge',
    'ask_gateway_again',
    'expire',
    'last_call',
    'terminate',
  ] as const;
  return [
    { type: 'RecordPayment', payment },
    { type: 'RecordPayment', payment: { ...payment, key: 'bank:unknown', orderNumber: '1000009937' } },
    { type: 'RecordChargeOutcome', attemptId, outcome: { kind: 'succeeded', payment } },
    { type: 'RecordChargeOutcome', attemptId, outcome: { kind: 'declined', reason: 'no' } },
    {
      type: 'RecordChargeOutcome',
      attemptId,
      outcome: { kind: 'needs_customer', confirmationUrl: 'https://x.example' },
    },
    { type: 'RecordChargeOutcome', attemptId, outcome: { kind: 'unknown', reason: 'down' } },
    { type: 'RecordChargeOutcome', attemptId, outcome: { kind: 'not_attempted', reason: 'late' } },
    { type: 'RecordActivation', username: 'rossi' },
    { type: 'RecordActivationFailure', reason: 'checks' },
    { type: 'RecordRejectedSignal', field: 'amountMinor', reason: 'rubbish' },
    ...kinds.map((kind): Fact => ({ type: 'ReachDeadline', deadline: { kind, at: life.now }, quote })),
    ...(life.deadline === null ? [] : [{ type: 'ReachDeadline', deadline: life.deadline, quote } as const]),
  ];
}

const answers = readAnswers(ANSWERS);

for (const [name, life] of Object.entries(STATES)) {
  describe(name.replaceAll('_', ' '), () => {
    for (const { request, code } of answers.filter(({ state }) => state === name)) {
      it(code === null ? `accepts ${request}` : `refuses ${request}: ${code}`, () => {
        const here = life();
        const decision = decide(here.state, requestOf(here, request), here.now);
        assert.equal(decision.accepted ? null : decision.refusal.code, code);
      });
    }

    it('never refuses a fact, and its events lead exactly where it says', () => {
      const here = life();
      for (const fact of factsFor(here)) {
        const decision = decide(here.state, fact, here.now);
        assert.ok(decision.accepted, fact.type);
        assert.deepStrictEqual(decision.events.reduce(evolve, here.state), decision.state);
      }
    });

    it('changes nothing for a deadline that is not the next one, or not reached', () => {
      const here = life();
      const stale = { kind: 'expire', at: here.now } as const;
      const { deadline } = here;
      for (const one of deadline === null ? [stale] : [stale, deadline]) {
        const decision = decide(here.state, { type: 'ReachDeadline', deadline: one, quote: null }, here.now);
        assert.ok(decision.accepted);
        assert.deepStrictEqual(decision.events, []);
      }
    });

    it('survives being written down and read again', () => {
      const { state } = life();
      assert.deepStrictEqual(JSON.parse(JSON.stringify(state)), state);
    });
  });
}

describe('the table', () => {
  it('has an answer of each state to each of eighteen requests', () => {
    assert.equal(answers.length, Object.keys(STATES).length * 18);
    assert.equal(new Set(answers.map(({ state, request }) => `${state} ${request}`)).size, answers.length);
  });
});

describe('a refusal', () => {
  it('names its code, its reason and the field at fault', () => {
    const life = Life.active('2027-03-10');
    const decision = decide(life.state, { type: 'CancelOrder', number: '1000009937' }, life.now);
    assert.deepStrictEqual(decision, {
      accepted: false,
      refusal: { code: 'order_unknown', detail: 'This service has no such order.', field: 'number' },
    });
  });

  it('follows the order of the catalogue where several apply', () => {
    const life = answered(Life.renewing('2027-03-10'), (one) => one.until('2028-03-03 09:00'));
    const old = { ...priced(life, 'renewal'), placedOn: on('2027-03-10') };
    // Unpaid order, auto-renewal on and out of date, all at once.
    const request = { type: 'PlaceOrder', order: { number: nextNumber(), priced: old }, pay: null } as const;
    assert.equal(life.refusal(request), 'unpaid_order_exists');
    life.answer('declined');
    life.do({ type: 'CancelOrder', number: life.unpaid() });
    assert.equal(life.refusal(request), 'auto_renewal_on');
    life.do({ type: 'SwitchAutoRenewal', on: false });
    assert.equal(life.refusal(request), 'order_out_of_date');
  });
});

describe('events', () => {
  it('are numbered 1, 2, 3 … and dated by the life’s own clock, which never runs backwards', () => {
    const life = Life.renewing('2027-03-10');
    life.gateway = 'declined';
    life.until('2028-06-01');
    assert.deepStrictEqual(
      life.events.map(({ sequence }) => sequence),
      life.events.map((_, index) => index + 1),
    );
    for (const [index, event] of life.events.entries()) assert.ok(event.at >= (life.events[index - 1]?.at ?? 0));
  });
});
