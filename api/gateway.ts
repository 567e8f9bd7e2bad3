import type { Router } from 'express';
import { sandboxCards, SANDBOX_PAYPAL } from '../config/sandbox.ts';
import { dateAt } from '../domain/calendar.ts';
import type { Context } from './context.ts';
import { resource } from './routing.ts';
import { gatewayOf } from './stripe.ts';

/**
 * Through which gateway cards and PayPal accounts are charged; open to all. The sandbox's also tells what to try it with,
 * Stripe's how a browser registers a method.
 */
export function gateway(router: Router, context: Context): void {
  resource(router, '/v1/gateway', {
    get: (_request, response) => {
      const used = gatewayOf(context);
      switch (used.name) {
        case 'sandbox':
          return void response.json({
            name: 'sandbox',
            cards: sandboxCards(dateAt(context.now())),
            paypal: SANDBOX_PAYPAL,
          });
        case 'stripe':
          return void response.json({
            name: 'stripe',
            publishableKey: used.publishableKey,
            setups: '/v1/customers/{id}/payment-method-setups',
            types: ['card', 'paypal'],
            cards: [],
            paypal: [],
          });
        case 'none':
          return void response.json({ name: null, cards: [], paypal: [] });
      }
    },
  });
}
