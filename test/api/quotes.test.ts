import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, today } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

async function quote(body: Json): Promise<Json> {
  const answer = await api.post('/v1/quotes', body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

async function problem(body: Json): Promise<[number, unknown]> {
  const answer = await api.post('/v1/quotes', body);
  return [answer.status, answer.body['code']];
}

function linesOf(quoted: Json): unknown[] {
  return (quoted['lines'] as Json[]).map(({ sku, quantity, months, amount, reason, from, until }) => [
    sku,
    quantity,
    months,
    (amount as Json)['amountMinor'],
    reason,
    from,
    until,
  ]);
}

describe('the catalogue', () => {
  it('shows products, prices and what goes with what, and says that its prices are placeholders', async () => {
    const { status, body } = await api.get('/v1/catalog');
    assert.equal(status, 200);
    assert.match(String(body['notice']), /\S/);
    assert.equal(body['vatPercent'], 22);
    const [fe, receiveOnly] = body['products'] as Json[];
    assert.deepStrictEqual(fe, {
      sku: 'fe',
      annualPrice: eur(2500),
      years: { least: 1, most: 5 },
      mostYears: { first_purchase: 5, renewal: 5, reactivation: 5 },
      extras: [
        { sku: 'user', annualPrice: eur(1000) },
        { sku: 'space', annualPrice: eur(1000) },
        { sku: 'documents', annualPrice: eur(1200) },
        { sku: 'payments', annualPrice: eur(1200) },
        { sku: 'nso', annualPrice: eur(1500) },
      ],
    });
    assert.deepStrictEqual(
      (receiveOnly?.['extras'] as Json[]).map(({ sku }) => sku),
      ['user', 'space'],
    );
  });
});

describe('a quote of a first purchase', () => {
  it('explains each line and adds up', async () => {
    const quoted = await quote({ type: 'first_purchase', product: 'fe', years: 2, extras: { user: 3, documents: 1 } });
    assert.deepStrictEqual(linesOf(quoted), [
      ['fe', 1, 24, 5000, 'new_service', null, null],
      ['user', 3, 24, 6000, 'new_service', null, null],
      ['documents', 1, 24, 2400, 'new_service', null, null],
    ]);
    const { net, vat, vatPercent, total, payable, splitPayment, warnings } = quoted;
    assert.deepStrictEqual(
      { net, vat, vatPercent, total, payable, splitPayment, warnings },
      {
        net: eur(13_400),
        vat: eur(2948),
        vatPercent: 22,
        total: eur(16_348),
        payable: eur(16_348),
        splitPayment: false,
        warnings: [],
      },
    );
    assert.match(String(quoted['validOn']), /^\d{4}-\d\d-\d\d$/);
  });

  it('asks a public administration for the net amount, whether it says so or is known', async () => {
    const wanted = { type: 'first_purchase', product: 'fe', years: 1 };
    const said = await quote({ ...wanted, publicAdministration: true });
    assert.deepStrictEqual([said['total'], said['payable'], said['splitPayment']], [eur(3050), eur(2500), true]);
    const customerId = await createCustomer(api, { publicAdministration: true, recipientCode: 'ABC123' });
    const known = await quote({ ...wanted, customerId });
    assert.deepStrictEqual([known['payable'], known['splitPayment']], [eur(2500), true]);
    assert.deepStrictEqual(await problem({ ...wanted, customerId, publicAdministration: false }), [
      400,
      'invalid_input',
    ]);
  });

  it('names products in both languages, and has no dates yet to show an end by', async () => {
    const quoted = await quote({ type: 'first_purchase', product: 'fe', years: 1, extras: { user: 1 } });
    assert.deepStrictEqual(
      (quoted['lines'] as Json[]).map(({ label }) => label),
      [
        { it: 'Fatturazione Elettronica', en: 'Electronic Invoicing' },
        { it: 'Utente aggiuntivo', en: 'Additional user' },
      ],
    );
    assert.deepStrictEqual([quoted['ends'], quoted['typeLabel']], [[], { it: 'Primo acquisto', en: 'First purchase' }]);
    assert.match(String(quoted['fingerprint']), /^[0-9a-f]{64}$/);
  });

  it('changes nothing', async () => {
    const before = await api.db('orders').count();
    await quote({ type: 'first_purchase', product: 'fe', years: 1 });
    assert.deepStrictEqual(await api.db('orders').count(), before);
  });
});

describe('a quote for a subscription', () => {
  it('of a renewal describes the next period, with today’s composition or another', async () => {
    const { id, view } = await activeService(api, { extras: { user: 2 } });
    const expiry = String(view['expiresOn']);
    const next = `${Number(expiry.slice(0, 4)) + 1}${expiry.slice(4)}`;
    assert.deepStrictEqual(linesOf(await quote({ type: 'renewal', subscriptionId: id, years: 1 })), [
      ['fe', 1, 12, 2500, 'next_period', expiry, next],
      ['user', 2, 12, 2000, 'next_period', expiry, next],
    ]);
    const other = await quote({ type: 'renewal', subscriptionId: id, years: 1, extras: { user: 1, space: 2 } });
    assert.deepStrictEqual(linesOf(other), [
      ['fe', 1, 12, 2500, 'next_period', expiry, next],
      ['user', 1, 12, 1000, 'next_period', expiry, next],
      ['space', 2, 12, 2000, 'added', expiry, next],
    ]);
    assert.deepStrictEqual([other['carry'], other['drop'], other['add']], [{ user: 1 }, { user: 1 }, { space: 2 }]);
  });

  it('is on the life’s own day, with the warning and the co-terming of that day', async () => {
    const { id, view } = await activeService(api);
    const expiry = String(view['expiresOn']);
    const { body } = await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P11M20D' });
    const day = String(body['now']).slice(0, 10);
    const renewal = await quote({ type: 'renewal', subscriptionId: id, years: 1 });
    assert.equal(renewal['validOn'], day);
    assert.deepStrictEqual(
      (renewal['warnings'] as Json[]).map(({ code }) => code),
      ['registered_late'],
    );
    const upgrade = await quote({ type: 'upgrade', subscriptionId: id, add: { space: 1 } });
    const end = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
    assert.deepStrictEqual(linesOf(upgrade), [
      ['space', 1, 12, 1000, 'added', day, end],
      ['fe', 1, 12, 2500, 'extended', expiry, end],
    ]);
    const alone = await quote({ type: 'upgrade', subscriptionId: id, add: { space: 1 }, coTerm: false });
    assert.deepStrictEqual(linesOf(alone), [['space', 1, 12, 1000, 'added', day, end]]);
  });

  it('shows each service’s own end before and after, with co-terming and without', async () => {
    const { id, view } = await activeService(api, { extras: { user: 1 } });
    const expiry = String(view['expiresOn']);
    const { body } = await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P6M' });
    const day = String(body['now']).slice(0, 10);
    const end = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
    const ends = async (coTerm: boolean): Promise<unknown[]> => {
      const quoted = await quote({ type: 'upgrade', subscriptionId: id, add: { space: 2 }, coTerm });
      return (quoted['ends'] as Json[]).map(({ sku, quantity, endsOn, newEndsOn, lapses, label }) => {
        assert.ok((label as Json)['it'] !== '' && (label as Json)['en'] !== '');
        return [sku, quantity, endsOn, newEndsOn, lapses];
      });
    };
    assert.deepStrictEqual(await ends(true), [
      ['fe', 1, expiry, end, false],
      ['user', 1, expiry, end, false],
      ['space', 2, null, end, false],
    ]);
    assert.deepStrictEqual(await ends(false), [
      ['fe', 1, expiry, expiry, false],
      ['user', 1, expiry, expiry, false],
      ['space', 2, null, end, false],
    ]);
    const next = `${Number(expiry.slice(0, 4)) + 1}${expiry.slice(4)}`;
    const renewal = await quote({ type: 'renewal', subscriptionId: id, years: 1, extras: { user: 0 } });
    assert.deepStrictEqual(
      (renewal['ends'] as Json[]).map(({ sku, newEndsOn, lapses }) => [sku, newEndsOn, lapses]),
      [
        ['fe', next, false],
        ['user', expiry, true],
      ],
    );
  });

  it('tells extras that end on another day than the base, shows them in the service, and renews them together', async () => {
    const { id, view } = await activeService(api);
    const expiry = String(view['expiresOn']);
    const { body: moved } = await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P2M' });
    const day = String(moved['now']).slice(0, 10);
    const { body: order } = await api.post('/v1/orders', {
      type: 'upgrade',
      subscriptionId: id,
      add: { space: 1 },
      coTerm: false,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'card', token: 'tok_approved' },
    });
    assert.equal(order['status'], 'completed', JSON.stringify(order));
    const end = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
    const { body } = await api.get(`/v1/subscriptions/${id}`);
    const extras = (body['composition'] as Json)['extras'] as Json[];
    assert.deepStrictEqual(
      extras.map(({ sku, quantity, endsOn, carriedOn }) => [sku, quantity, endsOn, carriedOn]),
      [['space', 1, end, true]],
    );
    assert.equal(body['expiresOn'], expiry);
    const renewal = await quote({ type: 'renewal', subscriptionId: id, years: 1 });
    const next = `${Number(expiry.slice(0, 4)) + 1}${expiry.slice(4)}`;
    assert.deepStrictEqual(linesOf(renewal), [
      ['fe', 1, 12, 2500, 'next_period', expiry, next],
      ['space', 1, 10, 833, 'aligned', end, next],
    ]);
  });

  it('of a reactivation starts at the original expiry, and warns when little time is left for it', async () => {
    const { id, view } = await activeService(api);
    const expiry = String(view['expiresOn']);
    const next = `${Number(expiry.slice(0, 4)) + 1}${expiry.slice(4)}`;
    await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P1Y10D' });
    const wanted = { type: 'reactivation', subscriptionId: id, years: 1 };
    const early = await quote(wanted);
    assert.deepStrictEqual(linesOf(early), [['fe', 1, 12, 2500, 'next_period', expiry, next]]);
    assert.deepStrictEqual(early['warnings'], []);
    assert.deepStrictEqual(await problem({ ...wanted, type: 'renewal' }), [409, 'not_allowed_in_state']);
    await api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P40D' });
    assert.deepStrictEqual(
      ((await quote(wanted))['warnings'] as Json[]).map(({ code }) => code),
      ['reactivation_ends_soon'],
    );
  });

  it('is refused where the order would be', async () => {
    const { id } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    assert.deepStrictEqual(await problem({ type: 'renewal', subscriptionId: id, years: 1 }), [409, 'auto_renewal_on']);
    assert.deepStrictEqual(await problem({ type: 'reactivation', subscriptionId: id, years: 1 }), [
      409,
      'not_allowed_in_state',
    ]);
    const { body: order } = await firstOrder(api);
    const unpaid = String(order['subscriptionId']);
    assert.deepStrictEqual(await problem({ type: 'upgrade', subscriptionId: unpaid, add: { space: 1 } }), [
      409,
      'not_allowed_in_state',
    ]);
    assert.match(await today(api, unpaid), /^\d{4}/);
  });
});
