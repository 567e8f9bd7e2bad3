import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { schemaFaults } from '../../documents/checks.ts';
import { issueAll } from '../support/invoicing.ts';
import { assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area } from './support/area.ts';
import { activeService, ordersOf } from './support/shop.ts';

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

describe('the page of a paid order', () => {
  it('offers its invoice as PDF and XML', async () => {
    const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
    await activeService(area, customer);
    const [order] = await ordersOf(area, customer);
    const path = `/orders/${String(order?.['number'])}`;
    const page = await area.reader();
    await signIn(page, customer);
    await page.goto(path);
    assert.equal(await page.locator('#invoices').count(), 0);
    const [invoice] = await issueAll(area.api.db);
    await page.goto(path);
    const section = page.locator('section', { has: page.locator('#invoices') });
    assert.match(await section.innerText(), new RegExp(`Fattura n. ${invoice?.document.number} del .*PDF.*XML`, 's'));
    const save = async (label: string): Promise<{ name: string; text: string }> => {
      const waiting = page.waitForEvent('download');
      await section.locator('a', { hasText: label }).click();
      const download = await waiting;
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'latin1') };
    };
    const [xml, pdf] = [await save('XML'), await save('PDF')];
    assert.equal(xml.name, invoice?.fileName);
    assert.deepStrictEqual(schemaFaults(Buffer.from(xml.text, 'latin1').toString('utf8')), []);
    assert.equal(pdf.name, invoice?.fileName.replace('.xml', '.pdf'));
    assert.match(pdf.text, /^%PDF-/);
    await assertGoodPage(page, path);
  });
});
