/** Signing in and out, by person and by service, and everything that can be wrong with it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { PASSWORD, registeredCustomer, signIn, startArea, type Area, type TestCustomer } from './support/area.ts';

let area: Area;
let customer: TestCustomer;

before(async () => {
  area = await startArea();
  customer = await registeredCustomer(area);
});

after(async () => area?.stop());

describe('the login page', () => {
  it('is good in both languages and at both widths', async () => {
    await assertGoodPage(await area.reader(), '/login');
  });

  it('leads into the area', async () => {
    const page = await area.reader();
    await signIn(page, customer);
    assert.equal(new URL(page.url()).pathname, '/');
    assert.equal(await page.locator('h1').textContent(), 'I tuoi servizi');
    await assertAccessible(page);
  });

  it('leads back to where the reader wanted to go, and to no other site', async () => {
    const page = await area.reader();
    await page.goto('/password');
    assert.equal(page.url(), `${area.url}/login?next=%2Fpassword`);
    await page.locator('#field-username').fill(customer.username);
    await page.locator('#field-password').fill(customer.password);
    await page.getByRole('button', { name: 'Accedi' }).click();
    await page.waitForURL('**/password');

    for (const elsewhere of ['//example.com', '/\\example.com', 'https://example.com', '/%0d%0a//example.com']) {
      const stranger = await area.reader();
      await stranger.goto(`/login?next=${encodeURIComponent(elsewhere)}`);
      await stranger.locator('#field-username').fill(customer.username);
      await stranger.locator('#field-password').fill(customer.password);
      await stranger.getByRole('button', { name: 'Accedi' }).click();
      await stranger.waitForURL((url) => url.pathname !== '/login');
      assert.equal(new URL(stranger.url()).origin, area.url, elsewhere);
    }
  });

  it('says that credentials are wrong, keeps the username, and focuses what is wrong', async () => {
    const page = await area.reader();
    await page.goto('/login');
    await page.locator('#field-username').fill(customer.username);
    await page.locator('#field-password').fill('non è questa');
    await page.getByRole('button', { name: 'Accedi' }).click();
    await page.locator('#errors').waitFor();
    assert.match((await page.locator('#errors').textContent()) ?? '', /Username o password non corretti/);
    assert.equal(await page.locator('#field-username').inputValue(), customer.username);
    assert.equal(await page.locator('#field-password').inputValue(), '');
    assert.equal(await page.evaluate('document.activeElement.id'), 'errors');
    assert.match(await page.title(), /^Errore: /);
    await assertAccessible(page);
  });

  it('asks for what is missing, with a link to the field', async () => {
    const page = await area.reader({ language: 'en' });
    await page.goto('/login');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('#errors a', { hasText: 'Username: This field is required.' }).click();
    assert.equal(await page.evaluate('document.activeElement.id'), 'field-username');
    assert.equal(await page.locator('#field-username').getAttribute('aria-invalid'), 'true');
    assert.equal(await page.locator('#field-username').getAttribute('aria-describedby'), 'error-username');
  });

  it('works without JavaScript, and by keyboard alone', async () => {
    const page = await area.reader({ javaScript: false });
    await page.goto('/login');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').textContent(), 'Vai al contenuto');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type(customer.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type('non è questa');
    await page.keyboard.press('Enter');
    // What is wrong has the focus, so that the form is some tabs further.
    await page.locator('#errors:focus').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${area.url}/`);
    assert.equal(await page.locator('h1').textContent(), 'I tuoi servizi');
  });

  it('works while its script is late', async () => {
    const page = await area.reader();
    await page.route('**/area.js', () => undefined);
    await page.goto('/login', { waitUntil: 'commit' });
    await page.locator('#field-username').fill(customer.username);
    await page.locator('#field-password').fill(PASSWORD);
    await page.locator('main button[type=submit]').click({ noWaitAfter: true });
    await page.waitForURL(`${area.url}/`, { waitUntil: 'commit' });
    assert.equal(await page.locator('h1').textContent(), 'I tuoi servizi');
  });
});

describe('the session', () => {
  it('ends by signing out, also on the page before', async () => {
    const page = await area.reader();
    await signIn(page, customer);
    await page.getByRole('button', { name: 'Esci' }).click();
    await page.waitForURL('**/login');
    assert.match((await page.locator('.notice').textContent()) ?? '', /Sei uscito/);
    await page.goBack();
    await page.waitForURL('**/login');
  });

  it('is kept in a cookie that no script can read', async () => {
    const page = await area.reader();
    await signIn(page, customer);
    const cookie = (await page.context().cookies()).find(({ name }) => name === 'rinnovo_session');
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie.sameSite, 'Lax');
    assert.match(cookie.value, /^rs_/);
  });

  it('that has ended says so and leads back after signing in', async () => {
    const page = await area.reader();
    await signIn(page, customer);
    const { value } = (await page.context().cookies()).find(({ name }) => name === 'rinnovo_session')!;
    await area.api.send('DELETE', '/v1/session', undefined, { authorization: `Bearer ${value}` });
    await page.goto('/password');
    assert.equal(page.url(), `${area.url}/login?next=%2Fpassword`);
    assert.match((await page.locator('.notice').textContent()) ?? '', /La sessione è terminata/);
    await assertAccessible(page);
  });
});

describe('too many attempts', () => {
  it('are told with the time to wait, also to who has the right password', async () => {
    const { username } = await registeredCustomer(area);
    for (let attempt = 0; attempt < 10; attempt += 1)
      await area.api.post('/v1/sessions', { username, password: `wrong ${attempt}` });
    const page = await area.reader();
    await page.goto('/login');
    await page.locator('#field-username').fill(username);
    await page.locator('#field-password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Accedi' }).click();
    await page.locator('#errors').waitFor();
    assert.match((await page.locator('#errors').textContent()) ?? '', /Troppi tentativi: riprova tra \d+ minuti/);
  });
});

describe('a form sent after the session has ended', () => {
  it('leads back to its page after signing in', async () => {
    const page = await area.reader();
    await signIn(page, customer);
    await page.goto('/password');
    const { value } = (await page.context().cookies()).find(({ name }) => name === 'rinnovo_session')!;
    await area.api.send('DELETE', '/v1/session', undefined, { authorization: `Bearer ${value}` });
    await page.getByRole('button', { name: 'Salva la password' }).click();
    await page.waitForURL('**/login?next=%2Fpassword');
    assert.match((await page.locator('.notice').textContent()) ?? '', /La sessione è terminata/);
  });
});

describe('a form from elsewhere', () => {
  it('is refused, and one of ours is not', async () => {
    const send = (headers: Record<string, string>) =>
      fetch(`${area.url}/logout`, { method: 'POST', headers, redirect: 'manual' });
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: area.url },
      { origin: 'https://example.com' },
      { origin: 'null' },
      {},
    ]) {
      const response = await send(headers);
      assert.equal(response.status, 403, JSON.stringify(headers));
      assert.match(await response.text(), /Modulo non accettato/);
    }
    assert.equal((await send({ 'sec-fetch-site': 'same-origin' })).status, 303);
    assert.equal((await send({ origin: area.url })).status, 303);
  });
});

describe('the language', () => {
  it('is the browser’s, then the reader’s choice, and is kept', async () => {
    const page = await area.reader({ language: 'en' });
    await page.goto('/login');
    assert.equal(await page.locator('h1').textContent(), 'Sign in to the customer area');
    await page.getByRole('link', { name: 'Italiano' }).click();
    assert.equal(new URL(page.url()).pathname, '/login');
    assert.equal(await page.locator('h1').textContent(), 'Accedi all’Area Clienti');
    await page.goto('/help');
    assert.equal(await page.locator('html').getAttribute('lang'), 'it');
  });

  it('is the account’s after signing in where nothing was chosen', async () => {
    const page = await area.reader({ language: 'en' });
    await page.goto('/login');
    await signIn(page, customer);
    assert.equal(await page.locator('h1').textContent(), 'I tuoi servizi');
  });
});

describe('what is not there', () => {
  it('says so on a page of its own', async () => {
    const page = await area.reader();
    const response = await page.goto('/nothing/here');
    assert.equal(response?.status(), 404);
    assert.equal(await page.locator('h1').textContent(), 'Pagina non trovata');
    await assertAccessible(page);
    assert.equal((await page.goto('/%E0%A4%A'))?.status(), 404);
  });
});
