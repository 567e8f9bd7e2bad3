import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { advanceToDaysBeforeExpiry } from './support/lives.ts';
import { activeService, buyTo } from './support/shop.ts';

let area: Area;
let customer: TestCustomer;
let page: Page;

before(async () => {
  area = await startArea();
  customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
  page = await area.reader();
  await signIn(page, customer);
});
after(() => area.stop());

describe('the data of the holder', () => {
  it('come prefilled, and lead to the cart', async () => {
    await page.goto('/buy');
    assert.equal(await page.locator('#field-companyName').inputValue(), 'Officine Bianchi S.r.l.');
    assert.equal(await page.locator('#field-recipientCode').inputValue(), 'ABC1234');
    await assertGoodPage(page, '/buy');
    await page.goto('/language?to=it&back=/buy');
    await page.getByRole('button', { name: 'Prosegui' }).click();
    await page.waitForURL(/\/cart/);
    assert.doesNotMatch(page.url(), /Bianchi|officine/i);
    assert.match(await page.locator('main').innerText(), /Officine Bianchi/);
  });

  it('are checked where they are asked for, and what was typed stays', async () => {
    await page.goto('/buy');
    await page.locator('#field-recipientCode').fill('AB');
    await page.locator('#field-city').fill('');
    await page.getByRole('button', { name: 'Prosegui' }).click();
    assert.match(await page.locator('#errors').innerText(), /Comune/);
    await page.locator('#field-city').fill('Arezzo');
    await page.getByRole('button', { name: 'Prosegui' }).click();
    assert.match(await page.locator('#errors').innerText(), /Codice destinatario/);
    assert.equal(await page.locator('#field-recipientCode').inputValue(), 'AB');
    await assertAccessible(page);
  });

  it('of a public administration make it pay net of VAT', async () => {
    await page.goto('/buy');
    await page.locator('#field-publicAdministration').check();
    await page.locator('#field-recipientCode').fill('ABC123');
    await page.getByRole('button', { name: 'Prosegui' }).click();
    await page.waitForURL(/\/cart/);
    assert.match(await page.locator('.totals').innerText(), /Totale\s+30,50\s€\s+Da pagare\s+25,00\s€/);
    assert.match(await page.locator('main').innerText(), /Scissione dei pagamenti/);
  });

  it('of one session open in no other', async () => {
    await buyTo(page);
    const address = page.url();
    const other = await area.reader();
    await signIn(other, await registeredCustomer(area));
    await other.goto(address);
    assert.equal(new URL(other.url()).pathname, '/buy');
    assert.doesNotMatch(await other.locator('main').innerText(), /ABC1234/);
  });
});

describe('the cart of a first purchase', () => {
  it('prices each change, with and without a script', async () => {
    const plain = await area.reader({ javaScript: false });
    await signIn(plain, customer);
    for (const reader of [page, plain]) {
      await buyTo(reader);
      await reader.getByLabel('Durata').selectOption('3');
      await reader.getByRole('button', { name: 'Uno in più: Utente aggiuntivo' }).click();
      await reader.getByRole('button', { name: 'Uno in più: Utente aggiuntivo' }).click();
      await reader.getByRole('button', { name: 'Aggiungi al carrello: Modulo Documenti' }).click();
      // (25 + 2 × 10 + 12) × 3, and 22 % of it.
      assert.match(await reader.locator('.totals').innerText(), /171,00\s€[^]*37,62\s€[^]*208,62\s€/);
      await reader.getByRole('button', { name: 'Elimina dal carrello: Modulo Documenti' }).click();
      await reader.getByRole('button', { name: 'Uno in meno: Utente aggiuntivo' }).click();
      assert.match(await reader.locator('.totals').innerText(), /105,00\s€/);
      assert.equal(await reader.locator('#field-user').inputValue(), '1');
    }
  });

  it('takes no modules on the receive-only product', async () => {
    await buyTo(page, 'nso=1');
    await page.getByLabel('Solo Ricezione').check();
    await page.getByRole('button', { name: 'Aggiorna' }).first().click();
    await page.waitForURL(/fe-receive-only/);
    assert.equal(await page.getByRole('button', { name: /Modulo/ }).count(), 0);
    assert.match(await page.locator('.totals').innerText(), /15,00\s€/);
  });

  it('refuses an agreement code with the reason, and stays as it is', async () => {
    await buyTo(page, 'user=2');
    await page.getByLabel('Codice convenzione').fill('NESSUNO');
    await page.getByRole('button', { name: 'Ok' }).first().click();
    assert.match(await page.locator('#errors').innerText(), /non esiste/);
    assert.equal(await page.locator('#field-user').inputValue(), '2');
    assert.match(await page.locator('.totals').innerText(), /45,00\s€/);
    await assertAccessible(page);
  });

  it('tells of a quantity that cannot be ordered, by its field', async () => {
    await buyTo(page, 'user=100000');
    assert.match(await page.locator('#errors').innerText(), /Utente aggiuntivo/);
    await assertAccessible(page);
    for (const hostile of [
      'user=%3Cscript%3E',
      'years=99',
      'user=-1',
      'code=%27%3B--',
      'space=1e9',
      'years=%F0%9F%98%80',
    ]) {
      await buyTo(page, hostile);
      assert.ok((await page.locator('#errors').count()) > 0, hostile);
      assert.equal(await page.locator('main script').count(), 0);
    }
  });

  it('is good in both languages, at both widths, light and dark', async () => {
    await buyTo(page, 'user=2&documents=1');
    const { pathname, search } = new URL(page.url());
    await assertGoodPage(page, pathname + search);
    await page.emulateMedia({ colorScheme: 'dark' });
    await assertGoodPage(page, pathname + search);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto('/language?to=it&back=/');
  });
});

