/** Money that waits for an operator, given to the order it was meant for. Said again, it is found done. */
import type { Router } from 'express';
import { findOrder, type OrderRow } from '../db/orders.ts';
import { assignPayment, factOf, findPayment, waitsWhole, type PaymentRow } from '../db/payments.ts';
import type { Instant } from '../domain/calendar.ts';
import { decide } from '../domain/decide.ts';
import { operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { clockFor, paymentNamed, presentPlaced, tell } from './payments.ts';
import { assignmentRequest } from './paymentsSchema.ts';
import { ProblemError } from './problem.ts';
import { SET_ASIDE } from './queueWords.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, resource } from './routing.ts';

export function assignments(router: Router, context: Context): void {
  resource(router, '/payments/:key/assignment', {
    post: operatorsOnly(async (request, response) => {
      const { orderNumber } = bodyOf(request, assignmentRequest);
      const payment = await paymentNamed(context, request);
      const isDone = payment.assignedTo?.orderNumber === orderNumber && payment.unmatchedReason === null;
      if (!isDone) await assign(context, payment, await orderGiven(context, orderNumber));
      response
        .status(isDone ? 200 : 202)
        .json(await presentPlaced(context, (await findPayment(context.db, payment.key)) ?? payment));
    }),
  });
}

async function assign(context: Context, payment: PaymentRow, order: OrderRow): Promise<void> {
  const { db } = context;
  const { number: orderNumber, subscriptionId } = order;
  if (!(await waitsWhole(db, payment))) throw new ProblemError('payment_not_waiting');
  const at = await foreseen(context, payment, order);
  if (!(await assignPayment(db, payment.key, { orderNumber, subscriptionId, at })))
    throw new ProblemError('payment_not_waiting');
  const assigned = await findPayment(db, payment.key);
  if (assigned !== null) await tell(context, subscriptionId, assigned);
}

/** When it is assigned, on the clock of the order's life, which is asked first: money it would only set aside stays. */
async function foreseen(context: Context, payment: PaymentRow, order: OrderRow): Promise<Instant> {
  const { now, row } = await clockFor(context, order, payment.registeredOn);
  if (row === null) throw new ProblemError('order_not_unpaid');
  const number = (payment.assignedTo?.number ?? 0) + 1;
  const fact = factOf({ ...payment, assignedTo: { orderNumber: order.number, number, at: now } });
  const decision = decide(row.state, { type: 'RecordPayment', payment: fact }, now);
  const events = decision.accepted ? decision.events : [];
  const refused = events.find((event) => event.type === 'PaymentUnmatched');
  if (refused !== undefined) throw new ProblemError('payment_not_assignable', { detail: SET_ASIDE[refused.reason] });
  if (!events.some((event) => event.type === 'PaymentApplied')) throw new ProblemError('order_not_unpaid');
  return now;
}

/** The order a body names; one that does not exist is the body's fault. */
async function orderGiven({ db }: Context, number: string): Promise<OrderRow> {
  const order = await findOrder(db, number);
  if (order !== null) return order;
  throw new ProblemError('order_unknown', {
    status: 422,
    errors: [{ field: 'orderNumber', reason: REASONS.order_unknown }],
  });
}
