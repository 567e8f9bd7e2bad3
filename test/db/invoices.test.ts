import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { issue } from '../../activities/invoices/issue.ts';
import { DELIVER_INVOICE_JOB, nextInvoiceNumber, queueCreditNote, queueInvoice } from '../../db/invoices.ts';
import { markDelivered, noteUndelivered, type InvoiceRow } from '../../db/issuedInvoices.ts';
import { ledgerBalances } from '../../db/ledger.ts';
import { addDays, instantOf, plainDate, type Instant, type PlainDate } from '../../domain/calendar.ts';
import { allInvoices, issueAll, issuing, requested } from '../support/invoicing.ts';
import { Life, openFresh, refusedBy, type TestDatabase } from './support/life.ts';

const ORDERS = 200;

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

/** A life whose first order is paid on that day, and committed. */
async function paidOn(day: PlainDate): Promise<{ life: Life; number: string }> {
  const life = await Life.begin(fresh.db);
  life.now = instantOf(day, 10);
  const number = await life.order('first_purchase');
  life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
  await life.commit();
  return { life, number };
}

async function jobs(identifier: string): Promise<{ key: string }[]> {
  return fresh.db('graphile_worker.jobs').where({ task_identifier: identifier }).orderBy('key').select('key');
}

function assertSeries(invoices: readonly InvoiceRow[]): void {
  for (const [index, invoice] of invoices.entries()) {
    const previous = invoices[index - 1];
    const isFirst = previous?.year !== invoice.year;
    assert.equal(invoice.number, isFirst ? 1 : previous.number + 1);
    assert.equal(invoice.document.number, `${invoice.number}/${invoice.year}`);
    assert.equal(Number(invoice.date.slice(0, 4)), invoice.year);
    if (!isFirst) assert.ok(invoice.date >= previous.date, `${invoice.id}: ${invoice.date} after ${previous.date}`);
  }
  assert.equal(new Set(invoices.map(({ fileName }) => fileName)).size, invoices.length);
}

describe('completed orders', () => {
  it('each ask for one invoice in the transaction that completes them, and none for nothing', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    assert.deepStrictEqual(await requested(fresh.db), []);
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    const events = [...life.pending];
    await life.commit();
    await life.commit(events); // a commit that comes again
    assert.equal((await requested(fresh.db)).length, 1);
    await queueInvoice(fresh.db, number);
    assert.equal((await jobs('issue_invoice')).length, 1);
  });

  it('200 at once, over the turn of a year, asked for by two processes: numbers without a gap, dates never back', async () => {
    await issueAll(fresh.db);
    const days = Array.from({ length: ORDERS }, (_, index) => addDays(plainDate('2027-12-01'), (index * 37) % 62));
    for (let next = 0; next < ORDERS; next += 10) await Promise.all(days.slice(next, next + 10).map(paidOn));
    const ids = await requested(fresh.db);
    assert.equal(ids.length, ORDERS);
    const twice = [...ids, ...ids.toReversed()].map((id) => issue(issuing(fresh.db), id));
    await Promise.all(twice);
    const invoices = await allInvoices(fresh.db);
    assert.equal(invoices.length, ORDERS + 1);
    assertSeries(invoices);
    assert.equal(new Set(invoices.map(({ orderNumber }) => orderNumber)).size, ORDERS + 1);
    assert.deepStrictEqual([...new Set(invoices.map(({ year }) => year))], [2027, 2028]);
    assert.deepStrictEqual(await requested(fresh.db), []);
    const expected = invoices.map(({ id }) => `invoice_delivery:${id}`).toSorted();
    assert.deepStrictEqual((await jobs(DELIVER_INVOICE_JOB)).map(({ key }) => key).toSorted(), expected);
  });

  it('whose issuing dies in the middle leave no gap', async () => {
    const day = plainDate('2029-05-01');
    const failed = fresh.db.transaction(async (trx) => {
      await nextInvoiceNumber(trx, day);
      throw new Error('killed');
    });
    await assert.rejects(failed, /killed/);
    await paidOn(day);
    const last = (await issueAll(fresh.db)).at(-1);
    assert.deepStrictEqual([last?.id, last?.date], ['2029-1', day]);
  });

  it('paid before one that is invoiced already are dated as that one, and never in another year', async () => {
    await paidOn(plainDate('2030-03-10'));
    await issueAll(fresh.db);
    await paidOn(plainDate('2030-02-01'));
    await paidOn(plainDate('2029-12-31'));
    const invoices = await issueAll(fresh.db);
    const dates = invoices.filter(({ year }) => year >= 2029).map(({ id, date }) => `${id} ${date}`);
    assert.deepStrictEqual(dates, ['2029-1 2029-05-01', '2029-2 2029-12-31', '2030-1 2030-03-10', '2030-2 2030-03-10']);
  });
});

