/** A customer's wallet: registered once, chosen for any of their services [guides: renewal, purchase]. */
import type { Response, Router } from 'express';
import { findCustomer } from '../db/customers.ts';
import {
  readWallet,
  removeMethod,
  storedMethodOf,
  type PaymentMethodRow,
  type Wallet,
  type WalletEntry,
} from '../db/paymentMethods.ts';
import { findSubscription } from '../db/subscriptions.ts';
import { dateAt, type Instant, type PlainDate } from '../domain/calendar.ts';
import { hasExpired, monthOf } from '../domain/cards.ts';
import { RefusedError } from '../domain/errors.ts';
import { isSameMethod } from '../domain/orders.ts';
import { demandOwn } from './access.ts';
import type { Context } from './context.ts';
import { answerOnce } from './idempotency.ts';
import { clockOf, submit } from './lives.ts';
import { newMethod, type NewMethod } from './ordersSchema.ts';
import { ID } from './parsing.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { registerMethod } from './wallet.ts';
import { NoLifeError, UnreachableError } from './workflows.ts';

export function paymentMethods(router: Router, context: Context): void {
  resource(router, '/customers/:id/payment-methods', {
    get: async (request, response) => {
      const customerId = await ownCustomerId(context, response, pathOf(request, 'id'));
      const { methods, lives } = await readWallet(context.db, customerId);
      const today = dateAt(await latestClock(context, lives));
      response.json({ paymentMethods: methods.map((method) => present(method, today, method.usedBy)) });
    },
    post: async (request, response) => {
      const given = bodyOf(request, newMethod);
      const customerId = await ownCustomerId(context, response, pathOf(request, 'id'));
      await answerOnce(context, request, response, async () => ({
        status: 201,
        body: await addMethod(context, customerId, given),
      }));
    },
  });

  resource(router, '/customers/:id/payment-methods/:methodId', {
    delete: async (request, response) => {
      const customerId = await ownCustomerId(context, response, pathOf(request, 'id'));
      const methodId = pathOf(request, 'methodId');
      if (!ID.test(methodId)) throw methodUnknown();
      const removal = await removeMethod(context.db, customerId, methodId, context.now());
      if (removal.kind === 'unknown') throw methodUnknown();
      if (removal.kind === 'in_use') throw new ProblemError('method_in_use', { extra: { usedBy: removal.usedBy } });
      response.status(204).end();
    },
  });
}

/** Registers a method, and tells it as the wallet has it. */
export async function addMethod(
  context: Context,
  customerId: string,
  given: NewMethod,
): Promise<Record<string, unknown> & { readonly methodId: string }> {
  const { methodId } = await registerMethod(context, customerId, given);
  const { methods } = await readWallet(context.db, customerId);
  const stored = methods.find((method) => method.methodId === methodId);
  if (stored === undefined) throw new Error(`Method ${methodId} was stored and is gone.`);
  await tellServices(context, stored);
  return { ...present(stored, dateAt(context.now()), stored.usedBy), methodId };
}

/** A card that was prolonged is told to the services it renews. One that cannot hear of it now keeps the last day it knows. */
async function tellServices(context: Context, stored: WalletEntry): Promise<void> {
  const method = storedMethodOf(stored);
  for (const id of stored.usedBy) {
    const known = (await findSubscription(context.db, id))?.state.method ?? null;
    if (known?.methodId !== method.methodId || isSameMethod(known, method)) continue;
    try {
      await submit(context, id, { type: 'SetPaymentMethod', method });
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof ProblemError)) throw error;
      context.log.warn({ error, subscriptionId: id }, 'a service did not hear that its card was prolonged');
    }
  }
}

/** In the sandbox lives may be years ahead of the wall: a card that has expired for one of them is shown as expired. */
async function latestClock(context: Context, lives: Wallet['lives']): Promise<Instant> {
  const { sandbox, now } = context;
  if (!sandbox) return now();
  const clocks = await Promise.all(lives.map(({ subscriptionId, asOf }) => ownClock(context, subscriptionId, asOf)));
  return Math.max(now(), ...clocks) as Instant;
}

async function ownClock(context: Context, subscriptionId: string, asOf: Instant): Promise<Instant> {
  try {
    return await clockOf(context, subscriptionId);
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof NoLifeError) return asOf;
    throw error;
  }
}

/** The customer of a path, or 404. Their wallet is shared with the credentials of each of their services. */
export async function ownCustomerId({ db }: Context, response: Response, id: string): Promise<string> {
  if (!ID.test(id) || (await findCustomer(db, id)) === null) throw customerUnknown();
  demandOwn(response, { customerId: id }, customerUnknown);
  return id;
}

function customerUnknown(): ProblemError {
  return new ProblemError('customer_unknown', { errors: [{ field: 'id', reason: REASONS.customer_unknown }] });
}

function methodUnknown(): ProblemError {
  return new ProblemError('method_unknown', { errors: [{ field: 'methodId', reason: REASONS.method_unknown }] });
}

function present(
  { methodId, kind, label, brand, last4, validThrough }: PaymentMethodRow,
  today: PlainDate,
  usedBy: readonly string[],
): Record<string, unknown> {
  return {
    methodId,
    type: kind,
    label,
    brand,
    last4,
    validThrough: validThrough === null ? null : monthOf(validThrough),
    expired: hasExpired({ validThrough }, today),
    usedBy,
  };
}
