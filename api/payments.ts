/** Money that came in. It is in the ledger before anybody is told of it, so it is taken also while Temporal is away. */
import type { Request, Router } from 'express';
import { paymentPlaces } from '../db/ledger.ts';
import { findOrder, type OrderRow } from '../db/orders.ts';
import { listParts } from '../db/parts.ts';
import { storedMethodOf, storeMethod } from '../db/paymentMethods.ts';
import { factOf, findPayment, recordPayment, setAsidePayment, type PaymentRow } from '../db/payments.ts';
import { listReversals } from '../db/reversals.ts';
import { findSubscription, type SubscriptionRow } from '../db/subscriptions.ts';
import { dateAt, instantOf, type Instant, type PlainDate } from '../domain/calendar.ts';
import { isOver, whyUnheard } from '../domain/decide.ts';
import { refuse } from '../domain/errors.ts';
import { euros } from '../domain/money.ts';
import type { StoredMethod } from '../domain/orders.ts';
import { operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { clockOf } from './lives.ts';
import { newPayment } from './paymentsSchema.ts';
import { presentPayment, presentReversal } from './present.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { NoLifeError, UnreachableError } from './workflows.ts';

export function payments(router: Router, context: Context): void {
  resource(router, '/payments', {
    post: operatorsOnly(async (request, response) => {
      const given = bodyOf(request, newPayment);
      const { amount, method, token, ...named } = given;
      const order = await findOrder(context.db, given.orderNumber);
      const clock = await clockFor(context, order, given.registeredOn);
      if (clock.isExact && given.registeredOn > dateAt(clock.now))
        refuse('registered_in_future', { field: 'registeredOn' });
      const taken = await takePayment(context, {
        ...named,
        key: `${given.source}:${given.externalId}`,
        amountMinor: amount.amountMinor,
        method,
        subscriptionId: addresseeOf(order, clock.row),
        receivedAt: clock.now,
        storedMethod: await methodOf(context, order, method, token),
      });
      response.status(taken.kind === 'new' ? 202 : 200).json(await presentPlaced(context, taken.payment));
    }),
  });

  resource(router, '/payments/:key', {
    get: operatorsOnly(async (request, response) => {
      response.json(await presentPlaced(context, await paymentNamed(context, request)));
    }),
  });
}

/** The payment of a path, or 404. */
export async function paymentNamed({ db }: Context, request: Request): Promise<PaymentRow> {
  const key = pathOf(request, 'key');
  const payment = /^[\x21-\x7e]{1,200}$/.test(key) ? await findPayment(db, key) : null;
  if (payment !== null) return payment;
  throw new ProblemError('payment_unknown', { errors: [{ field: 'key', reason: REASONS.payment_unknown }] });
}

/** Ledger first, then the subscription. What it does not hear now, the sweeper tells it later. */
export async function takePayment(
  context: Context,
  payment: Parameters<typeof recordPayment>[1],
): Promise<{ kind: 'new' | 'same'; payment: PaymentRow }> {
  const { db, log } = context;
  const recorded = await recordPayment(db, payment);
  const { kind } = recorded;
  if (kind === 'different') {
    log.warn({ paymentKey: payment.key }, 'a payment came again with other content and was refused');
    throw new ProblemError('payment_conflict', {
      errors: [{ field: 'externalId', reason: REASONS.payment_conflict }],
    });
  }
  const { subscriptionId, heardSequence, unmatchedReason } = recorded.payment;
  if (subscriptionId !== null && heardSequence === null && unmatchedReason === null) {
    await tell(context, subscriptionId, recorded.payment);
  }
  return { kind, payment: (await findPayment(db, payment.key)) ?? recorded.payment };
}

/** Tells a subscription of money that is in the ledger; what it does not hear now, it is told later. */
export async function tell(context: Context, subscriptionId: string, payment: PaymentRow): Promise<void> {
  const { db, lives, log } = context;
  try {
    const row = await findSubscription(db, subscriptionId);
    if (row !== null && isOver(row.state)) return await setAside(context, row, payment);
    await lives.tellPayment(subscriptionId, factOf(payment));
  } catch (error) {
    // The money is in the ledger. Whatever went wrong here, the answer is that it was taken.
    const expected = error instanceof UnreachableError || error instanceof NoLifeError;
    log[expected ? 'warn' : 'error'](
      { error, paymentKey: payment.key },
      'a payment waits to be told to its subscription',
    );
  }
}

/** Nobody is left to hear of it: it waits for an operator, for the reason the subscription would have given. */
async function setAside({ db }: Context, { state }: SubscriptionRow, payment: PaymentRow): Promise<void> {
  const reason = whyUnheard(state, factOf(payment), payment.receivedAt);
  await setAsidePayment(db, payment.key, reason, payment.receivedAt);
}

interface Clock {
  readonly now: Instant;
  /** False where a life's own clock cannot be told, or no longer runs: no date can be called the future then. */
  readonly isExact: boolean;
  readonly row: SubscriptionRow | null;
}

/** The clock by which a payment for this order is dated: the life's own. */
export async function clockFor(context: Context, order: OrderRow | null, registeredOn: PlainDate): Promise<Clock> {
  const { db, sandbox, now } = context;
  const row = order === null ? null : await findSubscription(db, order.subscriptionId);
  if (!sandbox || order === null) return { now: now(), isExact: true, row };
  const atLeast = Math.max(now(), row?.updatedAt ?? 0) as Instant;
  if (row === null || isOver(row.state)) return { now: atLeast, isExact: row === null, row };
  try {
    return { now: await clockOf(context, order.subscriptionId), isExact: true, row };
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof NoLifeError)) throw error;
    // Where the life's clock was moved, it shows the day of registration at least; the life itself judges what lies ahead.
    return { now: Math.max(atLeast, instantOf(registeredOn)) as Instant, isExact: false, row };
  }
}

/** Whose money it is: nobody's where there is no such order, or where its subscription never came to be. */
export function addresseeOf(order: OrderRow | null, row: SubscriptionRow | null): string | null {
  if (order === null || (order.status === 'refused' && row === null)) return null;
  return order.subscriptionId;
}

async function methodOf(
  { db }: Context,
  order: OrderRow | null,
  kind: string,
  token: string | undefined,
): Promise<StoredMethod | null> {
  if (order === null || token === undefined || (kind !== 'card' && kind !== 'paypal')) return null;
  return storedMethodOf(await storeMethod(db, { customerId: order.customerId, kind, token, label: null }));
}

/** A payment, and where its money is. */
export async function presentPlaced({ db }: Context, payment: PaymentRow): Promise<Record<string, unknown>> {
  const places = await paymentPlaces(db, payment.key);
  const reversals = await listReversals(db, payment.key);
  return {
    ...presentPayment(
      payment,
      places.map(({ account, amountMinor }) => ({ account, amount: euros(amountMinor) })),
      await listParts(db, payment.key),
    ),
    reversals: reversals.map(presentReversal),
  };
}
