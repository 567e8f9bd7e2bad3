import type { Response, Router } from 'express';
import { paymentsOf } from '../db/credit.ts';
import { chooseWayToPay, findOrder, type OrderRow } from '../db/orders.ts';
import { listCharges } from '../db/timeline.ts';
import { RefusedError } from '../domain/errors.ts';
import type { Request as Wish } from '../domain/commands.ts';
import { demandOwn, demandOwnWanted, operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { answerOnce } from './idempotency.ts';
import { submit } from './lives.ts';
import { commitmentRequest, nothing, orderRequest, payRequest } from './ordersSchema.ts';
import { placeOrder } from './ordering.ts';
import { ID } from './parsing.ts';
import { presentOrder } from './present.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { demandCustomerAccount, payWithCredit } from './usingCredit.ts';
import { chosenMethod } from './wallet.ts';

export function orders(router: Router, context: Context): void {
  resource(router, '/orders', {
    post: async (request, response) => {
      const wanted = bodyOf(request, orderRequest);
      await demandOwnWanted(context, response, wanted);
      if (wanted.useCredit === true) demandCustomerAccount(response);
      await answerOnce(context, request, response, async ({ keep }) => {
        const placed = await placeOrder(context, wanted, keep);
        if (wanted.useCredit === true) await payWithCredit(context, placed, wanted);
        const order = wanted.useCredit === true ? await orderNamed(context, placed.number) : placed;
        return { status: 201, body: await presentOrderNow(context, order), location: `/v1/orders/${order.number}` };
      });
    },
  });

  resource(router, '/orders/:number', {
    get: async (request, response) => {
      response.json(await presentOrderNow(context, await ownOrder(context, response, pathOf(request, 'number'))));
    },
  });

  resource(router, '/orders/:number/cancel', {
    post: async (request, response) => {
      bodyOf(request, nothing);
      const order = await ownOrder(context, response, pathOf(request, 'number'));
      // A retried cancellation finds it done.
      if (order.cancelledWhy !== 'customer') await ask(context, order, { type: 'CancelOrder', number: order.number });
      response.json(await presentOrderNow(context, await orderNamed(context, order.number)));
    },
  });

  resource(router, '/orders/:number/pay', {
    post: async (request, response) => {
      const { paymentMethod } = bodyOf(request, payRequest);
      await answerOnce(context, request, response, async ({ requestId }) => {
        const order = await ownOrder(context, response, pathOf(request, 'number'));
        const method = await chosenMethod(context, order.customerId, paymentMethod, 'paymentMethod.');
        await chooseWayToPay(context.db, order.number, method.kind);
        await ask(context, order, { type: 'PayOrder', number: order.number, method }, requestId);
        // The charge has its first outcome by now; one that is not final yet is seen on the order later.
        return { status: 202, body: await presentOrderNow(context, await orderNamed(context, order.number)) };
      });
    },
  });

  resource(router, '/orders/:number/commitment', {
    post: operatorsOnly(async (request, response) => {
      const { registeredOn, reference } = bodyOf(request, commitmentRequest);
      const order = await ownOrder(context, response, pathOf(request, 'number'));
      await ask(context, order, { type: 'RegisterCommitment', number: order.number, registeredOn, reference });
      response.json(await presentOrderNow(context, await orderNamed(context, order.number)));
    }),
  });
}

/** An order with the latest of its charges. */
export async function presentOrderNow({ db }: Context, order: OrderRow): Promise<Record<string, unknown>> {
  const payments = (await paymentsOf(db, [order.number])).get(order.number);
  return presentOrder(order, await listCharges(db, order.subscriptionId, order.number), payments);
}

/** The order of a path, or 404: where there is none, and where it is not the caller's. */
export async function ownOrder(context: Context, response: Response, number: string): Promise<OrderRow> {
  const order = await orderNamed(context, number);
  demandOwn(response, order, orderUnknown);
  return order;
}

/** The order itself, whosever it is; 404 where there is none. */
export async function orderNamed({ db }: Context, number: string): Promise<OrderRow> {
  const order = ID.test(number) ? await findOrder(db, number) : null;
  if (order === null) throw orderUnknown();
  return order;
}

function orderUnknown(): ProblemError {
  return new ProblemError('order_unknown', {
    detail: { it: 'Questo ordine non esiste.', en: 'There is no such order.' },
    errors: [{ field: 'number', reason: REASONS.order_unknown }],
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
