/** Becoming a customer, and getting back in when username or password are forgotten. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { freshVatNumber } from '../api/support/customers.ts';
import { assertAccessible, assertGoodPage } from './support/accessibility.ts';
import { PASSWORD, registeredCustomer, signIn, startArea, type Area } from './support/area.ts';

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

const PERSON: Readonly<Record<string, string>> = {
  firstName: 'Giulia',
  lastName: 'D’Angelo',
  street: 'Via Roma 1',
  postalCode: '52100',
  city: 'Arezzo',
  province: 'ar',
  phone: '0575 123456',
  email: 'giulia@example.com',
  newPassword: PASSWORD,
  repeat: PASSWORD,
};

let serial = 0;
function freshUsername(): string {
  serial += 1;
  return `giulia-${process.pid}-${serial}`;
}

async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) await page.locator(`#field-${name}`).fill(value);
}

async function register(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  await page.goto('/register');
  await fill(page, values);
  await page.locator('main form button[type=submit]').click();
}

async function errorsOf(page: Page): Promise<string[]> {
  await page.locator('#errors').waitFor();
  const texts = await page.locator('#errors :is(li, p)').allTextContents();
  return texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

describe('the registration', () => {
  it('is good in both languages and at both widths', async () => {
    await assertGoodPage(await area.reader(), '/register');
  });

  it('takes a person and lets them in', async () => {
    const page = await area.reader();
    const username = freshUsername();
    await register(page, { ...PERSON, vatNumber: `IT${freshVatNumber()}`, username });
    await page.waitForURL(`${area.url}/`);
    assert.match((await page.locator('main > .notice').textContent()) ?? '', /Registrazione completata/);
    assert.equal(await page.locator('.who .name').textContent(), 'Giulia D’Angelo');
    const again = await area.reader();
    await signIn(again, { username, password: PASSWORD });
  });

  it('takes a company, by keyboard alone and without JavaScript', async () => {
    const page = await area.reader({ javaScript: false, language: 'en' });
    await page.goto('/register');
    await page.locator('#field-firstName').focus();
    const { street, postalCode, city, province, phone } = PERSON;
    const inOrder = ['', '', 'Officine Bianchi', '', freshVatNumber(), street, postalCode, city, province, phone];
    for (const text of [...inOrder, 'officine@example.com', freshUsername(), PASSWORD, PASSWORD]) {
      await page.keyboard.type(text ?? '');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(`${area.url}/`);
    assert.equal(await page.locator('.who .name').textContent(), 'Officine Bianchi');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  });

  it('says everything that is missing at once, and keeps what was typed', async () => {
    const page = await area.reader();
    await register(page, { firstName: 'Giulia', city: 'Arezzo' });
    const errors = await errorsOf(page);
    assert.deepStrictEqual(
      errors.map((error) => error.split(':')[0]),
      [
        'Cognome',
        'Via e numero civico',
        'CAP',
        'Provincia',
        'Codice fiscale',
        'Telefono',
        'E-mail',
        'Username',
        'Password',
      ],
    );
    assert.equal(await page.locator('#field-firstName').inputValue(), 'Giulia');
    assert.equal(await page.locator('#field-city').inputValue(), 'Arezzo');
    await assertAccessible(page);
    await page.setViewportSize({ width: 360, height: 900 });
    await assertAccessible(page);
  });

  it('says what is wrong with each value beside its field, in the reader’s language', async () => {
    const wrong = {
      ...PERSON,
      postalCode: '5210',
      province: 'Arezzo',
      phone: 'tanti',
      email: 'giulia',
      taxCode: 'ABC',
    };
    const italian = await area.reader();
    await register(italian, { ...wrong, username: 'a b' });
    const labels = (await errorsOf(italian)).map((error) => error.split(':')[0]);
    assert.deepStrictEqual(labels.toSorted(), ['CAP', 'Codice fiscale', 'E-mail', 'Provincia', 'Telefono', 'Username']);
    assert.match((await italian.locator('#error-postalCode').textContent()) ?? '', /5 cifre/);
    assert.equal(await italian.locator('#field-postalCode').getAttribute('aria-invalid'), 'true');
    const english = await area.reader({ language: 'en' });
    await register(english, { ...wrong, username: 'a b' });
    await errorsOf(english);
    assert.match((await english.locator('#error-postalCode').textContent()) ?? '', /5 digits/);
  });

  it('says that passwords differ or are too short, and that a username is taken', async () => {
    const page = await area.reader();
    const { username } = await registeredCustomer(area);
    const good = { ...PERSON, vatNumber: freshVatNumber(), username };
    await register(page, { ...good, repeat: 'un’altra frase' });
    assert.deepStrictEqual(await errorsOf(page), ['Ripeti la nuova password: Le due password non coincidono.']);
    await register(page, { ...good, newPassword: 'corta', repeat: 'corta' });
    assert.match((await errorsOf(page)).join(), /^Password: .*10/);
    await register(page, good);
    assert.match((await errorsOf(page)).join(), /^Username: /);
    assert.equal(await page.locator('#field-newPassword').inputValue(), '');
  });

  it('sent twice makes one customer', async () => {
    const page = await area.reader();
    await page.goto('/register');
    await fill(page, { ...PERSON, vatNumber: freshVatNumber(), username: freshUsername() });
    const requests: string[] = [];
    page.on('request', (request) => void (request.method() === 'POST' && requests.push(request.url())));
    await page.locator('main form button[type=submit]').dblclick();
    await page.waitForURL(`${area.url}/`);
    assert.equal(requests.length, 1);
  });
});

const HOSTILE: readonly string[] = [
  '<script>window.hacked = true</script>',
  '"><img src=x onerror="window.hacked = true">',
  "'; drop table customers; --",
  '${7*7} {{7*7}} <%= 7*7 %>',
  '🙂🇮🇹👩‍👩‍👧‍👦',
  'مرحبا \u202Eابجد\u202C עברית',
  'zero\u200Bwidth \u0007bell \u0000nul',
  'a'.repeat(5000),
];

describe('hostile input', () => {
  it('comes back as text in every field, or is told to be wrong', async () => {
    const page = await area.reader();
    for (const text of HOSTILE) {
      await page.goto('/register');
      // Sent as a script would, past what the browser itself would cut.
      await page.locator('main form').evaluate((form, value) => {
        const inputs = (form as unknown as { querySelectorAll(what: string): Iterable<Control> }).querySelectorAll(
          'input',
        );
        for (const input of inputs) {
          input.removeAttribute('maxlength');
          input.setAttribute('type', 'text');
          input.value = value;
        }
      }, text);
      await page.locator('main form button[type=submit]').click();
      await page.locator('#errors').waitFor();
      assert.equal(await page.evaluate('window.hacked'), undefined);
      assert.equal(await page.locator('main img, main script').count(), 0);
      const kept = await page.locator('#field-lastName').inputValue();
      assert.equal(kept, text.replaceAll('\u0000', kept.includes('\uFFFD') ? '\uFFFD' : '\u0000'), text.slice(0, 40));
      await assertAccessible(page);
    }
  });

  it('is text in the fields of the other forms as well', async () => {
    const page = await area.reader();
    const fields = { '/login': 'username', '/forgotten-password': 'username', '/forgotten-username': 'email' };
    for (const [path, name] of Object.entries(fields)) {
      for (const text of ['"><img src=x onerror="window.hacked = true">', 'مرحبا \u202E🙂\u0007']) {
        await page.goto(path);
        await page.locator(`#field-${name}`).evaluate((input) => {
          (input as unknown as Control).setAttribute('type', 'text');
        });
        await page.locator(`#field-${name}`).fill(text);
        await page.locator('main form button[type=submit]').click();
        await page.locator('#errors, main > .notice').first().waitFor();
        assert.equal(await page.evaluate('window.hacked'), undefined);
        assert.equal(await page.locator('main img').count(), 0);
      }
    }
  });

  it('that is acceptable as a name is shown as text on every page', async () => {
    const page = await area.reader();
    const companyName = '<b>Bianchi</b> & "Figli" 🙂';
    const { firstName: _, lastName: __, ...rest } = PERSON;
    await register(page, { ...rest, companyName, vatNumber: freshVatNumber(), username: freshUsername() });
    await page.waitForURL(`${area.url}/`);
    assert.equal(await page.locator('.who .name').textContent(), companyName);
    assert.equal(await page.locator('.who b').count(), 0);
  });

  it('larger than any form is refused', async () => {
    const response = await fetch(`${area.url}/login`, {
      method: 'POST',
      headers: { origin: area.url, 'content-type': 'application/x-www-form-urlencoded' },
      body: `username=${'a'.repeat(300_000)}`,
    });
    assert.equal(response.status, 413);
    assert.match(await response.text(), /Dati troppo lunghi/);
  });

  it('in an address is no way out of the page', async () => {
    const page = await area.reader();
    for (const path of [
      '/login?next=%22%3E%3Cscript%3Ewindow.hacked%3Dtrue%3C/script%3E',
      '/reset/%3Cscript%3Ewindow.hacked%3Dtrue%3C%2Fscript%3E',
      '/sandbox/confirmations/..%2F..%2Fcatalog',
      '/%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3Dtrue%3E',
    ]) {
      const response = await page.goto(path);
      assert.ok([200, 404].includes(response?.status() ?? 0), path);
      assert.equal(await page.evaluate('window.hacked'), undefined, path);
    }
  });
});

interface Control {
  value: string;
  removeAttribute(name: string): void;
  setAttribute(name: string, value: string): void;
}

describe('a forgotten password or username', () => {
  it('is answered alike for those who exist and those who do not', async () => {
    const page = await area.reader();
    const { username } = await registeredCustomer(area);
    for (const path of ['/forgotten-password', '/forgotten-username']) await assertGoodPage(page, path);
    for (const name of [username, 'nobody-at-all']) {
      await page.goto('/forgotten-password');
      await page.locator('#field-username').fill(name);
      await page.getByRole('button', { name: 'Invia il collegamento' }).click();
      await page.waitForURL('**/login');
      assert.match((await page.locator('main > .notice').textContent()) ?? '', /Se lo username esiste/);
    }
    await page.goto('/forgotten-username');
    await page.locator('#field-email').fill('nobody@example.com');
    await page.getByRole('button', { name: 'Invia lo username' }).click();
    await page.waitForURL('**/login');
    assert.match((await page.locator('main > .notice').textContent()) ?? '', /Se l’e-mail è collegata/);
  });

  it('asks for what is missing', async () => {
    const page = await area.reader();
    await page.goto('/forgotten-password');
    await page.getByRole('button', { name: 'Invia il collegamento' }).click();
    assert.deepStrictEqual(await errorsOf(page), ['Username: Campo obbligatorio.']);
    await assertAccessible(page);
  });

  it('a link that is unknown or used says so', async () => {
    const page = await area.reader();
    await assertGoodPage(page, '/reset/unknown-token');
    await page.goto('/reset/unknown-token');
    assert.equal(await page.locator('h1').textContent(), 'Collegamento non valido');
  });
});
