/** Customer credit, where an order asks for it, or where it is to settle what its customer owes. */
import type { Router } from 'express';
import { creditsUsed, owedBy } from '../db/credit.ts';
import { settleWithCredit } from '../db/debts.ts';
import { creditOf } from '../db/ledger.ts';
import { euros } from '../domain/money.ts';
import type { Context } from './context.ts';
import { ownCustomer } from './customers.ts';
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

  // What is settled is found settled: asked again, nothing is owed.
  resource(router, '/customers/:id/owed/credit', {
    post: async (request, response) => {
      bodyOf(request, nothing);
      const { id } = await ownCustomer(context, request, response);
      const { db } = context;
      if ((await owedBy(db, id)) > 0 && (await settleWithCredit(db, id, context.now())) === 0)
        throw new ProblemError('no_credit');
      const [credit, owed] = [await creditOf(db, id), await owedBy(db, id)];
      response.json({ customerId: id, credit: euros(credit), owed: euros(owed) });
    },
  });
}
