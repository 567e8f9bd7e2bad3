/** Money that waits for an operator, all or part of it, given to what it was meant for. Said again, it is found done. */
import type { Router } from 'express';
import { findCustomer } from '../db/customers.ts';
import { settleWithPayment } from '../db/debts.ts';
import { findOrder, type OrderRow } from '../db/orders.ts';
import { findPart, partOf, takePart } from '../db/parts.ts';
import { assignPayment, factOf, findPayment, waitingOf, type PaymentRow } from '../db/payments.ts';
import type { Instant } from '../domain/calendar.ts';
import type { PaymentFact } from '../domain/commands.ts';
import { decide } from '../domain/decide.ts';
import { euros } from '../domain/money.ts';
import type { Words } from '../domain/words.ts';
import { operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { answerOnce } from './idempotency.ts';
import { clockFor, paymentNamed, presentPlaced, tell } from './payments.ts';
import { assignmentRequest } from './paymentsSchema.ts';
import { ProblemError } from './problem.ts';
import { SET_ASIDE } from './queueWords.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, resource } from './routing.ts';

export function assignments(router: Router, context: Context): void {
  resource(router, '/payments/:key/assignment', {
    post: operatorsOnly(async (request, response) => {
      const { orderNumber = '', customerId, amount } = bodyOf(request, assignmentRequest);
      await answerOnce(context, request, response, async () => {
        const payment = await paymentNamed(context, request);
        const amountMinor = amount?.amountMinor;
        if (customerId !== undefined) {
          await settleDebt(context, payment, { customerId, amountMinor });
          return { status: 200, body: await presentNow(context, payment) };
        }
        const done = await assignedBefore(context, payment, { orderNumber, amountMinor });
        const given = done ?? (await assign(context, payment, { orderNumber, amountMinor }));
        return { status: done === null ? 202 : 200, body: await presentNow(context, given) };
      });
    }),
  });
}

interface Wanted {
  readonly orderNumber: string;
  /** Undefined: all that waits. */
  readonly amountMinor: number | undefined;
}

async function presentNow(context: Context, payment: PaymentRow): Promise<Record<string, unknown>> {
  return presentPlaced(context, (await findPayment(context.db, payment.key)) ?? payment);
}

/** What the same wish came to before: the payment itself, or the part of it. */
async function assignedBefore({ db }: Context, payment: PaymentRow, wanted: Wanted): Promise<PaymentRow | null> {
  const { amountMinor = payment.amountMinor, orderNumber } = wanted;
  const isWhole = payment.assignedTo?.orderNumber === orderNumber && payment.unmatchedReason === null;
  if (isWhole && amountMinor === payment.amountMinor) return payment;
  // All that waits was given before, if nothing waits any more.
  if (wanted.amountMinor === undefined && (await waitingOf(db, payment)) > 0) return null;
  return findPart(db, payment.key, wanted);
}

/** The how-manieth part it will be is known once it is taken; no life has heard of this one. */
const NO_PART_YET = 0;

async function assign(context: Context, payment: PaymentRow, wanted: Wanted): Promise<PaymentRow> {
  const { db } = context;
  const order = await orderGiven(context, wanted.orderNumber);
  const waitingMinor = await waitingOf(db, payment);
  const { amountMinor = waitingMinor } = wanted;
  if (waitingMinor === 0 || amountMinor > waitingMinor) throw notWaiting(waitingMinor);
  const { now: at, row } = await clockFor(context, order, payment.registeredOn);
  if (row === null) throw new ProblemError('order_not_unpaid');
  const { number: orderNumber, subscriptionId } = order;
  const part = { orderNumber, subscriptionId, amountMinor, at };
  const isWhole = amountMinor === payment.amountMinor;
  const fact = isWhole
    ? factOf({ ...payment, assignedTo: { orderNumber, number: (payment.assignedTo?.number ?? 0) + 1, at } })
    : partOf(payment, NO_PART_YET, part);
  demandTaken(row.state, fact, at);
  const given = isWhole
    ? (await assignPayment(db, payment.key, part)) && (await findPayment(db, payment.key))
    : await takePart(db, payment.key, part);
  if (given === false || given === null) throw notWaiting(await waitingOf(db, payment));
  await tell(context, subscriptionId, given);
  return given;
}

function notWaiting(waitingMinor: number): ProblemError {
  if (waitingMinor === 0) return new ProblemError('payment_not_waiting');
  const errors = [{ field: 'amount', reason: REASONS.more_than_there_is }];
  return new ProblemError('payment_not_waiting', { errors, extra: { available: euros(waitingMinor) } });
}

/** The order's life is asked first: money it would only set aside stays where it is. */
function demandTaken(state: Parameters<typeof decide>[0], payment: PaymentFact, now: Instant): void {
  const decision = decide(state, { type: 'RecordPayment', payment }, now);
  const events = decision.accepted ? decision.events : [];
  const refused = events.find((event) => event.type === 'PaymentUnmatched');
  if (refused !== undefined) throw new ProblemError('payment_not_assignable', { detail: SET_ASIDE[refused.reason] });
  if (!events.some((event) => event.type === 'PaymentApplied')) throw new ProblemError('order_not_unpaid');
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

const NOTHING_OWED: Words = {
  it: 'Il cliente non deve nulla per credito ripreso.',
  en: 'The customer owes nothing for credit that was taken back.',
};

/** As much as is owed; what is more goes on waiting. */
async function settleDebt(
  { db, now }: Context,
  payment: PaymentRow,
  { customerId, amountMinor }: { readonly customerId: string; readonly amountMinor: number | undefined },
): Promise<void> {
  if ((await findCustomer(db, customerId)) === null)
    throw new ProblemError('customer_unknown', {
      status: 422,
      errors: [{ field: 'customerId', reason: REASONS.customer_unknown }],
    });
  const waitingMinor = await waitingOf(db, payment);
  if (waitingMinor === 0 || (amountMinor ?? 0) > waitingMinor) throw notWaiting(waitingMinor);
  const settled = await settleWithPayment(db, payment.key, {
    customerId,
    amountMinor: amountMinor ?? waitingMinor,
    at: now(),
  });
  if (settled === 0) throw new ProblemError('payment_not_assignable', { detail: NOTHING_OWED });
}
