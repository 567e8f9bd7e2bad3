/** Who may reach what: every route of the app, asked by everybody. A route without a rule here fails. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Express } from 'express';
import { createApp } from '../../api/app.ts';
import type { Context } from '../../api/context.ts';
import { ensureAccount } from '../../db/accounts.ts';
import { issueAll } from '../support/invoicing.ts';
import { customerWithAccount, serviceLogin, type LoggedIn } from './support/accounts.ts';
import { startApi, type Answer, type Caller, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService } from './support/customers.ts';

/**
 * `anybody`: open. `logged in`: whoever has a session, about themselves. `operators`: nobody else. `customer`: the
 * customer's own account. `shared`: also the credentials of any of their services. `service`: the customer's own account
 * and the credentials of that one service.
 */
type Rule = 'anybody' | 'logged in' | 'operators' | 'customer' | 'shared' | 'service';

interface Access {
  readonly rule: Rule;
  /** A body that would be taken, or that meets a refusal: what is not one's own is to be told before that. */
  readonly body?: (owner: Owner) => Json;
  readonly query?: string;
}

/** Whose things are asked for; names nothing, where it is nobody's. */
interface Owner {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly orderNumber: string;
  readonly invoiceId: string;
}

const NOBODYS: Owner = {
  customerId: 'cus_none',
  subscriptionId: 'sub_none',
  orderNumber: '1000000137',
  invoiceId: '2027-99',
};

const card = { type: 'card', token: 'tok_visa' };
const transfer = { type: 'bank_transfer' };
const renewal = ({ subscriptionId }: Owner): Json => ({ type: 'renewal', subscriptionId, years: 1 });
const person = {
  companyName: 'Verdi S.r.l.',
  address: { street: 'Via Roma 1', postalCode: '00100', city: 'Roma', province: 'RM' },
  phone: '+39 06 654321',
  email: 'verdi@example.com',
};

