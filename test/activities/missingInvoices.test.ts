/** Orders older than invoices: shown to operators, and invoiced when they say so. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { InvoiceRow } from '../../db/issuedInvoices.ts';
import { checkLedger } from '../../db/ledgerCheck/check.ts';
import { askForMissing } from '../../db/missingInvoices.ts';
import { listQueue } from '../../db/queue.ts';
import { faultsOf, schemaFaults } from '../../documents/checks.ts';
import { fatturaXml } from '../../documents/fatturapa.ts';
import { plainDate } from '../../domain/calendar.ts';
import { Life, openFresh, type TestDatabase } from '../db/support/life.ts';
import { issueAll } from '../support/invoicing.ts';

const START_DAY = '2027-03-04';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());

async function paid(life: Life, number: string): Promise<void> {
  life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
  await life.commit();
}

async function only(number: string): Promise<InvoiceRow> {
  const invoices = (await issueAll(fresh.db)).filter(({ orderNumber }) => orderNumber === number);
  assert.equal(invoices.length, 1);
  return invoices[0] as InvoiceRow;
}

describe('an order completed before there were invoices', () => {
  const ON = plainDate('2027-06-01');

  async function uninvoiced(): Promise<string> {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    await fresh.db('invoice_requests').where({ order_number: number }).delete();
    return number;
  }

  it('is shown, and invoiced once on demand: on that day, naming the day of its payment', async () => {
    const number = await uninvoiced();
    const [item] = await listQueue(fresh.db, { kind: 'invoice_missing', limit: 10 });
    assert.deepStrictEqual([item?.id, item?.details['completedOn']], [number, START_DAY]);
    const asked = await Promise.all(
      [1, 2].map(() => askForMissing(fresh.db, { orderNumber: number, askedOn: ON, most: 10 })),
    );
    assert.deepStrictEqual(
      asked.flatMap(({ orderNumbers }) => orderNumbers),
      [number],
    );
    const { date, document } = await only(number);
    assert.deepStrictEqual([date, document.remarks], [ON, ['Pagamento registrato il 04/03/2027']]);
    assert.deepStrictEqual([...faultsOf(document, ON), ...schemaFaults(fatturaXml(document))], []);
    assert.deepStrictEqual(await listQueue(fresh.db, { kind: 'invoice_missing', limit: 10 }), []);
    assert.deepStrictEqual((await checkLedger(fresh.db)).differences, []);
  });

  it('comes with all others, so many at a time, however many ask at once', async () => {
    const numbers = [await uninvoiced(), await uninvoiced(), await uninvoiced()];
    const first = await askForMissing(fresh.db, { askedOn: ON, most: 2 });
    assert.deepStrictEqual([first.orderNumbers.length, first.left], [2, 1]);
    const rest = await askForMissing(fresh.db, { askedOn: ON, most: 2 });
    assert.deepStrictEqual([...first.orderNumbers, ...rest.orderNumbers].toSorted(), numbers.toSorted());
    assert.deepStrictEqual(await askForMissing(fresh.db, { askedOn: ON, most: 2 }), { orderNumbers: [], left: 0 });
    for (const number of numbers) await only(number);
  });

  it('asked for on a day before it was completed is dated as it was completed', async () => {
    const number = await uninvoiced();
    await askForMissing(fresh.db, { orderNumber: number, askedOn: plainDate('2026-01-01'), most: 1 });
    const { document } = await only(number);
    assert.equal(document.remarks, undefined);
  });

  it('is none that is unpaid, cancelled, invoiced or unknown', async () => {
    const { number } = await Life.ordered(fresh.db);
    for (const orderNumber of [number, '1000000137'])
      assert.deepStrictEqual(await askForMissing(fresh.db, { orderNumber, askedOn: ON, most: 1 }), {
        orderNumbers: [],
        left: 0,
      });
  });
});
