import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { registeredCustomer, signIn, startArea, type Area } from './support/area.ts';
import { buyTo, toCheckout } from './support/shop.ts';

let area: Area;
before(async () => {
  area = await startArea({
    change: (context) => ({ ...context, settings: { ...context.settings, chargeDays: [10, 5] } }),
  });
});
after(async () => area?.stop());

describe('the order form where auto-renewal charges on other days than usual', () => {
  it('says the day that the API has', async () => {
    const page = await area.reader();
    await signIn(page, await registeredCustomer(area, { recipientCode: 'ABC1234' }));
    await buyTo(page);
    await toCheckout(page);
    assert.match(await page.locator('main').innerText(), /Il prossimo addebito avviene 10 giorni prima della scadenza/);
  });
});
