/** What may come at the address Stripe's messages come to: whatever is wrong with it is refused, counted, and books nothing. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import { connectGateway } from '../../api/stripe.ts';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { SECRETS, startStripeApi, type StripeApi } from './support/stripe.ts';

const PATH = '/v1/webhooks/stripe';
const SECRET = SECRETS.webhookSecret;

let world: StripeApi;
before(async () => {
  world = await startStripeApi();
});
after(() => world.stop());

let serial = 0;
/** An event that nothing follows from. */
const event = (changes: Json = {}): Json => ({
  id: `evt_message${(serial += 1)}`,
  object: 'event',
  type: 'invoice.paid',
  created: Math.floor(Date.now() / 1000),
  data: { object: { id: 'in_1' } },
  ...changes,
});

function signed(body: Uint8Array | string, { secret = SECRET, ago = 0 } = {}): string {
  const time = Math.floor(Date.now() / 1000) - ago;
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')}`;
}

async function send(
  body: Uint8Array | string,
  { header = signed(body) as string | null, headers = {}, api = world.api as TestApi } = {},
): Promise<{ status: number; body: Json }> {
  const signature: Record<string, string> = header === null ? {} : { 'stripe-signature': header };
  return api.as(null).send('POST', PATH, body, { ...signature, ...headers });
}

async function refusals(): Promise<Record<string, number>> {
  const rows: { reason: string; refusals: number }[] = await world.api
    .db('stripe_refusals')
    .select('reason', 'refusals');
  return Object.fromEntries(rows.map(({ reason, refusals: count }) => [reason, count]));
}

/** Refused with that code, counted once under it, nothing written down of it. */
async function assertRefused(
  sent: () => Promise<{ status: number; body: Json }>,
  status: number,
  code: string,
): Promise<void> {
  const counted = (await refusals())[code] ?? 0;
  const events = Number((await world.api.db('stripe_events').count('id as count').first())?.['count']);
  const answer = await sent();
  assert.deepEqual([answer.status, answer.body['code']], [status, code]);
  assert.equal(Number((await world.api.db('stripe_events').count('id as count').first())?.['count']), events);
  assert.equal((await refusals())[code], counted + 1);
}

describe('a message at Stripe’s address', () => {
  it('is taken whatever its content is said to be, and however it is cut', async () => {
    const text = JSON.stringify(event());
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense', ''])
      assert.equal((await send(text, { headers: { 'content-type': type } })).status, 200, type);
    const { url } = world.api;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'stripe-signature': signed(text), 'transfer-encoding': 'chunked' };
      const sent = httpRequest(url + PATH, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      for (const letter of text) sent.write(letter);
      sent.end();
    });
    assert.equal(status, 200);
  });

  it('is refused without a right signature, from too far in the past or the future', async () => {
    const text = JSON.stringify(event());
    await assertRefused(() => send(text, { header: null }), 400, 'signature_wrong');
    await assertRefused(() => send(text, { header: signed(text, { secret: 'whsec_other' }) }), 400, 'signature_wrong');
    await assertRefused(() => send(`${text}\n`, { header: signed(text) }), 400, 'signature_wrong');
    await assertRefused(() => send(text, { header: signed(text, { ago: 310 }) }), 400, 'signature_too_old');
    await assertRefused(() => send(text, { header: signed(text, { ago: -310 }) }), 400, 'signature_too_early');
    assert.equal((await send(text, { header: signed(text, { ago: -290 }) })).status, 200);
  });

  it('is refused where it is signed and yet no event', async () => {
    for (const text of ['', ' ', '{', 'null,', '\ufeff{}', "{'id':1}"])
      await assertRefused(() => send(text, { header: signed(text) }), 400, 'malformed_json');
    const bytes = Buffer.concat([Buffer.from('{"id":"evt_'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    await assertRefused(() => send(bytes), 400, 'malformed_json');
    for (const value of [null, [], {}, 1, 'evt_1', event({ id: 7 }), event({ id: '' }), event({ id: 'evt 1' })])
      await assertRefused(() => send(JSON.stringify(value)), 400, 'event_unreadable');
    for (const change of [
      { type: null },
      { type: 'x'.repeat(300) },
      { created: '1' },
      { data: {} },
      { data: { object: [] } },
    ])
      await assertRefused(() => send(JSON.stringify(event(change))), 400, 'event_unreadable');
  });

  it('is refused where it is packed, or as large as no event is', async () => {
    const text = JSON.stringify(event());
    const packed = gzipSync(text);
    const gzip = { 'content-encoding': 'gzip' };
    await assertRefused(() => send(packed, { header: signed(text), headers: gzip }), 415, 'unsupported_media_type');
    const large = JSON.stringify(event({ data: { object: { id: 'x'.repeat(3_000_000) } } }));
    await assertRefused(() => send(large), 413, 'body_too_large');
  });

  it('with an object that lacks what its type has is no fault of ours', async () => {
    for (const type of [
      'payment_intent.succeeded',
      'charge.updated',
      'charge.refunded',
      'refund.created',
      'refund.failed',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.funds_reinstated',
      'checkout.session.completed',
    ]) {
      for (const object of [
        {},
        { id: 7 },
        { id: '../v1/customers' },
        { id: 'x_1', payment_intent: 5, metadata: null },
      ]) {
        const { status, body } = await send(JSON.stringify(event({ type, data: { object } })));
        assert.ok(
          status === 200 || body['code'] === 'event_unreadable',
          `${type} ${JSON.stringify(object)}: ${status}`,
        );
        assert.notEqual(body['outcome'], 'booked');
      }
    }
    assert.equal(Number((await world.api.db('payments').count('key as count').first())?.['count']), 0);
  });

  it('is seen by operators for each reason it was refused for, and how often', async () => {
    const before = await refusals();
    await Promise.all([1, 2, 3, 4, 5].map(() => send('{}', { header: 'nonsense' })));
    assert.equal((await refusals())['signature_wrong'], (before['signature_wrong'] ?? 0) + 5);
    const { body } = await world.api.get('/v1/queue?kind=webhook_refused');
    const seen = (body['items'] as Json[]).map(({ details }) => String((details as Json)['reason']));
    assert.deepEqual(seen.toSorted(), [
      'body_too_large',
      'event_unreadable',
      'malformed_json',
      'signature_too_early',
      'signature_too_old',
      'signature_wrong',
      'unsupported_media_type',
    ]);
  });

  it('is taken by either of two secrets while one replaces the other', async () => {
    const gateway = connectGateway(
      { name: 'stripe', ...SECRETS, webhookSecret: 'whsec_new,whsec_1', apiBase: world.stripe.url },
      'https://area.example',
    );
    const api = await startApi({ beside: world.api, change: (context) => ({ ...context, gateway }) });
    try {
      for (const secret of ['whsec_new', 'whsec_1']) {
        const text = JSON.stringify(event());
        assert.equal((await send(text, { header: signed(text, { secret }), api })).status, 200);
      }
      const text = JSON.stringify(event());
      assert.equal((await send(text, { header: signed(text, { secret: 'whsec_new,whsec_1' }), api })).status, 400);
    } finally {
      await api.stop();
    }
  });

  it('is worked through once, of many at once', async () => {
    const text = JSON.stringify(event());
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(text)));
    assert.ok(answers.every(({ status, body }) => status === 200 && body['outcome'] === 'ignored'));
    const { id } = JSON.parse(text) as { id: string };
    assert.equal((await world.api.db('stripe_events').where({ id })).length, 1);
  });
});
