import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { createCustomer, holder } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi({ worker: false });
});
after(async () => api.stop());

async function quoted(changes: Json) {
  return api.post('/v1/quotes', { type: 'first_purchase', product: 'fe', years: 1, ...changes });
}

describe('a quote for a holder', () => {
  it('is priced by the holder, not by the customer who buys', async () => {
    const customerId = await createCustomer(api);
    const administration = holder({ publicAdministration: true, recipientCode: 'ABC123' });
    const { status, body } = await quoted({ customerId, holder: administration });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body['splitPayment'], true);
    assert.deepStrictEqual(body['payable'], { amountMinor: 2500, currency: 'EUR' });
    assert.equal((await quoted({ customerId, holder: holder() })).body['splitPayment'], false);
  });

  it('checks the holder as the order will', async () => {
    const { status, body } = await quoted({ holder: holder({ recipientCode: 'AB', phone: 'none' }) });
    assert.equal(status, 400);
    const fields = (body['errors'] as { field: string }[]).map(({ field }) => field);
    assert.deepStrictEqual([...new Set(fields)].toSorted(), ['holder.phone', 'holder.recipientCode']);
  });

  it('leaves no doubt who decides about the taxes', async () => {
    const { status, body } = await quoted({ holder: holder(), publicAdministration: true });
    assert.equal(status, 400);
    assert.equal((body['errors'] as { field: string }[])[0]?.field, 'publicAdministration');
  });
});
