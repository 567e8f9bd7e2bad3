import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadCatalogue } from '../../config/catalogue.ts';
import { addDays, dateAt, type Instant, type PlainDate } from '../../domain/calendar.ts';
import type { Catalogue, CatalogueVersion } from '../../domain/catalogue.ts';
import { startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, firstOrder, freshVatNumber, holder } from './support/customers.ts';

const TODAY = dateAt(Date.now() as Instant);
const FILE = loadCatalogue();
const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

/** The list with the base service at another price from a day on. */
function dearer(list: Catalogue, validFrom: PlainDate, fe: number): Catalogue {
  const [version] = list.versions as [CatalogueVersion];
  const annualPriceMinor = { ...version.annualPriceMinor, fe };
  return { ...list, versions: [...list.versions, { ...version, version: validFrom, validFrom, annualPriceMinor }] };
}

async function inForce(api: TestApi): Promise<{ revision: number; document: Catalogue }> {
  const { status, body } = await api.get('/v1/catalog/document');
  assert.equal(status, 200, JSON.stringify(body));
  return body as unknown as { revision: number; document: Catalogue };
}

async function publish(api: TestApi, document: unknown, basedOn?: number): Promise<Answer> {
  const revision = basedOn ?? (await inForce(api)).revision;
  return api.put('/v1/catalog/document', { basedOn: revision, document });
}

function problemOf({ status, body }: Answer): unknown[] {
  const fields = (body['errors'] as Json[]).map(({ field }) => field);
  return [status, body['code'], fields];
}

