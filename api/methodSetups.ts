/**
 * Cards and PayPal accounts are registered with Stripe by the customer's own browser; we only ever see Stripe's name for
 * them. First a setup is asked for here; then Stripe's form is filled in, in the caller's own page, and its payment method
 * told to the wallet; or, where the caller says to which page the customer is to come back, all of it is done on Stripe's.
 */
import type { Router } from 'express';
import { z } from 'zod';
import { findStripeCustomer, keepStripeCustomer } from '../db/stripe.ts';
import type { Context } from './context.ts';
import { beginHostedSetup, hostedSetups } from './hostedSetups.ts';
import { ownCustomerId } from './paymentMethods.ts';
import { ProblemError } from './problem.ts';
import { because, REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { askStripe, stripeOf, type StripeConnection } from './stripe.ts';

/** A page of the customer area, with its query: nobody is led elsewhere. */
const areaPath = z
  .string()
  .max(4000)
  .regex(/^\/([\w.~%-]+(\/[\w.~%-]+)*)?(\?[\w.~!$&'()*+,;=:@%/?-]*)?$/, because(REASONS.area_path));
const setupRequest = z.strictObject({
  type: z.enum(['card', 'paypal']).default('card'),
  returnTo: areaPath.exactOptional(),
});

export function methodSetups(router: Router, context: Context): void {
  resource(router, '/customers/:id/payment-method-setups', {
    post: async (request, response) => {
      const { type, returnTo } = bodyOf(request, setupRequest);
      const customerId = await ownCustomerId(context, response, pathOf(request, 'id'));
      const stripe = stripeOf(context);
      if (stripe === null) throw new ProblemError('method_setup_not_offered');
      const customer = await stripeCustomerOf(context, stripe, customerId);
      if (returnTo !== undefined) {
        const wish = { customerId, customer, type, returnTo };
        return void response.status(201).json(await beginHostedSetup(context, stripe, wish));
      }
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
  hostedSetups(router, context);
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
