/**
 * Cards and PayPal accounts are registered with Stripe by the customer's own browser; we only ever see Stripe's name for
 * them. First a setup is asked for here, then Stripe's form is filled in, then its payment method is told to the wallet.
 */
import type { Router } from 'express';
import { z } from 'zod';
import { findStripeCustomer, keepStripeCustomer } from '../db/stripe.ts';
import type { Context } from './context.ts';
import { ownCustomerId } from './paymentMethods.ts';
import { ProblemError } from './problem.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { askStripe, stripeOf, type StripeConnection } from './stripe.ts';

const setupRequest = z.strictObject({ type: z.enum(['card', 'paypal']).default('card') });

export function methodSetups(router: Router, context: Context): void {
  resource(router, '/customers/:id/payment-method-setups', {
    post: async (request, response) => {
      const { type } = bodyOf(request, setupRequest);
      const customerId = await ownCustomerId(context, response, pathOf(request, 'id'));
      const stripe = stripeOf(context);
      if (stripe === null) throw new ProblemError('method_setup_not_offered');
      const customer = await stripeCustomerOf(context, stripe, customerId);
      const setup = await askStripe(context, () =>
        stripe.client.setupIntents.create({
          customer,
          usage: 'off_session',
          allowed_payment_method_types: [type],
          metadata: { customerId },
        }),
      );
      if (setup?.client_secret == null) throw new Error('Stripe made no setup.');
      response.status(201).json({ clientSecret: setup.client_secret, publishableKey: stripe.publishableKey });
    },
  });
}

/** Who the customer is at Stripe, where they are known by our id alone: nothing else is told there. */
async function stripeCustomerOf(context: Context, { client }: StripeConnection, customerId: string): Promise<string> {
  const known = await findStripeCustomer(context.db, customerId);
  if (known !== null) return known;
  const made = await askStripe(context, () =>
    client.customers.create({ metadata: { customerId } }, { idempotencyKey: `customer:${customerId}` }),
  );
  if (made === null) throw new Error('Stripe made no customer.');
  return keepStripeCustomer(context.db, customerId, made.id);
}
