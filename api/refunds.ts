/** Money that goes back. It is in the ledger before anybody is told of it, and paid out once the service has heard. */
import { randomUUID } from 'node:crypto';
import type { Request, Router } from 'express';
import type { z } from 'zod';
import { findCustomer } from '../db/customers.ts';
import { findOrder, type OrderRow } from '../db/orders.ts';
import { nameOf } from '../db/party.ts';
import { findPayment } from '../db/payments.ts';
import { noteOf, payByTransfer, recordRefund, tellCustomer, withdrawRefund, type NewRefund } from '../db/refunding.ts';
import { findRefund, GATEWAY_SOURCES, listRefunds, RefundRefusedError, type RefundRow } from '../db/refunds.ts';
import { refundableOf } from '../db/refundSources.ts';
import { findSubscription } from '../db/subscriptions.ts';
import { dateAt, type Instant } from '../domain/calendar.ts';
import { isOver } from '../domain/decide.ts';
import { refuse } from '../domain/errors.ts';
import { euros } from '../domain/money.ts';
import type { RefundEffect } from '../domain/refunds.ts';
import { hasEnded } from '../domain/subscription.ts';
import { callerOf, operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { answerOnce } from './idempotency.ts';
import { nothing } from './ordersSchema.ts';
import { clockFor } from './payments.ts';
import { invalid, ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { newRefund, refundsQuery, transferRequest, type RefundRequest } from './refundsSchema.ts';
import { presentRefund } from './refundWords.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { NoLifeError, UnreachableError } from './workflows.ts';

export function refunds(router: Router, context: Context): void {
  const list = operatorsOnly(async (_request, response) => {
    const { after, limit, ...filter } = response.locals['query'] as z.output<typeof refundsQuery>;
    const rows = await listRefunds(context.db, filter, { after, limit: limit + 1 });
    const next = rows.length > limit ? (rows[limit - 1]?.id ?? null) : null;
    response.json({ refunds: rows.slice(0, limit).map(presentRefund), next });
  });
  const post = operatorsOnly(async (request, response) => {
    const wanted = bodyOf(request, newRefund);
    // Sent again without its name, the same money would go back twice.
    if (request.get('Idempotency-Key') === undefined) throw invalid('Idempotency-Key', REASONS.idempotency_key_needed);
    const operatorId = callerOf(response).id;
    await answerOnce(context, request, response, async ({ keep }) => {
      const { refundId } = await keep({ refundId: `ref_${randomUUID()}` });
      const refund = await translated(() => makeRefund(context, wanted, { id: refundId, operatorId }));
      return { status: 201, body: presentRefund(refund), location: `/v1/refunds/${refundId}` };
    });
  });
  resource(router, '/refunds', { get: list, post }, { query: refundsQuery });

  resource(router, '/refunds/:id', {
    get: operatorsOnly(async (request, response) => {
      response.json(presentRefund(await refundNamed(context, request)));
    }),
  });

  resource(router, '/refunds/:id/transfer', {
    post: operatorsOnly(async (request, response) => {
      const given = bodyOf(request, transferRequest);
      const refund = await refundNamed(context, request);
      const holder = given.holder ?? refund.holder ?? (await ownerOf(context, refund.customerId));
      const to = { iban: given.iban, holder };
      // One that came back is sent again, also to the account it came back from.
      const isSame = refund.iban === to.iban && refund.holder === to.holder;
      const isDone = refund.way === 'transfer' && refund.status !== 'failed' && isSame;
      const due = isDone ? refund : await translated(() => payByTransfer(context.db, refund.id, to));
      response.json(presentRefund(due));
    }),
  });

  resource(router, '/refunds/:id/withdrawal', {
    post: operatorsOnly(async (request, response) => {
      bodyOf(request, nothing);
      const refund = await refundNamed(context, request);
      const at = Math.max(context.now(), refund.requestedAt) as Instant;
      const isDone = refund.status === 'withdrawn';
      const withdrawn = isDone ? refund : await translated(() => withdrawRefund(context.db, refund.id, at));
      response.json(presentRefund(withdrawn));
    }),
  });
}

async function refundNamed({ db }: Context, request: Request): Promise<RefundRow> {
  const id = pathOf(request, 'id');
  const refund = /^ref_[0-9a-f-]{36}$/.test(id) ? await findRefund(db, id) : null;
  if (refund === null) throw new ProblemError('refund_unknown');
  return refund;
}

/** Ledger first, then the service. What it does not hear now, it is told later. */
async function makeRefund(
  context: Context,
  wanted: RefundRequest,
  { id, operatorId }: { readonly id: string; readonly operatorId: string },
): Promise<RefundRow> {
  const known = await findRefund(context.db, id);
  return told(context, known ?? (await recordRefund(context.db, await decided(context, wanted, { id, operatorId }))));
}

/**
 * A refund that was decided elsewhere: the same again where it was taken before.
 *
 * @throws RefundRefusedError where the ledger does not have as much, and nothing changed.
 */
export async function takeRefund(context: Context, refund: NewRefund): Promise<RefundRow> {
  return told(context, await recordRefund(context.db, refund));
}

async function told(context: Context, refund: RefundRow): Promise<RefundRow> {
  if (!refund.told) await tell(context, refund);
  return (await findRefund(context.db, refund.id)) ?? refund;
}

async function decided(
  context: Context,
  wanted: RefundRequest,
  { id, operatorId }: { readonly id: string; readonly operatorId: string },
): Promise<NewRefund> {
  const { amount, reason, orderNumber, paymentKey, customerId } = wanted;
  const refund = { id, amountMinor: amount.amountMinor, reason, operatorId };
  if (orderNumber !== undefined) return { ...refund, ...(await ofOrder(context, wanted, orderNumber)) };
  const requestedAt = context.now();
  if (paymentKey !== undefined) {
    const payment = await findPayment(context.db, paymentKey);
    if (payment === null) throw unknown('payment_unknown', 'paymentKey');
    const order = await findOrder(context.db, payment.orderNumber);
    const isOriginal = GATEWAY_SOURCES.has(payment.source);
    const to = await destination(context, wanted, { isOriginal, customerId: order?.customerId ?? null });
    return { ...refund, from: { source: 'payment', paymentKey }, effect: 'keep', to, requestedAt };
  }
  if (customerId === undefined) throw new TypeError('A refund is of an order, a payment or a credit.');
  if ((await findCustomer(context.db, customerId)) === null) throw unknown('customer_unknown', 'customerId');
  const to = await destination(context, wanted, { isOriginal: false, customerId });
  return { ...refund, from: { source: 'credit', customerId }, effect: 'keep', to, requestedAt };
}

function unknown(code: 'payment_unknown' | 'customer_unknown' | 'order_unknown', field: string): ProblemError {
  return new ProblemError(code, { status: 422, errors: [{ field, reason: REASONS[code] }] });
}

async function ofOrder(
  context: Context,
  wanted: RefundRequest,
  orderNumber: string,
): Promise<Pick<NewRefund, 'from' | 'effect' | 'to' | 'requestedAt'>> {
  const order = await findOrder(context.db, orderNumber);
  if (order === null || order.status === 'reserved' || order.status === 'refused')
    throw unknown('order_unknown', 'orderNumber');
  const { availableMinor, originalMinor } = await refundableOf(context.db, order);
  const { now, row } = await clockFor(context, order, dateAt(context.now()));
  const isWhole = order.status === 'completed' && availableMinor > 0 && wanted.amount.amountMinor >= availableMinor;
  const effect = effectOf(wanted.effect, isWhole);
  // An order that cannot be refunded at all is answered as such.
  if (effect === 'end' && availableMinor > 0 && row !== null && hasEnded(row.state)) refuse('subscription_ended');
  const isOriginal = originalMinor >= wanted.amount.amountMinor;
  const to = await destination(context, wanted, { isOriginal, customerId: order.customerId, order });
  return { from: { source: 'order', orderNumber }, effect, to, requestedAt: now };
}

/** Where all of an order goes back, nobody but the operator can say what that means for the service. */
function effectOf(effect: RefundEffect | undefined, isWhole: boolean): RefundEffect {
  if (effect === undefined && isWhole) throw invalid('effect', REASONS.effect_needed);
  return effect ?? 'keep';
}

/** Back the way it came where that is possible and nothing else is asked for; otherwise to the account that is given. */
async function destination(
  context: Context,
  { way, iban, holder }: RefundRequest,
  { isOriginal, customerId }: { isOriginal: boolean; customerId: string | null; order?: OrderRow },
): Promise<NewRefund['to']> {
  if (way === 'original' || (way === undefined && iban === undefined && isOriginal)) return 'original';
  if (iban === undefined) throw invalid('iban', REASONS.iban_needed);
  return { iban, holder: holder ?? (await ownerOf(context, customerId)) };
}

/** Whose account it is said to be, where nobody says: its customer's own. */
async function ownerOf({ db }: Context, customerId: string | null): Promise<string> {
  const customer = customerId === null ? null : await findCustomer(db, customerId);
  if (customer === null) throw invalid('holder', REASONS.missing);
  return nameOf(customer);
}

async function tell(context: Context, refund: RefundRow): Promise<void> {
  const { db, lives, log } = context;
  const { id, subscriptionId, effect, requestedAt } = refund;
  if (subscriptionId === null) return;
  try {
    const row = await findSubscription(db, subscriptionId);
    if (row !== null && isOver(row.state)) {
      return await tellCustomer(db, id, Math.max(requestedAt, row.updatedAt) as Instant);
    }
    const type = effect === 'end' ? 'EndService' : 'NoteRefund';
    await lives.request(subscriptionId, { type, refund: noteOf(refund) }, id);
  } catch (error) {
    // The refund is in the ledger: it is told, and then paid out, later.
    const expected = error instanceof UnreachableError || error instanceof NoLifeError;
    log[expected ? 'warn' : 'error']({ error, refundId: id }, 'a refund waits to be told to its subscription');
  }
}

/** What the ledger refuses, in words: with what there is. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RefundRefusedError)) throw error;
    const { code, availableMinor } = error;
    if (code === 'order_unknown') throw unknown(code, 'orderNumber');
    if (code === 'payment_unknown') throw unknown(code, 'paymentKey');
    const available = euros(availableMinor);
    const isAmount = code === 'refund_exceeds' || code === 'refund_not_original';
    throw new ProblemError(code, {
      ...(isAmount ? { extra: { available } } : {}),
      ...(code === 'refund_exceeds' ? { errors: [{ field: 'amount', reason: REASONS.more_than_there_is }] } : {}),
      cause: error,
    });
  }
}
