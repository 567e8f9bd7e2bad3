import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { invoiceFor } from '../../activities/invoices/document.ts';
import { InvoiceFaultyError, issue } from '../../activities/invoices/issue.ts';
import { loadSeller } from '../../config/seller.ts';
import { changeHolder, findHolder, type Holder } from '../../db/holders.ts';
import type { InvoiceRow } from '../../db/issuedInvoices.ts';
import { listQueue } from '../../db/queue.ts';
import { recordRefund } from '../../db/refunding.ts';
import { saleOf } from '../../db/sales.ts';
import { faultsOf, schemaFaults } from '../../documents/checks.ts';
import { fatturaXml } from '../../documents/fatturapa.ts';
import type { Instant } from '../../domain/calendar.ts';
import { percentOf } from '../../domain/money.ts';
import { newSubscription } from '../../domain/subscription.ts';
import { births, RandomLife, steps } from '../domain/randomLives.ts';
import { MARIO, SELLER } from '../documents/samples.ts';
import { Life, openFresh, START, type TestDatabase } from '../db/support/life.ts';
import { issueAll, issuing, requested } from '../support/invoicing.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());
beforeEach(async () => {
  await issueAll(fresh.db);
});

async function paid(life: Life, number: string): Promise<void> {
  life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
  await life.commit();
}

async function invoicesOf(number: string): Promise<InvoiceRow[]> {
  return (await issueAll(fresh.db)).filter(({ orderNumber }) => orderNumber === number);
}

async function only(number: string): Promise<InvoiceRow> {
  const invoices = await invoicesOf(number);
  assert.equal(invoices.length, 1);
  return invoices[0] as InvoiceRow;
}

async function change(life: Life, changes: Partial<Holder>): Promise<void> {
  const holder = await findHolder(fresh.db, life.id);
  assert.ok(holder);
  await changeHolder(fresh.db, life.id, { ...holder, ...changes });
}

async function faulty(issued: Promise<unknown>, ...codes: string[]): Promise<void> {
  await assert.rejects(issued, (error: Error) => {
    assert.ok(error instanceof InvoiceFaultyError, String(error));
    assert.deepStrictEqual([...new Set(error.faults.map(({ code }) => code))], codes);
    return true;
  });
}

