/** The list of services: each state with exactly its buttons, red where the guide says so, and nobody else's [guide: customer area]. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { setTemporaryPassword } from '../../db/accounts.ts';
import { hashPassword } from '../../db/passwords.ts';
import { eventually, type Json } from '../api/support/api.ts';
import { firstOrder, untilStatus } from '../api/support/customers.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, startWeb, type Area } from './support/area.ts';
import {
  activeLife,
  advanceToDaysBeforeExpiry,
  autoRenewedLife,
  CARD,
  unpaidFirstOrder,
  unpaidOrder,
  type Life,
} from './support/lives.ts';

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

async function pageOf({ customer }: Life, options: Parameters<Area['reader']>[0] = {}): Promise<Page> {
  const page = await area.reader(options);
  await signIn(page, customer);
  return page;
}

/** The card's buttons in order, without those of the sandbox's clock. */
async function buttonsOf(page: Page): Promise<string[]> {
  return page.locator('.service .actions a[role=button]').allTextContents();
}

const badge = (page: Page): Locator => page.locator('.service .badge');
const fact = (page: Page, term: string): Locator =>
  page.locator('.facts > div', { has: page.locator('dt', { hasText: term }) }).locator('dd');

async function textOf(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();
}

/** The computed colour, as the browser shows it. */
async function colourOf(locator: Locator): Promise<string> {
  return locator.evaluate((element) => (globalThis as unknown as Styled).getComputedStyle(element).color);
}

interface Styled {
  getComputedStyle(element: unknown): { color: string };
}

const RED = 'rgb(168, 22, 31)';

describe('a customer without services', () => {
  it('is offered to buy one', async () => {
    const page = await area.reader();
    await signIn(page, await registeredCustomer(area));
    assert.deepStrictEqual(await page.locator('main a[role=button]').allTextContents(), ['Acquista']);
    await assertGoodPage(page, '/');
  });
});