/** The last ones change most. */
const ROUTES: Readonly<Record<string, Access>> = {
  'GET /healthz': { rule: 'anybody' },
  'GET /readyz': { rule: 'anybody' },
  'GET /v1/catalog': { rule: 'anybody' },
  'GET /v1/gateway': { rule: 'anybody' },
  'GET /v1/sandbox/confirmations/:id': { rule: 'anybody' },
  'POST /v1/sandbox/confirmations/:id': { rule: 'anybody' },
  'POST /v1/registrations': { rule: 'anybody' },
  'POST /v1/sessions': { rule: 'anybody' },
  'POST /v1/password-resets': { rule: 'anybody' },
  'GET /v1/password-resets/:token': { rule: 'anybody' },
  'PUT /v1/password-resets/:token': { rule: 'anybody' },
  'POST /v1/username-reminders': { rule: 'anybody' },
  'GET /v1/session': { rule: 'logged in' },
  'PUT /v1/session/password': { rule: 'logged in' },
  'DELETE /v1/session': { rule: 'logged in' },
  'GET /v1/catalog/document': { rule: 'operators' },
  'PUT /v1/catalog/document': { rule: 'operators' },
  'POST /v1/catalog/dry-run': { rule: 'operators' },
  'POST /v1/customers': { rule: 'operators' },
  'POST /v1/orders/:number/commitment': { rule: 'operators' },
  'POST /v1/payments': { rule: 'operators' },
  'GET /v1/payments/:key': { rule: 'operators' },
  'POST /v1/payments/:key/assignment': { rule: 'operators' },
  'POST /v1/payments/:key/reversals': { rule: 'operators' },
  'GET /v1/refunds': { rule: 'operators' },
  'POST /v1/refunds': { rule: 'operators' },
  'GET /v1/refunds/:id': { rule: 'operators' },
  'POST /v1/refunds/:id/transfer': { rule: 'operators' },
  'POST /v1/refunds/:id/withdrawal': { rule: 'operators' },
  'GET /v1/refunds/transfer-lists': { rule: 'operators' },
  'POST /v1/refunds/transfer-lists': { rule: 'operators' },
  'GET /v1/refunds/transfer-lists/:id': { rule: 'operators' },
  'GET /v1/refunds/transfer-lists/:id/xml': { rule: 'operators' },
  'POST /v1/refunds/transfer-lists/:id/executed': { rule: 'operators' },
  'POST /v1/refunds/transfer-lists/:id/cancel': { rule: 'operators' },
  'PUT /v1/subscriptions/:id/usage': { rule: 'operators' },
  'POST /v1/subscriptions/:id/activation': { rule: 'operators' },
  'GET /v1/invoices': { rule: 'operators' },
  'POST /v1/invoices': { rule: 'operators' },
  'GET /v1/reports/payments': { rule: 'operators' },
  'GET /v1/reports/receivables': { rule: 'operators' },
  'GET /v1/reports/held': { rule: 'operators' },
  'GET /v1/reports/renewals': { rule: 'operators' },
  'GET /v1/queue': { rule: 'operators' },
  'GET /v1/unmatched': { rule: 'operators' },
  'GET /v1/bank-files': { rule: 'operators' },
  'POST /v1/bank-files': { rule: 'operators' },
  'GET /v1/bank-files/:id': { rule: 'operators' },
  'POST /v1/bank-files/:id/resumption': { rule: 'operators' },
  'POST /v1/bank-entries/:id/registration': { rule: 'operators' },
  'POST /v1/queue/:kind/:id/acknowledgement': { rule: 'operators' },
  'POST /v1/queue/:kind/:id/delivery': { rule: 'operators' },
  'GET /v1/customers/:id': { rule: 'customer' },
  'PUT /v1/customers/:id': { rule: 'customer', body: () => person },
  'GET /v1/customers/:id/subscriptions': { rule: 'shared' },
  'GET /v1/customers/:id/orders': { rule: 'shared' },
  'GET /v1/customers/:id/invoices': { rule: 'shared' },
  'GET /v1/customers/:id/payment-methods': { rule: 'shared' },
  'POST /v1/customers/:id/payment-methods': { rule: 'shared', body: () => card },
  'DELETE /v1/customers/:id/payment-methods/:methodId': { rule: 'shared' },
  'POST /v1/customers/:id/payment-method-setups': { rule: 'shared' },
  'GET /v1/customers/:id/payment-method-setups/:setupId': { rule: 'shared' },
  'POST /v1/customers/:id/payment-method-setups/:setupId/completion': { rule: 'shared' },
  'GET /v1/subscriptions/:id': { rule: 'service' },
  'GET /v1/subscriptions/:id/timeline': { rule: 'service' },
  'GET /v1/subscriptions/:id/explain': { rule: 'service' },
  'GET /v1/subscriptions/:id/holder': { rule: 'service' },
  'PUT /v1/subscriptions/:id/holder': { rule: 'service', body: () => person },
  'POST /v1/quotes': { rule: 'service', body: renewal },
  'POST /v1/orders': {
    rule: 'service',
    body: (owner) => ({ ...renewal(owner), acceptedTerms: ACCEPTED, paymentMethod: transfer }),
  },
  'GET /v1/orders/:number': { rule: 'service' },
  'GET /v1/orders/:number/payment-instructions': { rule: 'service' },
  'GET /v1/orders/:number/invoices': { rule: 'service' },
  'GET /v1/orders/:number/returns': { rule: 'service' },
  'GET /v1/invoices/:id': { rule: 'service' },
  'GET /v1/invoices/:id/xml': { rule: 'service' },
  'GET /v1/invoices/:id/pdf': { rule: 'service' },
  'GET /v1/orders/:number/payment-slip': { rule: 'service' },
  'PUT /v1/orders/:number/payment-method': { rule: 'service', body: () => transfer },
  'POST /v1/orders/:number/pay': { rule: 'service', body: () => ({ paymentMethod: card }) },
  'POST /v1/orders/:number/cancel': { rule: 'service' },
  'POST /v1/orders/:number/credit': { rule: 'customer' },
  'POST /v1/customers/:id/owed/credit': { rule: 'customer' },
  'POST /v1/subscriptions/:id/clock/advance': { rule: 'service', body: () => ({ by: 'PT1S' }) },
  'PUT /v1/subscriptions/:id/payment-method': { rule: 'service', body: () => card },
  'PUT /v1/subscriptions/:id/auto-renewal': { rule: 'service', body: () => ({ on: false }) },
  'DELETE /v1/subscriptions/:id/payment-method': { rule: 'service' },
  'POST /v1/subscriptions/:id/termination': { rule: 'service' },
};