describe('the invoice of an order', () => {
  it('says what was sold, by whom, to whom, and how it was paid', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    const { document, kind, date, payableMinor } = await only(number);
    assert.deepStrictEqual(
      [kind, date, payableMinor, document.paidBy],
      ['invoice', '2027-03-04', 3050, 'bank_transfer'],
    );
    assert.equal(document.seller.vatNumber, '12345678903');
    assert.equal(Object.hasOwn(document.seller, 'placeholder'), false);
    assert.deepStrictEqual(Object.keys(document.buyer).toSorted(), [
      ...['address', 'firstName', 'lastName', 'publicAdministration', 'taxCode'],
    ]);
    const line = { description: 'Fatturazione Elettronica', quantity: 1, months: 12, discountPercent: 0 };
    // Its days are known only once the service is active.
    const price = { annualPriceMinor: 2500, netMinor: 2500, from: null, until: null };
    assert.deepStrictEqual(document.lines, [{ ...line, ...price }]);
  });

  it('of a renewal names the days it is for', async () => {
    const life = await Life.active(fresh.db);
    const number = await life.order('renewal');
    await paid(life, number);
    const { document } = await only(number);
    assert.deepStrictEqual(
      document.lines.map(({ description, from, until }) => `${description} ${from} ${until}`),
      ['Fatturazione Elettronica 2028-03-04 2029-03-04'],
    );
  });

  it('is dated on the day its payment was registered, and paid as the payment that reached the sum', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    const part = (key: string, amountMinor: number, method: 'card' | 'postal_slip') =>
      life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number, key, amountMinor, method }) });
    part(`1-slip:${number}`, 1000, 'postal_slip');
    part(`2-card:${number}`, 2050, 'card');
    await life.commit();
    assert.equal((await only(number)).document.paidBy, 'card');
  });

  it('of a public administration released by a commitment is paid net, once', async () => {
    const customer = { companyName: 'Comune di Esempio', publicAdministration: true, recipientCode: 'UF1234' };
    const life = await Life.begin(fresh.db, customer);
    const { id, customerRef, product } = life.state;
    life.state = newSubscription({ id, customerRef, product, splitPayment: true }, START);
    const number = await life.order('first_purchase');
    const registeredOn = life.today;
    life.do({ type: 'RegisterCommitment', number, registeredOn, reference: 'CIG Z123' });
    await life.commit();
    await paid(life, number);
    const { document, payableMinor } = await only(number);
    assert.deepStrictEqual([document.paidBy, document.splitPayment, payableMinor], ['commitment', true, 2500]);
    // A company's person is not named beside it.
    assert.equal(document.buyer.firstName, undefined);
  });

  it('is in the holder’s name as it stands when it is issued', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    await change(life, { lastName: 'Bianchi', recipientCode: 'ABC1234' });
    const { buyer } = (await only(number)).document;
    assert.deepStrictEqual([buyer.lastName, buyer.recipientCode], ['Bianchi', 'ABC1234']);
  });

  for (const [who, changes] of [
    [
      'abroad',
      {
        address: { street: 'Hauptstraße 1', postalCode: 'D-80331', city: 'München', province: 'Bayern', country: 'DE' },
      },
    ],
    ['with a name beyond Latin-1', { companyName: 'Łódź “Ω” 日本 — Софія', certifiedEmail: 'a@pec.example.com' }],
    ['with a name that would break XML', { companyName: '<b>&amp;]]></b>"\'' }],
  ] as const) {
    it(`to a holder ${who} is valid`, async () => {
      const { life, number } = await Life.ordered(fresh.db);
      await paid(life, number);
      await change(life, changes);
      const { document } = await only(number);
      assert.deepStrictEqual([...faultsOf(document), ...schemaFaults(fatturaXml(document))], []);
    });
  }

  it('that the exchange system would refuse takes no number, is shown, and is issued once the data are right', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    const holder = await findHolder(fresh.db, life.id);
    assert.ok(holder);
    await change(life, { address: { ...holder.address, postalCode: '5', province: 'Arezzo' } });
    const [request = 0] = await requested(fresh.db);
    for (let time = 0; time < 2; time += 1) await faulty(issue(issuing(fresh.db), request), 'schema');
    const [item] = await listQueue(fresh.db, { kind: 'invoice_faulty', limit: 10 });
    assert.deepStrictEqual([item?.id, item?.orderNumber, item?.subscriptionId], [String(request), number, life.id]);
    const faults = item?.details['faults'] as { code: string; reason: string }[];
    assert.match(faults.map(({ reason }) => reason).join(), /CAP.*Provincia/);

    const { life: other, number: othersNumber } = await Life.ordered(fresh.db);
    await paid(other, othersNumber);
    const [, next = 0] = await requested(fresh.db);
    await issue(issuing(fresh.db), next);
    await change(life, { address: holder.address });
    const [mine, others] = [await only(number), await only(othersNumber)];
    assert.equal(mine.number, others.number + 1);
    assert.deepStrictEqual(await listQueue(fresh.db, { kind: 'invoice_faulty', limit: 10 }), []);
  });

  it('is not issued for a seller who is a placeholder, but in the sandbox', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    const [request = 0] = await requested(fresh.db);
    await faulty(issue(issuing(fresh.db, { sandbox: false }), request), 'seller');
    assert.equal((await only(number)).orderNumber, number);
  });

  it('is not sent before the day it bears has come in Rome', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    const [request = 0] = await requested(fresh.db);
    const at = (time: string) => {
      const seller = { ...loadSeller(), placeholder: false };
      return issue(issuing(fresh.db, { sandbox: false, seller, clock: () => Date.parse(time) as Instant }), request);
    };
    await faulty(at('2027-03-03T22:59:59.999Z'), '00403');
    await at('2027-03-03T23:00:00Z');
    assert.equal((await only(number)).date, '2027-03-04');
  });

  it('of an administration names the codes it buys under, and so does what takes it back', async () => {
    const life = await Life.begin(fresh.db, { publicAdministration: true, recipientCode: 'UF1234' });
    const { id, customerRef, product } = life.state;
    life.state = newSubscription({ id, customerRef, product, splitPayment: true }, START);
    const number = await life.order('first_purchase');
    const reference = 'Det. 5/2027, CIG: zb98b4a235 - CUP J11B21000000001';
    life.do({ type: 'RegisterCommitment', number, registeredOn: life.today, reference });
    await life.commit();
    const { document } = await only(number);
    assert.deepStrictEqual(
      [document.tenderCode, document.projectCode, document.remarks],
      ['ZB98B4A235', 'J11B21000000001', [`Impegno di spesa: ${reference}`]],
    );
    life.do({ type: 'RecordActivationFailure', reason: 'not_possible' });
    life.do({ type: 'AbandonActivation', reason: 'not possible' });
    await life.commit();
    const [, note] = await invoicesOf(number);
    assert.deepStrictEqual([note?.document.tenderCode, note?.document.remarks], ['ZB98B4A235', undefined]);
  });

  it('of any life is valid and adds up to what was sold', () => {
    let count = 0;
    fc.assert(
      fc.property(births, steps, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 }), (birth, taken, name) => {
        const life = new RandomLife(birth);
        for (const step of taken) life.take(step);
        const buyer = { ...MARIO, companyName: `x${name}`, phone: '', email: '' };
        for (const event of life.events) {
          if (event.type !== 'OrderPlaced') continue;
          const { number, priced } = event.order;
          const sale = saleOf({ number, priced, subscriptionId: 'sub-1', customerId: 'cus-1' }, life.events);
          if (sale === null || sale.sold.payableMinor === 0) continue;
          const place = { number: '1/2027', date: sale.completedOn, progressive: 1 };
          const holder = priced.splitPayment ? { ...buyer, recipientCode: 'UF1234' } : buyer;
          const document = invoiceFor(sale, { seller: SELLER, holder }, place);
          assert.deepStrictEqual([...faultsOf(document), ...schemaFaults(fatturaXml(document))], []);
          const surplus = life.events.find((one) => one.type === 'SurplusCredited' && one.number === number);
          const credited = surplus?.type === 'SurplusCredited' ? surplus.amountMinor : 0;
          assert.equal(sale.sold.payableMinor, priced.payableMinor - credited);
          assert.equal(document.vatMinor, percentOf(document.netMinor, document.vatPercent));
          count += 1;
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(count > 150, `${count} invoices`);
  });
});

