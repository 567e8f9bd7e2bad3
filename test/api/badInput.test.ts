/** Everything that can be sent wrongly: each gets a problem that names the field and the reason, and changes nothing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApi, type Json, type TestApi } from './support/api.ts';
import { ACCEPTED, activeService, createCustomer, firstOrder, holder } from './support/customers.ts';

let api: TestApi;
let active: string;
let customer: string;
let unpaid: string;
let stateBefore: string;

before(async () => {
  api = await startApi();
  active = (await activeService(api, { extras: { documents: 1 } })).id;
  customer = await createCustomer(api);
  unpaid = String((await firstOrder(api)).body['number']);
  stateBefore = await stateOf();
});
after(() => api.stop());

/** All that a request could have changed of the subscription, its asOf left out. */
async function stateOf(): Promise<string> {
  const { asOf: _asOf, ...view } = (await api.get(`/v1/subscriptions/${active}`)).body;
  const { events } = (await api.get(`/v1/subscriptions/${active}/timeline`)).body;
  const order = (await api.get(`/v1/orders/${unpaid}`)).body;
  return JSON.stringify({ view, events, order });
}

interface Wrong {
  readonly about: string;
  readonly field: string;
  readonly reason: RegExp;
  readonly status?: number;
  readonly code?: string;
}

type Case = Wrong & { readonly send: () => Promise<{ status: number; body: Json }> };

function table(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const { about, field, reason, status = 400, code = 'invalid_input', send } of cases) {
      it(`refuses ${about}, naming ${field}`, async () => {
        const answer = await send();
        assert.equal(answer.status, status, JSON.stringify(answer.body));
        assert.equal(answer.body['code'], code);
        const errors = answer.body['errors'] as { field: string; reason: string }[];
        const error = errors.find((one) => one.field === field);
        assert.ok(error, `${field} is not among ${JSON.stringify(errors)}`);
        assert.match(error.reason, reason);
      });
    }
  });
}

const buy = (changes: Json) => () =>
  firstOrder(api, { customerId: customer, ...changes }).then(({ status, body }) => ({ status, body }));
const missing = /^is missing\.$/;
const unknownField = /^is not a known field here\.$/;

