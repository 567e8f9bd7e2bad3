/** Short ways to where a page of the shop begins. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Json } from '../../api/support/api.ts';
import { latest, publish } from '../../../db/catalogues.ts';
import { activeService as anActiveService } from '../../api/support/customers.ts';
import type { Area, TestCustomer } from './area.ts';

/** Through the holder's data, as prefilled, to the cart; `more`: what is in it already. */
export async function buyTo(page: Page, more = ''): Promise<void> {
  await page.goto(`/buy?type=first_purchase&${more}`);
  await page.locator('form[action^="/buy"] button[type=submit]').click();
  await page.waitForURL(/\/cart\?/);
}

/** An active service of the customer, bought and paid over the API; answers its id. */
export async function activeService({ api }: Area, { id }: TestCustomer, changes: Json = {}): Promise<string> {
  return (await anActiveService(api, { customerId: id, ...changes })).id;
}

/** Accepts what is to be accepted and confirms the order form. */
export async function confirmOrder(page: Page, pay: string): Promise<void> {
  await choosePayment(page, pay);
  for (const name of ['terms', 'unfairTerms', 'privacy']) await page.locator(`#field-${name}`).check();
  await page.locator('form[action^="/checkout"] button[type=submit]').click();
}

/** Chooses how to pay: a registered method, a new one (`card:<token>`, `paypal:<token>`), or one of the other ways. */
export async function choosePayment(page: Page, pay: string): Promise<void> {
  const isNew = /^(card|paypal):/.test(pay);
  if (isNew) await page.locator('#field-fresh').selectOption(pay);
  await page.locator(`input[name=pay][value="${isNew ? 'new' : pay}"]`).check();
}

/** From the cart to the order form. */
export async function toCheckout(page: Page): Promise<void> {
  await page.locator('button[name=go][value=checkout]').click();
  await page.waitForURL(/\/checkout\?.*key=/);
}

/** All orders of a customer, newest first. */
export async function ordersOf({ api }: Area, { id }: TestCustomer): Promise<Json[]> {
  const { status, body } = await api.get(`/v1/customers/${id}/orders`);
  assert.equal(status, 200, JSON.stringify(body));
  return body['orders'] as Json[];
}

/**
 * Puts a price list in force from today in which the service costs 99.00 a year: past the API, which lets new prices begin
 * tomorrow, so that no test has to wait for it.
 */
export async function raisePrices({ api }: Area): Promise<void> {
  const current = await latest(api.db);
  assert.ok(current);
  const { versions } = current.document;
  const last = versions.at(-1);
  assert.ok(last);
  const raised = {
    ...last,
    version: `${last.version}-raised`,
    validFrom: new Date().toISOString().slice(0, 10) as typeof last.validFrom,
    annualPriceMinor: { ...last.annualPriceMinor, fe: 9900 },
  };
  const document = { ...current.document, versions: [...versions, raised] };
  assert.ok(await publish(api.db, { basedOn: current.revision, document, publishedBy: 'test' }));
}
