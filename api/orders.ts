import type { Router } from 'express';
import { findOrder, type OrderRow } from '../db/orders.ts';
import { listCharges } from '../db/timeline.ts';
import { RefusedError } from '../domain/errors.ts';
import type { Request as Wish } from '../domain/commands.ts';
import type { Context } from './context.ts';
import { answerOnce } from './idempotency.ts';
import { submit } from './lives.ts';
import { commitmentRequest, nothing, orderRequest, payRequest } from './ordersSchema.ts';
import { placeOrder, storeGatewayMethod } from './ordering.ts';
import { ID } from './parsing.ts';
import { presentOrder } from './present.ts';
import { ProblemError } from './problem.ts';
import { bodyOf, pathOf, resource } from './routing.ts';

export function orders(router: Router, context: Context): void {
  resource(router, '/orders', {
    post: async (request, response) => {
      const wanted = bodyOf(request, orderRequest);
      await answerOnce(context, request, response, async ({ keep }) => {
        const order = await placeOrder(context, wanted, keep);
        return { status: 201, body: await present(context, order), location: `/v1/orders/${order.number}` };
      });
    },
  });

  resource(router, '/orders/:number', {
    get: async (request, response) => {
      response.json(await present(context, await orderNamed(context, pathOf(request, 'number'))));
    },
  });

  resource(router, '/orders/:number/cancel', {
    post: async (request, response) => {
      bodyOf(request, nothing);
      const order = await orderNamed(context, pathOf(request, 'number'));
      // A retried cancellation finds it done.
      if (order.cancelledWhy !== 'customer') await ask(context, order, { type: 'CancelOrder', number: order.number });
      response.json(await present(context, await orderNamed(context, order.number)));
    },
  });

  resource(router, '/orders/:number/pay', {
    post: async (request, response) => {
      const { paymentMethod } = bodyOf(request, payRequest);
      await answerOnce(context, request, response, async ({ requestId }) => {
        const order = await orderNamed(context, pathOf(request, 'number'));
        const method = await storeGatewayMethod(context, order.customerId, paymentMethod);
        await ask(context, order, { type: 'PayOrder', number: order.number, method }, requestId);
        // The charge has its first outcome by now; one that is not final yet is seen on the order later.
        return { status: 202, body: await present(context, await orderNamed(context, order.number)) };
      });
    },
  });

  resource(router, '/orders/:number/commitment', {
    post: async (request, response) => {
      const { registeredOn, reference } = bodyOf(request, commitmentRequest);
      const order = await orderNamed(context, pathOf(request, 'number'));
      await ask(context, order, { type: 'RegisterCommitment', number: order.number, registeredOn, reference });
      response.json(await present(context, await orderNamed(context, order.number)));
    },
  });
}

async function present({ db }: Context, order: OrderRow): Promise<Record<string, unknown>> {
  return presentOrder(order, await listCharges(db, order.subscriptionId, order.number));
}

/** The order of a path, or 404. */
async function orderNamed({ db }: Context, number: string): Promise<OrderRow> {
  const order = ID.test(number) ? await findOrder(db, number) : null;
  if (order !== null) return order;
  throw new ProblemError('order_unknown', {
    detail: 'There is no such order.',
    errors: [{ field: 'number', reason: 'names no order.' }],
  });
}

/** Asks an order's subscription; an order that was never placed has nobody to ask. */
async function ask(context: Context, order: OrderRow, wish: Wish, requestId?: string): Promise<void> {
  if (order.status === 'reserved' || order.status === 'refused') throw new ProblemError('order_not_unpaid');
  try {
    await submit(context, order.subscriptionId, wish, requestId);
  } catch (error) {
    // Finished orders are forgotten by a long life, but not by the database.
    if (error instanceof RefusedError && error.refusal.code === 'order_unknown')
      throw new ProblemError('order_not_unpaid');
    throw error;
  }
}
