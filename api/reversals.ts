/** Money that was taken back. Like money that came in, it is written down before anybody is told of it. */
import type { Router } from 'express';
import { z } from 'zod';
import { findOrder } from '../db/orders.ts';
import { findPayment } from '../db/payments.ts';
import {
  findReversal,
  placeReversal,
  recordReversal,
  reversalFactOf,
  type NewReversal,
  type ReversalRow,
} from '../db/reversals.ts';
import { findSubscription } from '../db/subscriptions.ts';
import { dateAt } from '../domain/calendar.ts';
import { isOver } from '../domain/decide.ts';
import { refuse } from '../domain/errors.ts';
import { REVERSAL_REASONS } from '../domain/reversals.ts';
import { operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { money, plainDate } from './parsing.ts';
import { clockFor, paymentNamed } from './payments.ts';
import { externalId, source } from './paymentsSchema.ts';
import { presentReversal } from './present.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, resource } from './routing.ts';
import { NoLifeError, UnreachableError } from './workflows.ts';

const newReversal = z.strictObject({
  externalId,
  source,
  amount: money,
  registeredOn: plainDate,
  reason: z.enum(REVERSAL_REASONS),
});

export function reversals(router: Router, context: Context): void {
  resource(router, '/payments/:key/reversals', {
    post: operatorsOnly(async (request, response) => {
      const given = bodyOf(request, newReversal);
      const payment = await paymentNamed(context, request);
      if (payment.method === 'credit') throw new ProblemError('payment_not_reversible');
      const order = await findOrder(context.db, payment.assignedTo?.orderNumber ?? payment.orderNumber);
      const clock = await clockFor(context, order, given.registeredOn);
      if (clock.isExact && given.registeredOn > dateAt(clock.now))
        refuse('registered_in_future', { field: 'registeredOn' });
      const { amount, ...named } = given;
      const taken = await takeReversal(context, {
        ...named,
        key: `${given.source}:${given.externalId}`,
        paymentKey: payment.key,
        amountMinor: amount.amountMinor,
        receivedAt: clock.now,
      });
      if (taken.kind === 'different')
        throw new ProblemError('reversal_conflict', {
          errors: [{ field: 'externalId', reason: REASONS.reversal_conflict }],
        });
      response.status(taken.kind === 'new' ? 202 : 200).json(presentReversal(taken.reversal));
    }),
  });
}

/** Written down first, then told to the subscription. What it does not hear now, the sweeper tells it later. */
export async function takeReversal(
  context: Context,
  reversal: NewReversal,
): Promise<{ kind: 'new' | 'same' | 'different'; reversal: ReversalRow }> {
  const recorded = await recordReversal(context.db, reversal);
  if (recorded.kind === 'different') {
    context.log.warn({ reversalKey: reversal.key }, 'a reversal came again with other content and was refused');
    return recorded;
  }
  if (recorded.reversal.placedMinor === null) await tell(context, recorded.reversal);
  return { kind: recorded.kind, reversal: (await findReversal(context.db, reversal.key)) ?? recorded.reversal };
}

async function tell({ db, lives, log }: Context, reversal: ReversalRow): Promise<void> {
  const { key, paymentKey, receivedAt } = reversal;
  try {
    const subscriptionId = (await findPayment(db, paymentKey))?.subscriptionId ?? null;
    if (subscriptionId === null) return;
    const row = await findSubscription(db, subscriptionId);
    // Nobody is left to hear of it: the ledger alone keeps it.
    if (row !== null && isOver(row.state)) await placeReversal(db, key, receivedAt);
    else await lives.tellReversal(subscriptionId, reversalFactOf(reversal));
  } catch (error) {
    // It is written down. Whatever went wrong here, the answer is that it was taken.
    const expected = error instanceof UnreachableError || error instanceof NoLifeError;
    log[expected ? 'warn' : 'error']({ error, reversalKey: key }, 'a reversal waits to be told to its subscription');
  }
}
