import { it } from 'node:test';
import { registeredCustomer, signIn, startArea } from './support/area.ts';
import { advanceToDaysBeforeExpiry } from './support/lives.ts';
import { activeService, buyTo, confirmOrder } from './support/shop.ts';
it('shots', async () => {
  const area = await startArea();
  try {
    const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
    const service = await activeService(area, customer, { extras: { user: 2 }, paymentMethod: { type: 'card', token: 'tok_approved', brand: 'Visa', last4: '4242', validThrough: '2046-12' } });
    await advanceToDaysBeforeExpiry(area, service, 100);
    const page = await area.reader({ width: 1280 });
    const phone = await area.reader({ width: 360, more: { colorScheme: 'dark' } });
    await signIn(page, customer); await signIn(phone, customer);
    for (const [p, n] of [[page, 'w'], [phone, 'p']] as const) {
      for (const [path, name] of [[`/services/${service}/upgrade?focus=space`, 'upgrade'], [`/services/${service}/explain`, 'explain'], ['/methods', 'methods'], [`/services/${service}/manage`, 'manage'], ['/orders', 'orders'], ['/profile', 'profile']]) {
        await p.goto(path!); await p.screenshot({ path: `/tmp/shotsb/${name}-${n}.png`, fullPage: true });
      }
      await p.goto(`/services/${service}/upgrade?focus=space`);
      await p.locator('button[name=go][value=checkout]').click(); await p.waitForURL(/key=/);
      await p.screenshot({ path: `/tmp/shotsb/checkout-${n}.png`, fullPage: true });
    }
    const c2 = await registeredCustomer(area, { recipientCode: 'ABC1234' });
    const p2 = await area.reader({ width: 360 }); await signIn(p2, c2);
    await buyTo(p2, 'user=1&nso=1'); await p2.screenshot({ path: `/tmp/shotsb/cart-p.png`, fullPage: true });
    await p2.locator('button[name=go][value=checkout]').click(); await p2.waitForURL(/key=/);
    await confirmOrder(p2, 'bank_transfer'); await p2.waitForURL(/orders/);
    await p2.screenshot({ path: `/tmp/shotsb/order-p.png`, fullPage: true });
  } finally { await area.stop(); }
});