table('a first order', [
  { about: 'an unknown field', field: 'coupon', reason: unknownField, send: buy({ coupon: 'X' }) },
  { about: 'an unknown extra', field: 'extras.fax', reason: unknownField, send: buy({ extras: { fax: 1 } }) },
  { about: 'an unknown product', field: 'product', reason: /one of "fe"/, send: buy({ product: 'fax' }) },
  { about: 'no product', field: 'product', reason: missing, send: buy({ product: undefined }) },
  { about: 'no type', field: 'type', reason: /one of "first_purchase"/, send: buy({ type: undefined }) },
  { about: 'an unknown type', field: 'type', reason: /one of "first_purchase"/, send: buy({ type: 'gift' }) },
  ...[0, 6, -1].map((years) => ({
    about: `${years} years`,
    field: 'years',
    reason: /1 to 5 years/,
    status: 422,
    code: 'years_not_offered',
    send: buy({ years }),
  })),
  { about: 'years as a text', field: 'years', reason: /whole number|a number, not a text/, send: buy({ years: '2' }) },
  { about: '1.5 years', field: 'years', reason: /must be a whole number/, send: buy({ years: 1.5 }) },
  { about: 'no years', field: 'years', reason: missing, send: buy({ years: undefined }) },
  ...[0, -1].map((user) => ({
    about: `a quantity of ${user}`,
    field: 'extras.user',
    reason: /at least 1/,
    send: buy({ extras: { user } }),
  })),
  { about: 'a quantity of 1.5', field: 'extras.user', reason: /whole number/, send: buy({ extras: { user: 1.5 } }) },
  { about: 'a quantity as a text', field: 'extras.user', reason: /not a text/, send: buy({ extras: { user: '1' } }) },
  {
    about: 'a quantity of 1e9',
    field: 'extras.user',
    reason: /0 to 1000/,
    status: 422,
    code: 'quantity_out_of_range',
    send: buy({ extras: { user: 1e9 } }),
  },
  {
    about: 'a module twice',
    field: 'extras.documents',
    reason: /0 to 1/,
    status: 422,
    code: 'quantity_out_of_range',
    send: buy({ extras: { documents: 2 } }),
  },
  {
    about: 'a module with receive-only',
    field: 'extras.nso',
    reason: /not sold with/,
    status: 422,
    code: 'extra_not_offered',
    send: buy({ product: 'fe-receive-only', extras: { nso: 1 } }),
  },
  { about: 'extras as a list', field: 'extras', reason: /object, not a list/, send: buy({ extras: ['user'] }) },
  {
    about: 'a customer who does not exist',
    field: 'customerId',
    reason: /names no customer/,
    status: 422,
    code: 'customer_unknown',
    send: buy({ customerId: 'cus_nobody' }),
  },
  {
    about: 'a customer id with a blank',
    field: 'customerId',
    reason: /no.* id of ours/,
    send: buy({ customerId: 'a b' }),
  },
  { about: 'a NUL in an id', field: 'customerId', reason: /control/, send: buy({ customerId: 'cus_\u0000' }) },
  { about: 'half a character', field: 'customerId', reason: /control/, send: buy({ customerId: 'cus_\ud800' }) },
  { about: 'no acceptances', field: 'acceptedTerms', reason: missing, send: buy({ acceptedTerms: undefined }) },
  {
    about: 'terms not accepted',
    field: 'acceptedTerms.privacy',
    reason: /must be true/,
    send: buy({ acceptedTerms: { ...ACCEPTED, privacy: false } }),
  },
  {
    about: 'a customer’s flag that is the customer’s',
    field: 'publicAdministration',
    reason: unknownField,
    send: buy({ publicAdministration: true }),
  },
  { about: 'no payment method', field: 'paymentMethod', reason: missing, send: buy({ paymentMethod: undefined }) },
  {
    about: 'an unknown payment method',
    field: 'paymentMethod.type',
    reason: /one of "bank_transfer"/,
    send: buy({ paymentMethod: { type: 'cash' } }),
  },
  {
    about: 'a card without its token',
    field: 'paymentMethod.token',
    reason: missing,
    send: buy({ paymentMethod: { type: 'card' } }),
  },
  {
    about: 'a card number for a token',
    field: 'paymentMethod.token',
    reason: /never a card number/,
    send: buy({ paymentMethod: { type: 'card', token: '4242424242424242' } }),
  },
  {
    about: 'a card number for a label',
    field: 'paymentMethod.label',
    reason: /card number/,
    send: buy({ paymentMethod: { type: 'card', token: 'tok_approved', label: '4242 4242 4242 4242' } }),
  },
  {
    about: 'a token with a bank transfer',
    field: 'paymentMethod.token',
    reason: unknownField,
    send: buy({ paymentMethod: { type: 'bank_transfer', token: 'tok_approved' } }),
  },
  {
    about: 'an expected total with decimals',
    field: 'expectedTotal.amountMinor',
    reason: /whole number/,
    send: buy({ expectedTotal: { amountMinor: 30.505, currency: 'EUR' } }),
  },
  {
    about: 'an expected total in dollars',
    field: 'expectedTotal.currency',
    reason: /must be "EUR"/,
    send: buy({ expectedTotal: { amountMinor: 3050, currency: 'USD' } }),
  },
  {
    about: 'an unknown agreement code',
    field: 'agreementCode',
    reason: /no such agreement/,
    status: 422,
    code: 'agreement_unknown',
    send: buy({ agreementCode: 'NOTHING' }),
  },
  {
    about: 'an agreement code with a blank',
    field: 'agreementCode',
    reason: /letters and digits/,
    send: buy({ agreementCode: 'A B' }),
  },
]);

const change = (body: Json) => () =>
  api.post('/v1/orders', {
    subscriptionId: active,
    years: 1,
    acceptedTerms: ACCEPTED,
    paymentMethod: { type: 'bank_transfer' },
    ...body,
  });

