/** A charge through Stripe that the bank wants confirmed: from the mailed link to the bank's page. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, type Json } from '../api/support/api.ts';
import { firstOrder, untilStatus } from '../api/support/customers.ts';
import { customerWith, onStripe } from '../api/support/stripe.ts';
import { StripeFake } from '../support/stripeFake.ts';
import { assertAccessible } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area } from './support/area.ts';

let stripe: StripeFake;
let area: Area;
before(async () => {
  stripe = await new StripeFake().start();
  area = await startArea(onStripe(stripe));
});
after(async () => {
  await area?.stop();
  await stripe?.stop();
});

describe('the page that a charge is confirmed on', () => {
  it('asks its customer to log in, leads to the bank, and says when it is done', async () => {
    const customer = await registeredCustomer(area);
    const { method } = await customerWith({ api: area.api, stripe }, 'authentication', 'card', customer.id);
    const paymentMethod = { methodId: method['methodId'] };
    const { body: order } = await firstOrder(area.api, { customerId: customer.id, paymentMethod });
    const { body } = await eventually(
      'the link',
      () => area.api.get(`/v1/orders/${String(order['number'])}`),
      (answer) => (answer.body['lastCharge'] as Json | null)?.['confirmationUrl'] != null,
    );
    const link = new URL(String((body['lastCharge'] as Json)['confirmationUrl']));
    assert.equal(link.origin, 'https://area.example');
    const page = await area.reader();
    await page.goto(link.pathname);
    assert.equal(new URL(page.url()).pathname, '/login');
    await signIn(page, customer);
    await page.goto(link.pathname);
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Conferma' }).click();
    const onward = page.getByRole('button', { name: 'Continua dalla banca' });
    await onward.waitFor();
    await assertAccessible(page);
    const intent = stripe.intents.find(({ metadata }) => metadata['orderNumber'] === order['number']);
    assert.ok(intent);
    assert.equal(await onward.getAttribute('href'), `https://hooks.stripe.test/redirect/${intent.id}`);
    stripe.succeed(intent);
    await page.reload();
    await page.getByText('Grazie: il pagamento è stato confermato.').waitFor();
    assert.equal(await page.locator('main form').count(), 0);
    // The customer comes back; the money is in the ledger also where Stripe's message is late.
    await area.api.post(`/v1/confirmations/${String(order['number'])}-1`, {});
    await untilStatus(area.api, String(order['subscriptionId']), 'active');
  });
});
