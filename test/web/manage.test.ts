import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { setTemporaryPassword } from '../../db/accounts.ts';
import { hashPassword } from '../../db/passwords.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { PASSWORD, registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { advanceToDaysBeforeExpiry, viewOf } from './support/lives.ts';
import { activeService, choosePayment } from './support/shop.ts';

const VISA = { type: 'card', token: 'tok_approved', brand: 'Visa', last4: '4242', validThrough: '2046-12' };

let area: Area;
let customer: TestCustomer;
let page: Page;
let service: string;
before(async () => {
  area = await startArea();
  customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  service = await activeService(area, customer, { paymentMethod: VISA, extras: { user: 1, nso: 1 } });
  page = await area.reader();
  await signIn(page, customer);
});
after(async () => area?.stop());

const mainText = (): Promise<string> => page.locator('main').innerText();
const button = (name: string) => page.getByRole('button', { name, exact: true });
const autoRenewal = async () => (await viewOf(area, service))['autoRenewal'] as { on: boolean; method: unknown };

describe('managing a service', () => {
  it('every page is good in both languages and at both widths', async () => {
    const base = `/services/${service}`;
    const paths = ['manage', 'method', 'method/remove', 'holder', 'notice', 'explain'].map((path) => `${base}/${path}`);
    for (const path of [...paths, '/methods', '/profile']) await assertGoodPage(page, path);
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const path of [`${base}/manage`, `${base}/explain`, '/methods']) await assertGoodPage(page, path);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto('/language?to=it&back=/');
  });

  it('switches auto-renewal off and on, and says what that means', async () => {
    await page.goto(`/services/${service}/manage`);
    assert.match(await mainText(), /Il rinnovo automatico è attivo[^]*il pulsante Rinnova torna visibile/);
    assert.match(await mainText(), /Carta Visa •••• 4242/);
    assert.equal(await button('Rinnova').count(), 0);
    await button('Disattiva il rinnovo automatico').click();
    await button('Rinnova').waitFor();
    assert.equal((await autoRenewal()).on, false);
    await button('Attiva il rinnovo automatico').click();
    await button('Disattiva il rinnovo automatico').waitFor();
    assert.equal((await autoRenewal()).on, true);
  });

  it('replaces the payment method, takes it off, and chooses it again', async () => {
    await page.goto(`/services/${service}/method`);
    await choosePayment(page, 'paypal:tok_approved');
    await button('Usa questo metodo').click();
    await page.getByText('Il metodo di pagamento è stato salvato').waitFor();
    assert.match(await mainText(), /PayPal m•••@example\.com/);
    await button('Rimuovi il metodo di pagamento').click();
    await page.locator('dialog[open]').getByRole('button', { name: 'Rimuovi il metodo di pagamento' }).click();
    await page.getByText('Metodo di pagamento: nessuno').waitFor();
    assert.deepStrictEqual(
      { ...(await autoRenewal()), nextChargeOn: null },
      { on: false, method: null, nextChargeOn: null },
    );
    await page.goto(`/services/${service}/method`);
    await button('Usa questo metodo').click();
    await page.getByText('Il metodo di pagamento è stato salvato').waitFor();
  });

  it('edits the holder, keeps what was typed wrongly, and lets nobody change the tax data', async () => {
    await page.goto(`/services/${service}/holder`);
    await page.locator('#field-phone').fill('abc');
    await page.locator('#field-street').fill('Via Nuova 1 😀 <b>');
    await button('Salva').click();
    assert.match(await page.locator('#errors').innerText(), /Telefono/);
    assert.equal(await page.locator('#field-street').inputValue(), 'Via Nuova 1 😀 <b>');
    await assertAccessible(page);
    await page.locator('#field-phone').fill('+39 0575 654321');
    await page.locator('#field-street').fill('Via Nuova 1');
    await page.getByLabel('Casella PEC').first().check();
    await page.locator('#field-certifiedEmail').fill('officine@pec.example.com');
    await button('Salva').click();
    await page.getByText('I dati dell’intestatario sono stati salvati').waitFor();
    assert.match(await mainText(), /Via Nuova 1[^]*officine@pec\.example\.com/);
    await page.goto(`/services/${service}/holder`);
    assert.ok(!(await page.locator('#field-vatNumber').isEditable()));
    await page.locator('#field-vatNumber').evaluate((input) => input.removeAttribute('readonly'));
    await page.locator('#field-vatNumber').fill('00000010215');
    await button('Salva').click();
    assert.match(await page.locator('#errors').innerText(), /Partita IVA/);
  });

  it('says why things are as they are, and what that rests on', async () => {
    await page.goto(`/services/${service}/explain`);
    const text = await mainText();
    assert.match(text, /La scadenza/);
    assert.match(text, /Che cosa succede dopo/);
    assert.ok((await page.locator('.grounds a[href^="/orders/"]').count()) > 0);
    assert.ok((await page.locator('.grounds .rule').count()) > 0);
    await page.goto(`/language?to=en&back=/services/${service}/explain`);
    assert.match(await mainText(), /The expiry/);
    await page.goto('/language?to=it&back=/');
  });
});

