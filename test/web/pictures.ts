/**
 * Takes the pictures of docs/area.md anew: `npm test -- test/web/pictures.ts`, whenever what they show has changed. Their
 * dates are those of the day they were taken; each is taken only where the page has the buttons its row says.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { Provisioning } from '../../activities/provisioning/port.ts';
import { createSandboxProvisioning } from '../../activities/provisioning/sandbox.ts';
import { SANDBOX_REFUSED_PHONE } from '../../config/sandbox.ts';
import { firstOrder, untilStatus } from '../api/support/customers.ts';
import { registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';
import { issueAll } from '../support/invoicing.ts';
import { activeLife, advanceToDaysBeforeExpiry, unpaidFirstOrder, unpaidOrder, type Life } from './support/lives.ts';
import { eur, IBAN, refund, takeBack, untilDue, withCredit } from './support/money.ts';
import { withPalette } from './support/palette.ts';
import { buyTo, confirmOrder, toCheckout } from './support/shop.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'area');
const MOST_BYTES = 150_000;
/** CSS pixels of a page whose beginning tells enough. */
const BEGINNING = 1600;

const VISA = { type: 'card', token: 'tok_approved', brand: 'Visa', last4: '4242', validThrough: '2046-12' };
const DECLINED = { type: 'card', token: 'tok_declined', brand: 'Mastercard', last4: '0002', validThrough: '2046-12' };
/** A service as most are: with more in it than its base. */
const USERS = { extras: { user: 2 } };

let area: Area;
/** Whose services are never set up. */
const waiting = new Set<string>();
before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  const provisioning: Provisioning = {
    async provision(service) {
      if (waiting.has(service.customerId)) throw new Error('not yet');
      return createSandboxProvisioning(area.api.db).provision(service);
    },
  };
  area = await startArea({ provisioning });
});
after(async () => area?.stop());

function keep(name: string, screenshot: Buffer): void {
  const file = join(FOLDER, `${name}.png`);
  const picture = withPalette(screenshot);
  assert.ok(picture.length <= MOST_BYTES, `${name}.png has ${picture.length} bytes`);
  writeFileSync(file, picture);
}

async function pageOf(customer: TestCustomer, options: Parameters<Area['reader']>[0] = {}): Promise<Page> {
  const page = await area.reader({ ...options, more: { reducedMotion: 'reduce' } });
  await signIn(page, customer);
  return page;
}

/** The whole page as its reader scrolls through it. */
async function takePage(page: Page, name: string): Promise<void> {
  keep(name, await page.screenshot({ fullPage: true }));
}

/** Only what the page is about; `most`: so many CSS pixels of it. */
async function takeMain(page: Page, name: string, most = Infinity): Promise<void> {
  const box = await page.locator('main').boundingBox();
  assert.ok(box, name);
  keep(name, await page.screenshot({ fullPage: true, clip: { ...box, height: Math.min(box.height, most) } }));
}

const renewed = (on: boolean) => (on ? { ...USERS, paymentMethod: VISA } : USERS);

async function expiredLife(days: number): Promise<Life> {
  const life = await activeLife(area, USERS);
  await advanceToDaysBeforeExpiry(area, life.id, -days);
  return life;
}

async function lifeWithOrder(content: Parameters<typeof unpaidOrder>[2], life: Promise<Life>): Promise<Life> {
  const made = await life;
  await unpaidOrder(area, made.id, content);
  return made;
}

async function paidButNot(status: 'awaiting_activation' | 'activation_failed'): Promise<Life> {
  const isRefused = status === 'activation_failed';
  const customer = await registeredCustomer(area, isRefused ? { phone: SANDBOX_REFUSED_PHONE } : {});
  if (!isRefused) waiting.add(customer.id);
  const { body } = await firstOrder(area.api, { customerId: customer.id, paymentMethod: VISA });
  const id = String(body['subscriptionId']);
  await untilStatus(area.api, id, status);
  return { customer, id };
}

const UPGRADE = ['Aumenta spazio', 'Aggiungi utenti'];

