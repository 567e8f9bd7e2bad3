import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Knex } from 'knex';
import { postJournal, type Posting } from '../../db/ledger.ts';
import { recordPayment } from '../../db/payments.ts';
import { Life, openFresh, refusedBy, START, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
let db: Knex;
before(async () => {
  fresh = await openFresh();
  ({ db } = fresh);
});
after(() => fresh.close());

/** Changes one order past all checks but Postgres's own. */
function change(number: string, columns: Record<string, unknown>): PromiseLike<unknown> {
  return db('orders').where({ number }).update(columns);
}

async function aPayment() {
  const { life, number } = await Life.ordered(db);
  const payment = life.newPayment(life.payment({ orderNumber: number }));
  await recordPayment(db, payment);
  return { life, payment };
}

function post(postings: readonly Posting[]): Promise<void> {
  return db.transaction((trx) =>
    postJournal(trx, { kind: 'Test', at: START, subscriptionId: null, sequence: null, postings }),
  );
}

describe('Postgres refuses a customer', () => {
  const WRONG: Record<string, Record<string, unknown>> = {
    customers_identified: { tax_code: null, vat_number: null },
    customers_named: { first_name: null, company_name: null },
    customers_language_check: { language: 'de' },
  };
  for (const [constraint, columns] of Object.entries(WRONG)) {
    it(`by ${constraint}`, async () => {
      const { life } = await Life.ordered(db);
      await refusedBy(constraint, db('customers').where({ id: life.customer.id }).update(columns));
    });
  }
});

describe('Postgres refuses a live service', () => {
  it('on a tax identity that is taken', async () => {
    const { life } = await Life.ordered(db);
    const slot = { tax_identity: life.customer.taxCode, subscription_id: 'sub_other' };
    await refusedBy('live_services_pkey', db('live_services').insert(slot));
  });
});

describe('Postgres refuses an order', () => {
  const WRONG: Record<string, Record<string, unknown>[]> = {
    orders_number_checks: [{ number: '1000000137' }, { number: '12' }, { number: '00100000016105' }, { number: 'x' }],
    orders_status_check: [{ status: 'paid' }],
    orders_type_check: [{ type: 'gift' }],
    orders_origin_check: [{ origin: 'bank' }],
    orders_currency_check: [{ currency: 'USD' }],
    orders_payable_in_range: [
      { payable_minor: 2_000_000_000, due_minor: 2_000_000_000, priced: { payableMinor: 2e9 } },
    ],
    orders_due_in_range: [
      { payable_minor: -1, due_minor: -1, priced: { payableMinor: -1 } },
      { due_minor: -1, received_minor: 3051 },
    ],
    orders_received_in_range: [{ due_minor: 0, received_minor: 3051, status: 'cancelled', cancelled_why: 'customer' }],
    orders_price_is_its_own: [{ payable_minor: 3051, due_minor: 3051 }],
    orders_add_up: [{ due_minor: 3049 }, { received_minor: 1 }],
    orders_placed: [{ placed_at: null }, { status: 'reserved' }],
    orders_refused: [{ refusal: '{}' }],
    orders_completed: [{ status: 'completed' }, { completed_on: '2027-03-04' }],
    orders_cancelled: [{ status: 'cancelled', due_minor: 0 }, { cancelled_why: 'customer' }],
  };
  for (const [constraint, cases] of Object.entries(WRONG)) {
    for (const columns of cases) {
      it(`by ${constraint}: ${JSON.stringify(columns)}`, async () => {
        const { number } = await Life.ordered(db);
        await refusedBy(constraint, change(number, columns));
      });
    }
  }

  it('that is a second unpaid renewal or reactivation, or a second unpaid upgrade', async () => {
    const life = await Life.active(db);
    const copy = async (number: string, type: string): Promise<void> => {
      const { number: other } = await life.quote('renewal');
      const row: Record<string, unknown> = await db('orders').where({ number }).first();
      await db('orders').insert({ ...row, number: other, type, placed_at: new Date(), created_at: new Date() });
    };
    const renewal = await life.order('renewal');
    const upgrade = await life.order('upgrade', { space: 1 });
    await life.commit();
    await refusedBy('orders_one_unpaid_term', copy(renewal, 'renewal'));
    await refusedBy('orders_one_unpaid_term', copy(renewal, 'reactivation'));
    await refusedBy('orders_one_unpaid_upgrade', copy(upgrade, 'upgrade'));
    await refusedBy('orders_one_first_purchase', copy(renewal, 'first_purchase'));
    life.do({ type: 'CancelOrder', number: renewal });
    await life.order('renewal');
    await life.commit();
  });
});

describe('Postgres refuses a subscription', () => {
  const WRONG: Record<string, Record<string, unknown>[]> = {
    subscriptions_expire: [{ expires_on: null }],
    subscriptions_sequence_check: [{ sequence: 0 }],
    subscriptions_state_is_its_own: [{ sequence: 1 }, { status: 'expired' }],
  };
  for (const [constraint, cases] of Object.entries(WRONG)) {
    for (const columns of cases) {
      it(`by ${constraint}: ${JSON.stringify(columns)}`, async () => {
        const life = await Life.active(db);
        await refusedBy(constraint, db('subscriptions').where({ id: life.id }).update(columns));
      });
    }
  }

  it('in a state that is none', async () => {
    const life = await Life.active(db);
    const paused = { status: 'paused', state: { ...life.state, phase: { status: 'paused' } } };
    await refusedBy('subscriptions_status_check', db('subscriptions').where({ id: life.id }).update(paused));
  });

  it('of a customer that does not exist', async () => {
    const life = await Life.begin(db);
    life.state = { ...life.state, customerRef: 'cus_none' };
    life.do({ type: 'ReportUsage', usedBytes: 1 });
    await refusedBy('subscriptions_customer_id_fkey', life.commit());
  });
});

describe('Postgres refuses in the timeline', () => {
  it('the same sequence twice, and any change', async () => {
    const { life } = await Life.ordered(db);
    const entry = { subscription_id: life.id, sequence: 1, at: new Date(), type: 'UsageReported', data: '{}' };
    await refusedBy('timeline_pkey', db('timeline').insert(entry));
    await refusedBy('timeline_append_only', db('timeline').where({ subscription_id: life.id }).update({ type: 'X' }));
    await refusedBy('timeline_append_only', db('timeline').where({ subscription_id: life.id }).delete());
    await refusedBy('timeline_append_only', db.raw('truncate timeline cascade'));
  });
});

describe('Postgres refuses a message', () => {
  it('twice for one occasion, and one of no event', async () => {
    const { life } = await Life.ordered(db);
    const row: { kind: string; occasion: string } = await db('messages').where({ subscription_id: life.id }).first();
    const { kind, occasion } = row;
    const again = { kind, occasion, subscription_id: life.id, sequence: 1, at: new Date(), payload: '{}' };
    await refusedBy('messages_subscription_id_occasion_key', db('messages').insert(again));
    const ofNothing = { ...again, occasion: 'other', sequence: 99 };
    await refusedBy('messages_subscription_id_sequence_fkey', db('messages').insert(ofNothing));
    await refusedBy('messages_sent', db('messages').where({ subscription_id: life.id }).update({ status: 'sent' }));
  });
});

describe('Postgres refuses a payment', () => {
  it('of no money, of too much, in another currency or by another method', async () => {
    const { payment } = await aPayment();
    const copy = (columns: { amount?: number; currency?: string; method?: string }): PromiseLike<unknown> =>
      db.raw(
        `insert into payments (key, source, external_id, order_number, amount_minor, currency, method, registered_on, received_at)
         select ?, source, ?, order_number, ?, ?, ?, registered_on, received_at from payments where key = ?`,
        ['bank:x', 'x', columns.amount ?? 1, columns.currency ?? 'EUR', columns.method ?? 'card', payment.key],
      );
    await refusedBy('payments_amount_minor_check', copy({ amount: 0 }));
    await refusedBy('payments_amount_minor_check', copy({ amount: -1 }));
    await refusedBy('payments_amount_minor_check', copy({ amount: 1_000_000_001 }));
    await refusedBy('payments_currency_check', copy({ currency: 'USD' }));
    await refusedBy('payments_method_check', copy({ method: 'cash' }));
    await refusedBy('payment_places_add_up', copy({}));
  });

  it('a second time, under its key or its source and external id', async () => {
    const { payment } = await aPayment();
    const again = (key: string): PromiseLike<unknown> =>
      db.raw(
        `insert into payments (key, source, external_id, order_number, amount_minor, currency, method, registered_on, received_at)
         select ?, source, case when ? = key then 'other' else external_id end, order_number, amount_minor, currency, method,
           registered_on, received_at from payments where key = ?`,
        [key, key, payment.key],
      );
    await refusedBy('payments_pkey', again(payment.key));
    await refusedBy('payments_source_external_id_key', again('bank:another-key'));
  });

  it('that is changed or deleted', async () => {
    const { payment } = await aPayment();
    const row = db('payments').where({ key: payment.key });
    await refusedBy('payments_append_only', row.clone().update({ amount_minor: 1 }));
    await refusedBy('payments_append_only', row.clone().update({ registered_on: '2027-01-01' }));
    await refusedBy('payments_append_only', row.clone().delete());
  });
});

describe('Postgres refuses in the ledger', () => {
  it('a journal that does not balance, or has no postings', async () => {
    const unbalanced: Posting[] = [
      { account: 'cash:card', amountMinor: 100 },
      { account: 'vat_payable', amountMinor: -99 },
    ];
    await refusedBy('ledger_journals_balance', post(unbalanced));
    await refusedBy(
      'ledger_journals_balance',
      db.raw("insert into ledger_journals (kind, at) values ('Empty', now())"),
    );
  });

  it('a posting that is added to a closed journal, even a balanced one', async () => {
    await aPayment();
    const journal: { id: number } = await db('ledger_journals').first('id');
    const line = { journal_id: journal.id, currency: 'EUR', account: 'vat_payable' };
    const lines = [
      { ...line, line: 8, amount_minor: 1 },
      { ...line, line: 9, amount_minor: -1 },
    ];
    await refusedBy('ledger_postings_in_time', db('ledger_postings').insert(lines));
  });

  it('any change of what was booked', async () => {
    await aPayment();
    for (const table of ['ledger_journals', 'ledger_postings']) {
      const column = table === 'ledger_journals' ? { kind: 'X' } : { amount_minor: 7 };
      await refusedBy(`${table}_append_only`, db(table).update(column));
      await refusedBy(`${table}_append_only`, db(table).delete());
      await refusedBy(`${table}_append_only`, db.raw('truncate ?? cascade', [table]));
    }
  });

  it('an account that is none, a posting of nothing, and another currency', async () => {
    const wrong = 'pocket_money' as 'unapplied';
    const lines: Posting[] = [
      { account: wrong, amountMinor: 1 },
      { account: 'vat_payable', amountMinor: -1 },
    ];
    await refusedBy('ledger_postings_account_check', post(lines));
    const insert = (columns: Record<string, unknown>): Promise<unknown> =>
      db.transaction(async (trx) => {
        const [journal] = await trx('ledger_journals').insert({ kind: 'Test', at: new Date() }).returning('id');
        const line = { journal_id: journal.id, line: 1, account: 'vat_payable', amount_minor: 1, currency: 'EUR' };
        await trx('ledger_postings').insert({ ...line, ...columns });
      });
    await refusedBy('ledger_postings_amount_minor_check', insert({ amount_minor: 0 }));
    await refusedBy('ledger_postings_currency_check', insert({ currency: 'USD' }));
  });

  it('money taken from where it is not', async () => {
    const { life, payment } = await aPayment();
    const take = (from: Posting['account'], amountMinor: number): Promise<void> =>
      post([
        { account: from, amountMinor, paymentKey: payment.key },
        { account: 'unmatched', amountMinor: -amountMinor, paymentKey: payment.key },
      ]);
    await refusedBy('payment_places_not_negative', take('unapplied', 3051));
    await refusedBy('payment_places_not_negative', take('receivable:1000000161', 1));
    const credit = { account: `customer_credit:${life.customer.id}`, amountMinor: 1 } as const;
    await refusedBy('customer_credits_not_negative', post([credit, { account: 'unmatched', amountMinor: -1 }]));
  });

  it('money of a payment that goes nowhere, or comes twice', async () => {
    const { payment } = await aPayment();
    const spent: Posting[] = [
      { account: 'unapplied', amountMinor: 50, paymentKey: payment.key },
      { account: 'deferred_revenue', amountMinor: -50 },
    ];
    await refusedBy('payment_places_add_up', post(spent));
    const twice: Posting[] = [
      { account: 'cash:card', amountMinor: 3050 },
      { account: 'unapplied', amountMinor: -3050, paymentKey: payment.key },
    ];
    await refusedBy('payment_places_add_up', post(twice));
    const none: Posting[] = [
      { account: 'cash:card', amountMinor: 1 },
      { account: 'unapplied', amountMinor: -1, paymentKey: 'bank:none' },
    ];
    await assert.rejects(post(none), /foreign key/);
  });

  it('a second journal for one event', async () => {
    const { life } = await Life.ordered(db);
    const postings: Posting[] = [
      { account: 'cash:card', amountMinor: 1 },
      { account: 'unmatched', amountMinor: -1 },
    ];
    const again = { kind: 'OrderPlaced', at: START, subscriptionId: life.id, sequence: 1, postings };
    await refusedBy(
      'ledger_journals_subscription_id_sequence_key',
      db.transaction((trx) => postJournal(trx, again)),
    );
  });
});