table('an order for a subscription', [
  {
    about: 'a subscription that does not exist',
    field: 'subscriptionId',
    reason: /names no subscription/,
    status: 422,
    code: 'subscription_unknown',
    send: change({ type: 'renewal', subscriptionId: 'sub_nobody' }),
  },
  {
    about: 'a negative target',
    field: 'extras.user',
    reason: /0 to 1000/,
    status: 422,
    code: 'quantity_out_of_range',
    send: change({ type: 'renewal', extras: { user: -1 } }),
  },
  {
    about: 'an upgrade of nothing',
    field: 'add',
    reason: /nothing to buy/,
    status: 422,
    code: 'nothing_ordered',
    send: change({ type: 'upgrade', years: undefined, add: {} }),
  },
  {
    about: 'an upgrade with years',
    field: 'years',
    reason: unknownField,
    send: change({ type: 'upgrade', add: { space: 1 } }),
  },
  {
    about: 'a module owned already',
    field: 'add.documents',
    reason: /already part/,
    status: 409,
    code: 'module_already_owned',
    send: change({ type: 'upgrade', years: undefined, add: { documents: 1 } }),
  },
  {
    about: 'co-terming as a text',
    field: 'coTerm',
    reason: /true or false, not a text/,
    send: change({ type: 'upgrade', years: undefined, add: { space: 1 }, coTerm: 'yes' }),
  },
]);

const pay = (body: Json) => () =>
  api.post('/v1/payments', {
    orderNumber: unpaid,
    amount: { amountMinor: 3050, currency: 'EUR' },
    method: 'bank_transfer',
    registeredOn: '2026-11-22',
    externalId: 'bad',
    ...body,
  });

table('a payment', [
  {
    about: 'a date that does not exist',
    field: 'registeredOn',
    reason: /date that exists/,
    send: pay({ registeredOn: '2027-02-29' }),
  },
  {
    about: 'a date written otherwise',
    field: 'registeredOn',
    reason: /YYYY-MM-DD/,
    send: pay({ registeredOn: '22/11/2026' }),
  },
  {
    about: 'a moment for a date',
    field: 'registeredOn',
    reason: /YYYY-MM-DD/,
    send: pay({ registeredOn: '2026-11-22T10:00:00Z' }),
  },
  {
    about: 'a date in the future',
    field: 'registeredOn',
    reason: /future/,
    status: 422,
    code: 'registered_in_future',
    send: pay({ registeredOn: '2098-01-01' }),
  },
  {
    about: 'an amount of three decimals',
    field: 'amount.amountMinor',
    reason: /whole number, not a number with decimals/,
    send: pay({ amount: { amountMinor: 30.505, currency: 'EUR' } }),
  },
  {
    about: 'an amount that is a number',
    field: 'amount',
    reason: /must be an object, not a number/,
    send: pay({ amount: 30.505 }),
  },
  {
    about: 'an amount that is a text',
    field: 'amount',
    reason: /must be an object, not a text/,
    send: pay({ amount: '30,50' }),
  },
  {
    about: 'an amount of 0',
    field: 'amount.amountMinor',
    reason: /at least 1/,
    send: pay({ amount: { amountMinor: 0, currency: 'EUR' } }),
  },
  {
    about: 'a negative amount',
    field: 'amount.amountMinor',
    reason: /at least 1/,
    send: pay({ amount: { amountMinor: -1, currency: 'EUR' } }),
  },
  {
    about: 'an amount too large',
    field: 'amount.amountMinor',
    reason: /at most 1000000000/,
    send: pay({ amount: { amountMinor: 1e12, currency: 'EUR' } }),
  },
  {
    about: 'an infinite amount',
    field: 'amount.amountMinor',
    reason: /must be a number/,
    send: () => api.post('/v1/payments', '{"amount":{"amountMinor":1e999,"currency":"EUR"}}'),
  },
  {
    about: 'an amount with a tax',
    field: 'amount.vat',
    reason: unknownField,
    send: pay({ amount: { amountMinor: 1, currency: 'EUR', vat: 1 } }),
  },
  {
    about: 'another currency',
    field: 'amount.currency',
    reason: /must be "EUR"/,
    send: pay({ amount: { amountMinor: 1, currency: 'CHF' } }),
  },
  { about: 'credit for money', field: 'method', reason: /one of "bank_transfer"/, send: pay({ method: 'credit' }) },
  { about: 'no external id', field: 'externalId', reason: missing, send: pay({ externalId: undefined }) },
  { about: 'an empty external id', field: 'externalId', reason: /empty/, send: pay({ externalId: ' ' }) },
  {
    about: 'an external id with a line break',
    field: 'externalId',
    reason: /control/,
    send: pay({ externalId: 'a\nb' }),
  },
  {
    about: 'an external id that is too long',
    field: 'externalId',
    reason: /at most 160/,
    send: pay({ externalId: 'x'.repeat(161) }),
  },
  {
    about: 'an order number that is a number',
    field: 'orderNumber',
    reason: /a text, not a number/,
    send: pay({ orderNumber: 1000000137 }),
  },
  { about: 'an empty order number', field: 'orderNumber', reason: /empty/, send: pay({ orderNumber: '' }) },
  {
    about: 'a token with a bank transfer',
    field: 'token',
    reason: /only goes with card/,
    send: pay({ token: 'tok_approved' }),
  },
  { about: 'a source that is ours', field: 'source', reason: /our own/, send: pay({ source: 'gateway' }) },
  { about: 'a source with a colon', field: 'source', reason: /small letters/, send: pay({ source: 'a:b' }) },
]);

