/**
 * A card or PayPal account registered on a page of Stripe's own (Checkout in setup mode): the customer is led there and
 * comes back, so that no script of Stripe's runs in a page of ours. What came of it is taken once, by whoever hears of it
 * first: the customer who comes back, or Stripe's message where they do not.
 */
import type { Router } from 'express';
import type Stripe from 'stripe';
import { findSetup, finishSetup, keepSetup, type StripeSetup } from '../db/stripe.ts';
import type { StoredMethodKind } from '../domain/orders.ts';
import type { Context } from './context.ts';
import { addMethod, ownCustomerId } from './paymentMethods.ts';
import { ProblemError } from './problem.ts';
import { pathOf, resource } from './routing.ts';
import { askStripe, stripeOf, type StripeConnection } from './stripe.ts';

interface Begun {
  readonly setupId: string;
  /** Stripe's page. */
  readonly continueAt: string;
}

export function hostedSetups(router: Router, context: Context): void {
  const path = '/customers/:id/payment-method-setups/:setupId';
  resource(router, path, {
    get: async (request, response) => {
      const customerId = await ownCustomerId(context, response, pathOf(request, 'id'));
      const { setup, session } = await setupNamed(context, customerId, pathOf(request, 'setupId'));
      response.json(present(setup, session));
    },
  });
  resource(router, `${path}/completion`, {
    post: async (request, response) => {
      const customerId = await ownCustomerId(context, response, pathOf(request, 'id'));
      const { setup, session } = await setupNamed(context, customerId, pathOf(request, 'setupId'));
      await takeSetup(context, setup, session);
      response.json(present((await findSetup(context.db, setup.id)) ?? setup, session));
    },
  });
}

/** Begins one. `returnTo`: a path of the customer area, to which its customer is led in the end. */
export async function beginHostedSetup(
  context: Context,
  { client, publicUrl }: StripeConnection,
  { customerId, customer, type, returnTo }: SetupWish,
): Promise<Begun> {
  const area = publicUrl.replace(/\/$/, '');
  const session = await askStripe(context, () =>
    client.checkout.sessions.create({
      mode: 'setup',
      customer,
      currency: 'eur',
      allowed_payment_method_types: [type],
      // Stripe puts the session's id there.
      success_url: `${area}/methods/setups/{CHECKOUT_SESSION_ID}`,
      // What a page of ours has in its query is not Stripe's to know.
      cancel_url: `${area}${returnTo.includes('?') ? '/methods' : returnTo}`,
      metadata: { customerId },
    }),
  );
  if (session?.url == null) throw new Error('Stripe made no page to register a method on.');
  await keepSetup(context.db, { id: session.id, customerId, returnTo });
  return { setupId: session.id, continueAt: session.url };
}

interface SetupWish {
  readonly customerId: string;
  /** Who they are at Stripe. */
  readonly customer: string;
  readonly type: StoredMethodKind;
  readonly returnTo: string;
}

/** Of Stripe's message that a registration is through. Null where it is none of ours. */
export async function hearOfSetup(context: Context, stripe: StripeConnection, id: string): Promise<string | null> {
  const setup = await findSetup(context.db, id);
  if (setup === null) return null;
  return takeSetup(context, setup, await sessionOf(context, stripe, id));
}

/** The method in the wallet; null while there is none. Stripe's word, not the customer's, says what it is and whose. */
async function takeSetup(
  context: Context,
  { id, customerId, methodId }: StripeSetup,
  session: Stripe.Checkout.Session | null,
): Promise<string | null> {
  if (methodId !== null) return methodId;
  const registered = registeredBy(session);
  if (registered === null) return null;
  const method = await addMethod(context, customerId, registered);
  await finishSetup(context.db, id, method.methodId);
  return method.methodId;
}

function registeredBy(session: Stripe.Checkout.Session | null): { type: StoredMethodKind; token: string } | null {
  const setup = session?.setup_intent ?? null;
  if (setup === null || typeof setup === 'string' || setup.status !== 'succeeded') return null;
  const { payment_method: method } = setup;
  if (method === null || typeof method === 'string') return null;
  const { id: token } = method;
  if (method.type === 'card') return { type: 'card', token };
  return method.type === 'paypal' ? { type: 'paypal', token } : null;
}

async function setupNamed(context: Context, customerId: string, id: string) {
  const stripe = stripeOf(context);
  if (stripe === null) throw new ProblemError('method_setup_not_offered');
  const setup = /^cs_\w{1,250}$/.test(id) ? await findSetup(context.db, id) : null;
  if (setup?.customerId !== customerId) throw new ProblemError('method_setup_unknown');
  return { setup, session: setup.methodId === null ? await sessionOf(context, stripe, id) : null };
}

async function sessionOf(context: Context, { client }: StripeConnection, id: string) {
  return askStripe(context, () => client.checkout.sessions.retrieve(id, { expand: ['setup_intent.payment_method'] }));
}

function present({ id, returnTo, methodId }: StripeSetup, session: Stripe.Checkout.Session | null) {
  const status = methodId === null ? statusOf(session) : 'registered';
  return { setupId: id, status, returnTo, methodId, continueAt: status === 'open' ? (session?.url ?? null) : null };
}

/** `complete`: the customer is through, and its completion takes it. `failed`: another has to be begun. */
function statusOf(session: Stripe.Checkout.Session | null): 'open' | 'complete' | 'processing' | 'failed' {
  if (session?.status === 'open') return 'open';
  if (session?.status !== 'complete') return 'failed';
  if (registeredBy(session) !== null) return 'complete';
  const setup = session.setup_intent;
  return setup !== null && typeof setup !== 'string' && setup.status === 'processing' ? 'processing' : 'failed';
}