describe('publishing a price list', () => {
  let api: TestApi;
  let beside: TestApi;
  before(async () => {
    api = await startApi();
    beside = await startApi({ beside: api });
  });
  after(async () => {
    await beside.stop();
    await api.stop();
  });

  it('begins with the file, as revision 1', async () => {
    const { body } = await api.get('/v1/catalog/document');
    assert.deepStrictEqual([body['revision'], body['document']], [1, FILE]);
  });

  it('is for operators only, like reading and trying it', async () => {
    const { publicAdministration: _, ...customer } = holder({ vatNumber: freshVatNumber() });
    const registered = await api.post('/v1/registrations', {
      username: `listino.${process.pid}`,
      password: 'una password lunga 47',
      customer,
    });
    assert.equal(registered.status, 201, JSON.stringify(registered.body));
    const { token } = registered.body['session'] as { token: string };
    const asCustomer = { authorization: `Bearer ${token}` };
    const answers = [
      await api.send('GET', '/v1/catalog/document', undefined, asCustomer),
      await api.send('PUT', '/v1/catalog/document', { basedOn: 1, document: FILE }, asCustomer),
      await api.send('POST', '/v1/catalog/dry-run', { document: FILE }, asCustomer),
    ];
    assert.deepStrictEqual(
      answers.map(({ status, body }) => [status, body['code']]),
      answers.map(() => [403, 'operators_only']),
    );
    assert.equal((await api.send('GET', '/v1/catalog/document', undefined, { authorization: '' })).status, 401);
  });

  it('names every fault of form at once, by its field', async () => {
    const [version] = FILE.versions as [CatalogueVersion];
    const faulty = {
      ...FILE,
      versions: [{ ...version, vatPercent: 22.5, validFrom: '2026-02-30', annualPriceMinor: { fe: -1 } }],
      promotions: [{ percent: 10 }],
      surprise: true,
    };
    const [status, code, fields] = problemOf(await publish(api, faulty)) as [number, string, string[]];
    assert.deepStrictEqual([status, code], [400, 'invalid_input']);
    for (const field of [
      'document.versions.0.vatPercent',
      'document.versions.0.validFrom',
      'document.versions.0.annualPriceMinor.fe',
      'document.versions.0.annualPriceMinor.user',
      'document.promotions.0.validFrom',
      'document.surprise',
    ])
      assert.ok(fields.includes(field), `${field} in ${fields.join(', ')}`);
  });

  it('names every fault of rule at once, in the reader’s language, and the dry run does too', async () => {
    const [version] = FILE.versions as [CatalogueVersion];
    const document = {
      ...dearer(FILE, TODAY, 9900),
      agreements: FILE.agreements.slice(1),
    };
    const faults = [422, 'catalogue_refused', ['versions.1.validFrom', 'agreements']];
    assert.deepStrictEqual(problemOf(await publish(api, document)), faults);
    const tried = await api.post('/v1/catalog/dry-run', { document }, { 'accept-language': 'it' });
    assert.deepStrictEqual(problemOf(tried), faults);
    assert.match(JSON.stringify(tried.body['errors']), /deve iniziare domani/);
    const rewritten = { ...FILE, versions: [{ ...version, vatPercent: 21 }] };
    assert.deepStrictEqual(problemOf(await publish(api, rewritten)), [
      422,
      'catalogue_refused',
      ['versions.0.vatPercent'],
    ]);
    assert.equal((await inForce(api)).revision, 1);
  });

  it('is seen by every API at once, and refused over a revision that is no longer the latest', async () => {
    const tomorrow = addDays(TODAY, 1);
    const own = dearer(FILE, tomorrow, 2600);
    const [mine, theirs] = await Promise.all([publish(api, own, 1), publish(beside, dearer(FILE, tomorrow, 2700), 1)]);
    assert.deepStrictEqual([mine.status, theirs.status].toSorted(), [200, 409]);
    const lost = mine.status === 409 ? mine : theirs;
    assert.deepStrictEqual([lost.body['code'], lost.body['revision']], ['catalogue_moved', 2]);
    const { document } = await inForce(beside);
    assert.deepStrictEqual(await inForce(api), await inForce(beside));
    // Repeated because its answer was lost, or with nothing in it that is new: nothing happens.
    const again = await publish(beside, document, 1);
    assert.deepStrictEqual([again.status, again.body['revision'], again.body['publishedBy']], [200, 2, 'test']);
    assert.deepStrictEqual(problemOf(await publish(api, FILE, 1)), [409, 'catalogue_moved', []]);
    assert.equal((await publish(api, FILE, 2)).body['revision'], 3);
  });

  it('shows what is retired and on promotion, from its first day on', async () => {
    const tomorrow = addDays(TODAY, 1);
    const [version] = FILE.versions as [CatalogueVersion];
    const promotion = {
      name: { it: 'Primavera', en: 'Spring' },
      products: ['fe'],
      percent: 30,
      validFrom: tomorrow,
      validThrough: addDays(TODAY, 30),
      orderTypes: ['first_purchase', 'renewal'],
    };
    const document = {
      ...FILE,
      versions: [version, { ...version, version: 'next', validFrom: tomorrow, retired: ['nso'] }],
      promotions: [promotion],
    };
    assert.equal((await publish(api, document)).status, 200);
    const { body: now } = await api.get('/v1/catalog');
    assert.deepStrictEqual([now['retired'], now['promotions']], [[], []]);
    assert.deepStrictEqual((now['labels'] as Json)['fe'], {
      it: 'Fatturazione Elettronica',
      en: 'Electronic Invoicing',
    });
    const later = await startApi({
      beside: api,
      change: (context) => ({ ...context, now: () => (Date.now() + 2 * 86_400_000) as Instant }),
    });
    try {
      const { body: then } = await later.get('/v1/catalog');
      assert.deepStrictEqual([then['retired'], then['promotions']], [['nso'], [{ ...promotion, mostYears: 2 }]]);
      assert.deepStrictEqual(
        (then['products'] as Json[]).map(({ mostYears }) => mostYears),
        [
          { first_purchase: 2, renewal: 2, reactivation: 5 },
          { first_purchase: 5, renewal: 5, reactivation: 5 },
        ],
      );
      const bought = { type: 'first_purchase', product: 'fe', years: 1 };
      const { body: quoted } = await later.post('/v1/quotes', bought);
      assert.deepStrictEqual([quoted['net'], quoted['promotion']], [eur(1750), { name: promotion.name, percent: 30 }]);
      assert.deepStrictEqual(problemOf(await later.post('/v1/quotes', { ...bought, years: 3 })), [
        422,
        'years_not_offered',
        ['years'],
      ]);
      assert.deepStrictEqual(problemOf(await later.post('/v1/quotes', { ...bought, extras: { nso: 1 } })), [
        422,
        'product_retired',
        ['extras.nso'],
      ]);
    } finally {
      await later.stop();
    }
  });
});