/** Each row of the button table: its picture, how a life comes to it, and its buttons. */
const STATES: readonly (readonly [name: string, make: () => Promise<Life>, buttons: readonly string[]])[] = [
  ['active', () => activeLife(area, renewed(false)), ['Rinnova', ...UPGRADE, 'Gestisci']],
  ['active-auto-renewal', () => activeLife(area, renewed(true)), [...UPGRADE, 'Gestisci']],
  [
    'active-expiry-near',
    async () => {
      const life = await activeLife(area, USERS);
      await advanceToDaysBeforeExpiry(area, life.id, 45);
      return life;
    },
    ['Rinnova', ...UPGRADE, 'Gestisci'],
  ],
  [
    'active-space-tight',
    async () => {
      const life = await activeLife(area, USERS);
      await area.api.put(`/v1/subscriptions/${life.id}/usage`, { usedBytes: 860_000_000 });
      return life;
    },
    ['Rinnova', ...UPGRADE, 'Gestisci'],
  ],
  [
    'renewal-unpaid',
    () => lifeWithOrder({ type: 'renewal', years: 2 }, activeLife(area, USERS)),
    ['Paga', 'Annulla', ...UPGRADE, 'Gestisci'],
  ],
  [
    'upgrade-unpaid',
    () => lifeWithOrder({ type: 'upgrade', add: { space: 2 } }, activeLife(area, USERS)),
    ['Paga', 'Annulla', 'Rinnova', 'Gestisci'],
  ],
  [
    'charge-declined',
    async () => {
      const life = await activeLife(area, renewed(true));
      await area.api.put(`/v1/subscriptions/${life.id}/payment-method`, DECLINED);
      await advanceToDaysBeforeExpiry(area, life.id, 6);
      return life;
    },
    ['Paga', 'Annulla', ...UPGRADE, 'Gestisci'],
  ],
  [
    'notice-given',
    async () => {
      const life = await activeLife(area, USERS);
      await area.api.post(`/v1/subscriptions/${life.id}/termination`, {});
      return life;
    },
    ['Gestisci'],
  ],
  ['expired', () => expiredLife(10), ['Riattiva', 'Gestisci']],
  [
    'expired-reactivation-unpaid',
    () => lifeWithOrder({ type: 'reactivation', years: 1 }, expiredLife(10)),
    ['Paga', 'Annulla', 'Gestisci'],
  ],
  ['first-order-unpaid', () => unpaidFirstOrder(area), ['Paga', 'Annulla', 'Gestisci']],
  ['awaiting-activation', () => paidButNot('awaiting_activation'), ['Gestisci']],
  ['activation-failed', () => paidButNot('activation_failed'), ['Gestisci']],
  ['terminated', () => expiredLife(62), ['Acquista di nuovo']],
];

describe('the service card', () => {
  for (const [name, make, buttons] of STATES) {
    it(name, async () => {
      const page = await pageOf((await make()).customer);
      assert.deepStrictEqual(await page.locator('.service .actions a[role=button]').allTextContents(), buttons);
      keep(name, await page.locator('.service').screenshot());
      await page.context().close();
    });
  }
});

describe('the pages', () => {
  it('of a first purchase: cart, order form, order', async () => {
    const page = await pageOf(await registeredCustomer(area, { recipientCode: 'ABC1234' }));
    await buyTo(page, 'years=3&user=2&documents=1');
    await takeMain(page, 'cart');
    await toCheckout(page);
    await takeMain(page, 'checkout');
    await confirmOrder(page, 'bank_transfer');
    await page.waitForURL(/\/orders\/\d+/);
    await page.reload();
    await takeMain(page, 'order');
  });

  it('of a service: home, upgrade with both choices, manage, explain', async () => {
    const { customer, id } = await activeLife(area, { extras: { user: 2, nso: 1 }, paymentMethod: VISA });
    await area.api.put(`/v1/subscriptions/${id}/usage`, { usedBytes: 430_000_000 });
    await advanceToDaysBeforeExpiry(area, id, 100);
    const page = await pageOf(customer);
    for (const [path, name] of [
      [`/services/${id}/upgrade?focus=space`, 'upgrade'],
      [`/services/${id}/manage`, 'manage'],
      [`/services/${id}/explain`, 'explain'],
    ] as const) {
      await page.goto(path);
      await takeMain(page, name, name === 'explain' ? BEGINNING : Infinity);
    }
    await takePage(await withHome(customer, { width: 360 }), 'home-phone');
    const reader = await withHome(customer, { language: 'en' });
    await takePage(reader, 'home-english');
    await reader.goto(`/services/${id}/upgrade?focus=space`);
    await takeMain(reader, 'upgrade-english');
  });

  it('of money that goes back: an order form with credit, an order taken back and refunded', async () => {
    const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
    const { service, order } = await withCredit(area, customer, 1000);
    const number = String(order['number']);
    await issueAll(area.api.db);
    await refund(area, { orderNumber: number, amount: eur(1220), iban: IBAN, holder: 'Ada Rossi' });
    await takeBack(area, order, `api:transfer-${number}`, { amountMinor: 1000 });
    await untilDue(area, number, 1000);
    await issueAll(area.api.db);
    const page = await pageOf(customer);
    await page.goto(`/orders/${number}`);
    await takeMain(page, 'returns');
    await page.goto(`/services/${service}/renew`);
    await toCheckout(page);
    await page.locator('#field-useCredit').check();
    await takeMain(page, 'credit');
  });

  it('of the sandbox’s clock, after it has been moved', async () => {
    const page = await pageOf((await activeLife(area, renewed(true))).customer);
    const day = new Date();
    day.setUTCFullYear(day.getUTCFullYear() + 2);
    await page.locator('.clock input[type=date]').fill(day.toISOString().slice(0, 10));
    await page.locator('.clock').getByRole('button', { name: 'Vai', exact: true }).click();
    await page.waitForURL(/moved=/, { timeout: 120_000 });
    await page.goto(page.url().replace(/#.*$/, ''));
    await takeMain(page, 'clock');
  });
});

async function withHome(customer: TestCustomer, options: Parameters<Area['reader']>[0]): Promise<Page> {
  const page = await pageOf(customer, options);
  await page.goto(`/language?to=${options?.language ?? 'it'}&back=/`);
  return page;
}
