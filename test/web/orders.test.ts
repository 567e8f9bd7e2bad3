import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import jsqr from 'jsqr';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { eventually, type Json } from '../api/support/api.ts';
import { firstOrder, transfer, untilStatus } from '../api/support/customers.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { activeService } from './support/shop.ts';

let area: Area;
let customer: TestCustomer;
let page: Page;
before(async () => {
  area = await startArea();
  customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  page = await area.reader();
  await signIn(page, customer);
});
after(async () => area?.stop());

async function unpaidOrderOf({ id }: TestCustomer): Promise<string> {
  const { status, body } = await firstOrder(area.api, { customerId: id });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['number']);
}

/** What a phone's camera reads off the screen. */
async function scanned(reader: Page): Promise<string | undefined> {
  const { width, height, data } = PNG.sync.read(await reader.locator('svg.qr').screenshot());
  return jsqr.default(new Uint8ClampedArray(data), width, height)?.data;
}

const mainText = (reader: Page): Promise<string> => reader.locator('main').innerText();

describe('an unpaid order', () => {
  it('shows what the guide lists, and a code that says what the API says', async () => {
    const number = await unpaidOrderOf(customer);
    await page.goto(`/orders/${number}`);
    const text = await mainText(page);
    for (const shown of ['Primo Acquisto', number, '30,50\u00a0€', 'In attesa pagamento', '1 GB', '1 anno'])
      assert.ok(text.includes(shown), shown);
    const { body } = await area.api.get(`/v1/orders/${number}/payment-instructions`);
    const { epcQr } = body['bankTransfer'] as { epcQr: string };
    assert.equal(await scanned(page), epcQr);
    assert.match(text, /Coordinate di esempio: non eseguire pagamenti/);
    assert.match(text, /IT60 X054 2811 1010 0000 0123 456/);
    assert.match(String(await page.locator('svg.qr').getAttribute('aria-label')), /30,50/);
    const phone = await area.reader({ width: 360, more: { colorScheme: 'dark' } });
    await signIn(phone, customer);
    await phone.goto(`/orders/${number}/instructions`);
    assert.equal(await scanned(phone), epcQr);
    const { width } = (await phone.locator('svg.qr').boundingBox()) ?? { width: 0 };
    const modules = Number((await phone.locator('svg.qr').getAttribute('viewBox'))?.split(' ')[2]);
    assert.ok(width / modules >= 3, `${width / modules} px per module`);
    for (const path of [`/orders/${number}`, `/orders/${number}/instructions`, `/orders/${number}/pay`])
      await assertGoodPage(page, path);
    await page.emulateMedia({ colorScheme: 'dark' });
    await assertGoodPage(page, `/orders/${number}`);
    await page.emulateMedia({ colorScheme: 'light' });
    await assertGoodPage(page, `/orders/${number}/cancel`);
    await page.goto('/language?to=it&back=/');
    await area.api.post(`/v1/orders/${number}/cancel`, {});
  });

  it('is cancelled after a question, in a dialog or on a page of its own', async () => {
    for (const javaScript of [true, false]) {
      const reader = await area.reader({ javaScript });
      await signIn(reader, customer);
      const number = await unpaidOrderOf(customer);
      await reader.goto(`/orders/${number}`);
      await reader.getByRole('button', { name: 'Annulla', exact: true }).click();
      if (javaScript) {
        await reader.locator('dialog[open]').waitFor();
        await assertAccessible(reader);
      }
      await reader.getByRole('button', { name: 'Annulla l’ordine' }).click();
      await reader.locator('.badge', { hasText: 'Annullato' }).waitFor();
      assert.match(await mainText(reader), /L’ordine è stato annullato/);
      assert.equal(await reader.getByRole('button', { name: 'Paga', exact: true }).count(), 0);
    }
  });

  it('that was cancelled or paid meanwhile is shown as it is now', async () => {
    const number = await unpaidOrderOf(customer);
    const second = await page.context().newPage();
    await page.goto(`/orders/${number}/cancel`);
    await second.goto(`/orders/${number}/pay`);
    await second.locator('input[name=pay][value=new]').check();
    await page.getByRole('button', { name: 'Annulla l’ordine' }).click();
    await page.locator('.badge', { hasText: 'Annullato' }).waitFor();
    await second.getByRole('button', { name: 'Paga', exact: true }).click();
    await second.waitForURL((url) => url.pathname === `/orders/${number}`);
    assert.match(await second.locator('.notice.info').innerText(), /Questo servizio è terminato/);
    assert.match(await mainText(second), /Annullato/);
    for (const path of ['pay', 'cancel']) {
      await second.goto(`/orders/${number}/${path}`);
      assert.equal(new URL(second.url()).pathname, `/orders/${number}`);
    }
  });

  it('tells what came in and what is still due', async () => {
    const { body } = await firstOrder(area.api, { customerId: customer.id });
    await transfer(area.api, body, { amount: { amountMinor: 1000, currency: 'EUR' } });
    const path = `/orders/${String(body['number'])}`;
    await eventually(
      'the first part',
      () => area.api.get(`/v1${path}`),
      (answer) => (answer.body['due'] as Json)['amountMinor'] === 2050,
    );
    await page.goto(path);
    const text = await mainText(page);
    assert.match(text, /Già ricevuto\s+10,00\s€/);
    assert.match(text, /20,50\s€/);
    await transfer(area.api, body, { amount: { amountMinor: 2050, currency: 'EUR' }, externalId: 'rest' });
    await untilStatus(area.api, String(body['subscriptionId']), 'active');
    await page.reload();
    assert.match(await mainText(page), /Concluso/);
    assert.equal(await page.locator('svg.qr').count(), 0);
  });
});