const put = (path: string, body: unknown) => () => api.put(`/v1/subscriptions/${active}${path}`, body);
const post = (path: string, body: unknown) => () => api.post(`/v1/subscriptions/${active}${path}`, body);

table('a subscription', [
  { about: 'a switch that is a text', field: 'on', reason: /true or false/, send: put('/auto-renewal', { on: 'on' }) },
  { about: 'a switch that is missing', field: 'on', reason: missing, send: put('/auto-renewal', {}) },
  { about: 'usage below nothing', field: 'usedBytes', reason: /at least 0/, send: put('/usage', { usedBytes: -1 }) },
  { about: 'usage of half a byte', field: 'usedBytes', reason: /whole/, send: put('/usage', { usedBytes: 0.5 }) },
  { about: 'usage beyond reason', field: 'usedBytes', reason: /at most/, send: put('/usage', { usedBytes: 1e16 }) },
  {
    about: 'a bank transfer to store',
    field: 'type',
    reason: /one of "card", "paypal"/,
    send: put('/payment-method', { type: 'bank_transfer' }),
  },
  { about: 'fields with a notice', field: 'reason', reason: unknownField, send: post('/termination', { reason: 'x' }) },
  {
    about: 'an unknown action',
    field: 'action',
    reason: /one of "retry", "confirm"/,
    send: post('/activation', { action: 'force' }),
  },
  {
    about: 'a confirmation without username',
    field: 'username',
    reason: missing,
    send: post('/activation', { action: 'confirm' }),
  },
  {
    about: 'a username with blanks',
    field: 'username',
    reason: /3 to 64/,
    send: post('/activation', { action: 'confirm', username: 'a b c' }),
  },
  { about: 'no target for the clock', field: 'to', reason: /one of the two/, send: post('/clock/advance', {}) },
  {
    about: 'two targets for the clock',
    field: 'to',
    reason: /one of the two/,
    send: post('/clock/advance', { to: '2027-01-01T00:00:00Z', by: 'P1D' }),
  },
  {
    about: 'a moment without offset',
    field: 'to',
    reason: /offset/,
    send: post('/clock/advance', { to: '2027-01-01T00:00:00' }),
  },
  {
    about: 'a moment that does not exist',
    field: 'to',
    reason: /offset/,
    send: post('/clock/advance', { to: '2027-02-30T00:00:00Z' }),
  },
  { about: 'the past', field: 'to', reason: /ahead/, send: post('/clock/advance', { to: '2020-01-01T00:00:00Z' }) },
  { about: 'a duration backwards', field: 'by', reason: /forward/, send: post('/clock/advance', { by: '-P1D' }) },
  { about: 'a duration that is none', field: 'by', reason: /ISO 8601/, send: post('/clock/advance', { by: 'a year' }) },
  { about: 'a century', field: 'by', reason: /15 years/, send: post('/clock/advance', { by: 'P100Y' }) },
  {
    about: 'a duration beyond all calendars',
    field: 'by',
    reason: /ISO 8601/,
    send: post('/clock/advance', { by: 'P9999999Y' }),
  },
  {
    about: 'a page that is no number',
    field: 'after',
    reason: /whole number/,
    send: () => api.get(`/v1/subscriptions/${active}/timeline?after=x`),
  },
  {
    about: 'a page of nothing',
    field: 'limit',
    reason: /at least 1/,
    send: () => api.get(`/v1/subscriptions/${active}/timeline?limit=0`),
  },
  {
    about: 'the same parameter twice',
    field: 'limit',
    reason: /not a list/,
    send: () => api.get(`/v1/subscriptions/${active}/timeline?limit=1&limit=2`),
  },
]);

