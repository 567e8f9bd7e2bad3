/** The API and its worker on a Stripe of the test's own. */
import assert from 'node:assert/strict';
import { pino } from 'pino';
import { createStripeGateway } from '../../../activities/gateway/stripe.ts';
import { connectGateway } from '../../../api/stripe.ts';
import { StripeFake, type Behaviour } from '../../support/stripeFake.ts';
import { startApi, type Answer, type ApiOptions, type Json, type TestApi } from './api.ts';
import { createCustomer, firstOrder } from './customers.ts';

export const SECRETS = { secretKey: 'sk_test_1', publishableKey: 'pk_test_1', webhookSecret: 'whsec_1' };
const PUBLIC_URL = 'https://area.example';

export interface StripeApi {
  readonly api: TestApi;
  readonly stripe: StripeFake;
  stop(): Promise<void>;
}

/** An API, and its worker, that charge through that Stripe. */
export function onStripe(stripe: StripeFake, areaUrl = (): string => PUBLIC_URL): ApiOptions {
  const log = pino({ level: 'silent' });
  const access = { ...SECRETS, apiBase: stripe.url };
  const gateway = connectGateway({ name: 'stripe', ...access }, PUBLIC_URL);
  // The area starts after its API: where it is, is known later.
  Object.defineProperty(gateway, 'publicUrl', { get: areaUrl });
  // Stripe's clock is the wall's.
  stripe.now = Math.floor(Date.now() / 1000);
  return {
    paymentGateway: createStripeGateway({ ...access, publicUrl: PUBLIC_URL, log }),
    change: (context) => ({ ...context, gateway }),
  };
}

export async function startStripeApi(options: ApiOptions = {}): Promise<StripeApi> {
  const stripe = await new StripeFake().start();
  const api = await startApi({ ...options, ...onStripe(stripe) });
  return {
    api,
    stripe,
    async stop() {
      await api.stop();
      await stripe.stop();
    },
  };
}

/** A customer of ours with a card or PayPal account registered at Stripe, told to the wallet. */
export async function customerWith(
  { api, stripe }: Pick<StripeApi, 'api' | 'stripe'>,
  behaviour: Behaviour,
  type: 'card' | 'paypal' = 'card',
  of?: string,
): Promise<{ customerId: string; method: Json; paymentMethod: string }> {
  const customerId = of ?? (await createCustomer(api));
  const setup = await api.post(`/v1/customers/${customerId}/payment-method-setups`, { type });
  assert.equal(setup.status, 201, JSON.stringify(setup.body));
  const { paymentMethod } = stripe.register(behaviour, { customer: stripe.customers.at(-1) ?? '', type });
  const stored = await api.post(`/v1/customers/${customerId}/payment-methods`, { type, token: paymentMethod });
  assert.equal(stored.status, 201, JSON.stringify(stored.body));
  return { customerId, method: stored.body, paymentMethod };
}

/** A first order that is charged at once. */
export async function chargedOrder(world: StripeApi, behaviour: Behaviour): Promise<Json> {
  const { customerId, method } = await customerWith(world, behaviour);
  const paymentMethod = { methodId: method['methodId'] };
  const { status, body } = await firstOrder(world.api, { customerId, paymentMethod });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

/** Sends bytes as they are. */
export async function deliver(
  { api }: StripeApi,
  { body, headers }: { body: string; headers: Record<string, string> },
): Promise<Answer> {
  return api.as(null).send('POST', '/v1/webhooks/stripe', body, headers);
}
