import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEnvironment as readWorkerEnvironment } from '../../activities/environment.ts';
import { readEnvironment as readApiEnvironment } from '../../api/environment.ts';
import { readStripeToken, stripeToken } from '../../config/stripe.ts';

const BASE = { DATABASE_URL: 'postgres://localhost/rinnovo', SMTP_URL: 'smtp://localhost:25' };
const STRIPE = {
  RINNOVO_GATEWAY: 'stripe',
  STRIPE_SECRET_KEY: 'sk_test_abc',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_abc',
  STRIPE_WEBHOOK_SECRET: 'whsec_abc',
};
const gateways = (env: NodeJS.ProcessEnv) => [
  readWorkerEnvironment({ ...BASE, ...env }).gateway.name,
  readApiEnvironment({ ...BASE, ...env }).gateway.name,
];

describe('the gateway', () => {
  it('is the sandbox’s in the sandbox, and none in production, unless another is chosen', () => {
    assert.deepEqual(gateways({ RINNOVO_MODE: 'sandbox' }), ['sandbox', 'sandbox']);
    assert.deepEqual(gateways({ RINNOVO_MODE: 'sandbox', RINNOVO_GATEWAY: '' }), ['sandbox', 'sandbox']);
    assert.deepEqual(gateways({}), ['none', 'none']);
    assert.deepEqual(gateways({ RINNOVO_MODE: 'sandbox', RINNOVO_GATEWAY: 'none' }), ['none', 'none']);
    assert.deepEqual(gateways(STRIPE), ['stripe', 'stripe']);
    assert.deepEqual(gateways({ ...STRIPE, RINNOVO_MODE: 'sandbox' }), ['stripe', 'stripe']);
  });

  it('that is Stripe needs its key in the worker, and all three values in the API', () => {
    const { STRIPE_SECRET_KEY: _key, ...keyless } = STRIPE;
    assert.throws(() => readWorkerEnvironment({ ...BASE, ...keyless }), /STRIPE_SECRET_KEY is missing/);
    assert.throws(
      () => readApiEnvironment({ ...BASE, RINNOVO_GATEWAY: 'stripe' }),
      /STRIPE_SECRET_KEY is missing.*STRIPE_PUBLISHABLE_KEY is missing.*STRIPE_WEBHOOK_SECRET is missing/,
    );
  });

  const WRONG: [what: string, env: NodeJS.ProcessEnv, says: RegExp][] = [
    ['the sandbox’s in production', { RINNOVO_GATEWAY: 'sandbox' }, /RINNOVO_GATEWAY is "sandbox"/],
    ['one nobody knows', { RINNOVO_GATEWAY: 'paypal' }, /RINNOVO_GATEWAY is neither/],
    [
      'real money in the sandbox',
      { ...STRIPE, RINNOVO_MODE: 'sandbox', STRIPE_SECRET_KEY: 'sk_live_abc' },
      /live mode/,
    ],
    ['keys of two modes', { ...STRIPE, STRIPE_SECRET_KEY: 'sk_live_abc' }, /another mode/],
    ['a key in the wrong place', { ...STRIPE, STRIPE_SECRET_KEY: 'pk_test_abc' }, /is no secret key/],
    ['another place in clear', { ...STRIPE, STRIPE_API_BASE: 'http://stripe.example' }, /is no https/],
    ['another place that looks like ours', { ...STRIPE, STRIPE_API_BASE: 'http://127.0.0.1.example' }, /is no https/],
  ];
  for (const [what, env, says] of WRONG) {
    it(`is refused at start, without a word of any secret: ${what}`, () => {
      assert.throws(
        () => readApiEnvironment({ ...BASE, ...env }),
        (error: Error) => says.test(error.message) && !/_(test|live)_abc|whsec_abc/.test(error.message),
      );
    });
  }
});

describe('a token of Stripe', () => {
  it('holds customer and method, and nothing else is one', () => {
    const method = { customer: 'cus_1', paymentMethod: 'pm_2' };
    assert.deepEqual(readStripeToken(stripeToken(method)), method);
    for (const other of [
      '',
      'tok_approved',
      'cus_1',
      'cus_1:',
      'pm_2:cus_1',
      'cus_1:pm_2:x',
      'cus_1:pm_2 ',
      'a:cus_1:pm_2',
    ])
      assert.equal(readStripeToken(other), null, other);
  });
});
