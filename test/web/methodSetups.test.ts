/** Cards and PayPal accounts registered on Stripe's own page, from where they are needed and back, and used at once. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually, type Json } from '../api/support/api.ts';
import { firstOrder, untilStatus } from '../api/support/customers.ts';
import { onStripe } from '../api/support/stripe.ts';
import { StripeFake } from '../support/stripeFake.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { activeService, buyTo, ordersOf, toCheckout } from './support/shop.ts';

let stripe: StripeFake;
let area: Area;
before(async () => {
  stripe = await new StripeFake().start();
  stripe.bank = `${stripe.url}/bank`;
  area = await startArea(onStripe(stripe, () => area.url));
});
after(async () => {
  await area?.stop();
  await stripe?.stop();
});
beforeEach(() => {
  stripe.registers = 'approved';
});

async function reader(javaScript = true): Promise<{ page: Page; customer: TestCustomer }> {
  const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  const page = await area.reader({ javaScript });
  await signIn(page, customer);
  return { page, customer };
}

/** From the wallet over Stripe's page, and wherever that leads back to. */
async function register(page: Page, button = 'Aggiungi una carta'): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('button', { name: 'Continua su Stripe' }).click();
  await page.waitForURL(`${stripe.url}/pay/*`);
  await page.getByRole('button', { name: /^Salva/ }).click();
  await page.waitForURL((url) => url.origin === area.url);
}

const chosen = (page: Page): Promise<string | null> => page.locator('input[name=pay]:checked').getAttribute('value');
const pathOf = (page: Page): string => new URL(page.url()).pathname;

