/** A customer's credit: shown, offered, and used only where they choose it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { serviceLogin, PASSWORD } from '../api/support/accounts.ts';
import { eventually, type Json } from '../api/support/api.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { unpaidOrder } from './support/lives.ts';
import { eur, takeBack, untilCredit, untilDue, withCredit } from './support/money.ts';
import { confirmOrder, ordersOf, toCheckout } from './support/shop.ts';

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

const RENEWAL = { type: 'renewal', years: 1 };
const mainText = (page: Page): Promise<string> => page.locator('main').innerText();
const onOrder = (page: Page): Promise<void> => page.waitForURL(/\/orders\/\d+$/);
const button = (page: Page, name: string | RegExp) => page.locator('main').getByRole('button', { name });

interface Reader {
  readonly page: Page;
  readonly customer: TestCustomer;
  readonly service: string;
  readonly order: Json;
  readonly creditKey: string;
}

async function readerWith(amountMinor: number, options: Parameters<Area['reader']>[0] = {}): Promise<Reader> {
  const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  const made = await withCredit(area, customer, amountMinor);
  const page = await area.reader(options);
  await signIn(page, customer);
  return { page, customer, ...made };
}

async function toRenewal({ page, service }: Reader): Promise<void> {
  await page.goto(`/services/${service}/renew`);
  await toCheckout(page);
}

async function latestOrder(customer: TestCustomer): Promise<Json> {
  const [order] = await ordersOf(area, customer);
  assert.ok(order);
  return order;
}

/** What is stated as to be paid, as a reader sees it. */
const statedToPay = async (page: Page): Promise<string> =>
  (await page.locator('.to-pay:visible').allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ');

describe('the order form of a customer with credit', () => {
  it('offers it, and leaves it alone unless it is chosen', async () => {
    const reader = await readerWith(1000);
    const { page, customer } = reader;
    await toRenewal(reader);
    const choice = page.locator('#field-useCredit');
    assert.ok(!(await choice.isChecked()));
    assert.match(await mainText(page), /Usa 10,00\s€ del mio credito: restano da pagare 20,50\s€/);
    assert.equal(await statedToPay(page), 'Da pagare: 30,50 €');
    await choice.check();
    assert.equal(await statedToPay(page), 'Da pagare usando il credito: 20,50 €');
    await choice.uncheck();
    const { pathname, search } = new URL(page.url());
    await assertGoodPage(page, pathname + search);
    await confirmOrder(page, 'bank_transfer');
    await onOrder(page);
    assert.deepStrictEqual((await latestOrder(customer))['due'], eur(3050));
    await untilCredit(area, customer.id, 1000);
  });

  for (const javaScript of [true, false]) {
    it(`uses it where it is chosen: only the rest is asked for${javaScript ? '' : ', without a script too'}`, async () => {
      const reader = await readerWith(1000, { javaScript });
      const { page, customer } = reader;
      await toRenewal(reader);
      await page.locator('#field-useCredit').check();
      await confirmOrder(page, 'bank_transfer');
      await onOrder(page);
      const { number, due } = await latestOrder(customer);
      assert.deepStrictEqual(due, eur(2050));
      const text = await mainText(page);
      assert.match(text, /Pagato con il credito\s+10,00\s€/);
      assert.match(text, /Da pagare\s+20,50\s€/);
      assert.match(await page.locator('section[aria-labelledby=transfer]').innerText(), /Importo\s+20,50\s€/);
      assert.match(String(await page.locator('svg.qr').getAttribute('aria-label')), /20,50/);
      const { body } = await area.api.get(`/v1/orders/${String(number)}/payment-instructions`);
      assert.deepStrictEqual(body['due'], eur(2050));
      await untilCredit(area, customer.id, 0);
    });
  }

  it('needs no other way to pay where it pays for all', async () => {
    const reader = await readerWith(5000);
    const { page, customer } = reader;
    await toRenewal(reader);
    assert.match(await mainText(page), /Usa 30,50\s€ del mio credito: non resta nulla da pagare/);
    await page.locator('#field-useCredit').check();
    for (const name of ['terms', 'unfairTerms', 'privacy']) await page.locator(`#field-${name}`).check();
    await button(page, 'Conferma').click();
    await onOrder(page);
    await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
    assert.match(await mainText(page), /Modalità di pagamento\s+Credito/);
    await untilCredit(area, customer.id, 1950);
  });

  it('charges a card with the rest alone', async () => {
    const reader = await readerWith(1000);
    const { page, customer } = reader;
    await toRenewal(reader);
    await page.locator('#field-useCredit').check();
    await confirmOrder(page, 'card:tok_approved');
    await onOrder(page);
    await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
    const { payments } = await latestOrder(customer);
    assert.deepStrictEqual(
      (payments as Json[]).map(({ method, applied }) => [method, applied]),
      [
        ['credit', eur(1000)],
        ['card', eur(2050)],
      ],
    );
  });

  it('is chosen by the keyboard, and kept where something is missing', async () => {
    const reader = await readerWith(1000);
    const { page } = reader;
    await toRenewal(reader);
    await page.locator('#field-useCredit').focus();
    await page.keyboard.press('Space');
    assert.ok(await page.locator('#field-useCredit').isChecked());
    await button(page, 'Conferma').click();
    assert.match(await page.locator('#errors').innerText(), /Scegli come pagare/);
    assert.ok(await page.locator('#field-useCredit').isChecked());
    assert.equal(await statedToPay(page), 'Da pagare usando il credito: 20,50 €');
    await assertAccessible(page);
  });

  it('orders nothing where there is less credit than it said, and says so', async () => {
    const reader = await readerWith(1000);
    const { page, customer, order, creditKey } = reader;
    await toRenewal(reader);
    await page.locator('#field-useCredit').check();
    await takeBack(area, order, creditKey, { amountMinor: 600 });
    await untilCredit(area, customer.id, 400);
    await confirmOrder(page, 'bank_transfer');
    await page.locator('.notice.warning', { hasText: 'Nel frattempo il tuo credito' }).waitFor();
    assert.equal((await ordersOf(area, customer)).length, 1);
    assert.ok(!(await page.locator('#field-useCredit').isChecked()));
    assert.match(await mainText(page), /Usa 4,00\s€ del mio credito: restano da pagare 26,50\s€/);
    await assertAccessible(page);
    await page.locator('#field-useCredit').check();
    await confirmOrder(page, 'bank_transfer');
    await onOrder(page);
    assert.deepStrictEqual((await latestOrder(customer))['due'], eur(2650));
  });
});

describe('an order that waits to be paid', () => {
  async function withOrder(amountMinor: number, options: Parameters<Area['reader']>[0] = {}) {
    const reader = await readerWith(amountMinor, options);
    const { number } = await unpaidOrder(area, reader.service, RENEWAL);
    await reader.page.goto(`/orders/${String(number)}`);
    return { ...reader, number: String(number) };
  }

  for (const javaScript of [true, false]) {
    it(`takes the credit after a question ${javaScript ? 'in a dialog' : 'on a page of its own'}`, async () => {
      const { page, customer, number } = await withOrder(1000, { javaScript });
      await button(page, /^Usa il credito \(10,00/).click();
      const question = page.locator('[data-dialog-content]');
      await question.waitFor();
      assert.match(await question.innerText(), /Useremo 10,00\s€ del tuo credito\.\s+Resteranno da pagare 20,50\s€/);
      if (javaScript) await assertAccessible(page);
      await untilDue(area, number, 3050);
      await page.getByRole('button', { name: 'Usa il credito', exact: true }).click();
      await page.locator('.notice.success').waitFor();
      assert.match(await mainText(page), /Da pagare\s+20,50\s€/);
      assert.match(String(await page.locator('svg.qr').getAttribute('aria-label')), /20,50/);
      assert.equal(await button(page, /Usa il credito/).count(), 0);
      await untilCredit(area, customer.id, 0);
      await button(page, 'Annulla').click();
      await page.getByText('10,00 € del tuo credito tornano a tua disposizione').waitFor();
    });
  }

  it('is good to look at, and paid whole by enough credit', async () => {
    const { page, customer, number } = await withOrder(5000);
    await assertGoodPage(page, `/orders/${number}`);
    await assertGoodPage(page, `/orders/${number}/credit`);
    assert.match(await mainText(page), /Non resterà nulla da pagare.*Del tuo credito resteranno 19,50\s€/s);
    await page.getByRole('button', { name: 'Usa il credito', exact: true }).dblclick();
    await onOrder(page);
    await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
    await untilCredit(area, customer.id, 1950);
    await page.goto(`/orders/${number}/credit`);
    assert.equal(new URL(page.url()).pathname, `/orders/${number}`);
  });

  it('asks anew where what was stated is no longer so', async () => {
    const { page, customer, number, order, creditKey } = await withOrder(1000);
    await page.goto(`/orders/${number}/credit`);
    await takeBack(area, order, creditKey, { amountMinor: 600 });
    await untilCredit(area, customer.id, 400);
    await page.getByRole('button', { name: 'Usa il credito', exact: true }).click();
    await page.locator('.notice.warning').waitFor();
    assert.match(await mainText(page), /Useremo 4,00\s€ del tuo credito\.\s+Resteranno da pagare 26,50\s€/);
    await untilDue(area, number, 3050);
  });
});

describe('the page of services', () => {
  it('shows the customer’s credit, and to a service’s own credentials nothing of it', async () => {
    const { page, service } = await readerWith(1000);
    await page.goto('/');
    assert.match(
      await page.locator('main > .notice.info').innerText(),
      /Hai un credito di 10,00\s€\..*mai usato da solo/,
    );
    await assertGoodPage(page, '/');
    const { number } = await unpaidOrder(area, service, RENEWAL);
    const inside = await area.reader();
    await signIn(inside, { username: (await serviceLogin(area.api, service)).username, password: PASSWORD });
    for (const path of ['/', `/orders/${String(number)}`]) {
      await inside.goto(path);
      assert.doesNotMatch(await mainText(inside), /credito/);
    }
    await inside.goto(`/orders/${String(number)}/credit`);
    assert.equal(new URL(inside.url()).pathname, `/orders/${String(number)}`);
  });

  it('shows what is owed where credit that was used is taken back', async () => {
    const reader = await readerWith(1000);
    const { page, customer, order, creditKey } = reader;
    await toRenewal(reader);
    await page.locator('#field-useCredit').check();
    await confirmOrder(page, 'bank_transfer');
    await onOrder(page);
    await takeBack(area, order, creditKey, { amountMinor: 1000 });
    await eventually(
      'the debt',
      () => area.api.get(`/v1/customers/${customer.id}`),
      ({ body }) => (body['owed'] as Json)['amountMinor'] === 1000,
    );
    await page.goto('/');
    assert.match(await page.locator('main > .notice.warning').innerText(), /Ci devi 10,00\s€/);
    await assertGoodPage(page, '/');
  });
});