describe('what does not exist', () => {
  for (const [path, field] of [
    ['/v1/orders/1000000137', 'number'],
    ['/v1/orders/abc', 'number'],
    ['/v1/orders/%00', 'number'],
    ['/v1/orders/%F0%9F%92%B6', 'number'],
    ['/v1/customers/cus_nobody', 'id'],
    ['/v1/customers/%00', 'id'],
    ['/v1/subscriptions/sub_nobody', 'id'],
    ['/v1/subscriptions/%00', 'id'],
    ['/v1/subscriptions/sub_nobody/timeline', 'id'],
    ['/v1/payments/api:nothing', 'key'],
    ['/v1/payments/%00', 'key'],
  ] as const) {
    it(`is 404: ${path}`, async () => {
      const { status, body } = await api.get(path);
      assert.equal(status, 404, JSON.stringify(body));
      assert.equal((body['errors'] as { field: string }[])[0]?.field, field);
    });
  }

  for (const [method, path, body] of [
    ['POST', '/v1/orders/1000000137/cancel', {}],
    ['POST', '/v1/orders/1000000137/pay', { paymentMethod: { type: 'card', token: 'tok_approved' } }],
    ['POST', '/v1/orders/1000000137/commitment', { registeredOn: '2026-11-22', reference: 'x' }],
    ['PUT', '/v1/subscriptions/sub_nobody/auto-renewal', { on: true }],
    ['PUT', '/v1/subscriptions/sub_nobody/payment-method', { type: 'card', token: 'tok_approved' }],
    ['DELETE', '/v1/subscriptions/sub_nobody/payment-method', undefined],
    ['PUT', '/v1/subscriptions/sub_nobody/usage', { usedBytes: 1 }],
    ['POST', '/v1/subscriptions/sub_nobody/termination', {}],
    ['POST', '/v1/subscriptions/sub_nobody/activation', { action: 'retry' }],
    ['POST', '/v1/subscriptions/sub_nobody/clock/advance', { by: 'P1D' }],
  ] as const) {
    it(`cannot be changed: ${method} ${path}`, async () => {
      const answer = await api.send(method, path, body);
      assert.equal(answer.status, 404, JSON.stringify(answer.body));
    });
  }
});

const register = (changes: Json) => () => api.post('/v1/customers', holder(changes));
const italy = { street: 'Via Roma 1', postalCode: '52100', city: 'Arezzo', province: 'AR' };

