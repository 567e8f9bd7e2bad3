import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, firstOrder, transfer, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

async function advance(id: string, target: Json): Promise<Json> {
  const { status, body } = await api.post(`/v1/subscriptions/${id}/clock/advance`, target);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** What happened, each with its date and hour in Rome. */
function story({ events }: Json, ...types: string[]): string[] {
  return (events as Json[])
    .filter(({ type }) => types.length === 0 || types.includes(String(type)))
    .map(({ at, type }) => `${String(at).slice(0, 16)} ${String(type)}`);
}

/** A date of the service: its first expiry, moved. */
function datesOf(expiry: string): { days(count: number, years?: number): string } {
  return {
    days(count, years = 0) {
      const date = new Date(`${Number(expiry.slice(0, 4)) + years}${expiry.slice(4)}T00:00:00Z`);
      date.setUTCDate(date.getUTCDate() + count);
      return date.toISOString().slice(0, 10);
    },
  };
}

describe('the clock of one subscription', () => {
  it('moves five years with every charge on its day at 09:00, and the end on day 61', async () => {
    const { id, view } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    const { days } = datesOf(String(view['expiresOn']));
    const four = await advance(id, { to: `${days(-20, 4)}T12:00:00+02:00` });
    await api.put(`/v1/subscriptions/${id}/auto-renewal`, { on: false });
    const last = await advance(id, { by: 'P1Y' });
    assert.deepStrictEqual(
      story(four, 'ChargeStarted', 'AutoRenewalAnnounced'),
      [0, 1, 2, 3]
        .flatMap((year) => [`${days(-30, year)}T09:00 AutoRenewalAnnounced`, `${days(-7, year)}T09:00 ChargeStarted`])
        .concat(`${days(-30, 4)}T09:00 AutoRenewalAnnounced`),
    );
    assert.equal(story(four, 'ServiceExtended').length, 4);
    assert.deepStrictEqual(story(last, 'RenewalReminderDue', 'Expired', 'LastCallDue', 'Terminated'), [
      `${days(-7, 4)}T09:00 RenewalReminderDue`,
      `${days(0, 4)}T00:00 Expired`,
      `${days(53, 4)}T09:00 LastCallDue`,
      `${days(61, 4)}T00:00 Terminated`,
    ]);
    assert.equal(last['ended'], true);
  });

  it('stops where it is told, exactly, and short of a deadline does nothing', async () => {
    const { id, view } = await activeService(api);
    const { days } = datesOf(String(view['expiresOn']));
    const short = await advance(id, { to: `${days(-90)}T08:59:00+02:00` });
    assert.match(String(short['now']), new RegExp(`^${days(-90)}T0[789]:59:00`));
    assert.deepStrictEqual([story(short), short['ended']], [[], false]);
    const on = await advance(id, { to: `${days(-90)}T23:00:00+02:00` });
    assert.deepStrictEqual(story(on), [`${days(-90)}T09:00 RenewalReminderDue`]);
    const shown = (await api.get(`/v1/subscriptions/${id}`)).body;
    assert.equal(String(shown['asOf']).slice(0, 10), String(on['now']).slice(0, 10));
  });

  it('moves in steps as it moves in one go', async () => {
    const { id, view } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    const { days } = datesOf(String(view['expiresOn']));
    const told: string[] = [];
    for (let month = 0; month < 14; month += 1)
      told.push(...story(await advance(id, { by: 'P1M' }), 'ChargeStarted', 'ServiceExtended'));
    assert.deepStrictEqual(told, [`${days(-7)}T09:00 ChargeStarted`, `${days(-7)}T09:00 ServiceExtended`]);
  });

  it('is each subscription’s own', async () => {
    const one = await activeService(api);
    const other = await activeService(api);
    await advance(one.id, { by: 'P3M' });
    const shown = (await api.get(`/v1/subscriptions/${other.id}`)).body;
    assert.ok(Date.parse(String(shown['asOf'])) - Date.now() < 60_000);
  });

  it('is moved by one request at a time', async () => {
    const { id } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    const answers = await Promise.all(
      [1, 2, 3].map(() => api.post(`/v1/subscriptions/${id}/clock/advance`, { by: 'P2Y' })),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    assert.deepStrictEqual(statuses, [200, 409, 409]);
    assert.equal(answers.find(({ status }) => status === 409)?.body['code'], 'clock_already_moving');
    await advance(id, { by: 'P1D' });
  });

  it('closes a first order that nobody pays on day 61', async () => {
    const { body: order } = await firstOrder(api);
    const { days } = datesOf(String(order['placedOn']));
    const told = await advance(String(order['subscriptionId']), { by: 'P1Y' });
    assert.deepStrictEqual(story(told), [`${days(61)}T00:00 OrderCancelled`, `${days(61)}T00:00 Closed`]);
    assert.equal(told['ended'], true);
    const { body: left } = await api.get(`/v1/orders/${String(order['number'])}`);
    assert.deepStrictEqual([left['status'], left['cancelledWhy']], ['cancelled', 'unpaid']);
  });

  it('retries a declined charge on its days, and never cuts the service before expiry', async () => {
    const { id, view } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    await api.put(`/v1/subscriptions/${id}/payment-method`, { type: 'card', token: 'tok_declined' });
    const { days } = datesOf(String(view['expiresOn']));
    const told = await advance(id, { to: `${days(1)}T12:00:00+02:00` });
    assert.deepStrictEqual(
      story(told, 'ChargeDeclined', 'Expired').map((line) => line.replace(/T09:\d\d/, 'T09')),
      [-7, -5, -3, -1].map((day) => `${days(day)}T09 ChargeDeclined`).concat(`${days(0)}T00:00 Expired`),
    );
  });

  it('waits for a silent gateway’s answer without inventing one', async () => {
    const { id, view } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    await api.put(`/v1/subscriptions/${id}/payment-method`, { type: 'card', token: 'tok_timeout_after_capture' });
    const { days } = datesOf(String(view['expiresOn']));
    const told = await advance(id, { to: `${days(-6)}T12:00:00+02:00` });
    const types = (told['events'] as Json[]).map(({ type }) => type);
    assert.deepStrictEqual(
      types.filter((type) => String(type).startsWith('Charge') || type === 'PaymentReceived'),
      ['ChargeStarted', 'ChargeUnresolved', 'ChargeResumed', 'ChargeSucceeded', 'PaymentReceived'],
    );
  });

  it('carries an order that is reactivated by hand into its next period', async () => {
    const { id, view } = await activeService(api);
    const { days } = datesOf(String(view['expiresOn']));
    await advance(id, { to: `${days(59)}T12:00:00+02:00` });
    const placed = await api.post('/v1/orders', {
      type: 'reactivation',
      subscriptionId: id,
      years: 1,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'bank_transfer' },
    });
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    await transfer(api, placed.body);
    const active = await untilStatus(api, id, 'active');
    assert.equal(active['expiresOn'], days(0, 1));
    const told = await advance(id, { by: 'P2Y' });
    assert.deepStrictEqual(story(told, 'Expired', 'Terminated'), [
      `${days(0, 1)}T00:00 Expired`,
      `${days(61, 1)}T00:00 Terminated`,
    ]);
  });
});

describe('outside the sandbox', () => {
  it('there is neither a clock to move nor a bank to confirm at', async () => {
    const production = await startApi({ sandbox: false, worker: false, address: '127.0.0.1:1' });
    try {
      const moved = await production.post('/v1/subscriptions/sub_1/clock/advance', { by: 'P1D' });
      assert.deepStrictEqual([moved.status, moved.body['code']], [404, 'route_unknown']);
      assert.equal((await production.get('/v1/sandbox/confirmations/1000000137-1')).status, 404);
    } finally {
      await production.stop();
    }
  });
});