describe('a credit note', () => {
  async function refunded(number: string, amountMinor: number, serial: number): Promise<void> {
    await recordRefund(fresh.db, {
      id: `ref_00000000-0000-4000-8000-${number}${String(serial).padStart(2, '0')}`,
      from: { source: 'order', orderNumber: number },
      amountMinor,
      effect: 'keep',
      reason: 'goodwill',
      to: { iban: 'IT60X0542811101000000123456', holder: 'Ada Rossi' },
      requestedAt: START,
      operatorId: 'key_1',
    });
  }

  it('follows each refund, names its invoice, and all together never take back more', async () => {
    const life = await Life.active(fresh.db);
    const [number = ''] = (await fresh.db('orders').where({ subscription_id: life.id }).pluck('number')) as string[];
    await issueAll(fresh.db);
    for (const [serial, amountMinor] of [1, 1333, 777, 939].entries()) await refunded(number, amountMinor, serial);
    const [invoice, ...notes] = await invoicesOf(number);
    assert.ok(invoice);
    assert.equal(notes.length, 4);
    for (const { document, date, kind } of notes) {
      assert.equal(kind, 'credit_note');
      assert.deepStrictEqual(document.credits, { number: invoice.document.number, date: invoice.date });
      assert.ok(date >= invoice.date);
      assert.deepStrictEqual(faultsOf(document), []);
    }
    const sum = (pick: (row: InvoiceRow) => number) => notes.reduce((total, note) => total + pick(note), 0);
    assert.equal(
      sum(({ netMinor }) => netMinor),
      invoice.netMinor,
    );
    assert.equal(
      sum(({ vatMinor }) => vatMinor),
      invoice.vatMinor,
    );
  });

  it('of all that was paid, in any parts and whichever is issued first, leaves nothing of the invoice', async () => {
    const split = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(split, fc.boolean(), async (parts, isLastFirst) => {
        const life = await Life.active(fresh.db);
        const [number = ''] = (await fresh
          .db('orders')
          .where({ subscription_id: life.id })
          .pluck('number')) as string[];
        const { netMinor, vatMinor } = await only(number);
        let left = netMinor + vatMinor;
        for (const [serial, part] of [...parts, left].entries()) {
          const amountMinor = Math.min(part, left);
          left -= amountMinor;
          if (amountMinor > 0) await refunded(number, amountMinor, serial);
        }
        const waiting = await requested(fresh.db);
        for (const id of isLastFirst ? waiting.toReversed() : waiting) await issue(issuing(fresh.db), id);
        const [, ...notes] = await invoicesOf(number);
        const sum = (pick: (note: InvoiceRow) => number): number =>
          notes.reduce((total, note) => total + pick(note), 0);
        assert.deepStrictEqual([sum((note) => note.netMinor), sum((note) => note.vatMinor)], [netMinor, vatMinor]);
        for (const { document } of notes) assert.deepStrictEqual(faultsOf(document), []);
      }),
      { numRuns: 20 },
    );
  });

  it('waits for its invoice, and says so', async () => {
    const life = await Life.active(fresh.db);
    const [number = ''] = (await fresh.db('orders').where({ subscription_id: life.id }).pluck('number')) as string[];
    await refunded(number, 500, 0);
    const [invoice = 0, note = 0] = await requested(fresh.db);
    await faulty(issue(issuing(fresh.db), note), 'no_invoice');
    await issue(issuing(fresh.db), invoice);
    await issue(issuing(fresh.db), note);
    assert.deepStrictEqual(
      (await invoicesOf(number)).map(({ kind }) => kind),
      ['invoice', 'credit_note'],
    );
  });

  it('takes everything back when an order is undone after its invoice', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    await only(number);
    life.do({ type: 'RecordActivationFailure', reason: 'not_possible' });
    life.do({ type: 'AbandonActivation', reason: 'not possible' });
    await life.commit();
    const [invoice, note] = await invoicesOf(number);
    assert.deepStrictEqual([note?.netMinor, note?.vatMinor], [invoice?.netMinor, invoice?.vatMinor]);
    assert.match(note?.document.lines[0]?.description ?? '', /^Annullamento/);
  });

  it('and invoice are both left out when it is undone before', async () => {
    const { life, number } = await Life.ordered(fresh.db);
    await paid(life, number);
    life.do({ type: 'RecordActivationFailure', reason: 'not_possible' });
    life.do({ type: 'AbandonActivation', reason: 'not possible' });
    await life.commit();
    assert.deepStrictEqual(await invoicesOf(number), []);
    assert.deepStrictEqual(await requested(fresh.db), []);
  });
});
