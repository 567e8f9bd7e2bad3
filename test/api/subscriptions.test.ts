import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SANDBOX_REFUSED_PHONE } from '../../config/sandbox.ts';
import { findAccount } from '../../db/accounts.ts';
import { eventually, startApi, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, transfer, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const path = (id: string, rest = ''): string => `/v1/subscriptions/${id}${rest}`;

async function view(id: string): Promise<Json> {
  return (await api.get(path(id))).body;
}

async function advance(id: string, by: string): Promise<Json> {
  const { status, body } = await api.post(path(id, '/clock/advance'), { by });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

describe('a subscription', () => {
  it('is shown as the customer area needs it, from the workflow itself', async () => {
    const { id, view: shown } = await activeService(api, { extras: { user: 1, documents: 1 } });
    const { username, expiresOn, lastDayToReactivate, asOf, customerId, composition, nextDeadline, ...rest } = shown;
    assert.match(String(username), /^rn\d{8}$/);
    assert.match(String(customerId), /^cus_/);
    assert.match(String(asOf), /^\d{4}-\d\d-\d\dT[\d:.]+\+0[12]:00$/);
    assert.match(String((nextDeadline as Json)['at']), /T09:00:00\+0[12]:00$/);
    assert.equal((nextDeadline as Json)['kind'], 'renewal_reminder');
    assert.ok(String(lastDayToReactivate) > String(expiresOn));
    assert.deepStrictEqual(composition, {
      includedGb: 1,
      usersToday: 1,
      extras: [
        { sku: 'user', quantity: 1, endsOn: expiresOn, carriedOn: true },
        { sku: 'documents', quantity: 1, endsOn: expiresOn, carriedOn: true },
      ],
    });
    const { vatNumber } = rest['holder'] as Json;
    assert.match(String(vatNumber), /^\d{11}$/);
    assert.deepStrictEqual(rest, {
      id,
      product: 'fe',
      status: 'active',
      statusLabel: { it: 'Attivo', en: 'Active' },
      daysToExpiry: rest['daysToExpiry'],
      expiryIsNear: false,
      readOnly: false,
      usedBytes: 0,
      spaceBytes: 1_000_000_000,
      usedPercent: 0,
      spaceIsTight: false,
      actions: { renew: true, upgrade: true, reactivate: false, giveNotice: true },
      unpaidOrders: [],
      autoRenewal: { on: false, method: null, nextChargeOn: null },
      holder: { name: 'Officine Bianchi S.r.l.', taxCode: null, vatNumber, publicAdministration: false },
      notices: [],
      source: 'workflow',
    });
  });

  it('says what was used, until it is tight', async () => {
    const { id } = await activeService(api);
    const { status, body } = await api.put(path(id, '/usage'), { usedBytes: 800_000_001 });
    assert.deepStrictEqual([status, body['usedPercent'], body['spaceIsTight']], [200, 80, true]);
  });

  it('is read-only while expired, and can be reactivated', async () => {
    const { id } = await activeService(api);
    await advance(id, 'P1Y1D');
    const shown = await view(id);
    assert.deepStrictEqual([shown['status'], shown['readOnly'], shown['expiryIsNear']], ['expired', true, true]);
    assert.deepStrictEqual(shown['actions'], { renew: false, upgrade: false, reactivate: true, giveNotice: false });
    const placed = await api.post('/v1/orders', {
      type: 'reactivation',
      subscriptionId: id,
      years: 1,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'postal_slip' },
    });
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    await transfer(api, placed.body, { method: 'postal_slip' });
    await untilStatus(api, id, 'active');
  });
});

describe('the timeline', () => {
  it('gives every event in order with its date, amounts as money, page by page', async () => {
    const { id } = await activeService(api);
    const { body } = await api.get(path(id, '/timeline'));
    const events = body['events'] as Json[];
    assert.deepStrictEqual(
      events.map(({ sequence, type }) => [sequence, type]),
      [
        [1, 'OrderPlaced'],
        [2, 'PaymentReceived'],
        [3, 'PaymentApplied'],
        [4, 'OrderCompleted'],
        [5, 'ActivationRequested'],
        [6, 'Activated'],
        [7, 'OrderSettled'],
      ],
    );
    assert.equal(body['next'], null);
    for (const { at } of events) assert.match(String(at), /\+0[12]:00$/);
    const applied = (events[2]?.['data'] as Json)['payment'] as Json;
    assert.deepStrictEqual(applied['amount'], { amountMinor: 3050, currency: 'EUR' });
    const priced = (((events[0]?.['data'] as Json)['order'] as Json)['priced'] as Json)['annualPrice'] as Json;
    assert.deepStrictEqual(priced['fe'], { amountMinor: 2500, currency: 'EUR' });
    const withoutMoney = JSON.stringify(events).replaceAll(/\{"amountMinor":\d+,"currency":"EUR"\}/g, '""');
    assert.doesNotMatch(withoutMoney, /Minor/);

    const pages: unknown[] = [];
    for (let after: unknown = 0; after !== null;) {
      const page = (await api.get(path(id, `/timeline?after=${String(after)}&limit=3`))).body;
      pages.push((page['events'] as Json[]).map(({ sequence }) => sequence));
      after = page['next'];
    }
    assert.deepStrictEqual(pages, [[1, 2, 3], [4, 5, 6], [7]]);
  });
});

describe('auto-renewal', () => {
  it('is switched on with a method, off, and goes off with its method', async () => {
    const { id } = await activeService(api);
    const without = await api.put(path(id, '/auto-renewal'), { on: true });
    assert.deepStrictEqual([without.status, without.body['code']], [409, 'payment_method_missing']);
    const stored = await api.put(path(id, '/payment-method'), {
      type: 'card',
      token: 'tok_approved',
      label: 'Visa 4242',
    });
    const { on: isOn, method, nextChargeOn } = stored.body['autoRenewal'] as Json;
    const { kind, label } = method as Json;
    assert.deepStrictEqual([isOn, kind, label, nextChargeOn], [false, 'card', 'Visa 4242', null]);
    const on = await api.put(path(id, '/auto-renewal'), { on: true });
    assert.deepStrictEqual([on.status, (on.body['actions'] as Json)['renew']], [200, false]);
    assert.match(String((on.body['autoRenewal'] as Json)['nextChargeOn']), /^\d{4}-\d\d-\d\d$/);
    const off = await api.put(path(id, '/auto-renewal'), { on: false });
    assert.equal((off.body['actions'] as Json)['renew'], true);
    await api.put(path(id, '/auto-renewal'), { on: true });
    const removed = await api.send('DELETE', path(id, '/payment-method'));
    assert.deepStrictEqual(removed.body['autoRenewal'], { on: false, method: null, nextChargeOn: null });
    const again = await api.send('DELETE', path(id, '/payment-method'));
    assert.deepStrictEqual([again.status, again.body['code']], [409, 'payment_method_missing']);
  });

  it('asks for new payment data after a decline; a better card is charged at once', async () => {
    const { id } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    await api.put(path(id, '/payment-method'), { type: 'card', token: 'tok_declined' });
    await advance(id, 'P11M27D');
    const declined = await view(id);
    const codes = (declined['notices'] as Json[]).map(({ code }) => code);
    assert.deepStrictEqual(codes, ['update_payment_data', 'pay_before_expiry']);
    const replaced = await api.put(path(id, '/payment-method'), { type: 'card', token: 'tok_approved' });
    assert.equal(replaced.status, 200);
    const expiry = String(declined['expiresOn']);
    const renewed = `${Number(expiry.slice(0, 4)) + 1}${expiry.slice(4)}`;
    await eventually(
      'the renewal',
      () => view(id),
      (shown) => shown['expiresOn'] === renewed,
    );
  });
});

describe('a token', () => {
  it('stays in Postgres: neither Temporal nor the log nor an answer holds it', async () => {
    const { id, order } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    const { subscription } = await api.lives.inspect(id);
    const { body: timeline } = await api.get(path(id, '/timeline'));
    assert.doesNotMatch(JSON.stringify([subscription, timeline, order, await view(id)]), /tok_approved/);
    assert.doesNotMatch(api.logged.join(''), /tok_approved/);
  });
});

describe('notice of termination', () => {
  it('is final, cancels what is unpaid, and ends the service at expiry', async () => {
    const { id } = await activeService(api);
    const given = await api.post(path(id, '/termination'), {});
    assert.equal(given.status, 200);
    assert.deepStrictEqual(given.body['actions'], {
      renew: false,
      upgrade: false,
      reactivate: false,
      giveNotice: false,
    });
    assert.deepStrictEqual(
      (given.body['notices'] as Json[]).map(({ code }) => code),
      ['notice_given'],
    );
    assert.equal((await api.post(path(id, '/termination'))).status, 200);
    const { events, ended } = await advance(id, 'P1Y1D');
    assert.equal(ended, true);
    assert.deepStrictEqual(
      (events as Json[]).map(({ type }) => type),
      ['Terminated'],
    );
  });

  it('is not given before the service is active', async () => {
    const { body } = await firstOrder(api);
    const given = await api.post(path(String(body['subscriptionId']), '/termination'));
    assert.deepStrictEqual([given.status, given.body['code']], [409, 'not_allowed_in_state']);
  });
});

describe('an activation that failed', () => {
  async function failed(): Promise<string> {
    const customerId = await createCustomer(api, { phone: SANDBOX_REFUSED_PHONE });
    const { body } = await firstOrder(api, { customerId });
    await transfer(api, body);
    const id = String(body['subscriptionId']);
    await untilStatus(api, id, 'activation_failed');
    return id;
  }

  it('is tried again by an operator, or confirmed by hand', async () => {
    const id = await failed();
    assert.equal((await api.post(path(id, '/activation'), { action: 'retry' })).status, 200);
    await untilStatus(api, id, 'activation_failed');
    const confirmed = await api.post(path(id, '/activation'), { action: 'confirm', username: 'officine.bianchi' });
    assert.deepStrictEqual([confirmed.status, confirmed.body['status']], [200, 'active']);
    assert.equal(confirmed.body['username'], 'officine.bianchi');
    assert.equal((await findAccount(api.db, id))?.username, 'officine.bianchi');
  });

  it('is not confirmed with a username that opens another account', async () => {
    const [first, second] = [await failed(), await failed()];
    const confirm = (id: string, username: string) =>
      api.post(path(id, '/activation'), { action: 'confirm', username });
    assert.equal((await confirm(first, 'verdi.srl')).status, 200);
    const taken = await confirm(second, 'Verdi.SRL');
    assert.deepStrictEqual([taken.status, taken.body['code']], [409, 'username_taken']);
    assert.equal((await confirm(second, 'verdi.bis')).status, 200);
  });

  it('is the only one an operator settles', async () => {
    const { id } = await activeService(api);
    const refused = await api.post(path(id, '/activation'), { action: 'retry' });
    assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'not_allowed_in_state']);
  });
});

describe('a subscription that has ended', () => {
  it('answers with its end, never with 404, and refuses each change', async () => {
    const { id } = await activeService(api, { extras: { user: 1 } });
    await advance(id, 'P2Y');
    const shown = await view(id);
    assert.deepStrictEqual(
      [shown['status'], shown['statusLabel'], shown['source'], shown['nextDeadline']],
      ['terminated', { it: 'Cancellato', en: 'Terminated' }, 'read_model', null],
    );
    for (const [method, rest, body] of [
      ['PUT', '/auto-renewal', { on: true }],
      ['PUT', '/payment-method', { type: 'card', token: 'tok_approved' }],
      ['DELETE', '/payment-method', undefined],
      ['PUT', '/usage', { usedBytes: 1 }],
      ['POST', '/termination', {}],
      ['POST', '/activation', { action: 'retry' }],
    ] as const) {
      const refused = await api.send(method, path(id, rest), body);
      assert.deepStrictEqual([refused.status, refused.body['code']], [409, 'subscription_ended'], rest);
    }
    assert.equal((await api.get(path(id, '/timeline'))).status, 200);
    assert.deepStrictEqual(await advance(id, 'P1D'), { now: shown['asOf'], ended: true, events: [] });
  });
});