async function unpaidOrder({ id }: TestCustomer): Promise<Json> {
  const { status, body } = await firstOrder(area.api, { customerId: id });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

describe('an unpaid order', () => {
  for (const javaScript of [true, false]) {
    it(`is paid with a card registered on the way, ${javaScript ? 'with' : 'without'} a script`, async () => {
      const { page, customer } = await reader(javaScript);
      const order = await unpaidOrder(customer);
      const path = `/orders/${String(order['number'])}/pay`;
      await page.goto(path);
      await page.getByRole('link', { name: 'Registra una carta o un account PayPal' }).click();
      assert.equal(pathOf(page), '/methods');
      if (javaScript) await assertAccessible(page);
      await register(page);
      assert.equal(pathOf(page), path);
      await page.getByText('Il metodo è stato registrato.').waitFor();
      assert.match((await chosen(page)) ?? '', /^method:pm_/);
      await page.getByText('Visa •••• 4242').waitFor();
      await page.getByRole('button', { name: 'Paga' }).click();
      const view = await untilStatus(area.api, String(order['subscriptionId']), 'active');
      assert.equal((view['autoRenewal'] as Json)['on'], true);
      assert.equal(stripe.intents.filter(({ metadata }) => metadata['orderNumber'] === order['number']).length, 1);
    });
  }

  it('is paid by PayPal where the bank or PayPal asks, on a page of theirs and back', async () => {
    stripe.registers = 'authentication';
    const { page, customer } = await reader();
    const order = await unpaidOrder(customer);
    const number = String(order['number']);
    await page.goto(`/orders/${number}/pay`);
    await page.getByRole('link', { name: 'Registra una carta o un account PayPal' }).click();
    await register(page, 'Aggiungi PayPal');
    await page.getByText('m•••@example.com').waitFor();
    await page.getByRole('button', { name: 'Paga' }).click();
    const link = await eventually(
      'the link',
      () => area.api.get(`/v1/orders/${number}`),
      ({ body }) => (body['lastCharge'] as Json | null)?.['confirmationUrl'] != null,
    );
    await page.goto(`/orders/${number}`);
    const { confirmationUrl } = link.body['lastCharge'] as { confirmationUrl: string };
    await page.locator(`main a[href="${confirmationUrl}"]`).waitFor();
    await page.goto(new URL(confirmationUrl).pathname);
    await page.getByRole('button', { name: 'Conferma' }).click();
    await page.getByRole('button', { name: 'Continua dalla banca' }).click();
    await page.getByRole('button', { name: 'Autorizza' }).click();
    await page.waitForURL(`${area.url}/orders/${number}`);
    // Stripe's message is on its way; the customer who looks at the confirmation again is not kept waiting for it.
    await area.api.post(`/v1/confirmations/${number}-1`, {});
    const view = await untilStatus(area.api, String(order['subscriptionId']), 'active');
    assert.equal((view['autoRenewal'] as Json)['on'], true);
    assert.equal(stripe.intents.filter(({ metadata }) => metadata['orderNumber'] === number).length, 1);
  });
});

describe('a first purchase', () => {
  it('goes on where it was, with the card that was registered on the way', async () => {
    const { page, customer } = await reader();
    await buyTo(page);
    await toCheckout(page);
    const before = new URL(page.url());
    await page.getByRole('link', { name: 'Registra una carta o un account PayPal' }).click();
    await register(page);
    const now = new URL(page.url());
    assert.equal(now.pathname, '/checkout');
    for (const [name, value] of before.searchParams) assert.equal(now.searchParams.get(name), value, name);
    assert.match((await chosen(page)) ?? '', /^method:pm_/);
    for (const name of ['terms', 'unfairTerms', 'privacy']) await page.locator(`#field-${name}`).check();
    await page.locator('form[action^="/checkout"] button[type=submit]').click();
    await page.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
    assert.equal((await ordersOf(area, customer)).length, 1);
    // Stripe heard of no page of ours but where it leads back to.
    assert.ok(stripe.sessions.every(({ cancelUrl }) => !cancelUrl.includes('?')));
  });
});

describe('a service', () => {
  it('renews with a card registered from its own page', async () => {
    const { page, customer } = await reader();
    const id = await activeService(area, customer);
    await page.goto(`/services/${id}/method`);
    await page.getByRole('link', { name: 'Registra una carta o un account PayPal' }).click();
    await register(page);
    assert.equal(pathOf(page), `/services/${id}/method`);
    await page.locator('main form button[type=submit]').click();
    await page.waitForURL(`**/services/${id}/manage`);
    const { body } = await area.api.get(`/v1/subscriptions/${id}`);
    assert.match(JSON.stringify(body['autoRenewal']), /4242/);
  });
});

describe('the wallet', () => {
  it('offers Stripe’s page in both languages, and takes what comes back', async () => {
    const { page } = await reader();
    await assertGoodPage(page, '/methods');
    await register(page);
    assert.equal(pathOf(page), '/methods');
    await page.getByText('Il metodo è stato registrato.').waitFor();
    assert.equal(await page.locator('.wallet li').count(), 1);
    // Looked at again, it stays one card.
    await page.goto(`/methods/setups/${String(stripe.sessions.at(-1)?.id)}`);
    assert.equal(pathOf(page), '/methods');
    assert.equal(await page.locator('.wallet li').count(), 1);
  });

  it('is as it was where the customer turns back on Stripe’s page, or comes back too late', async () => {
    const { page } = await reader();
    await page.goto('/methods');
    await page.getByRole('button', { name: 'Aggiungi una carta' }).click();
    await assertAccessible(page);
    const setup = pathOf(page);
    await page.getByRole('button', { name: 'Continua su Stripe' }).click();
    await page.getByRole('link', { name: 'Indietro' }).click();
    assert.equal(pathOf(page), '/methods');
    assert.equal(await page.locator('.wallet li').count(), 0);
    Object.assign(stripe.sessions.at(-1) ?? {}, { status: 'expired' });
    await page.goto(setup);
    await page.getByText('Il metodo non è stato registrato.').waitFor();
    await assertAccessible(page);
  });

  it('leads nowhere else, and shows nobody else’s registration', async () => {
    const { page } = await reader();
    for (const back of ['https://evil.example/', '//evil.example']) {
      await page.goto(`/methods?${new URLSearchParams({ back }).toString()}`);
      await register(page);
      assert.equal(pathOf(page), '/methods', back);
    }
    const stranger = await reader();
    await stranger.page.goto(`/methods/setups/${String(stripe.sessions.at(-1)?.id)}`);
    assert.match(await stranger.page.locator('main').innerText(), /non esiste/);
  });

  it('says so while Stripe is away, and goes on when it is back', async () => {
    const { page } = await reader();
    await page.goto('/methods');
    stripe.isAway = true;
    try {
      await page.getByRole('button', { name: 'Aggiungi una carta' }).click();
      await page.getByRole('heading', { name: 'Servizio momentaneamente non disponibile' }).waitFor();
    } finally {
      stripe.isAway = false;
    }
    await page.locator('main form button[type=submit]').click();
    await page.getByRole('button', { name: 'Continua su Stripe' }).waitFor();
  });
});