table('a customer', [
  {
    about: 'an invalid tax code',
    field: 'taxCode',
    reason: /check character/,
    send: register({ taxCode: 'RSSMRA45C12F205A' }),
  },
  {
    about: 'a tax code too short',
    field: 'taxCode',
    reason: /16 characters/,
    send: register({ taxCode: 'RSSMRA45C12' }),
  },
  {
    about: 'an invalid VAT number',
    field: 'vatNumber',
    reason: /check digit/,
    send: register({ vatNumber: '00743110158' }),
  },
  {
    about: 'a VAT number of letters',
    field: 'vatNumber',
    reason: /11 digits/,
    send: register({ vatNumber: 'ABCDEFGHIJK' }),
  },
  {
    about: 'neither tax code nor VAT number',
    field: 'taxCode',
    reason: /at least one/,
    send: register({ vatNumber: undefined }),
  },
  { about: 'no name', field: 'firstName', reason: /companyName/, send: register({ companyName: undefined }) },
  { about: 'half a name', field: 'lastName', reason: /firstName and lastName/, send: register({ firstName: 'Mario' }) },
  {
    about: 'a name that is too long',
    field: 'companyName',
    reason: /at most 80/,
    send: register({ companyName: 'x'.repeat(81) }),
  },
  {
    about: 'a name with a control character',
    field: 'companyName',
    reason: /control/,
    send: register({ companyName: 'A\u0007B' }),
  },
  {
    about: 'a name that turns the text around',
    field: 'companyName',
    reason: /control/,
    send: register({ companyName: 'A\u202eB' }),
  },
  {
    about: 'a postal code of four digits',
    field: 'address.postalCode',
    reason: /5 digits/,
    send: register({ address: { ...italy, postalCode: '5210' } }),
  },
  {
    about: 'a province of three letters',
    field: 'address.province',
    reason: /2 letters/,
    send: register({ address: { ...italy, province: 'ARE' } }),
  },
  {
    about: 'a country that is a name',
    field: 'address.country',
    reason: /at most 2/,
    send: register({ address: { ...italy, country: 'Italia' } }),
  },
  {
    about: 'an unknown part of an address',
    field: 'address.floor',
    reason: unknownField,
    send: register({ address: { ...italy, floor: 1 } }),
  },
  { about: 'no e-mail', field: 'email', reason: missing, send: register({ email: undefined }) },
  { about: 'what is no e-mail', field: 'email', reason: /e-mail/, send: register({ email: 'officine' }) },
  {
    about: 'an e-mail with a header in it',
    field: 'email',
    reason: /control|e-mail/,
    send: register({ email: 'a@b.it\nBcc: c@d.it' }),
  },
  { about: 'what is no telephone number', field: 'phone', reason: /telephone/, send: register({ phone: 'call me' }) },
  {
    about: 'a language we do not speak',
    field: 'language',
    reason: /one of "it", "en"/,
    send: register({ language: 'de' }),
  },
  {
    about: 'a recipient code of 5',
    field: 'recipientCode',
    reason: /at least 6/,
    send: register({ recipientCode: 'ABCDE' }),
  },
  {
    about: 'a recipient code of 8',
    field: 'recipientCode',
    reason: /at most 7/,
    send: register({ recipientCode: 'FUFUFUFF' }),
  },
  {
    about: 'a firm with an administration’s code',
    field: 'recipientCode',
    reason: /must have 7/,
    send: register({ recipientCode: 'ABC123' }),
  },
  {
    about: 'an administration with a firm’s code',
    field: 'recipientCode',
    reason: /must have 6/,
    send: register({ publicAdministration: true }),
  },
  {
    about: 'two ways for invoices',
    field: 'certifiedEmail',
    reason: /one way/,
    send: register({ certifiedEmail: 'a@pec.it' }),
  },
  {
    about: 'an administration that is a text',
    field: 'publicAdministration',
    reason: /true or false/,
    send: register({ publicAdministration: 'yes' }),
  },
]);

describe('after all that', () => {
  it('the subscription and its orders are as they were', async () => {
    assert.equal(await stateOf(), stateBefore);
  });

  it('nothing was answered 500', () => {
    assert.deepStrictEqual(
      api.logged.filter((line) => /"status":5\d\d|unexpected error/.test(line)),
      [],
    );
  });
});
