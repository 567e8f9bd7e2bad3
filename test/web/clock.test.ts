/** The sandbox's clock: one service's whole life in front of a reader, and nowhere outside the sandbox. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from './support/accessibility.ts';
import { signIn, startArea, type Area } from './support/area.ts';
import {
  activeLife,
  autoRenewedLife,
  CARD,
  unpaidFirstOrder,
  unpaidOrder,
  viewOf,
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

async function move(page: Page, button: string): Promise<string[]> {
  await page.locator('.clock').getByRole('button', { name: button, exact: true }).click();
  await page.waitForURL(/moved=/);
  const events = await page.locator('.happened li span').allTextContents();
  return events.map((text) => text.replace(/ \(.*/, ''));
}

async function ownDay({ id }: Life): Promise<string> {
  return String((await viewOf(area, id))['asOf']).slice(0, 10);
}

const inDays = (day: string, count: number): string => {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
};

describe('the clock of a service', () => {
  it('moves by a day, to the next event, and says what happened', async () => {
    const life = await activeLife(area);
    const page = await pageOf(life);
    const today = await ownDay(life);
    assert.equal((await page.locator('.clock strong time').getAttribute('datetime'))?.slice(0, 10), today);
    assert.deepStrictEqual(await move(page, '+1 giorno'), []);
    assert.equal(await ownDay(life), inDays(today, 1));
    assert.match((await page.locator('.happened').textContent()) ?? '', /non è successo nulla/);
    assert.deepStrictEqual(await move(page, 'Al prossimo evento'), ['Promemoria di scadenza inviato']);
    assert.match((await page.locator('main > .notice').textContent()) ?? '', /L’orologio è arrivato al/);
    await assertAccessible(page);
    await page.setViewportSize({ width: 360, height: 900 });
    await assertAccessible(page);
  });

  it('moves by a month, and to a date, without JavaScript', async () => {
    const life = await autoRenewedLife(area);
    const page = await pageOf(life, { javaScript: false });
    const { expiresOn } = await viewOf(area, life.id);
    assert.deepStrictEqual(await move(page, '+1 mese'), []);
    await page.locator('.clock input[type=date]').fill(inDays(String(expiresOn), 1));
    const told = await move(page, 'Vai');
    for (const event of ['Rinnovo automatico annunciato', 'Addebito riuscito', 'Servizio esteso'])
      assert.ok(told.includes(event), `${event} is missing: ${told.join()}`);
    assert.match((await page.locator('.badge').textContent()) ?? '', /Attivo/);
  });

  it('names the order of whatever concerns one: several may be told of one instant', async () => {
    const life = await activeLife(area, { paymentMethod: CARD });
    const upgrade = await unpaidOrder(area, life.id, { type: 'upgrade', add: { space: 1 } });
    const page = await pageOf(life);
    const { expiresOn } = await viewOf(area, life.id);
    await page.locator('.clock input[type=date]').fill(inDays(String(expiresOn), -1));
    await page.locator('.clock').getByRole('button', { name: 'Vai', exact: true }).click();
    await page.waitForURL(/moved=/);
    const told = await page.locator('.happened li span').allTextContents();
    const renewal = told.find((text) => text.startsWith('Ordine confermato'))?.match(/\d{10,}/)?.[0];
    assert.ok(renewal !== undefined && renewal !== upgrade['number'], told.join());
    for (const event of ['Pagamento ricevuto', 'Ordine concluso', 'Addebito riuscito', 'Servizio esteso'])
      assert.ok(
        told.some((text) => text.startsWith(`${event} (${renewal}`)),
        `${event}: ${told.join()}`,
      );
  });

  it('shows a life to its end, and then has nothing to move', async () => {
    const life = await activeLife(area);
    const page = await pageOf(life);
    const { expiresOn } = await viewOf(area, life.id);
    await page.locator('.clock input[type=date]').fill(inDays(String(expiresOn), 70));
    const told = await move(page, 'Vai');
    assert.deepStrictEqual(told.slice(-3), [
      'Servizio scaduto',
      'Avviso degli ultimi giorni per riattivare inviato',
      'Servizio cancellato',
    ]);
    assert.equal(await page.locator('.clock').count(), 0);
  });

  it('closes a first order nobody pays', async () => {
    const life = await unpaidFirstOrder(area);
    const page = await pageOf(life);
    await page.locator('.clock input[type=date]').fill(inDays(await ownDay(life), 70));
    assert.deepStrictEqual(await move(page, 'Vai'), ['Ordine annullato', 'Primo ordine chiuso']);
  });

  it('goes to no day that is over, missing, or no day at all', async () => {
    const life = await activeLife(area);
    const page = await pageOf(life);
    const today = await ownDay(life);
    for (const date of ['', inDays(today, -3), '9999-12-31']) {
      await page.locator('.clock input[type=date]').fill(date);
      await page.locator('.clock').getByRole('button', { name: 'Vai', exact: true }).click();
      await page.locator('main > .notice.error').waitFor();
      assert.match((await page.locator('main > .notice.error').textContent()) ?? '', /Indica una data futura/);
      await page.goto('/');
    }
    const forged = await page.request.post(`/services/${life.id}/clock`, {
      form: { move: 'P-1Y' },
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    assert.equal(forged.status(), 404);
    assert.equal(await ownDay(life), today);
  });

  it('is moved once by a double click', async () => {
    const life = await activeLife(area);
    const page = await pageOf(life);
    const today = await ownDay(life);
    await page.locator('.clock').getByRole('button', { name: '+1 giorno' }).dblclick();
    await page.waitForURL(/moved=/);
    assert.equal(await ownDay(life), inDays(today, 1));
  });
});

describe('outside the sandbox', () => {
  it('there is no clock', async () => {
    const production = await startArea({ sandbox: false });
    try {
      const { customer } = await activeLife(production);
      const page = await production.reader();
      await signIn(page, customer);
      assert.equal(await page.locator('.service').count(), 1);
      assert.equal(await page.locator('.clock').count(), 0);
    } finally {
      await production.stop();
    }
  });
});