let api: TestApi;
let app: Express;
let owner: LoggedIn & Owner;
/** By name, who asks. */
let callers: Readonly<
  Record<'nobody' | 'stranger' | 'strangers service' | 'other service' | 'service' | 'owner', Caller>
>;

before(async () => {
  let context: Context | undefined;
  api = await startApi({ change: (given) => (context = given) });
  assert.ok(context !== undefined);
  app = createApp(context);
  const [customer, stranger] = [await customerWithAccount(api), await customerWithAccount(api)];
  const bought = await activeService(api, { customerId: customer.customerId });
  const strangers = await activeService(api, { customerId: stranger.customerId });
  const orderNumber = String(bought.order['number']);
  const invoiceId = (await issueAll(api.db)).find((invoice) => invoice.orderNumber === orderNumber)?.id ?? '';
  owner = { ...customer, subscriptionId: bought.id, orderNumber, invoiceId };
  await ensureAccount(api.db, { subscriptionId: 'sub_other', customerId: customer.customerId });
  const as = ({ token }: LoggedIn): Caller => api.as(token);
  callers = {
    nobody: api.as(null),
    stranger: as(stranger),
    'strangers service': as(await serviceLogin(api, strangers.id)),
    'other service': as(await serviceLogin(api, 'sub_other')),
    service: as(await serviceLogin(api, bought.id)),
    owner: as(customer),
  };
});
after(() => api.stop());

