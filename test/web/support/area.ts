/** The customer area in a real browser, on a real API with a worker and a database of its own. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page, BrowserContextOptions } from 'playwright-core';
import { createWeb } from '../../../web/app.ts';
import { startApi, type ApiOptions, type Json, type TestApi } from '../../api/support/api.ts';
import { freshVatNumber } from '../../api/support/customers.ts';
import { startBrowser } from './browser.ts';

export interface Area {
  readonly api: TestApi;
  /** Where the area is. */
  readonly url: string;
  readonly browser: Browser;
  /** A reader with cookies of their own; Italian and of a desktop's width unless said otherwise. */
  reader(options?: ReaderOptions): Promise<Page>;
  stop(): Promise<void>;
}

export interface ReaderOptions {
  readonly language?: 'it' | 'en';
  /** CSS pixels; 1280 unless said otherwise. */
  readonly width?: number;
  readonly javaScript?: boolean;
  readonly more?: BrowserContextOptions;
}

export async function startArea(options: ApiOptions = {}): Promise<Area> {
  const api = await startApi(options);
  const web = await startWeb(api.url);
  const browser = await startBrowser();
  const contexts: BrowserContext[] = [];
  return {
    api,
    url: web.url,
    browser,
    async reader({ language = 'it', width = 1280, javaScript = true, more = {} } = {}) {
      const context = await browser.newContext({
        baseURL: web.url,
        locale: language === 'it' ? 'it-IT' : 'en-GB',
        viewport: { width, height: 900 },
        javaScriptEnabled: javaScript,
        ...more,
      });
      context.setDefaultTimeout(20_000);
      contexts.push(context);
      return context.newPage();
    },
    async stop() {
      for (const context of contexts) await context.close();
      await browser.close();
      await api.stop();
      await web.stop();
    },
  };
}

/** The area alone, on a free port, over whatever API is at that address. */
export async function startWeb(apiUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failures: Readonly<Record<string, unknown>>[] = [];
  server.on('request', createWeb({ apiUrl, publicUrl: url, log: (entry) => void failures.push(entry) }));
  return {
    url,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      // An API that is away may be what a test is about; a page of ours that breaks never is.
      assert.deepStrictEqual(
        failures.filter(({ error }) => error !== 'ApiAway'),
        [],
      );
    },
  };
}

export const PASSWORD = 'una frase lunga da ricordare';
let serial = 0;

export interface TestCustomer {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

/** A customer who has registered over the API. */
export async function registeredCustomer({ api }: Area, changes: Json = {}): Promise<TestCustomer> {
  serial += 1;
  const username = `cliente-${process.pid}-${serial}`;
  const customer = {
    companyName: 'Officine Bianchi S.r.l.',
    address: { street: 'Via Garibaldi 12', postalCode: '52100', city: 'Arezzo', province: 'AR' },
    vatNumber: freshVatNumber(),
    phone: '+39 0575 123456',
    email: 'officine@example.com',
    ...changes,
  };
  const { status, body } = await api.post('/v1/registrations', { username, password: PASSWORD, customer });
  assert.equal(status, 201, JSON.stringify(body));
  return { id: String((body['customer'] as Json)['id']), username, password: PASSWORD };
}

/** Signs in by the form, as a person does. */
export async function signIn(page: Page, { username, password }: Omit<TestCustomer, 'id'>): Promise<void> {
  await page.goto('/login');
  await page.locator('#field-username').fill(username);
  await page.locator('#field-password').fill(password);
  await page.locator('main form button[type=submit]').click();
  await page.waitForURL((url) => url.pathname !== '/login');
}
