/** Money that came, stayed or went back, made over the API. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually, type Json } from '../../api/support/api.ts';
import { activeService, today, transfer } from '../../api/support/customers.ts';
import type { Area, TestCustomer } from './area.ts';

export const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });
export const IBAN = 'IT60X0542811101000000123456';

/** A service of the customer's, whose order was paid twice: the second time it was this much, which is credit now. */
export async function withCredit(
  area: Area,
  { id }: TestCustomer,
  amountMinor: number,
): Promise<{ readonly service: string; readonly order: Json; readonly creditKey: string }> {
  const { id: service, order } = await activeService(area.api, { customerId: id });
  const again = await transfer(area.api, order, { externalId: `twice-${service}`, amount: eur(amountMinor) });
  await untilCredit(area, id, amountMinor);
  return { service, order, creditKey: String(again.body['key']) };
}

/** Waits until a customer has this much credit. */
export async function untilCredit({ api }: Area, customerId: string, amountMinor: number): Promise<void> {
  await eventually(
    `a credit of ${amountMinor}`,
    () => api.get(`/v1/customers/${customerId}`),
    ({ body }) => (body['credit'] as Json)['amountMinor'] === amountMinor,
  );
}

/** The bank takes this much of a payment back; `reason` as the API has it. */
export async function takeBack(
  { api }: Area,
  order: Json,
  paymentKey: string,
  { amountMinor, reason = 'called_back' }: { readonly amountMinor: number; readonly reason?: string },
): Promise<void> {
  const { status, body } = await api.post(`/v1/payments/${encodeURIComponent(paymentKey)}/reversals`, {
    externalId: `back-${paymentKey}`,
    source: 'bank',
    amount: eur(amountMinor),
    registeredOn: await today(api, String(order['subscriptionId'])),
    reason,
  });
  assert.equal(status, 202, JSON.stringify(body));
}

export async function refund({ api }: Area, content: Json): Promise<Json> {
  const { status, body } = await api.post(
    '/v1/refunds',
    { reason: 'goodwill', ...content },
    { 'idempotency-key': randomUUID() },
  );
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

/** Waits until an order is to be paid this much. */
export async function untilDue({ api }: Area, number: unknown, amountMinor: number): Promise<Json> {
  const { body } = await eventually(
    `${amountMinor} due`,
    () => api.get(`/v1/orders/${String(number)}`),
    (answer) => (answer.body['due'] as Json)['amountMinor'] === amountMinor,
  );
  return body;
}