interface Layer {
  readonly slash: boolean;
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** Every method at every path; routers are mounted at the root or at /v1. */
function routesOf(stack: readonly Layer[], prefix = ''): string[] {
  return stack.flatMap(({ slash, route, handle }) => {
    if (route === undefined) return routesOf(handle.stack ?? [], prefix + (slash ? '' : '/v1'));
    const methods = Object.keys(route.methods).filter((method) => method !== '_all');
    return methods.map((method) => `${method.toUpperCase()} ${prefix}${route.path}`);
  });
}

function idIn(template: string, { customerId, invoiceId, subscriptionId }: Owner): string {
  if (template.startsWith('/v1/customers')) return customerId;
  return template.startsWith('/v1/invoices') ? invoiceId : subscriptionId;
}

function ask(caller: Caller, name: string, of: Owner): Promise<Answer> {
  const [method = '', template = ''] = name.split(' ');
  const ids: Readonly<Record<string, string>> = {
    ':id': idIn(template, of),
    ':number': of.orderNumber,
  };
  const path = template.replaceAll(/:\w+/g, (parameter) => ids[parameter] ?? 'none');
  const body = ROUTES[name]?.body?.(of);
  return caller.send(method, path, body ?? (method === 'POST' || method === 'PUT' ? {} : undefined));
}

const codeOf = ({ body }: Answer): unknown => body['code'];

/** All of an answer but what names this one occurrence. */
const contentOf = ({ status, body }: Answer): unknown => ({ status, ...body, instance: undefined });

/** Whatever else may stand in the way, it is not who asks. */
function assertReached(answer: Answer, who: string): void {
  const told = `${who}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`;
  assert.ok(![401, 403, 500, 503].includes(answer.status), told);
  assert.doesNotMatch(String(codeOf(answer)), /^(customer|subscription|order|invoice|route)_unknown$/, told);
}

/** Exactly as what does not exist. */
async function assertUnknown(name: string, who: 'stranger' | 'strangers service' | 'other service'): Promise<void> {
  const answer = await ask(callers[who], name, owner);
  assert.match(String(codeOf(answer)), /^(customer|subscription|order|invoice)_unknown$/, `${who}: ${answer.status}`);
  assert.ok([404, 422].includes(answer.status));
  assert.deepStrictEqual(contentOf(answer), contentOf(await ask(callers[who], name, NOBODYS)));
}

async function assertRefused(name: string, who: keyof typeof callers, status: number, code: string): Promise<void> {
  const answer = await ask(callers[who], name, owner);
  assert.deepStrictEqual([answer.status, codeOf(answer)], [status, code], who);
}

async function check(name: string, rule: Rule): Promise<void> {
  if (rule === 'anybody') {
    const answer = await ask(callers.nobody, name, NOBODYS);
    assert.ok(![401, 403, 405].includes(answer.status), String(answer.status));
    return;
  }
  await assertRefused(name, 'nobody', 401, 'unauthorized');
  if (rule === 'logged in') {
    assert.equal(codeOf(await ask(api, name, owner)), 'session_needed');
    return;
  }
  if (rule === 'operators') {
    for (const who of ['stranger', 'owner', 'service'] as const) await assertRefused(name, who, 403, 'operators_only');
    assertReached(await ask(api, name, owner), 'operator');
    return;
  }
  await assertUnknown(name, 'stranger');
  await assertUnknown(name, 'strangers service');
  if (rule === 'service') await assertUnknown(name, 'other service');
  if (rule === 'customer') await assertRefused(name, 'service', 403, 'own_account_needed');
  else assertReached(await ask(callers.service, name, owner), 'service');
  assertReached(await ask(callers.owner, name, owner), 'owner');
  assertReached(await ask(api, name, owner), 'operator');
}

describe('every route', () => {
  it('has a rule, and every rule a route', () => {
    const { stack } = app.router as unknown as { stack: readonly Layer[] };
    assert.deepStrictEqual(routesOf(stack).toSorted(), Object.keys(ROUTES).toSorted());
  });

  for (const [name, { rule }] of Object.entries(ROUTES)) {
    it(`${name} is for: ${rule}`, () => check(name, rule));
  }
});

describe('a first purchase', () => {
  const wanted = (customerId: string): Json => ({ type: 'first_purchase', customerId, product: 'fe', years: 1 });
  const order = (customerId: string): Json => ({
    ...wanted(customerId),
    acceptedTerms: ACCEPTED,
    paymentMethod: transfer,
  });

  it('is the customer’s own account’s business', async () => {
    for (const [path, body] of [
      ['/v1/quotes', wanted],
      ['/v1/orders', order],
    ] as const) {
      const refused = await callers.service.post(path, body(owner.customerId));
      assert.deepStrictEqual([refused.status, codeOf(refused)], [403, 'own_account_needed']);
      const foreign = await callers.stranger.post(path, body(owner.customerId));
      assert.deepStrictEqual([foreign.status, codeOf(foreign)], [422, 'customer_unknown']);
      assert.deepStrictEqual(contentOf(foreign), contentOf(await callers.stranger.post(path, body('cus_none'))));
    }
  });

  it('and its order and subscription are the customer’s from the first moment', async () => {
    const buyer = await customerWithAccount(api);
    const placed = await api.as(buyer.token).post('/v1/orders', order(buyer.customerId));
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    const subscription = `/v1/subscriptions/${String(placed.body['subscriptionId'])}`;
    assert.equal((await api.as(buyer.token).get(subscription)).status, 200);
    assert.equal((await callers.stranger.get(subscription)).status, 404);
    assert.equal((await callers.stranger.get(`/v1/orders/${String(placed.body['number'])}`)).status, 404);
  });
});

describe('an Idempotency-Key', () => {
  it('belongs to who sent it: another one’s answer is never replayed', async () => {
    const headers = { 'idempotency-key': 'the-same' };
    const method = { type: 'card', token: 'tok_visa_same' };
    const mine = await callers.owner.post(`/v1/customers/${owner.customerId}/payment-methods`, method, headers);
    assert.equal(mine.status, 201, JSON.stringify(mine.body));
    const theirs = await callers.stranger.post(`/v1/customers/${owner.customerId}/payment-methods`, method, headers);
    assert.equal(theirs.status, 404);
    assert.equal(theirs.headers.get('idempotency-replayed'), null);
  });
});

describe('what a customer reads of a life', () => {
  it('names nobody else, and no token', async () => {
    const paths = [
      `/v1/subscriptions/${owner.subscriptionId}`,
      `/v1/subscriptions/${owner.subscriptionId}/timeline`,
      `/v1/customers/${owner.customerId}/subscriptions`,
      `/v1/customers/${owner.customerId}/orders`,
      `/v1/customers/${owner.customerId}/payment-methods`,
    ];
    for (const path of paths) {
      const { status, body } = await callers.owner.get(path);
      assert.equal(status, 200, path);
      const text = JSON.stringify(body);
      const named = [...text.matchAll(/cus_[\w-]+/g)].map(([id]) => id);
      assert.ok(
        named.every((id) => id === owner.customerId),
        path,
      );
      assert.doesNotMatch(text, /tok_|password|key_[0-9a-f]/, path);
    }
  });
});