describe('the buttons of a service', () => {
  it('first order unpaid: Pay and Cancel', async () => {
    const life = await unpaidFirstOrder(area);
    const page = await pageOf(life);
    assert.deepStrictEqual(await buttonsOf(page), ['Paga', 'Annulla', 'Gestisci']);
    assert.match(await textOf(badge(page)), /In attesa di pagamento/);
    assert.ok((await textOf(page.locator('.unpaid'))).includes(String(life.order['number'])));
    await assertGoodPage(page, '/');
  });

  it('active, auto-renewal off: Renew and Upgrade', async () => {
    const page = await pageOf(await activeLife(area));
    assert.deepStrictEqual(await buttonsOf(page), ['Rinnova', 'Aumenta spazio', 'Aggiungi utenti', 'Gestisci']);
    assert.match(await textOf(badge(page)), /Attivo/);
    assert.match(await textOf(fact(page, 'Username di accesso')), /\S/);
    await assertGoodPage(page, '/');
  });

  it('active, auto-renewal on: no Renew', async () => {
    const page = await pageOf(await autoRenewedLife(area));
    assert.deepStrictEqual(await buttonsOf(page), ['Aumenta spazio', 'Aggiungi utenti', 'Gestisci']);
    assert.match(await textOf(fact(page, 'Rinnovo automatico')), /Attivo/);
  });

  it('active, unpaid renewal order: Pay and Cancel, and Renew is back once it is cancelled', async () => {
    const life = await activeLife(area);
    const order = await unpaidOrder(area, life.id, { type: 'renewal', years: 1 });
    const page = await pageOf(life);
    assert.deepStrictEqual(await buttonsOf(page), ['Paga', 'Annulla', 'Aumenta spazio', 'Aggiungi utenti', 'Gestisci']);
    await assertGoodPage(page, '/');
    await area.api.post(`/v1/orders/${String(order['number'])}/cancel`, {});
    await page.goto('/');
    assert.ok((await buttonsOf(page)).includes('Rinnova'));
  });

  it('expired: Reactivate alone, read-only, until day 60', async () => {
    const life = await activeLife(area);
    await advanceToDaysBeforeExpiry(area, life.id, -60);
    const page = await pageOf(life);
    assert.deepStrictEqual(await buttonsOf(page), ['Riattiva', 'Gestisci']);
    assert.match(await textOf(badge(page)), /Scaduto/);
    assert.match(await textOf(page.locator('.service .notice')), /puoi consultare e scaricare/);
    assert.match(await textOf(fact(page, 'Scaduto il')), /Puoi riattivare fino al/);
    await assertGoodPage(page, '/');
  });

  it('expired, unpaid reactivation order: Pay and Cancel', async () => {
    const life = await activeLife(area);
    await advanceToDaysBeforeExpiry(area, life.id, -3);
    await unpaidOrder(area, life.id, { type: 'reactivation', years: 1 });
    assert.deepStrictEqual(await buttonsOf(await pageOf(life)), ['Paga', 'Annulla', 'Gestisci']);
  });

  it('terminated: nothing but a new purchase', async () => {
    const life = await activeLife(area);
    await advanceToDaysBeforeExpiry(area, life.id, -62);
    const page = await pageOf(life);
    assert.deepStrictEqual(await buttonsOf(page), ['Acquista di nuovo']);
    assert.match(await textOf(badge(page)), /Cancellato/);
    await assertGoodPage(page, '/');
  });

  it('activation failed, or notice given: none but Manage', async () => {
    const failed = await registeredCustomer(area, { phone: '+390000000000' });
    const { body } = await firstOrder(area.api, { customerId: failed.id, paymentMethod: CARD });
    await untilStatus(area.api, String(body['subscriptionId']), 'activation_failed');
    const page = await pageOf({ customer: failed, id: '' });
    assert.deepStrictEqual(await buttonsOf(page), ['Gestisci']);
    assert.match(await textOf(badge(page)), /Attivazione KO/);
    assert.match(await textOf(page.locator('.service .notice')), /un operatore la controlla/);
    await assertAccessible(page);

    const given = await activeLife(area);
    await area.api.post(`/v1/subscriptions/${given.id}/termination`, {});
    const other = await pageOf(given);
    assert.deepStrictEqual(await buttonsOf(other), ['Gestisci']);
    assert.match(await textOf(other.locator('.service .notice')), /Hai dato disdetta/);
    await assertAccessible(other);
  });

  it('active, unpaid upgrade order: no second upgrade until it is paid or cancelled', async () => {
    const life = await activeLife(area);
    await unpaidOrder(area, life.id, { type: 'upgrade', add: { space: 2 } });
    assert.deepStrictEqual(await buttonsOf(await pageOf(life)), ['Paga', 'Annulla', 'Rinnova', 'Gestisci']);
  });

  it('charge declined: Pay and Cancel, and where to update the payment data', async () => {
    const life = await autoRenewedLife(area);
    await area.api.put(`/v1/subscriptions/${life.id}/payment-method`, { type: 'card', token: 'tok_declined' });
    await advanceToDaysBeforeExpiry(area, life.id, 6);
    const page = await pageOf(life);
    assert.deepStrictEqual(await buttonsOf(page), ['Paga', 'Annulla', 'Aumenta spazio', 'Aggiungi utenti', 'Gestisci']);
    assert.match(await textOf(page.locator('.service .notice.error')), /aggiorna i dati di pagamento/);
    await assertAccessible(page);
    await page.locator('.service .notice a').click();
    assert.equal(new URL(page.url()).pathname, `/services/${life.id}/manage`);
  });

  it('are named after their service, and reached by keyboard', async () => {
    const page = await pageOf(await activeLife(area), { language: 'it' });
    const renew = page.getByRole('button', { name: 'Rinnova' });
    assert.equal(await renew.getAttribute('aria-describedby'), await page.locator('.service h2').getAttribute('id'));
    for (let tabs = 0; tabs < 30; tabs += 1) {
      await page.keyboard.press('Tab');
      if ((await page.locator(':focus').textContent()) === 'Rinnova') return;
    }
    assert.fail('Rinnova was not reached');
  });
});