describe('a price change', () => {
  let api: TestApi;
  let change: Catalogue;
  let rows: Map<string, Json>;
  let outcome: Json;
  let lines: string[];
  const lives: Record<string, string> = {};

  const advance = async (id: string, by: string): Promise<void> => {
    const { status, body } = await api.post(`/v1/subscriptions/${id}/clock/advance`, { by });
    assert.equal(status, 200, JSON.stringify(body));
  };
  const order = async (id: string, type: string): Promise<Json> => {
    const wanted = { type, subscriptionId: id, years: 1, acceptedTerms: ACCEPTED };
    const { status, body } = await api.post('/v1/orders', { ...wanted, paymentMethod: { type: 'bank_transfer' } });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };
  const asFile = async (document: unknown): Promise<{ type: string; bytes: Buffer }> => {
    const answer = await fetch(`${api.url}/v1/catalog/dry-run`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json', accept: 'text/csv' },
      body: JSON.stringify({ document }),
    });
    assert.equal(answer.status, 200);
    return { type: answer.headers.get('content-type') ?? '', bytes: Buffer.from(await answer.arrayBuffer()) };
  };

  before(async () => {
    api = await startApi();
    change = dearer(FILE, addDays(TODAY, 30), 3500);
    const card = { paymentMethod: { type: 'card', token: 'tok_approved' } };
    lives['by hand'] = (await activeService(api, { extras: { user: 2 } })).id;
    lives['by card'] = (await activeService(api, card)).id;
    lives['ordered'] = (await activeService(api)).id;
    lives['expired'] = (await activeService(api)).id;
    lives['leaving'] = (await activeService(api)).id;
    lives['unpaid'] = String((await firstOrder(api)).body['subscriptionId']);
    await order(String(lives['ordered']), 'renewal');
    await advance(String(lives['expired']), 'P1Y1M');
    await api.post(`/v1/subscriptions/${lives['leaving']}/termination`, {});
    const { status, body } = await api.post('/v1/catalog/dry-run', { document: change });
    assert.equal(status, 200, JSON.stringify(body));
    outcome = body;
    rows = new Map((body['subscriptions'] as Json[]).map((row) => [String(row['subscriptionId']), row]));
    const { type, bytes } = await asFile(change);
    assert.match(type, /^text\/csv/);
    assert.deepStrictEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    lines = bytes.subarray(3).toString('utf8').split('\r\n');
  });
  after(() => api.stop());

  const rowOf = (name: string): Json => rows.get(String(lives[name])) ?? {};

  it('is tried on every living subscription before it is published', () => {
    assert.equal(rows.size, 6);
    const { on, way, extras, now, proposed, difference, autoRenewal, years } = rowOf('by hand');
    assert.deepStrictEqual(
      { way, extras, now, proposed, difference, autoRenewal, years },
      {
        way: 'by_hand',
        extras: { user: 2 },
        now: eur(5490),
        proposed: eur(6710),
        difference: eur(1220),
        autoRenewal: false,
        years: { now: 1, proposed: 1 },
      },
    );
    assert.match(String(on), /^\d{4}-\d\d-\d\d$/);
    assert.deepStrictEqual(
      ['by card', 'ordered', 'expired'].map((name) => [rowOf(name)['way'], rowOf(name)['difference']]),
      [
        ['auto_renewal', eur(1220)],
        ['ordered', eur(0)],
        ['reactivation', eur(1220)],
      ],
    );
    assert.deepStrictEqual(
      ['leaving', 'unpaid'].map((name) => rowOf(name)['notRenewable']),
      ['notice_given', 'not_activated'],
    );
  });

  it('adds up', () => {
    const { basedOn, today, totals } = outcome;
    assert.deepStrictEqual([basedOn, today], [1, TODAY]);
    assert.deepStrictEqual(totals, {
      subscriptions: 6,
      up: 3,
      down: 0,
      unchanged: 1,
      notRenewable: { notice_given: 1, not_activated: 1 },
      now: eur(5490 + 3 * 3050),
      proposed: eur(6710 + 2 * 4270 + 3050),
      difference: eur(3 * 1220),
    });
  });

  it('comes as a file too', () => {
    assert.equal(
      lines[0],
      'subscription,customer,composition,auto_renewal,not_renewable,on,way,years_now,years_proposed,now_eur,proposed_eur,difference_eur',
    );
    assert.equal(lines.length, 1 + 6 + 1);
    assert.equal(lines.at(-1), '');
    const id = String(lives['by hand']);
    const { customerId, on } = rowOf('by hand');
    assert.ok(
      lines.includes(`${id},${String(customerId)},fe + 2 user,no,,${String(on)},by_hand,1,1,54.90,67.10,12.20`),
    );
    assert.ok(lines.some((line) => line.startsWith(`${lives['leaving']},`) && line.includes(',notice_given,,,')));
  });

  it('that makes things cheaper is written as a negative number, not as a formula’s text', async () => {
    const { bytes } = await asFile(dearer(FILE, addDays(TODAY, 30), 2000));
    assert.match(bytes.toString('utf8'), /,54\.90,48\.80,-6\.10\r\n/);
  });

  it('publishes nothing by being tried', async () => {
    assert.equal((await inForce(api)).revision, 1);
  });

  it('leaves orders that exist as they are, and prices the next renewals, by hand and by card', async () => {
    const ordered = String(lives['ordered']);
    const { body: before } = await api.get(`/v1/subscriptions/${ordered}`);
    const [{ number }] = before['unpaidOrders'] as [{ number: string }];
    assert.equal((await publish(api, change)).status, 200);
    const { body: kept } = await api.get(`/v1/orders/${number}`);
    assert.deepStrictEqual([kept['total'], kept['status']], [eur(3050), 'awaiting_payment']);

    const byHand = String(lives['by hand']);
    const wanted = { type: 'renewal', subscriptionId: byHand, years: 1 };
    assert.deepStrictEqual((await api.post('/v1/quotes', wanted)).body['total'], eur(5490));
    await advance(byHand, 'P2M');
    assert.deepStrictEqual((await api.post('/v1/quotes', wanted)).body['total'], rowOf('by hand')['proposed']);

    const { body: quoted } = await api.post('/v1/quotes', wanted);
    assert.equal((await publish(api, dearer(change, addDays(TODAY, 40), 3600))).status, 200);
    const stale = { ...wanted, quote: quoted['fingerprint'], acceptedTerms: ACCEPTED };
    const refused = await api.post('/v1/orders', { ...stale, paymentMethod: { type: 'bank_transfer' } });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'order_out_of_date']);
    assert.deepStrictEqual((refused.body['quote'] as Json)['total'], eur(6832));

    const byCard = String(lives['by card']);
    await advance(byCard, 'P1Y');
    const charged: Json[] = await api.db('orders').where({ subscription_id: byCard, origin: 'auto_renewal' });
    assert.deepStrictEqual(
      charged.map(({ status, payable_minor: payableMinor }) => [status, eur(Number(payableMinor))]),
      [['completed', eur(4392)]],
    );
    assert.deepStrictEqual((await order(String(lives['expired']), 'reactivation'))['total'], eur(4392));
  });
});

