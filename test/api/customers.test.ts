import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { freshVatNumber, holder } from './support/customers.ts';

let api: TestApi;
before(async () => {
  api = await startApi({ worker: false, address: '127.0.0.1:1' });
});
after(() => api.stop());

describe('a customer', () => {
  it('is created and read back, normalised', async () => {
    const vatNumber = freshVatNumber();
    const created = await api.post('/v1/customers', {
      firstName: '  Mario ',
      lastName: 'Rossi',
      address: { street: 'Via Garibaldi 12', postalCode: '52100', city: 'Arezzo', province: 'ar' },
      taxCode: 'rss mra 45c12 f205c',
      vatNumber: `it ${vatNumber}`,
      phone: '+39 0575 123456',
      email: 'mario.rossi@example.com',
      certifiedEmail: 'mario.rossi@pec.example.com',
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const { id, createdAt, ...rest } = created.body;
    assert.equal(created.headers.get('location'), `/v1/customers/${String(id)}`);
    assert.match(String(createdAt), /^\d{4}-\d\d-\d\dT[\d:.]+\+0[12]:00$/);
    assert.deepStrictEqual(rest, {
      firstName: 'Mario',
      lastName: 'Rossi',
      address: { street: 'Via Garibaldi 12', postalCode: '52100', city: 'Arezzo', province: 'AR', country: 'IT' },
      taxCode: 'RSSMRA45C12F205C',
      vatNumber,
      phone: '+39 0575 123456',
      email: 'mario.rossi@example.com',
      language: 'it',
      certifiedEmail: 'mario.rossi@pec.example.com',
      publicAdministration: false,
    });
    const nothing = { amountMinor: 0, currency: 'EUR' };
    const { body } = await api.get(`/v1/customers/${String(id)}`);
    assert.deepStrictEqual(body, { ...created.body, credit: nothing, owed: nothing });
  });

  for (const [about, changes] of [
    ['a public administration with its six-character code', { publicAdministration: true, recipientCode: 'ufabc1' }],
    ['a firm without a way for invoices yet', { recipientCode: undefined }],
    [
      'a firm abroad',
      { address: { street: 'Rue 1', postalCode: 'L-1111', city: 'Luxembourg', province: 'Luxembourg', country: 'lu' } },
    ],
    [
      'a person with a provisional tax code',
      { companyName: undefined, firstName: 'A', lastName: 'B', vatNumber: undefined, taxCode: '12345671585' },
    ],
    ['a sole trader with a firm’s name', { firstName: 'Mario', lastName: 'Rossi' }],
    ['a name in any script', { companyName: 'Società Žluťoučký 株式会社 O’Neill & C. S.a.s.' }],
  ] as const) {
    it(`may be ${about}`, async () => {
      const { status, body } = await api.post('/v1/customers', holder(changes));
      assert.equal(status, 201, JSON.stringify(body));
    });
  }

  for (const [about, changes, field] of [
    ['a name that no invoice could say', { companyName: '株式会社' }, 'companyName'],
    ['a street in pictures alone', { address: { ...(holder()['address'] as Json), street: '🏠🏠' } }, 'address.street'],
    ['the recipient code of foreigners', { recipientCode: 'xxxxxxx' }, 'recipientCode'],
  ] as const) {
    it(`is refused ${about}`, async () => {
      const { status, body } = await api.post('/v1/customers', holder(changes));
      const errors = body['errors'] as Json[];
      assert.deepStrictEqual([status, errors.map((error) => error['field'])], [400, [field]]);
    });
  }

  it('is created once per Idempotency-Key', async () => {
    const wanted = holder();
    const first = await api.post('/v1/customers', wanted, { 'idempotency-key': 'customer-1' });
    const again = await api.post('/v1/customers', wanted, { 'idempotency-key': 'customer-1' });
    assert.equal(again.status, 201);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    assert.deepStrictEqual(again.body, first.body);
  });
});
