/** What a case of matching comes to, seen from all sides at once. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Json, TestApi } from './api.ts';
import { TODAY } from './bankFiles.ts';
import { ACCEPTED, firstOrder } from './customers.ts';

export const eur = (amountMinor: number): Json => ({ amountMinor, currency: 'EUR' });
export const cents = (money: unknown): number => Number((money as Json)['amountMinor']);
export const payment = (key: string): string => `/v1/payments/${encodeURIComponent(key)}`;

export interface Unpaid {
  readonly number: string;
  readonly subscriptionId: string;
  readonly customerId: string;
  /** Cents. */
  readonly due: number;
}

export function orderIn(body: Json): Unpaid {
  const text = (name: string): string => String(body[name]);
  return {
    number: text('number'),
    subscriptionId: text('subscriptionId'),
    customerId: text('customerId'),
    due: cents(body['due']),
  };
}

export async function unpaid(api: TestApi, changes: Json = {}): Promise<Unpaid> {
  const { status, body } = await firstOrder(api, changes);
  assert.equal(status, 201, JSON.stringify(body));
  return orderIn(body);
}

export async function unpaidRenewal(api: TestApi, subscriptionId: string, changes: Json = {}): Promise<Unpaid> {
  const { status, body } = await api.post('/v1/orders', {
    type: 'renewal',
    subscriptionId,
    years: 1,
    acceptedTerms: ACCEPTED,
    paymentMethod: { type: 'bank_transfer' },
    ...changes,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return orderIn(body);
}

/** One case: `money` in cents by where it is (`order` the case's own), `told` the customer's mails since the order. */
export interface Outcome {
  readonly money: Readonly<Record<string, number>>;
  /** Status, received, due. */
  readonly order: readonly [status: string, received: number, due: number];
  readonly service: string;
  readonly told: readonly string[];
}

/** Polls until the case has come to this; fails with what it came to instead. */
export async function comesTo(
  api: TestApi,
  { number, subscriptionId, customerId }: Unpaid,
  keys: readonly string[],
  expected: Outcome,
): Promise<void> {
  const names: Record<string, string> = {
    [`receivable:${number}`]: 'order',
    [`customer_credit:${customerId}`]: 'credit',
  };
  const seen = async (): Promise<Outcome> => {
    const money: Record<string, number> = {};
    for (const key of keys) {
      const { body } = await api.get(`/v1/payments/${encodeURIComponent(key)}`);
      for (const { account, amount } of body['places'] as { account: string; amount: unknown }[]) {
        const name = names[account] ?? account;
        money[name] = (money[name] ?? 0) + cents(amount);
      }
    }
    const { body: order } = await api.get(`/v1/orders/${number}`);
    const { body: view } = await api.get(`/v1/subscriptions/${subscriptionId}`);
    return {
      money,
      order: [String(order['status']), cents(order['received']), cents(order['due'])],
      service: String(view['status']),
      told: await toldSince(api, subscriptionId, number),
    };
  };
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await seen();
    if (JSON.stringify(sorted(found)) === JSON.stringify(sorted(expected))) return;
    if (performance.now() > until) assert.deepStrictEqual(found, expected);
    await sleep(30);
  }
}

const PATIENCE_MS = 30_000;

function sorted({ money, ...outcome }: Outcome): unknown {
  return { ...outcome, money: Object.entries(money).toSorted() };
}

/** The kinds of mail written to a service's customer from the one that confirms an order on. */
async function toldSince(api: TestApi, subscriptionId: string, number: string): Promise<string[]> {
  const rows: { kind: string; occasion: string }[] = await api
    .db('messages')
    .where({ subscription_id: subscriptionId })
    .orderBy(['sequence', 'id'])
    .select('kind', 'occasion');
  const from = rows.findIndex(({ occasion }) => occasion === `order_confirmed:${number}`);
  return rows.slice(from + 1).map(({ kind }) => kind);
}

export interface WaitingItem {
  /** In English. */
  readonly why: string;
  readonly candidates: readonly (readonly [orderNumber: string, reason: string])[];
  readonly deeds: readonly string[];
}

/** Money, or a movement, as an operator sees it wait; null where it does not. */
export async function waiting(api: TestApi, id: string): Promise<WaitingItem | null> {
  const { status, body } = await api.get('/v1/unmatched');
  assert.equal(status, 200, JSON.stringify(body));
  const item = (body['items'] as Json[]).find((one) => one['id'] === id);
  if (item === undefined) return null;
  const details = item['details'] as { candidates?: Candidate[]; bank?: { candidates: Candidate[] } };
  const candidates = details.candidates ?? details.bank?.candidates ?? [];
  return {
    why: String((item['what'] as Json)['en']),
    candidates: candidates.map(({ orderNumber, reason }) => [orderNumber, reason?.code ?? '']),
    deeds: (item['actions'] as Json[]).map(({ name }) => String(name)),
  };
}

interface Candidate {
  readonly orderNumber: string;
  readonly reason?: { readonly code: string };
}

export async function assign(api: TestApi, key: string, body: Json): Promise<Answer> {
  return api.post(`${payment(key)}/assignment`, body);
}

/** Money that names no order. */
export async function stray(api: TestApi, amountMinor: number, orderNumber = 'saldo'): Promise<string> {
  const named = { orderNumber, method: 'bank_transfer', registeredOn: TODAY, externalId: randomUUID() };
  const { status, body } = await api.post('/v1/payments', { ...named, amount: eur(amountMinor) });
  assert.equal(status, 202, JSON.stringify(body));
  return String(body['key']);
}

export async function takeBack(api: TestApi, key: string, amountMinor: number): Promise<Json> {
  const named = { externalId: randomUUID(), source: 'bank', registeredOn: TODAY, reason: 'called_back' };
  const { status, body } = await api.post(`${payment(key)}/reversals`, { ...named, amount: eur(amountMinor) });
  assert.equal(status, 202, JSON.stringify(body));
  return body;
}

export async function placesOf(api: TestApi, key: string): Promise<Record<string, number>> {
  const { body } = await api.get(payment(key));
  const places = body['places'] as { account: string; amount: unknown }[];
  return Object.fromEntries(places.map(({ account, amount }) => [account.replace(/:.*/, ''), cents(amount)]));
}

export interface CandidateShown {
  readonly orderNumber?: string;
  readonly customerId?: string;
  readonly owed?: Json;
  readonly reason: { readonly code: string; readonly it: string };
}

export async function candidates(api: TestApi, key: string): Promise<CandidateShown[]> {
  const { body } = await api.get('/v1/unmatched');
  const item = (body['items'] as Json[]).find(({ id }) => id === key);
  assert.ok(item !== undefined, `${key} does not wait`);
  return (item['details'] as { candidates: CandidateShown[] }).candidates;
}
