import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { paymentsOf } from '../db/credit.ts';
import { findCustomer } from '../db/customers.ts';
import { listOrdersOf } from '../db/orders.ts';
import { listSubscriptionsOf } from '../db/subscriptions.ts';
import { latestCharges } from '../db/timeline.ts';
import { callerOf, demandOwn } from './access.ts';
import type { Context } from './context.ts';
import { presentLife } from './lives.ts';
import { formed, ID } from './parsing.ts';
import { presentOrder } from './present.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { pathOf, resource } from './routing.ts';

const LONGEST_PAGE = 100;
const PAGE = 20;
const AT_ONCE = 10;

const ordersQuery = z.strictObject({
  /** The last order of the page before. */
  after: formed(/^\d{10,18}$/, REASONS.order_unknown).exactOptional(),
  limit: formed(/^\d{1,3}$/, REASONS.whole_number)
    .transform(Number)
    .pipe(z.int().min(1).max(LONGEST_PAGE))
    .default(PAGE),
});

/** What a customer has: services and orders, newest first [guide: customer area]. A service's credentials see its own. */
export function customerLists(router: Router, context: Context): void {
  const { db } = context;

  resource(router, '/customers/:id/subscriptions', {
    get: async (request, response) => {
      const ids = await listSubscriptionsOf(db, await reachable(context, request, response));
      const subscriptions: Record<string, unknown>[] = [];
      // Each asks its workflow: a customer with many services must not keep everybody else waiting.
      for (let next = 0; next < ids.length; next += AT_ONCE) {
        const shown = ids.slice(next, next + AT_ONCE).map((id) => presentLife(context, id));
        subscriptions.push(...(await Promise.all(shown)));
      }
      response.json({ subscriptions });
    },
  });

  resource(
    router,
    '/customers/:id/orders',
    {
      get: async (request, response) => {
        const { after, limit } = response.locals['query'] as z.output<typeof ordersQuery>;
        const owner = await reachable(context, request, response);
        const found = await listOrdersOf(db, owner, { after, limit: limit + 1 });
        const shown = found.slice(0, limit);
        const charges = await latestCharges(db, shown);
        const payments = await paymentsOf(
          db,
          shown.map(({ number }) => number),
        );
        response.json({
          orders: shown.map((order) => {
            const charge = charges.get(order.number);
            return presentOrder(order, charge === undefined ? [] : [charge], payments.get(order.number));
          }),
          // Where to go on from; null at the end.
          next: found.length > limit ? (shown.at(-1)?.number ?? null) : null,
        });
      },
    },
    { query: ordersQuery },
  );
}

/** What of a path's customer the caller may see: everything, or one service. */
export async function reachable(
  { db }: Context,
  request: Request,
  response: Response,
): Promise<{ customerId: string; subscriptionId?: string }> {
  const customerId = pathOf(request, 'id');
  demandOwn(response, { customerId }, customerUnknown);
  const caller = callerOf(response);
  if (caller.kind === 'customer')
    return caller.subscriptionId === null ? { customerId } : { customerId, subscriptionId: caller.subscriptionId };
  if (!ID.test(customerId) || (await findCustomer(db, customerId)) === null) throw customerUnknown();
  return { customerId };
}

function customerUnknown(): ProblemError {
  return new ProblemError('customer_unknown', { errors: [{ field: 'id', reason: REASONS.customer_unknown }] });
}