describe('a dry run over many subscriptions', () => {
  const MANY = 1000;
  let api: TestApi;
  before(async () => {
    api = await startApi();
    const { id } = await activeService(api);
    await api.db.raw(
      `insert into subscriptions
        (id, customer_id, product, status, expires_on, auto_renewal, sequence, state, updated_at)
       select 'sub_' || n, customer_id, product, status, expires_on, auto_renewal, sequence,
         jsonb_set(state, '{id}', to_jsonb('sub_' || n)), updated_at
       from subscriptions, generate_series(1, ?) as n where id = ?`,
      [MANY, id],
    );
  });
  after(() => api.stop());

  it('holds each once, however many pages it takes', async () => {
    const document = dearer(FILE, addDays(TODAY, 30), 3500);
    const { body } = await api.post('/v1/catalog/dry-run', { document });
    const ids = (body['subscriptions'] as Json[]).map(({ subscriptionId }) => subscriptionId);
    assert.deepStrictEqual([ids.length, new Set(ids).size], [MANY + 1, MANY + 1]);
    assert.deepStrictEqual((body['totals'] as Json)['difference'], eur((MANY + 1) * 1220));
  });

  it('goes on for others when a reader goes away', async () => {
    const document = dearer(FILE, addDays(TODAY, 30), 3500);
    const leaving = new AbortController();
    const answer = await fetch(`${api.url}/v1/catalog/dry-run`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ document }),
      signal: leaving.signal,
    });
    leaving.abort();
    await assert.rejects(answer.text());
    assert.equal((await api.post('/v1/catalog/dry-run', { document })).status, 200);
    assert.ok(api.logged.every((line) => !line.includes('unexpected error')));
  });
});