describe('the turn of a year', () => {
  it('is midnight in Rome, whatever the clocks of others say', async () => {
    const own = await openFresh();
    try {
      for (const time of ['2033-12-31T22:59:59.999Z', '2033-12-31T23:00:00.000Z']) {
        const life = await Life.begin(own.db);
        life.now = Date.parse(time) as Instant;
        const number = await life.order('first_purchase');
        life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
        await life.commit();
      }
      const issued = await issueAll(own.db);
      assert.deepStrictEqual(
        issued.map(({ id, date }) => `${id} ${date}`),
        ['2033-1 2033-12-31', '2034-1 2034-01-01'],
      );
    } finally {
      await own.close();
    }
  });
});

describe('an issued document', () => {
  it('never changes: only its delivery does', async () => {
    const [invoice] = await allInvoices(fresh.db);
    assert.ok(invoice);
    const row = () => fresh.db('invoices').where({ id: invoice.id });
    for (const change of [
      { xml: '<x/>' },
      { document: '{}' },
      { date: '2027-12-31' },
      { number: 7 },
      { net_minor: 1 },
      { order_number: '1000000137' },
      { refund_id: 'ref_1' },
      { file_name: 'other.xml' },
    ])
      await refusedBy('invoices_append_only', row().update(change));
    await refusedBy('invoices_append_only', row().delete());
    await refusedBy('invoices_append_only', fresh.db.raw('truncate invoices'));
    await noteUndelivered(fresh.db, invoice.id, 'folder: ENOSPC');
    await markDelivered(fresh.db, invoice.id);
    await noteUndelivered(fresh.db, invoice.id, 'too late');
    const { delivery } = (await allInvoices(fresh.db))[0] as InvoiceRow;
    assert.deepStrictEqual([delivery.status, delivery.attempts, delivery.lastError], ['delivered', 2, null]);
  });

  it('is refused by the table where it breaks its series or comes twice', async () => {
    const invoices = await allInvoices(fresh.db);
    const last = invoices.at(-1);
    assert.ok(last);
    const { number: orderNumber } = await paidOn(plainDate('2031-01-01'));
    const insert = (changes: Record<string, unknown>) =>
      fresh.db.transaction(async (trx) => {
        await trx.raw(
          `insert into invoice_series values (2030, 99, '2030-12-31') on conflict (year) do update set last_number = 99`,
        );
        const row = (await trx('invoices').where({ id: last.id }).first()) as Record<string, unknown>;
        delete row['created_at'];
        const next = {
          id: '2030-3',
          number: 3,
          progressive: 60_000_000,
          file_name: 'a.xml',
          order_number: orderNumber,
        };
        await trx('invoices').insert({ ...row, document: JSON.stringify(row['document']), ...next, ...changes });
      });
    await refusedBy('invoices_in_series', insert({ id: '2030-4', number: 4 }));
    await refusedBy('invoices_in_series', insert({ date: '2030-03-09' }));
    await refusedBy('invoices_of_their_year', insert({ date: '2031-01-01' }));
    await refusedBy('invoices_one_an_order', insert({ order_number: last.orderNumber }));
    await refusedBy('invoices_file_name_key', insert({ file_name: last.fileName }));
    await refusedBy('invoices_named', insert({ id: '2030-5' }));
  });
});

describe('a credit note', () => {
  it('is asked for once a refund, in the refund’s transaction', async () => {
    const refundId = 'ref_00000000-0000-0000-0000-000000000001';
    const before = await requested(fresh.db);
    await assert.rejects(
      fresh.db.transaction(async (trx) => {
        await queueCreditNote(trx, refundId);
        throw new Error('killed');
      }),
    );
    assert.deepStrictEqual(await requested(fresh.db), before);
    for (let time = 0; time < 2; time += 1) await queueCreditNote(fresh.db, refundId);
    assert.equal((await requested(fresh.db)).length, before.length + 1);
  });
});

describe('the surplus of an upgrade', () => {
  it('is taken off revenue and VAT, so that the ledger says what the invoice says', async () => {
    const own = await openFresh();
    try {
      const life = await Life.active(own.db);
      life.now = instantOf(addDays(life.today, 60), 10);
      const upgrade = await life.order('upgrade', { user: 1 });
      await life.commit();
      // The renewal moves the end beyond what the upgrade was to extend.
      const renewal = await life.order('renewal');
      life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: renewal }) });
      await life.commit();
      const events = life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: upgrade }) });
      assert.ok(events.some(({ type }) => type === 'SurplusCredited'));
      await life.commit();
      const invoices = await issueAll(own.db);
      const balances = await ledgerBalances(own.db);
      const sum = (pick: (invoice: InvoiceRow) => number) => invoices.reduce((total, one) => total + pick(one), 0);
      assert.equal(
        -(balances['deferred_revenue'] ?? 0),
        sum(({ netMinor }) => netMinor),
      );
      assert.equal(
        -(balances['vat_payable'] ?? 0),
        sum(({ vatMinor }) => vatMinor),
      );
      const sold = invoices.find(({ orderNumber }) => orderNumber === upgrade);
      assert.ok((sold?.document.lines.at(-1)?.netMinor ?? 0) < 0);
    } finally {
      await own.close();
    }
  });
});
