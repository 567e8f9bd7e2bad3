/** A stranger's walk through the whole area: everything a customer does in a life, in a real browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually, type Json } from '../api/support/api.ts';
import { freshVatNumber, transfer, untilStatus } from '../api/support/customers.ts';
import { Mailbox, openOutbox } from '../mail/support/mailbox.ts';
import { signIn, startArea, type Area } from './support/area.ts';
import { viewOf } from './support/lives.ts';
import { choosePayment, confirmOrder, toCheckout } from './support/shop.ts';

const USERNAME = `forestiera-${process.pid}`;
const PASSWORD = 'una frase lunga da ricordare';

let area: Area;
let mailbox: Mailbox;
let outbox: { stop(): Promise<unknown> };
/** With the customer's own account. */
let page: Page;
let service: string;

before(async () => {
  area = await startArea();
  mailbox = await Mailbox.open();
  outbox = await openOutbox({ db: area.api.db, databaseUrl: area.api.databaseUrl, smtpUrl: mailbox.url });
  page = await area.reader();
});
after(async () => {
  await outbox?.stop();
  await mailbox?.close();
  await area?.stop();
});

const button = (reader: Page, name: string | RegExp) =>
  reader.locator('main').getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });
const mainText = (reader: Page): Promise<string> => reader.locator('main').innerText();

/** The text of the mail that brings the credentials. */
async function activationMail(): Promise<string> {
  const kinds = await eventually(
    'the activation mail',
    () => Promise.resolve(mailbox.kinds),
    (all) => all.includes('activation'),
  );
  return mailbox.mails[kinds.indexOf('activation')]?.text ?? '';
}

/** The order whose page is open, as the API has it. */
async function openOrder(reader: Page): Promise<Json> {
  await reader.waitForURL(/\/orders\/\d+/);
  const number = new URL(reader.url()).pathname.split('/').at(-1);
  return (await area.api.get(`/v1/orders/${number}`)).body;
}

/** What the bank tells the seller: the transfer has come. */
async function bankTransfers(order: Json): Promise<void> {
  const { status, body } = await transfer(area.api, order);
  assert.equal(status, 202, JSON.stringify(body));
}