describe('the expiry date', () => {
  it('is plain 91 days before, and red with a sign and words from 90 days before', async () => {
    const life = await activeLife(area);
    await advanceToDaysBeforeExpiry(area, life.id, 91);
    const page = await pageOf(life);
    assert.equal(await fact(page, 'Scadenza').locator('.alert-text').count(), 0);
    await advanceToDaysBeforeExpiry(area, life.id, 90);
    await page.goto('/');
    const red = fact(page, 'Scadenza').locator('.alert-text');
    assert.match(await textOf(red), /mancano 90 giorni/);
    assert.equal(await colourOf(red), RED);
    await assertGoodPage(page, '/');
  });
});

describe('the used space', () => {
  it('is plain at 80 %, and red with words above', async () => {
    const life = await activeLife(area);
    const use = (usedBytes: number) => area.api.put(`/v1/subscriptions/${life.id}/usage`, { usedBytes });
    await use(800_000_000);
    const page = await pageOf(life);
    assert.match(await textOf(fact(page, 'Spazio utilizzato')), /^80% 0,8 GB di 1 GB/);
    assert.equal(await fact(page, 'Spazio utilizzato').locator('.alert-text').count(), 0);
    await use(860_000_000);
    await page.goto('/');
    const red = fact(page, 'Spazio utilizzato').locator('.alert-text');
    assert.match(await textOf(red), /86% \(quasi esaurito\)/);
    assert.equal(await colourOf(red), RED);
    await assertGoodPage(page, '/');
  });
});

describe('in the dark', () => {
  it('everything keeps its contrast', async () => {
    const life = await activeLife(area);
    await area.api.put(`/v1/subscriptions/${life.id}/usage`, { usedBytes: 990_000_000 });
    await advanceToDaysBeforeExpiry(area, life.id, 5);
    await unpaidOrder(area, life.id, { type: 'renewal', years: 1 });
    const page = await pageOf(life, { more: { colorScheme: 'dark' } });
    await assertAccessible(page);
    await page.locator('.clock').getByRole('button', { name: 'Vai', exact: true }).click();
    await page.locator('main > .notice.error').waitFor();
    await assertAccessible(page);
    await page.goto('/password');
    await page.getByRole('button', { name: 'Salva la password' }).click();
    await page.locator('#errors').waitFor();
    await assertAccessible(page);
  });
});

describe('cancelling an order', () => {
  it('asks in a dialog that Escape closes, and does it once confirmed', async () => {
    const life = await activeLife(area);
    await unpaidOrder(area, life.id, { type: 'renewal', years: 1 });
    const page = await pageOf(life);
    const cancel = page.getByRole('button', { name: 'Annulla', exact: true });
    await cancel.click();
    const dialog = page.locator('dialog[open]');
    await dialog.waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await page.locator(':focus').textContent(), 'Annulla');
    await page.keyboard.press('Enter');
    await dialog.locator('button[type=submit]').click();
    await page.waitForURL(/\/orders\//);
    await page.goto('/');
    assert.ok((await buttonsOf(page)).includes('Rinnova'));
  });

  it('asks on a page of its own without JavaScript', async () => {
    const life = await activeLife(area);
    const { number } = await unpaidOrder(area, life.id, { type: 'renewal', years: 1 });
    const page = await pageOf(life, { javaScript: false });
    await page.getByRole('button', { name: 'Annulla', exact: true }).click();
    assert.equal(new URL(page.url()).pathname, `/orders/${String(number)}/cancel`);
  });
});

describe('what is under way', () => {
  it('shows by itself when it has come about', async () => {
    const life = await unpaidFirstOrder(area);
    const page = await pageOf(life);
    await page.clock.install();
    assert.match(await textOf(badge(page)), /In attesa di pagamento/);
    // The page is left open, marked as one on which something is going on.
    await page.evaluate('document.getElementById("main").setAttribute("data-pending", "")');
    await area.api.post('/v1/payments', {
      orderNumber: life.order['number'],
      amount: life.order['due'],
      method: 'bank_transfer',
      registeredOn: String((await area.api.get(`/v1/subscriptions/${life.id}`)).body['asOf']).slice(0, 10),
      externalId: `transfer-${String(life.order['number'])}`,
    });
    await eventually(
      'the active badge',
      async () => {
        await page.clock.fastForward(3000);
        return textOf(badge(page));
      },
      (text) => /Attivo/.test(text),
    );
    assert.match(await textOf(page.locator('#live')), /La pagina è stata aggiornata/);
  });
});

