/** How an order comes to be paid with its customer's credit. */
import type { Response } from 'express';
import { useCredit } from '../db/credit.ts';
import type { OrderRow } from '../db/orders.ts';
import type { PaymentRow } from '../db/payments.ts';
import { dateAt } from '../domain/calendar.ts';
import { RefusedError } from '../domain/errors.ts';
import { callerOf } from './access.ts';
import type { Context } from './context.ts';
import { submit } from './lives.ts';
import { isGatewayMethod } from './ordering.ts';
import type { OrderRequest } from './ordersSchema.ts';
import { heard } from './hearing.ts';
import { clockFor, tell } from './payments.ts';
import { ProblemError } from './problem.ts';
import { chosenMethod } from './wallet.ts';

/** Credit is the customer's: a service's own credentials do not spend it. */
export function demandCustomerAccount(response: Response): void {
  const caller = callerOf(response);
  if (caller.kind === 'customer' && caller.subscriptionId !== null) throw new ProblemError('own_account_needed');
}

/** An order that asked for credit is paid with it first; only what is missing then is charged. */
export async function payWithCredit(context: Context, order: OrderRow, wanted: OrderRequest): Promise<void> {
  if (order.status !== 'awaiting_payment') return;
  const used = await useCreditOn(context, order);
  // Nobody knows yet what is left to charge: the customer sees it on the order, and pays it there.
  if (used !== null && used.heardSequence === null) return;
  const { paymentMethod } = wanted;
  if (!isGatewayMethod(paymentMethod)) return;
  const { number, customerId, subscriptionId } = order;
  const method = await chosenMethod(context, customerId, paymentMethod, 'paymentMethod.');
  try {
    await submit(context, subscriptionId, { type: 'PayOrder', number, method }, `${number}-rest`);
  } catch (error) {
    // Paid by credit alone, or being charged since an earlier try of this request.
    if (!(error instanceof RefusedError)) throw error;
  }
}

/** Uses credit for an order and waits, a little, for its life to hear of it. Null where there is none, or nothing due. */
export async function useCreditOn(context: Context, order: OrderRow): Promise<PaymentRow | null> {
  if (order.status !== 'awaiting_payment' && order.status !== 'completed') return null;
  const { now } = await clockFor(context, order, dateAt(context.now()));
  const used = await useCredit(context.db, order, now);
  if (used === null) return null;
  await tell(context, order.subscriptionId, used);
  return heard(context, used);
}
