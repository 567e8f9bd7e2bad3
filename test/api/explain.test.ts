import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { signIn } from './support/callers.ts';
import { startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, transfer, untilStatus } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

interface Sentence {
  readonly topic: string;
  readonly it: string;
  readonly en: string;
  readonly restsOn: readonly Json[];
}

const path = (id: string, rest = ''): string => `/v1/subscriptions/${id}${rest}`;

function sentencesOf({ status, body }: Answer): Sentence[] {
  assert.equal(status, 200, JSON.stringify(body));
  return body['sentences'] as Sentence[];
}

async function explained(id: string): Promise<Sentence[]> {
  const sentences = sentencesOf(await api.get(path(id, '/explain')));
  for (const { it: italian, en, restsOn } of sentences) {
    assert.match(italian, /\.$/);
    assert.match(en, /\.$/);
    assert.ok(restsOn.length > 0, en);
  }
  return sentences;
}

function about(sentences: readonly Sentence[], topic: string): string[] {
  return sentences.filter((sentence) => sentence.topic === topic).map(({ en }) => en);
}

async function advance(id: string, by: string): Promise<void> {
  const { status, body } = await api.post(path(id, '/clock/advance'), { by });
  assert.equal(status, 200, JSON.stringify(body));
}

describe('the explanation of a service', () => {
  it('names the order, the payment, the event or the rule of each sentence, all of them in its timeline', async () => {
    const { id, order } = await activeService(api, { extras: { user: 2 } });
    const sentences = await explained(id);
    const timeline = (await api.get(path(id, '/timeline'))).body['events'] as Json[];
    const named = sentences.flatMap(({ restsOn }) => restsOn);
    const orders = named.filter(({ kind }) => kind === 'order').map(({ number }) => number);
    assert.deepStrictEqual([...new Set(orders)], [order['number']]);
    const keys = named.filter(({ kind }) => kind === 'payment').map(({ key }) => String(key));
    assert.deepStrictEqual([...new Set(keys)].length, 1);
    assert.equal((await api.get(`/v1/payments/${encodeURIComponent(String(keys[0]))}`)).status, 200);
    for (const { sequence, type } of named.filter(({ kind }) => kind === 'event'))
      assert.ok(timeline.some((event) => event['sequence'] === sequence && event['type'] === type));
    for (const { text } of named.filter(({ kind }) => kind === 'rule'))
      assert.match(String((text as Json)['it']), /\((guida|condizioni)/);
  });

  it('follows it through expiry, reactivation and its end', async () => {
    const { id } = await activeService(api);
    await advance(id, 'P1Y2D');
    const expired = await explained(id);
    assert.match(String(about(expired, 'expiry')[0]), /^The service expired on /);
    assert.deepStrictEqual(about(expired, 'button_reactivate'), []);
    assert.equal(about(expired, 'button_renew').length, 1);
    const placed = await api.post('/v1/orders', {
      type: 'reactivation',
      subscriptionId: id,
      years: 1,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'bank_transfer' },
    });
    const unpaid = await explained(id);
    assert.match(
      String(about(unpaid, 'button_reactivate')[0]),
      new RegExp(`order ${String(placed.body['number'])} awaits`),
    );
    assert.match(about(unpaid, 'next').join(' '), /the service is active again and the expiry moves from /);
    await transfer(api, placed.body);
    await untilStatus(api, id, 'active');
    const chain = about(await explained(id), 'expiry');
    assert.equal(chain.length, 3);
    assert.match(
      String(chain[2]),
      /^The reactivation order \d+ for one year, paid on .* by bank transfer, moved the expiry/,
    );
    await advance(id, 'P2Y');
    const ended = await explained(id);
    assert.match(String(about(ended, 'expiry')[0]), /^The service ended on /);
    assert.match(String(about(ended, 'next')[0]), /a new purchase makes a new service\.$/);
  });

  it('of a first order that was never paid tells when it falls, and then that it did', async () => {
    const { body } = await firstOrder(api);
    const id = String(body['subscriptionId']);
    assert.match(
      String(about(await explained(id), 'if_unpaid')[0]),
      /can still be paid through .* and is cancelled on /,
    );
    await advance(id, 'P61D');
    assert.match(String(about(await explained(id), 'expiry')[0]), /never activated.* the order was not paid in time/);
  });

  it('prices the next auto-renewal by the published price list', async () => {
    const { id } = await activeService(api, { paymentMethod: { type: 'card', token: 'tok_approved' } });
    const sentences = await explained(id);
    const [total, lines] = about(sentences, 'next_renewal');
    assert.match(
      String(total),
      /for one year, by what is published today costs €30\.50: €25\.00 net plus €5\.50 of VAT/,
    );
    assert.match(String(lines), /Electronic Invoicing, €25\.00 a year for one year = €25\.00/);
    assert.match(about(sentences, 'next').join(' '), /we will charge €30\.50 .* try three more times/);
  });
});

describe('the explanation is for', () => {
  it('its customer and operators; for anybody else there is no such service', async () => {
    const customerId = await createCustomer(api);
    const { id } = await activeService(api, { customerId });
    const owner = await signIn(api, customerId);
    const credentials = await signIn(api, customerId, id);
    const stranger = await signIn(api, await createCustomer(api));
    assert.deepStrictEqual(sentencesOf(await owner.get(path(id, '/explain'))), await explained(id));
    assert.equal((await credentials.get(path(id, '/explain'))).status, 200);
    const { status, body } = await stranger.get(path(id, '/explain'));
    assert.deepStrictEqual([status, body['code']], [404, 'subscription_unknown']);
    assert.equal((await api.as(null).get(path(id, '/explain'))).status, 401);
    assert.equal((await api.get(path('sub_nobody', '/explain'))).status, 404);
    assert.equal((await api.post(path(id, '/explain'))).status, 405);
  });
});