describe('an order of another customer', () => {
  it('looks as if it did not exist, whatever is asked of it', async () => {
    const other = await registeredCustomer(area);
    const number = await unpaidOrderOf(other);
    for (const path of ['', '/pay', '/cancel', '/instructions']) {
      const answer = await page.goto(`/orders/${number}${path}`);
      assert.equal(answer?.status(), 404, path);
      assert.ok(!(await mainText(page)).includes(number));
    }
    for (const wrong of ['0', '%27--', '%3Cscript%3E', '..%2F..%2Fqueue', '9'.repeat(300)]) {
      assert.equal((await page.goto(`/orders/${wrong}`))?.status(), 404, wrong);
    }
    const { body } = await area.api.get(`/v1/orders/${number}`);
    assert.equal(body['status'], 'awaiting_payment');
  });
});

describe('the list of orders', () => {
  it('is newest first, a page at a time', async () => {
    const buyer = await registeredCustomer(area);
    const service = await activeService(area, buyer);
    for (let count = 0; count < 21; count += 1) {
      const { status, body } = await area.api.post('/v1/orders', {
        type: 'renewal',
        subscriptionId: service,
        years: 1,
        acceptedTerms: { terms: true, unfairTerms: true, privacy: true },
        paymentMethod: { type: 'bank_transfer' },
      });
      assert.equal(status, 201, JSON.stringify(body));
      await area.api.post(`/v1/orders/${String(body['number'])}/cancel`, {});
    }
    const reader = await area.reader();
    await signIn(reader, buyer);
    await reader.goto('/orders');
    assert.equal(await reader.locator('tbody tr').count(), 20);
    await assertGoodPage(reader, '/orders');
    await reader.goto('/language?to=it&back=/orders');
    await reader.getByRole('button', { name: 'Ordini precedenti' }).click();
    await reader.waitForURL(/after=/);
    assert.equal(await reader.locator('tbody tr').count(), 2);
    assert.match(await reader.locator('tbody').innerText(), /Primo Acquisto/);
    await reader.goto('/orders?after=%27;drop');
    assert.equal(await reader.locator('tbody tr').count(), 20);
  });
});
