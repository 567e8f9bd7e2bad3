/** What the guides tell step by step, and no other test of the pages shows; docs/guides.md names these by their titles. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { activeService, buyTo, confirmOrder, ordersOf, toCheckout } from './support/shop.ts';

const CARD = { type: 'card', token: 'tok_approved', brand: 'Visa', last4: '4242', validThrough: '2046-12' };
const PAYPAL = { type: 'paypal', token: 'tok_approved', label: 'm•••@example.com' };

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

async function newReader(): Promise<{ page: Page; customer: TestCustomer }> {
  const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  const page = await area.reader();
  await signIn(page, customer);
  return { page, customer };
}

const mainText = (page: Page): Promise<string> => page.locator('main').innerText();
const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const totals = (page: Page): Promise<string> => page.locator('.totals').innerText();

describe('the guide to renewals', () => {
  it('has more space, more users and the orders module in one renewal', async () => {
    const { page, customer } = await newReader();
    const service = await activeService(area, customer, { extras: { user: 1 } });
    await page.goto(`/services/${service}/renew`);
    await press(page, 'Uno in più: Utente aggiuntivo');
    await press(page, 'Uno in più: Spazio aggiuntivo (1 GB)');
    await press(page, 'Aggiungi al carrello: Modulo Ordini elettronici (NSO)');
    // 25 + 2 × 10 + 10 + 15.
    assert.match(await totals(page), /Imponibile\s+70,00\s€/);
    await toCheckout(page);
    assert.match(await mainText(page), /Modulo Ordini elettronici \(NSO\)/);
  });
});

describe('the guide to purchases', () => {
  it('takes a valid agreement code off the price of the service', async () => {
    const { page } = await newReader();
    await buyTo(page, 'user=1');
    await page.getByLabel('Codice convenzione').fill('BENVENUTO10');
    await page.getByRole('button', { name: 'Ok' }).first().click();
    await page.waitForURL(/code=BENVENUTO10/);
    // A tenth off 25.00, nothing off the user.
    assert.match(await totals(page), /Imponibile\s+32,50\s€/);
  });

  it('demands recipient code or certified mail, and calls neither optional', async () => {
    const { page } = await newReader();
    await page.goto('/buy');
    const group = page.locator('fieldset.group', { has: page.locator('#field-recipientCode') });
    assert.doesNotMatch(await group.innerText(), /facoltativo/);
    assert.match(await group.innerText(), /serve uno dei due/);
    await page.locator('#field-recipientCode').fill('');
    await press(page, 'Prosegui');
    assert.match(await page.locator('#errors').innerText(), /Codice destinatario/);
    await page.getByLabel('Casella PEC').first().check();
    await page.locator('#field-certifiedEmail').fill('officine@pec.example.com');
    await press(page, 'Prosegui');
    await page.waitForURL(/\/cart\?/);
  });

  for (const [method, label] of [
    [CARD, /Visa •••• 4242/],
    [PAYPAL, /m•••@example\.com/],
  ] as const) {
    it(`pays with a registered ${method.type}, beside which others can be registered`, async () => {
      const { page, customer } = await newReader();
      const { body } = await area.api.post(`/v1/customers/${customer.id}/payment-methods`, method);
      await buyTo(page);
      await toCheckout(page);
      const pay = page.locator('#field-pay');
      assert.match(await pay.innerText(), label);
      assert.match(await pay.innerText(), /Registra un’altra carta o un altro account PayPal/);
      await confirmOrder(page, `method:${String(body['methodId'])}`);
      await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
      const [order] = await ordersOf(area, customer);
      assert.equal(order?.['paymentMethod'], method.type);
    });
  }

  it('says how soon a payment is registered, before and after ordering', async () => {
    const { page } = await newReader();
    await buyTo(page);
    await toCheckout(page);
    assert.match(await page.locator('#field-pay').innerText(), /registrato, dopo qualche giorno lavorativo/);
    await confirmOrder(page, 'bank_transfer');
    await page.waitForURL(/\/orders\/\d+/);
    assert.match(await mainText(page), /dopo qualche giorno lavorativo[^]*carta e PayPal subito/);
  });

  it('has the fact sheets declared read, the orders module’s where it is bought', async () => {
    const { page } = await newReader();
    const terms = page.locator('.check', { has: page.locator('#field-terms') });
    await buyTo(page);
    await toCheckout(page);
    assert.match(await terms.innerText(), /scheda di Conservazione/);
    assert.doesNotMatch(await terms.innerText(), /Ordini elettronici/);
    await buyTo(page, 'nso=1');
    await toCheckout(page);
    assert.match(await terms.innerText(), /scheda di Conservazione.*modulo Ordini elettronici/);
  });
});

describe('the guide to users', () => {
  it('adds users from Manage, and what is not there yet with them', async () => {
    const { page, customer } = await newReader();
    const service = await activeService(area, customer, { extras: { documents: 1 } });
    await page.goto(`/services/${service}/manage`);
    await press(page, 'Aggiungi utenti');
    await page.waitForURL(/\/cart\?|\/upgrade/);
    assert.equal(await page.locator('#field-user').inputValue(), '1');
    await press(page, 'Uno in più: Utente aggiuntivo');
    assert.match(await page.locator('#line-documents').innerText(), /già attivo/);
    await press(page, 'Aggiungi al carrello: Modulo Incassi e pagamenti');
    // 2 × 10 + 12; on the first day there is nothing to extend.
    assert.match(await totals(page), /Imponibile\s+32,00\s€/);
  });
});

describe('the guide to the customer area', () => {
  it('opens a menu of help for the service, by keyboard too', async () => {
    const { page, customer } = await newReader();
    const service = await activeService(area, customer);
    await page.goto('/');
    const help = page.locator('.service .help');
    assert.ok(!(await help.getByRole('link').first().isVisible()));
    await help.locator('summary').focus();
    await page.keyboard.press('Enter');
    await help.getByRole('link').first().waitFor();
    await assertAccessible(page);
    const paths = await help.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    assert.deepStrictEqual(paths, [
      `/services/${service}/explain`,
      `/orders?service=${service}`,
      `/services/${service}/manage`,
      '/help',
    ]);
    for (const path of paths) assert.equal((await page.goto(String(path)))?.status(), 200, String(path));
  });
});
