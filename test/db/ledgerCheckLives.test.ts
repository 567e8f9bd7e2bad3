/** Damage to orders, states and timelines: each kind is named by its check, with ids and amounts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Damage } from './support/damage.ts';
import { Life, openFresh } from './support/life.ts';

let damage: Damage;
let close: () => Promise<void>;
before(async () => {
  const fresh = await openFresh();
  damage = new Damage(fresh.db);
  close = () => fresh.close();
});
after(() => close());

describe('damage', () => {
  it('of an order: due, received or status are others', async () => {
    const { life, number } = await damage.agreeing();
    await damage.plant('update orders set received_minor = 3040, due_minor = 10 where number = ?', [number]);
    assert.deepStrictEqual(await damage.found(), [
      ['receivable_is_due', `order ${number}`, 'owed by the ledger', 10, 0],
      ['orders_hold_received', `order ${number}`, 'received', 3050, 3040],
      ['orders_follow_timeline', `order ${number}`, 'received', 3050, 3040],
      ['orders_follow_timeline', `order ${number}`, 'due', 0, 10],
    ]);
    await damage.plant(
      `update orders set received_minor = 3050, due_minor = 0, status = 'awaiting_payment', completed_on = null where number = ?`,
      [number],
    );
    assert.deepStrictEqual(await damage.found(), [
      ['orders_follow_timeline', `order ${number}`, 'status', 'completed', 'awaiting_payment'],
      ['orders_follow_timeline', `order ${number}`, 'completed on', life.today, null],
      ['orders_follow_state', `order ${number}`, 'status', 'completed', 'awaiting_payment'],
    ]);
  });

  it('of an order: it is gone, or its subscription never was', async () => {
    const { life, number } = await damage.agreeing();
    await damage.plant(`update orders set subscription_id = 'sub_gone' where number = ?`, [number]);
    assert.deepStrictEqual(await damage.found(), [
      ['orders_follow_timeline', `order ${number}`, 'its subscription', 'sub_gone', null],
      ['orders_follow_timeline', `order ${number}, not in the table`, 'status', 'completed', null],
      ['orders_follow_timeline', `order ${number}, not in the table`, 'completed on', life.today, null],
    ]);
  });

  it('of a state: it is not what its events lead to', async () => {
    const { life, number } = await damage.agreeing();
    await damage.plant(
      `update subscriptions set state = jsonb_set(jsonb_set(state, '{termYears}', '3'), '{finishedOrders}', '[]') where id = ?`,
      [life.id],
    );
    assert.deepStrictEqual(await damage.found(), [
      [
        'state_is_its_timeline',
        `subscription ${life.id}`,
        'finishedOrders',
        `[{"number":"${number}","outcome":"completed"}]`,
        '[]',
      ],
      ['state_is_its_timeline', `subscription ${life.id}`, 'termYears', '1', '3'],
    ]);
  });

  it('of a state: an order that waits for money is not as it has it', async () => {
    const { life, number } = await Life.ordered(damage.db);
    assert.deepStrictEqual(await damage.found(), []);
    await damage.plant(
      `update subscriptions set state = jsonb_set(state, '{orders,0,payments}', ?::jsonb) where id = ?`,
      [
        JSON.stringify([
          {
            key: 'bank:1',
            amountMinor: 50,
            appliedMinor: 50,
            registeredOn: '2027-03-04',
            method: 'card',
            storedMethod: null,
          },
        ]),
        life.id,
      ],
    );
    const told = await damage.found();
    assert.deepStrictEqual(told.slice(1), [
      ['orders_follow_state', `order ${number}`, 'received', 50, 0],
      ['orders_follow_state', `order ${number}`, 'due', 3000, 3050],
    ]);
    assert.deepStrictEqual(told[0]?.slice(0, 3), ['state_is_its_timeline', `subscription ${life.id}`, 'orders']);
  });

  it('of the read model: a column says something else than the state', async () => {
    const { life } = await damage.agreeing();
    await damage.plant(`update subscriptions set auto_renewal = true, expires_on = '2030-01-01' where id = ?`, [
      life.id,
    ]);
    assert.deepStrictEqual(await damage.found(), [
      ['read_model_is_its_state', `subscription ${life.id}`, 'expiry', '2028-03-04', '2030-01-01'],
      ['read_model_is_its_state', `subscription ${life.id}`, 'auto-renewal', 'off', 'on'],
    ]);
  });

  it('of a timeline: an event is missing', async () => {
    const { life } = await damage.agreeing();
    const last = life.state.sequence;
    await damage.plant('delete from timeline where subscription_id = ? and sequence = ?', [life.id, last]);
    assert.deepStrictEqual(await damage.found(), [
      ['timeline_whole', `subscription ${life.id}`, 'events without a gap up to', String(last), String(last - 1)],
    ]);
  });

  it('of a timeline: an event tells of another amount than was booked', async () => {
    const { life, number } = await damage.agreeing();
    await damage.plant(
      `update timeline set data = jsonb_set(data, '{payment,appliedMinor}', '3000')
       where subscription_id = ? and type = 'PaymentApplied'`,
      [life.id],
    );
    assert.deepStrictEqual(await damage.found(), [
      [
        'events_are_booked',
        `event 3 of ${life.id}, PaymentApplied`,
        'journal',
        `receivable:${number} -30.00`,
        `receivable:${number} -30.50, unapplied 30.50`,
      ],
      ['orders_follow_timeline', `order ${number}`, 'received', 3000, 3050],
      ['orders_follow_timeline', `order ${number}`, 'due', 50, 0],
    ]);
  });

  it('of a timeline: it tells of a payment that nobody knows', async () => {
    const { life, key } = await damage.agreeing();
    await damage.plant(
      `update timeline set data = jsonb_set(data, '{payment,key}', '"bank:unknown"')
       where subscription_id = ? and type = 'PaymentReceived'`,
      [life.id],
    );
    const [payment, event, ...rest] = await damage.found();
    assert.deepStrictEqual(payment?.slice(0, 2), ['payments_were_told', `payment ${key}`]);
    assert.deepStrictEqual(event, [
      'payments_were_told',
      `event 2 of ${life.id}`,
      'payment it tells of',
      'bank:unknown',
      null,
    ]);
    assert.deepStrictEqual(
      rest.map(([check, , what]) => [check, what]),
      [['state_is_its_timeline', 'seenPayments']],
    );
  });

  it('of a journal: no event led to it', async () => {
    const { life } = await damage.agreeing();
    await damage.plant(
      `update ledger_journals set kind = 'PaymentCredited' where subscription_id = ? and kind = 'PaymentApplied'`,
      [life.id],
    );
    const id = await damage.journalOf(life, 'PaymentCredited');
    assert.deepStrictEqual(await damage.found(), [
      ['journals_have_events', `journal ${id}, event 3 of ${life.id}`, 'kind', 'PaymentApplied', 'PaymentCredited'],
    ]);
    await damage.plant('update ledger_journals set sequence = 99 where id = ?', [id]);
    const told = await damage.found();
    assert.deepStrictEqual(
      told.map(([check, , , expected]) => [check, expected]),
      [
        ['events_are_booked', told[0]?.[3]],
        ['journals_have_events', null],
      ],
    );
  });
});