/** Moves the service's clock with the sandbox's bar, to so many days before its expiry, or after it. */
async function moveClock(reader: Page, daysBeforeExpiry: number): Promise<void> {
  const day = new Date(`${String((await viewOf(area, service))['expiresOn'])}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() - daysBeforeExpiry);
  await reader.goto('/');
  await reader.locator('.clock input[type=date]').fill(day.toISOString().slice(0, 10));
  await reader.locator('.clock').getByRole('button', { name: 'Vai' }).click();
  await reader.waitForURL(/moved=/, { timeout: 120_000 });
}

describe('a stranger’s walk', () => {
  it('registers', async () => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Registrati' }).click();
    const typed = {
      companyName: 'Forestiera S.r.l.',
      street: 'Via del Corso 1',
      postalCode: '52044',
      city: 'Cortona',
      province: 'AR',
      vatNumber: freshVatNumber(),
      phone: '+39 0575 600000',
      email: 'forestiera@example.com',
      username: USERNAME,
      newPassword: PASSWORD,
      repeat: PASSWORD,
    };
    for (const [name, text] of Object.entries(typed)) await page.locator(`#field-${name}`).fill(text);
    await button(page, 'Registrati').click();
    await page.waitForURL((url) => url.pathname === '/');
  });

  it('buys for three years with two users and a module, by transfer', async () => {
    await button(page, 'Acquista').click();
    await page.locator('#field-recipientCode').fill('FOR1234');
    await button(page, 'Prosegui').click();
    await page.getByLabel('Durata').selectOption('3');
    await button(page, 'Uno in più: Utente aggiuntivo').click();
    await button(page, 'Uno in più: Utente aggiuntivo').click();
    await button(page, 'Aggiungi al carrello: Modulo Documenti').click();
    await toCheckout(page);
    await confirmOrder(page, 'bank_transfer');
    const order = await openOrder(page);
    service = String(order['subscriptionId']);
    // (25 + 2 × 10 + 12) × 3, and 22 % of it.
    assert.deepStrictEqual(order['due'], { amountMinor: 20_862, currency: 'EUR' });
    assert.equal(await page.locator('svg.qr').count(), 1);
    await bankTransfers(order);
    await untilStatus(area.api, service, 'active');
  });

  let inside: Page;
  it('signs in with the mailed temporary password, and has to change it', async () => {
    const mail = await activationMail();
    const username = String((await viewOf(area, service))['username']);
    const password = /temporanea:?\s+(\S+)/i.exec(mail)?.[1] ?? '';
    inside = await area.reader();
    await signIn(inside, { username, password });
    assert.equal(new URL(inside.url()).pathname, '/password');
    await inside.goto('/orders');
    assert.equal(new URL(inside.url()).pathname, '/password');
    await inside.locator('#field-currentPassword').fill(password);
    for (const name of ['newPassword', 'repeat']) await inside.locator(`#field-${name}`).fill(PASSWORD);
    await button(inside, 'Salva la password').click();
    await inside.waitForURL((url) => url.pathname === '/');
    assert.ok((await mainText(inside)).includes(username));
  });

  it('adds two gigabytes, and everything active is extended to their end', async () => {
    await moveClock(inside, 183);
    const before = String((await viewOf(area, service))['expiresOn']);
    await button(inside, 'Aumenta spazio').click();
    await button(inside, /^Uno in più: Spazio/).click();
    assert.equal(await inside.locator('#field-space').inputValue(), '2');
    assert.ok(await inside.locator('input[name=coTerm][value=on]').isChecked());
    assert.equal(await inside.locator('table.ends').count(), 2);
    await toCheckout(inside);
    await confirmOrder(inside, 'card:tok_approved');
    await inside.locator('.badge.ok', { hasText: 'Concluso' }).waitFor();
    const view = await viewOf(area, service);
    assert.ok(String(view['expiresOn']) > before);
    assert.equal(view['spaceBytes'], 3_000_000_000);
    assert.equal((view['autoRenewal'] as Json)['on'], false);
  });

  it('has a card declined at the renewal, and replaces it', async () => {
    await page.goto(`/services/${service}/method`);
    await choosePayment(page, 'card:tok_declined');
    await button(page, 'Usa questo metodo').click();
    await button(page, 'Attiva il rinnovo automatico').click();
    await button(page, 'Disattiva il rinnovo automatico').waitFor();
    await moveClock(page, 6);
    assert.match(await mainText(page), /aggiorna i dati di pagamento/);
    assert.equal(await button(page, 'Paga').count(), 1);
    const before = String((await viewOf(area, service))['expiresOn']);
    await page.goto(`/services/${service}/method`);
    await choosePayment(page, 'paypal:tok_approved');
    await button(page, 'Usa questo metodo').click();
    await page.getByText('Il metodo di pagamento è stato salvato').waitFor();
    await eventually(
      'the renewal',
      () => viewOf(area, service),
      (view) => String(view['expiresOn']) > before,
    );
    await page.goto('/');
    assert.doesNotMatch(await mainText(page), /aggiorna i dati di pagamento/);
    assert.equal(await button(page, 'Paga').count(), 0);
  });

  it('switches auto-renewal off, expires, and reactivates', async () => {
    await page.goto(`/services/${service}/manage`);
    await button(page, 'Disattiva il rinnovo automatico').click();
    await button(page, 'Attiva il rinnovo automatico').waitFor();
    await moveClock(page, -10);
    assert.match(await mainText(page), /Scaduto/);
    assert.equal(await button(page, 'Rinnova').count(), 0);
    await button(page, 'Riattiva').click();
    await toCheckout(page);
    await confirmOrder(page, 'postal_slip');
    const order = await openOrder(page);
    assert.equal(order['type'], 'reactivation');
    await bankTransfers(order);
    await untilStatus(area.api, service, 'active');
  });

  it('lets it go, and buys again', async () => {
    await moveClock(page, -62);
    assert.match(await mainText(page), /Cancellato/);
    assert.equal(await button(page, 'Riattiva').count(), 0);
    await page.goto(`/services/${service}/explain`);
    assert.match(await mainText(page), /La scadenza/);
    await page.goto('/buy');
    await page.locator('#field-recipientCode').fill('FOR1234');
    await button(page, 'Prosegui').click();
    await toCheckout(page);
    await confirmOrder(page, 'card:tok_approved');
    const order = await openOrder(page);
    assert.notEqual(order['subscriptionId'], service);
    await untilStatus(area.api, String(order['subscriptionId']), 'active');
    await page.goto('/orders');
    assert.equal(await page.locator('tbody tr').count(), 5);
  });
});
