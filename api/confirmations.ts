/**
 * Where a customer confirms a charge of the sandbox gateway (strong customer authentication). Open, as a bank's page is:
 * whoever was mailed the link may follow it.
 */
import type { Router } from 'express';
import { SANDBOX_GATEWAY } from '../config/sandbox.ts';
import { confirmCharge, findCharge, type SandboxCharge } from '../db/gateway.ts';
import { findOrder, type OrderRow } from '../db/orders.ts';
import { keepMethod } from '../db/paymentMethods.ts';
import { listCharges } from '../db/timeline.ts';
import { dateAt } from '../domain/calendar.ts';
import { euros } from '../domain/money.ts';
import type { ChargeAttempt } from '../domain/subscription.ts';
import type { Context } from './context.ts';
import { clockOf } from './lives.ts';
import { ID } from './parsing.ts';
import { takePayment } from './payments.ts';
import { ProblemError, unavailable } from './problem.ts';
import { pathOf, resource } from './routing.ts';
import { UnreachableError } from './workflows.ts';

interface Waiting {
  readonly charge: SandboxCharge;
  readonly order: OrderRow;
}

export function confirmations(router: Router, context: Context): void {
  resource(router, '/v1/sandbox/confirmations/:id', {
    get: async (request, response) => {
      response.json(present(await waitingFor(context, pathOf(request, 'id'))));
    },
    post: async (request, response) => {
      const { charge, order } = await waitingFor(context, pathOf(request, 'id'));
      response.json(present({ order, charge: await confirm(context, order, charge) }));
    },
  });
}

function present({ charge, order }: Waiting): Record<string, unknown> {
  return {
    orderNumber: order.number,
    amount: euros(charge.amountMinor),
    status: charge.outcome === 'captured' ? 'captured' : 'waiting',
  };
}

async function waitingFor({ db }: Context, id: string): Promise<Waiting> {
  const charge = ID.test(id) ? await findCharge(db, id) : null;
  // A charge is named by its order and its number among that order's charges.
  const order = charge === null ? null : await findOrder(db, id.replace(/-\d+$/, ''));
  if (charge === null || order === null || charge.outcome === 'declined')
    throw new ProblemError('confirmation_unknown');
  return { charge, order };
}

/** Captured at the gateway first, then in our ledger, then told: done again, it goes on where it stopped. */
async function confirm(context: Context, order: OrderRow, waiting: SandboxCharge): Promise<SandboxCharge> {
  const { idempotencyKey, amountMinor } = waiting;
  const attempt = await attemptNamed(context, order, idempotencyKey);
  const now = await ownClock(context, order.subscriptionId);
  const charge =
    (await confirmCharge(context.db, idempotencyKey, now)) ?? (await findCharge(context.db, idempotencyKey));
  if (charge?.outcome !== 'captured') throw new ProblemError('confirmation_unknown');
  // Removed while the bank waited: who pays with a card registers it.
  await keepMethod(context.db, attempt.method.methodId);
  await takePayment(context, {
    key: `${SANDBOX_GATEWAY}:${idempotencyKey}`,
    source: SANDBOX_GATEWAY,
    externalId: idempotencyKey,
    orderNumber: order.number,
    subscriptionId: order.subscriptionId,
    amountMinor,
    method: attempt.method.kind,
    registeredOn: dateAt(charge.settledAt),
    receivedAt: now,
    storedMethod: attempt.method,
  });
  return charge;
}

async function ownClock(context: Context, subscriptionId: string) {
  try {
    return await clockOf(context, subscriptionId);
  } catch (error) {
    if (error instanceof UnreachableError) throw unavailable('The subscription', error);
    throw error;
  }
}

/** A charge that a life asked for, or 404 confirmation_unknown. */
export async function attemptNamed({ db }: Context, order: OrderRow, attemptId: string): Promise<ChargeAttempt> {
  const charges = await listCharges(db, order.subscriptionId, order.number);
  const attempt = charges
    .map(({ data }) => data['attempt'] as ChargeAttempt | undefined)
    .find((one) => one?.attemptId === attemptId);
  if (attempt === undefined) throw new ProblemError('confirmation_unknown');
  return attempt;
}