describe('the credentials of one service', () => {
  it('see that service alone, change the password first, and may not buy', async () => {
    const page = await area.reader();
    const life = await activeLife(area);
    await activeLife(area);
    const { username, password } = await mailedCredentials(life.id);
    await page.goto('/login');
    await page.locator('#field-username').fill(username);
    await page.locator('#field-password').fill(password);
    await page.getByRole('button', { name: 'Accedi' }).click();
    await page.waitForURL('**/password');
    await assertAccessible(page);
    await page.goto('/');
    await page.waitForURL('**/password');
    await page.locator('#field-currentPassword').fill(password);
    await page.locator('#field-newPassword').fill('la mia nuova frase segreta');
    await page.locator('#field-repeat').fill('la mia nuova frase segreta');
    await page.getByRole('button', { name: 'Salva la password' }).click();
    await page.waitForURL(`${area.url}/`);
    assert.match(await textOf(page.locator('main > .notice')), /La password è stata cambiata/);
    assert.equal(await page.locator('.service').count(), 1);
    assert.equal(await page.getByText('Acquista un nuovo servizio').count(), 0);
  });
});

/** A temporary password as the activation e-mail brings it. */
async function mailedCredentials(id: string): Promise<{ username: string; password: string }> {
  const { body } = await area.api.get(`/v1/subscriptions/${id}`);
  const password = 'temporanea-da-cambiare-1';
  assert.ok(await setTemporaryPassword(area.api.db, id, await hashPassword(password)));
  return { username: String(body['username']), password };
}

describe('other customers’ services', () => {
  it('are neither listed nor found', async () => {
    const [mine, other] = [await activeLife(area), await activeLife(area)];
    const page = await pageOf(mine);
    assert.equal(await page.locator('.service').count(), 1);
    assert.equal(await page.locator('.service').getAttribute('id'), `service-${mine.id}`);
    const moved = await page.request.post(`/services/${other.id}/clock`, {
      form: { move: 'P1M' },
      headers: { 'sec-fetch-site': 'same-origin' },
      maxRedirects: 0,
    });
    assert.equal(moved.status(), 404);
    assert.match(await moved.text(), /Pagina non trovata/);
    const asOf = String(((await area.api.get(`/v1/subscriptions/${other.id}`)).body as Json)['asOf']);
    assert.ok(Date.parse(asOf) - Date.now() < 60_000);
  });
});

describe('a form sent while the API is away', () => {
  it('can be sent again with all it held', async () => {
    const web = await startWeb('http://127.0.0.1:9');
    try {
      const page = await area.reader({ more: { baseURL: web.url } });
      await page.goto('/forgotten-password');
      await page.locator('#field-username').fill('<giulia> "& figli"');
      await page.getByRole('button', { name: 'Invia il collegamento' }).click();
      await page.getByRole('button', { name: 'Riprova' }).waitFor();
      assert.equal(await page.locator('main input[name=username]').inputValue(), '<giulia> "& figli"');
      await page.goto('/login');
      await page.locator('#field-username').fill('giulia');
      await page.locator('#field-password').fill('segreta');
      await page.getByRole('button', { name: 'Accedi' }).click();
      await page.getByText('Servizio momentaneamente non disponibile').waitFor();
      assert.ok(!(await page.content()).includes('segreta'));
    } finally {
      await web.stop();
    }
  });
});

describe('an API that is away', () => {
  it('is told on a page that lets try again, and signs nobody out', async () => {
    const web = await startWeb('http://127.0.0.1:9');
    try {
      const page = await area.reader({ more: { baseURL: web.url } });
      await page.context().addCookies([{ name: 'rinnovo_session', value: 'rs_some', url: web.url }]);
      const response = await page.goto('/');
      assert.equal(response?.status(), 502);
      assert.match(await textOf(page.locator('main')), /Servizio momentaneamente non disponibile.*Riprova/);
      assert.equal((await page.context().cookies()).length, 1);
      await assertAccessible(page);
    } finally {
      await web.stop();
    }
  });
});
