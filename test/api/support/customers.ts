import assert from 'node:assert/strict';
import type { Answer, Json, TestApi } from './api.ts';
import { eventually } from './api.ts';

let serial = 1_000_000 + (process.pid % 1000) * 1000;

/** A VAT number nobody else has: seven digits, an office that exists and the check digit. */
export function freshVatNumber(): string {
  serial += 1;
  const digits = `${serial}058`;
  const sum = digits.split('').reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

export function holder(changes: Json = {}): Json {
  return {
    companyName: 'Officine Bianchi S.r.l.',
    address: { street: 'Via Garibaldi 12', postalCode: '52100', city: 'Arezzo', province: 'AR' },
    vatNumber: freshVatNumber(),
    phone: '+39 0575 123456',
    email: 'officine@example.com',
    recipientCode: 'ABC1234',
    ...changes,
  };
}

export const ACCEPTED = { terms: true, unfairTerms: true, privacy: true };

export async function createCustomer(api: TestApi, changes: Json = {}): Promise<string> {
  const { status, body } = await api.post('/v1/customers', holder(changes));
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['id']);
}

export async function firstOrder(
  api: TestApi,
  changes: Json = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return api.post(
    '/v1/orders',
    {
      type: 'first_purchase',
      customerId: changes['customerId'] ?? (await createCustomer(api)),
      product: 'fe',
      years: 1,
      acceptedTerms: ACCEPTED,
      paymentMethod: { type: 'bank_transfer' },
      ...changes,
    },
    headers,
  );
}

/** The day it is in a life. */
export async function today(api: TestApi, subscriptionId: string): Promise<string> {
  const { body } = await api.get(`/v1/subscriptions/${subscriptionId}`);
  return String(body['asOf']).slice(0, 10);
}

export async function transfer(api: TestApi, order: Json, changes: Json = {}): Promise<Answer> {
  return api.post('/v1/payments', {
    orderNumber: order['number'],
    amount: order['due'],
    method: 'bank_transfer',
    registeredOn: await today(api, String(order['subscriptionId'])),
    externalId: `transfer-${String(order['number'])}`,
    ...changes,
  });
}

export async function untilStatus(api: TestApi, subscriptionId: string, status: string): Promise<Json> {
  const { body } = await eventually(
    `status ${status}`,
    () => api.get(`/v1/subscriptions/${subscriptionId}`),
    (answer) => answer.body['status'] === status,
  );
  return body;
}

/** A service that is active; its first order paid by bank transfer unless said otherwise. */
export async function activeService(
  api: TestApi,
  changes: Json = {},
): Promise<{ id: string; order: Json; view: Json }> {
  const { status, body: order } = await firstOrder(api, changes);
  assert.equal(status, 201, JSON.stringify(order));
  const id = String(order['subscriptionId']);
  if (changes['paymentMethod'] === undefined) await transfer(api, order);
  return { id, order, view: await untilStatus(api, id, 'active') };
}