describe('the wallet', () => {
  it('registers a card and removes it; one in use stays', async () => {
    await page.goto('/methods');
    assert.match(await mainText(), /Usato da un servizio/);
    await page.locator('input[value="card:tok_declined"]').check();
    await button('Registra un metodo').click();
    await page.getByText('Il metodo è stato registrato').waitFor();
    assert.match(await mainText(), /Mastercard •••• 0002/);
    await page.getByRole('button', { name: /^Rimuovi: Carta Mastercard •••• 0002/ }).click();
    await page.locator('dialog[open]').getByRole('button', { name: 'Rimuovi' }).click();
    await page.getByText('Il metodo è stato rimosso').waitFor();
    assert.doesNotMatch(await page.locator('.wallet').innerText(), /0002/);
    await button('Registra un metodo').click();
    assert.match(await page.locator('#errors').innerText(), /Scegli come pagare/);
    await assertAccessible(page);
    assert.equal((await page.goto('/methods/pm_unknown/remove'))?.status(), 200);
    assert.match(await mainText(), /Il metodo non c’è più/);
  });
});

describe('the customer’s own data', () => {
  it('are changed, with the language of messages', async () => {
    await page.goto('/profile');
    await page.locator('#field-city').fill('');
    await button('Salva').click();
    assert.match(await page.locator('#errors').innerText(), /Comune/);
    await page.locator('#field-city').fill('Cortona');
    await button('Salva').click();
    await page.getByText('I tuoi dati sono stati salvati').waitFor();
    const { body } = await area.api.get(`/v1/customers/${customer.id}`);
    assert.equal((body['address'] as { city: string }).city, 'Cortona');
  });
});

describe('notice of termination', () => {
  it('is asked about, final, and leaves nothing to renew', async () => {
    const leaving = await activeService(area, await registeredCustomer(area), {});
    assert.equal((await page.goto(`/services/${leaving}/notice`))?.status(), 404);
    await page.goto(`/services/${service}/manage`);
    const second = await page.context().newPage();
    await second.goto(`/services/${service}/notice`);
    await button('Dai disdetta').click();
    const dialog = page.locator('dialog[open]');
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /definitiva[^]*resta attivo fino al/);
    await assertAccessible(page);
    await dialog.getByRole('button', { name: 'Confermo la disdetta' }).click();
    await page.getByText('La disdetta è registrata').waitFor();
    assert.equal(await button('Aumenta spazio').count(), 0);
    assert.equal(await button('Disattiva il rinnovo automatico').count(), 0);
    await second.getByRole('button', { name: 'Confermo la disdetta' }).click();
    await second.waitForURL(/manage/);
    await page.goto(`/services/${service}/renew`);
    assert.match(await page.locator('.alert-text').innerText(), /disdetta/);
    await assertAccessible(page);
    await advanceToDaysBeforeExpiry(area, service, -1);
    await page.goto(`/services/${service}/manage`);
    assert.match(await mainText(), /Cancellato/);
    await assertGoodPage(page, `/services/${service}/manage`);
    await assertGoodPage(page, `/services/${service}/explain`);
  });
});

describe('the credentials of one service', () => {
  it('manage that service alone', async () => {
    const owner = await registeredCustomer(area, { recipientCode: 'ABC1234' });
    const own = await activeService(area, owner, { paymentMethod: VISA });
    const elsewhere = await activeService(area, await registeredCustomer(area));
    const username = String((await viewOf(area, own))['username']);
    await setTemporaryPassword(area.api.db, own, await hashPassword('temporanea-di-prova'));
    const inside = await area.reader();
    await signIn(inside, { username, password: 'temporanea-di-prova' });
    await inside.locator('#field-currentPassword').fill('temporanea-di-prova');
    for (const name of ['newPassword', 'repeat']) await inside.locator(`#field-${name}`).fill(PASSWORD);
    await inside.getByRole('button', { name: 'Salva la password' }).click();
    await inside.waitForURL((url) => url.pathname === '/');
    for (const path of ['manage', 'holder', 'method', 'explain', 'upgrade'])
      assert.equal((await inside.goto(`/services/${own}/${path}`))?.status(), 200, path);
    assert.equal((await inside.goto(`/services/${elsewhere}/manage`))?.status(), 404);
    assert.equal((await inside.goto('/buy'))?.status(), 403);
    assert.equal((await inside.goto('/methods'))?.status(), 200);
    await inside.goto('/profile');
    assert.match(await inside.locator('main').innerText(), /credenziali di un servizio/);
    assert.equal(await inside.locator('#field-street').count(), 0);
    await assertGoodPage(inside, '/profile');
  });
});
