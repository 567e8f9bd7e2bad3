import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseInstructions } from '../../config/instructions.ts';
import { creditorReferenceFor, slipCodeFor } from '../../domain/remittance.ts';
import { eventually, startApi, type Json, type TestApi } from './support/api.ts';
import { signIn } from './support/callers.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, today, transfer } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });

async function instructions(order: Json) {
  return api.get(`/v1/orders/${String(order['number'])}/payment-instructions`);
}

describe('payment instructions', () => {
  it('say what is due, what to write and where it goes, also as a QR code’s content', async () => {
    const { body: order } = await firstOrder(api);
    const number = String(order['number']);
    const { status, body } = await instructions(order);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepStrictEqual(body, {
      orderNumber: number,
      due: eur(3050),
      reason: number,
      bankTransfer: {
        holder: 'Fornitore di Esempio S.p.A.',
        iban: 'IT60X0542811101000000123456',
        bic: null,
        creditorReference: creditorReferenceFor(number),
        epcQr: `BCD\n002\n1\nSCT\n\nFornitore di Esempio S.p.A.\nIT60X0542811101000000123456\nEUR30.50\n\n\n${number}`,
      },
      postalSlip: { holder: 'Fornitore di Esempio S.p.A.', accountNumber: '000000000', code: slipCodeFor(number) },
      placeholder: true,
    });
  });

  it('come with a postal slip to print while something is due', async () => {
    const { body: order } = await firstOrder(api);
    const path = `/v1/orders/${String(order['number'])}/payment-slip`;
    const answer = await fetch(`${api.url}${path}`, { headers: { Authorization: `Bearer ${api.key}` } });
    assert.deepStrictEqual([answer.status, answer.headers.get('content-type')], [200, 'application/pdf']);
    assert.equal(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 5)
        .toString(),
      '%PDF-',
    );
    await api.post(`/v1/orders/${String(order['number'])}/cancel`, {});
    const cancelled = await api.get(path);
    assert.deepStrictEqual([cancelled.status, cancelled.body['code']], [409, 'order_not_unpaid']);
  });

  it('ask for the rest where a part came in, and for nothing once all did', async () => {
    const { body: order } = await firstOrder(api);
    const due = async (): Promise<Json> => (await api.get(`/v1/orders/${String(order['number'])}`)).body['due'] as Json;
    await transfer(api, order, { amount: eur(1000), externalId: `part-${String(order['number'])}` });
    await eventually('the part', due, ({ amountMinor }) => amountMinor === 2050);
    const { body } = await instructions(order);
    assert.deepStrictEqual(body['due'], eur(2050));
    assert.match(String((body['bankTransfer'] as Json)['epcQr']), /\nEUR20\.50\n/);
    await transfer(api, order, { amount: eur(2050), externalId: `rest-${String(order['number'])}` });
    await eventually('the rest', due, ({ amountMinor }) => amountMinor === 0);
    const paid = await instructions(order);
    assert.deepStrictEqual([paid.status, paid.body['code']], [409, 'order_not_unpaid']);
  });

  it('are the seller’s own where a file names them', async () => {
    const own = parseInstructions(
      JSON.stringify({
        bankTransfer: { holder: 'Vera S.p.A.', iban: 'IT60X0542811101000000123456', bic: 'POSOIT22XXX' },
        postalSlip: { holder: 'Vera S.p.A.', accountNumber: '12345678' },
      }),
      'own.json',
    );
    const beside = await startApi({ beside: api, change: (context) => ({ ...context, instructions: own }) });
    try {
      const { body: order } = await firstOrder(api);
      const { body } = await beside.get(`/v1/orders/${String(order['number'])}/payment-instructions`);
      const { holder, bic, epcQr } = body['bankTransfer'] as Json;
      assert.deepStrictEqual([holder, bic, body['placeholder']], ['Vera S.p.A.', 'POSOIT22XXX', false]);
      assert.match(String(epcQr), /\nSCT\nPOSOIT22XXX\nVera S\.p\.A\.\n/);
    } finally {
      await beside.stop();
    }
  });

  it('of a public administration’s released order are there until the amount came', async () => {
    const customerId = await createCustomer(api, { publicAdministration: true, recipientCode: 'ABC123' });
    const { body: order } = await firstOrder(api, { customerId });
    await api.post(`/v1/orders/${String(order['number'])}/commitment`, {
      registeredOn: await today(api, String(order['subscriptionId'])),
      reference: 'Determina 1/2026',
    });
    assert.deepStrictEqual((await instructions(order)).body['due'], eur(2500));
  });

  it('do not exist for a stranger, nor of an order that does not', async () => {
    const { body: order } = await firstOrder(api);
    const stranger = await signIn(api, await createCustomer(api));
    const path = `/v1/orders/${String(order['number'])}`;
    for (const answer of [
      await stranger.get(`${path}/payment-instructions`),
      await stranger.put(`${path}/payment-method`, { type: 'postal_slip' }),
      await api.get('/v1/orders/1000000000/payment-instructions'),
    ]) {
      assert.deepStrictEqual([answer.status, answer.body['code']], [404, 'order_unknown']);
    }
    const owner = await signIn(api, String(order['customerId']));
    assert.equal((await owner.get(`${path}/payment-instructions`)).status, 200);
  });
});

describe('an unpaid order', () => {
  it('paid by card after all says so', async () => {
    const { body: order } = await firstOrder(api);
    const paid = await api.post(`/v1/orders/${String(order['number'])}/pay`, {
      paymentMethod: { type: 'card', token: 'tok_declined' },
    });
    assert.deepStrictEqual([paid.status, paid.body['paymentMethod']], [202, 'card']);
  });

  it('may be paid later by another method than the one it was placed with', async () => {
    const { id } = await activeService(api);
    const { body: order } = await api.post('/v1/orders', {
      type: 'renewal',
      subscriptionId: id,
      years: 1,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'card', token: 'tok_declined' },
    });
    const path = `/v1/orders/${String(order['number'])}/payment-method`;
    for (const type of ['postal_slip', 'bank_transfer', 'bank_transfer']) {
      const chosen = await api.put(path, { type });
      assert.deepStrictEqual(
        [chosen.status, chosen.body['paymentMethod'], chosen.body['status']],
        [200, type, 'awaiting_payment'],
      );
    }
    const paid = await transfer(api, order);
    assert.equal(paid.status, 202, JSON.stringify(paid.body));
    await eventually(
      'the payment',
      () => api.get(`/v1/orders/${String(order['number'])}`),
      ({ body }) => body['status'] === 'completed',
    );
    const late = await api.put(path, { type: 'postal_slip' });
    assert.deepStrictEqual([late.status, late.body['code']], [409, 'order_not_unpaid']);
  });

  it('is paid at once in another way: a card is no way to pay later', async () => {
    const { body: order } = await firstOrder(api);
    const path = `/v1/orders/${String(order['number'])}/payment-method`;
    for (const body of [{ type: 'card', token: 'tok_approved' }, { type: 'credit' }, {}]) {
      const refused = await api.put(path, body);
      assert.deepStrictEqual([refused.status, refused.body['code']], [400, 'invalid_input']);
    }
  });

  it('that was cancelled has no way to be paid', async () => {
    const { body: order } = await firstOrder(api);
    await api.post(`/v1/orders/${String(order['number'])}/cancel`);
    const answers = [
      await api.put(`/v1/orders/${String(order['number'])}/payment-method`, { type: 'bank_transfer' }),
      await instructions(order),
    ];
    for (const { status, body } of answers) assert.deepStrictEqual([status, body['code']], [409, 'order_not_unpaid']);
  });
});
