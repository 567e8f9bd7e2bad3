import type { Router } from 'express';
import { sandboxCards, SANDBOX_PAYPAL } from '../config/sandbox.ts';
import { dateAt } from '../domain/calendar.ts';
import type { Context } from './context.ts';
import { resource } from './routing.ts';

/** Through which gateway cards and PayPal accounts are charged; open to all. The sandbox's also tells what to try it with. */
export function gateway(router: Router, { sandbox, now }: Context): void {
  resource(router, '/v1/gateway', {
    get: (_request, response) => {
      if (sandbox) response.json({ name: 'sandbox', cards: sandboxCards(dateAt(now())), paypal: SANDBOX_PAYPAL });
      else response.json({ name: null, cards: [], paypal: [] });
    },
  });
}
