/** An order whose money has left again: refunds, their credit notes, and payments that were taken back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { issueAll } from '../support/invoicing.ts';
import { assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { eur, IBAN, refund, takeBack, untilDue } from './support/money.ts';
import { activeService, choosePayment, ordersOf } from './support/shop.ts';

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

const CARD = { type: 'card', token: 'tok_approved', brand: 'Visa', last4: '4242', validThrough: '2046-12' };
const mainText = (page: Page): Promise<string> => page.locator('main').innerText();

async function boughtBy(changes: Parameters<typeof activeService>[2] = {}) {
  const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  const service = await activeService(area, customer, changes);
  const [order] = await ordersOf(area, customer);
  assert.ok(order);
  return { customer, service, order, number: String(order['number']) };
}

async function orderPage(customer: TestCustomer, number: string, javaScript = true): Promise<Page> {
  const page = await area.reader({ javaScript });
  await signIn(page, customer);
  await page.goto(`/orders/${number}`);
  return page;
}

const section = (page: Page) => page.locator('section', { has: page.locator('#returns') });

describe('a refunded order', () => {
  it('says how much goes back, when, to where and how far it is, and has the credit note', async () => {
    const { customer, number } = await boughtBy();
    await issueAll(area.api.db);
    await refund(area, { orderNumber: number, amount: eur(1220), iban: IBAN, holder: 'Ada Rossi' });
    const page = await orderPage(customer, number, false);
    assert.match(await mainText(page), /Ricevuto, al netto di quanto restituito\s+18,30\s€\s+Rimborsato\s+12,20\s€/);
    assert.match(
      await section(page).innerText(),
      /Rimborso di 12,20\s€, disposto il .* \d{4}, con bonifico, sul conto che finisce per 3456\.\s*Stato del rimborso:\s*In preparazione/,
    );
    assert.doesNotMatch(await page.content(), /IT60|Ada Rossi|goodwill/);
    await issueAll(area.api.db);
    await page.reload();
    assert.match(await section(page).innerText(), /Nota di credito n\. \S+ del .*: PDF.*XML/s);
    const waiting = page.waitForEvent('download');
    await section(page).locator('a', { hasText: 'XML' }).click();
    const download = await waiting;
    assert.match(readFileSync(await download.path(), 'utf8'), /<TipoDocumento>TD04<\/TipoDocumento>/);
    const good = await orderPage(customer, number);
    await assertGoodPage(good, `/orders/${number}`);
  });

  it('paid by card goes back to the card', async () => {
    const { customer, number } = await boughtBy({ paymentMethod: CARD });
    await refund(area, { orderNumber: number, amount: eur(500) });
    const page = await orderPage(customer, number);
    assert.match(await section(page).innerText(), /Rimborso di 5,00\s€.*sulla carta o sull’account PayPal/s);
    await page.goto(`/language?to=en&back=/orders/${number}`);
    assert.match(await section(page).innerText(), /Refund of €5\.00, decided on .*to the card or PayPal account/s);
  });

  it('is another customer’s business only to that customer', async () => {
    const { number } = await boughtBy();
    await refund(area, { orderNumber: number, amount: eur(100), iban: IBAN });
    const page = await orderPage(await registeredCustomer(area), number);
    assert.doesNotMatch(await page.content(), /3456|Rimborso/);
  });
});

describe('an order whose payment was taken back', () => {
  it('says so, asks for the money again with instructions for it, and is paid', async () => {
    const { customer, order, number } = await boughtBy();
    const key = `api:transfer-${number}`;
    await takeBack(area, order, key, { amountMinor: 2000 });
    await untilDue(area, number, 2000);
    const page = await orderPage(customer, number);
    assert.match(
      await page.locator('main > .notice.warning').innerText(),
      /Un tuo pagamento è stato annullato: sono di nuovo da pagare 20,00\s€\. Quanto hai acquistato .* resta valido/,
    );
    assert.match(await section(page).innerText(), /Pagamento annullato: 20,00\s€, il .* \(richiamato dalla banca\)/);
    assert.match(await page.locator('section[aria-labelledby=transfer]').innerText(), /20,00\s€/);
    await assertGoodPage(page, `/orders/${number}`);
    await page.goto('/');
    assert.match(await page.locator('.service .notice.warning').innerText(), /annullato/);
    await page.goto(`/orders/${number}`);
    await page.getByRole('button', { name: 'Paga', exact: true }).click();
    await choosePayment(page, 'card:tok_approved');
    await page.getByRole('button', { name: 'Paga', exact: true }).click();
    await page.waitForURL(({ pathname }) => pathname === `/orders/${number}`);
    await untilDue(area, number, 0);
    await page.reload();
    assert.equal(await page.locator('main > .notice.warning').count(), 0);
    assert.match(await section(page).innerText(), /Pagamento annullato/);
  });
});
