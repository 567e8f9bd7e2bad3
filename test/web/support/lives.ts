/** Services in every state of the customer area's table, made over the API. */
import assert from 'node:assert/strict';
import type { Json } from '../../api/support/api.ts';
import { ACCEPTED, activeService, firstOrder } from '../../api/support/customers.ts';
import { registeredCustomer, type Area, type TestCustomer } from './area.ts';

/** A customer of their own, and the one service they have. */
export interface Life {
  readonly customer: TestCustomer;
  readonly id: string;
}

export const CARD = { type: 'card', token: 'tok_approved' } as const;

export async function activeLife(area: Area, changes: Json = {}): Promise<Life> {
  const customer = await registeredCustomer(area);
  const { id } = await activeService(area.api, { customerId: customer.id, ...changes });
  return { customer, id };
}

/** Paid by card, so that auto-renewal is on. */
export async function autoRenewedLife(area: Area): Promise<Life> {
  return activeLife(area, { paymentMethod: CARD });
}

export async function unpaidFirstOrder(area: Area): Promise<Life & { readonly order: Json }> {
  const customer = await registeredCustomer(area);
  const { status, body } = await firstOrder(area.api, { customerId: customer.id });
  assert.equal(status, 201, JSON.stringify(body));
  return { customer, id: String(body['subscriptionId']), order: body };
}

/** Moves the clock of a life. */
export async function advance({ api }: Area, id: string, target: Json): Promise<Json> {
  const { status, body } = await api.post(`/v1/subscriptions/${id}/clock/advance`, target);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

export async function viewOf({ api }: Area, id: string): Promise<Json> {
  return (await api.get(`/v1/subscriptions/${id}`)).body;
}

/** Moves the clock to so many days before expiry, at noon; negative for days after it. */
export async function advanceToDaysBeforeExpiry(area: Area, id: string, days: number): Promise<void> {
  const expiry = new Date(`${String((await viewOf(area, id))['expiresOn'])}T12:00:00Z`);
  expiry.setUTCDate(expiry.getUTCDate() - days);
  await advance(area, id, { to: `${expiry.toISOString().slice(0, 10)}T12:00:00+01:00` });
}

/** An order by bank transfer, not yet paid. */
export async function unpaidOrder({ api }: Area, id: string, content: Json): Promise<Json> {
  const { status, body } = await api.post('/v1/orders', {
    subscriptionId: id,
    acceptedTerms: ACCEPTED,
    paymentMethod: { type: 'bank_transfer' },
    ...content,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}
