/** Customer credit, where an order asks for it. */
import type { Router } from 'express';
import { creditsUsed } from '../db/credit.ts';
import type { Context } from './context.ts';
import { answerOnce } from './idempotency.ts';
import { orderNamed, ownOrder, presentOrderNow } from './orders.ts';
import { nothing } from './ordersSchema.ts';
import { ProblemError } from './problem.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { demandCustomerAccount, useCreditOn } from './usingCredit.ts';

export function credit(router: Router, context: Context): void {
  resource(router, '/orders/:number/credit', {
    post: async (request, response) => {
      bodyOf(request, nothing);
      await answerOnce(context, request, response, async () => {
        const order = await ownOrder(context, response, pathOf(request, 'number'));
        demandCustomerAccount(response);
        const used = await useCreditOn(context, order);
        // Asked again, the order is found paid by it.
        if (used === null && (order.dueMinor > 0 || (await creditsUsed(context.db, order.number)) === 0))
          throw new ProblemError(order.dueMinor > 0 ? 'no_credit' : 'order_not_unpaid');
        const status = used === null || used.heardSequence !== null ? 200 : 202;
        return { status, body: await presentOrderNow(context, await orderNamed(context, order.number)) };
      });
    },
  });
}
