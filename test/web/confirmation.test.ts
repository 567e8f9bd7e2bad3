/** The links e-mails lead to: a charge the bank wants confirmed, and a new password. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findByUsername } from '../../db/accounts.ts';
import { createLink } from '../../db/passwordLinks.ts';
import type { Instant } from '../../domain/calendar.ts';
import { eventually, type Json } from '../api/support/api.ts';
import { firstOrder, untilStatus } from '../api/support/customers.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area } from './support/area.ts';

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

describe('the sandbox bank', () => {
  it('asks for the confirmation of a charge, once', async () => {
    const { id: customerId } = await registeredCustomer(area);
    const paymentMethod = { type: 'card', token: 'tok_needs_customer' };
    const { body: order } = await firstOrder(area.api, { customerId, paymentMethod });
    const { body } = await eventually(
      'the link',
      () => area.api.get(`/v1/orders/${String(order['number'])}`),
      (answer) => (answer.body['lastCharge'] as Json | null)?.['confirmationUrl'] != null,
    );
    const { pathname } = new URL(String((body['lastCharge'] as Json)['confirmationUrl']));
    const page = await area.reader();
    await assertGoodPage(page, pathname);
    await page.goto(pathname);
    assert.equal(await page.locator('h1').textContent(), 'Conferma il pagamento');
    assert.ok(((await page.locator('.facts').textContent()) ?? '').includes(String(order['number'])));
    await page.getByRole('button', { name: 'Conferma' }).click();
    await page.getByText('Grazie: il pagamento è stato confermato.').waitFor();
    await assertAccessible(page);
    await page.reload();
    assert.equal(await page.locator('main form').count(), 0);
    await untilStatus(area.api, String(order['subscriptionId']), 'active');
  });

  it('knows of no other charge', async () => {
    const page = await area.reader();
    assert.equal((await page.goto('/sandbox/confirmations/1000000137-1'))?.status(), 404);
    assert.equal(await page.locator('h1').textContent(), 'Pagina non trovata');
  });
});

describe('a mailed link for a new password', () => {
  it('sets the password, once, and leads to signing in', async () => {
    const customer = await registeredCustomer(area);
    const account = await findByUsername(area.api.db, customer.username);
    assert.ok(account);
    const token = await createLink(area.api.db, { accountId: account.id, purpose: 'reset' }, Date.now() as Instant);
    const page = await area.reader();
    await assertGoodPage(page, `/reset/${token}`);
    await page.goto(`/reset/${token}`);
    const password = 'tutt’altra frase 🙂';
    await page.locator('#field-newPassword').fill('corta');
    await page.locator('#field-repeat').fill('corta');
    await page.getByRole('button', { name: 'Salva la password' }).click();
    await page.locator('#errors a').waitFor();
    await assertAccessible(page);
    await page.locator('#field-newPassword').fill(password);
    await page.locator('#field-repeat').fill(password);
    await page.getByRole('button', { name: 'Salva la password' }).click();
    await page.waitForURL('**/login');
    assert.match((await page.locator('main > .notice').textContent()) ?? '', /La password è stata cambiata/);
    await signIn(page, { username: customer.username, password });
    assert.equal((await page.goto(`/reset/${token}`))?.status(), 404);
  });
});
