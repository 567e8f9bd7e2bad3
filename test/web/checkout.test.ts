import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually, type Json } from '../api/support/api.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import {
  activeService,
  buyTo,
  choosePayment,
  confirmOrder,
  ordersOf,
  raisePrices,
  toCheckout,
} from './support/shop.ts';

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

const VISA = { type: 'card', token: 'tok_approved', brand: 'Visa', last4: '4242', validThrough: '2040-12' };

async function newReader(options: Parameters<Area['reader']>[0] = {}): Promise<{ page: Page; customer: TestCustomer }> {
  const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  const page = await area.reader(options);
  await signIn(page, customer);
  return { page, customer };
}

const onOrder = (page: Page): Promise<void> => page.waitForURL(/\/orders\/\d+/);
const mainText = (page: Page): Promise<string> => page.locator('main').innerText();

describe('a first purchase', () => {
  for (const [pay, way] of [
    ['bank_transfer', 'Bonifico'],
    ['postal_slip', 'Bollettino postale'],
  ] as const) {
    it(`by ${pay} is confirmed with its instructions, without a script too`, async () => {
      const javaScript = pay === 'bank_transfer';
      const { page } = await newReader({ javaScript });
      await buyTo(page);
      await toCheckout(page);
      await confirmOrder(page, pay);
      await onOrder(page);
      const text = await mainText(page);
      assert.match(text, /L’ordine è confermato/);
      assert.match(text, /Come pagare/);
      assert.ok(text.includes(way));
      assert.deepStrictEqual(await page.locator('main .actions a').allTextContents(), ['Paga', 'Annulla']);
      // Axe is a script itself.
      if (javaScript) await assertAccessible(page);
    });
  }

  for (const [pay, label] of [
    ['card:tok_approved', /Visa •••• 4242/],
    ['paypal:tok_approved', /m•••@example\.com/],
  ] as const) {
    it(`by ${pay} is paid at once, and switches auto-renewal on`, async () => {
      const { page, customer } = await newReader();
      await buyTo(page);
      await toCheckout(page);
      assert.match(await mainText(page), /si attiva il rinnovo automatico, per 1 anno/);
      await confirmOrder(page, pay);
      await onOrder(page);
      await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
      const [order] = await ordersOf(area, customer);
      await page.goto(`/services/${String(order?.['subscriptionId'])}/manage`);
      assert.match(await mainText(page), /Il rinnovo automatico è attivo/);
      assert.match(await mainText(page), label);
    });
  }

  it('says what is missing, and keeps what was chosen', async () => {
    const { page, customer } = await newReader();
    await buyTo(page);
    await toCheckout(page);
    await page.locator('#field-terms').check();
    await page.getByRole('button', { name: 'Conferma' }).click();
    assert.match(await page.locator('#errors').innerText(), /Scegli come pagare[^]*Clausole vessatorie/);
    assert.ok(await page.locator('#field-terms').isChecked());
    await assertAccessible(page);
    assert.deepStrictEqual(await ordersOf(area, customer), []);
    assert.equal(await page.getByText('Modifica il tuo ordine').count(), 1);
    await page.getByRole('link', { name: 'Modifica il tuo ordine' }).first().click();
    assert.equal(new URL(page.url()).pathname, '/cart');
  });

  it('with a declined card stays unpaid, says why, and is paid with another', async () => {
    const { page } = await newReader();
    await buyTo(page);
    await toCheckout(page);
    await confirmOrder(page, 'card:tok_declined');
    await onOrder(page);
    await page.locator('.notice.error').waitFor();
    assert.match(await mainText(page), /Il pagamento non è riuscito/);
    await page.getByRole('button', { name: 'Paga', exact: true }).click();
    await assertAccessible(page);
    await choosePayment(page, 'card:tok_approved');
    await page.getByRole('button', { name: 'Paga', exact: true }).click();
    await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
  });

  it('of a card whose bank asks leads to the bank', async () => {
    const { page } = await newReader();
    await buyTo(page);
    await toCheckout(page);
    await confirmOrder(page, 'card:tok_needs_customer');
    await onOrder(page);
    const link = page.getByRole('button', { name: 'Conferma con la tua banca' });
    await link.waitFor();
    const { pathname } = new URL(String(await link.getAttribute('href')));
    assert.match(pathname, /^\/sandbox\/confirmations\//);
    await assertAccessible(page);
    // Confirmed elsewhere: the page finds out by itself.
    assert.equal((await area.api.post(`/v1${pathname}`)).status, 200);
    await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
  });

  it('for a tax code with a live service is refused in plain words', async () => {
    const { page, customer } = await newReader();
    await activeService(area, customer);
    await buyTo(page);
    await toCheckout(page);
    await confirmOrder(page, 'bank_transfer');
    await page.locator('.alert-text').waitFor();
    assert.match(await mainText(page), /Già attivo su questo codice fiscale o partita IVA/);
  });
});

describe('an order form that was tampered with', () => {
  it('pays with nobody else’s method, and accepts nothing that was not accepted', async () => {
    const other = await registeredCustomer(area);
    const card = await area.api.post(`/v1/customers/${other.id}/payment-methods`, VISA);
    assert.equal(card.status, 201, JSON.stringify(card.body));
    const { page, customer } = await newReader();
    await buyTo(page);
    await toCheckout(page);
    const consents = { terms: 'yes', unfairTerms: 'yes', privacy: 'yes' };
    for (const form of [
      { ...consents, pay: `method:${String(card.body['methodId'])}` },
      { ...consents, pay: 'new', fresh: 'card:4111111111111111' },
      { ...consents, pay: '<script>alert(1)</script>\u0000\u202e' },
      { pay: 'bank_transfer', terms: 'yes' },
    ]) {
      const answer = await page.request.post(page.url(), { form, headers: { 'sec-fetch-site': 'same-origin' } });
      assert.equal(answer.status(), 400, JSON.stringify(form));
      assert.doesNotMatch(await answer.text(), /<script>alert|4111111111111111/);
    }
    const foreign = await page.request.post(page.url(), {
      form: consents,
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    assert.equal(foreign.status(), 403);
    assert.deepStrictEqual(await ordersOf(area, customer), []);
  });
});

describe('an order form sent more than once', () => {
  it('by a double click is one order', async () => {
    for (const javaScript of [true, false]) {
      const { page, customer } = await newReader({ javaScript });
      await buyTo(page);
      await toCheckout(page);
      await choosePayment(page, 'bank_transfer');
      for (const name of ['terms', 'unfairTerms', 'privacy']) await page.locator(`#field-${name}`).check();
      await page.getByRole('button', { name: 'Conferma' }).dblclick();
      await onOrder(page);
      assert.equal((await ordersOf(area, customer)).length, 1);
    }
  });

  it('after the back button is the same order', async () => {
    const { page, customer } = await newReader();
    await buyTo(page);
    await toCheckout(page);
    await confirmOrder(page, 'card:tok_approved');
    await onOrder(page);
    const number = new URL(page.url()).pathname;
    await page.goBack();
    await page.waitForURL(/\/checkout/);
    await confirmOrder(page, 'card:tok_approved');
    await onOrder(page);
    assert.equal(new URL(page.url()).pathname, number);
    await page.goBack();
    await confirmOrder(page, 'bank_transfer');
    await page.waitForURL((url) => url.pathname === '/orders');
    assert.match(await mainText(page), /già stato confermato/);
    assert.equal((await ordersOf(area, customer)).length, 1);
  });

  it('from two tabs is one unpaid renewal, and the second tab says so', async () => {
    const { page, customer } = await newReader();
    const service = await activeService(area, customer);
    const second = await page.context().newPage();
    for (const tab of [page, second]) {
      await tab.goto(`/services/${service}/renew`);
      await toCheckout(tab);
    }
    await confirmOrder(page, 'bank_transfer');
    await onOrder(page);
    await confirmOrder(second, 'bank_transfer');
    await second.locator('.alert-text').waitFor();
    assert.match(await mainText(second), /non è ancora pagato/);
    await second.locator('main li a').click();
    assert.equal(new URL(second.url()).pathname, new URL(page.url()).pathname);
    assert.equal((await ordersOf(area, customer)).length, 2);
  });
});

describe('the order form', () => {
  it('is completed by the keyboard alone', async () => {
    const { page } = await newReader();
    await buyTo(page);
    await page.locator('button[name=go][value=checkout]').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/checkout/);
    const press = async (selector: string, key: string): Promise<void> => {
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press('Tab');
        if (await page.locator(`${selector}:focus`).count()) return page.keyboard.press(key);
      }
      throw new Error(`${selector} is not reached by the keyboard.`);
    };
    // The list of ways is entered once; the arrow keys go through it.
    await press('input[name=pay]', 'ArrowDown');
    assert.ok(await page.locator('input[name=pay][value=bank_transfer]').isChecked());
    for (const name of ['terms', 'unfairTerms', 'privacy']) await press(`#field-${name}`, 'Space');
    await press('form[action^="/checkout"] button[type=submit]', 'Enter');
    await onOrder(page);
  });

  it('is good in both languages, at both widths, light and dark', async () => {
    const { page, customer } = await newReader();
    const service = await activeService(area, customer, {
      paymentMethod: VISA,
    });
    await page.goto(`/services/${service}/upgrade?focus=user`);
    await toCheckout(page);
    const { pathname, search } = new URL(page.url());
    await assertGoodPage(page, pathname + search);
    await page.emulateMedia({ colorScheme: 'dark' });
    await assertGoodPage(page, pathname + search);
    assert.match(await mainText(page), /non cambia il rinnovo automatico|does not change auto-renewal/);
    assert.equal(
      await page
        .locator('input[name=pay]:checked')
        .getAttribute('value')
        .then((value) => value?.slice(0, 7)),
      'method:',
    );
  });
});

// Last: the price list stays moved.
describe('a price list that moved meanwhile', () => {
  it('is shown beside the total there was, and confirmed anew', async () => {
    const { page, customer } = await newReader();
    await buyTo(page);
    await toCheckout(page);
    await raisePrices(area);
    await eventually(
      'the new price list',
      () => area.api.get('/v1/catalog'),
      ({ body }) => JSON.stringify(body['products']).includes('"amountMinor":9900'),
    );
    await confirmOrder(page, 'bank_transfer');
    await page.locator('.notice.warning', { hasText: 'Il totale era' }).waitFor();
    assert.match(await mainText(page), /Il totale era 30,50\s€, ora è 120,78\s€/);
    await assertAccessible(page);
    assert.deepStrictEqual(await ordersOf(area, customer), []);
    assert.ok(!(await page.locator('#field-terms').isChecked()));
    await confirmOrder(page, 'bank_transfer');
    await onOrder(page);
    const [order]: Json[] = await ordersOf(area, customer);
    assert.deepStrictEqual(order?.['payable'], { amountMinor: 12_078, currency: 'EUR' });
  });
});