describe('the cart of a service', () => {
  it('renews what there is, and says what ends when', async () => {
    const service = await activeService(area, customer, { extras: { user: 2 } });
    await page.goto(`/services/${service}/renew`);
    const text = await page.locator('main').innerText();
    assert.match(text, /Servizi attivi fino a oggi/);
    assert.equal(await page.locator('#field-user').inputValue(), '2');
    await page.getByRole('button', { name: 'Uno in meno: Utente aggiuntivo' }).click();
    assert.match(await page.locator('table.ends').innerText(), /non prosegue/);
    assert.match(await page.locator('.totals').innerText(), /35,00\s€/);
    const { pathname, search } = new URL(page.url());
    await assertGoodPage(page, pathname + search);
    await page.goto('/language?to=it&back=/');

    // On its first day nothing active ends before what is added.
    await page.goto(`/services/${service}/upgrade?focus=space`);
    assert.match(await page.locator('main').innerText(), /non c’è nulla da estendere/);
    assert.equal(await page.locator('table.ends').count(), 1);
  });

  it('shows both choices of the extension with each service’s own end, on by default', async () => {
    const buyer = await registeredCustomer(area);
    const service = await activeService(area, buyer, { extras: { user: 2 } });
    await advanceToDaysBeforeExpiry(area, service, 100);
    const reader = await area.reader();
    await signIn(reader, buyer);
    await reader.goto(`/services/${service}/upgrade?focus=space`);
    const choice = (value: string) => reader.locator(`input[name=coTerm][value=${value}]`);
    assert.ok(await choice('on').isChecked());
    const [on, off] = await reader.locator('table.ends').allInnerTexts();
    assert.equal(on?.match(/invariata/g)?.length ?? 0, 0);
    assert.equal(off?.match(/invariata/g)?.length, 2);
    // 10.00 for the space; 9 months, the started one whole, of 25.00 and 2 × 10.00.
    assert.match(await reader.locator('.totals').innerText(), /43,75\s€/);
    await choice('off').check();
    await reader.getByRole('button', { name: 'Aggiorna' }).last().click();
    await reader.waitForURL(/coTerm=off/);
    assert.ok(await choice('off').isChecked());
    assert.match(await reader.locator('.totals').innerText(), /Imponibile\s+10,00\s€/);
    const upgrade = new URL(reader.url());
    await assertGoodPage(reader, upgrade.pathname + upgrade.search);
    await assertGoodPage(reader, `${upgrade.pathname}${upgrade.search.replace('&coTerm=off', '')}`);
  });

  it('advises to pay in time near the expiry, and reactivates after it', async () => {
    const buyer = await registeredCustomer(area);
    const service = await activeService(area, buyer);
    const reader = await area.reader();
    await signIn(reader, buyer);
    await advanceToDaysBeforeExpiry(area, service, 10);
    await reader.goto(`/services/${service}/renew`);
    assert.match(await reader.locator('.notice.warning').innerText(), /meno di 15 giorni/);
    await reader.goto(`/services/${service}/reactivate`);
    assert.match(await reader.locator('.alert-text').innerText(), /stato attuale/);
    await advanceToDaysBeforeExpiry(area, service, -3);
    await reader.goto(`/services/${service}/reactivate`);
    await reader.getByRole('button', { name: 'Aggiungi al carrello: Modulo Incassi e pagamenti' }).click();
    assert.match(await reader.locator('.totals').innerText(), /37,00\s€/);
    const { pathname, search } = new URL(reader.url());
    await assertGoodPage(reader, pathname + search);
    await reader.goto(`/services/${service}/upgrade`);
    assert.equal(await reader.locator('button[name=go]').count(), 0);
  });

  it('of another customer looks as if it did not exist', async () => {
    const other = await registeredCustomer(area, { recipientCode: 'ABC1234' });
    const service = await activeService(area, other);
    for (const path of ['renew', 'upgrade', 'reactivate', 'manage', 'explain', 'holder', 'notice', 'method']) {
      const answer = await page.goto(`/services/${service}/${path}`);
      assert.equal(answer?.status(), 404, path);
    }
  });
});
