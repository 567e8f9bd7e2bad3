/**
 * Money that goes back: decided (`due`), given to the bank or the gateway (`sent`), and `paid`. Each refund takes its money
 * out of the place where it was, in the transaction that writes it down, so that never more goes back than came in.
 */
import type { Instant } from '../domain/calendar.ts';
import type { RefundEffect, RefundWay } from '../domain/refunds.ts';
import type { Db } from './database.ts';
import { timestamp } from './values.ts';

/** Payments of these sources came through a gateway: they can go back the way they came. */
export const GATEWAY_SOURCES: ReadonlySet<string> = new Set(['gateway', 'stripe']);

export const REFUND_STATUSES = ['due', 'sent', 'paid', 'failed', 'withdrawn'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];
/** Why a refund cannot be: nothing changed. */
export class RefundRefusedError extends Error {
  override readonly name = 'RefundRefusedError';
  readonly code:
    | 'order_unknown'
    | 'payment_unknown'
    /** Not paid yet, or cancelled: what came for it is no longer, or not yet, the order's. */
    | 'refund_of_open_order'
    | 'refund_of_nothing'
    /** Its bank or card is just taking it back. */
    | 'payment_being_reversed'
    | 'refund_exceeds'
    /** No single payment through a gateway is as large. */
    | 'refund_not_original'
    /** Paid, withdrawn, or on its way out. */
    | 'refund_not_open';
  /** What could be refunded, in cents. */
  readonly availableMinor: number;
  constructor(code: RefundRefusedError['code'], availableMinor = 0) {
    super(`The refund is refused: ${code}.`);
    this.code = code;
    this.availableMinor = availableMinor;
  }
}

/** A payment's share of a refund, in cents. */
export interface RefundPart {
  /** As its subscription knows it. */
  readonly key: string;
  readonly amountMinor: number;
}

export interface RefundRow {
  readonly id: string;
  /** Where the money was: in an order, in a payment that waited, in the customer's credit. */
  readonly source: 'order' | 'payment' | 'credit';
  readonly orderNumber: string | null;
  /** The payment that goes back, where it is a single one. */
  readonly paymentKey: string | null;
  /** Null where nobody knows whose the money is. */
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  /** Cents. */
  readonly amountMinor: number;
  /** An order's refund, net and VAT: what its credit note says. Null for other money. */
  readonly netMinor: number | null;
  readonly vatMinor: number | null;
  readonly effect: RefundEffect;
  /** The operator's, for our own books. */
  readonly reason: string;
  readonly way: RefundWay;
  readonly holder: string | null;
  readonly iban: string | null;
  readonly status: RefundStatus;
  /** Why the gateway refused, or `returned_by_bank`. */
  readonly failure: string | null;
  readonly listId: string | null;
  readonly gatewayRefundId: string | null;
  /** Whether its service knows of it, or nobody is left to know: only then is it paid out. */
  readonly told: boolean;
  /** What an order's payments give; empty for other money. */
  readonly parts: readonly RefundPart[];
  /** On the clock of the order's life. */
  readonly requestedAt: Instant;
  readonly operatorId: string;
  /** On the wall's clock. */
  readonly recordedAt: Instant;
  readonly settledAt: Instant | null;
}

export const REFUND_COLUMNS = {
  id: 'id',
  source: 'source',
  orderNumber: 'order_number',
  paymentKey: 'payment_key',
  customerId: 'customer_id',
  subscriptionId: 'subscription_id',
  amountMinor: 'amount_minor',
  netMinor: 'net_minor',
  vatMinor: 'vat_minor',
  effect: 'effect',
  reason: 'reason',
  way: 'way',
  holder: 'holder',
  iban: 'iban',
  status: 'status',
  failure: 'failure',
  listId: 'list_id',
  gatewayRefundId: 'gateway_refund_id',
  told: 'told',
  parts: 'parts',
  requestedAt: 'requested_at',
  operatorId: 'operator_id',
  recordedAt: 'recorded_at',
  settledAt: 'settled_at',
};

export async function findRefund(db: Db, id: string): Promise<RefundRow | null> {
  const row: RefundRow | undefined = await db('refunds').where({ id }).first(REFUND_COLUMNS);
  return row ?? null;
}

/** Like findRefund, holding it until the transaction ends. */
export async function lockRefund(trx: Db, id: string): Promise<RefundRow | null> {
  const row: RefundRow | undefined = await trx('refunds').where({ id }).forUpdate().first(REFUND_COLUMNS);
  return row ?? null;
}

export interface RefundFilter {
  readonly status?: RefundStatus | undefined;
  readonly orderNumber?: string | undefined;
  readonly customerId?: string | undefined;
  readonly listId?: string | undefined;
}

/** A page of refunds, newest first: from the one after `after`, a refund's id. */
export async function listRefunds(
  db: Db,
  { status, orderNumber, customerId, listId }: RefundFilter,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<RefundRow[]> {
  const query = db('refunds').orderByRaw('recorded_at desc, id desc').limit(limit).select(REFUND_COLUMNS);
  if (status !== undefined) void query.where({ status });
  if (orderNumber !== undefined) void query.where({ order_number: orderNumber });
  if (customerId !== undefined) void query.where({ customer_id: customerId });
  if (listId !== undefined) void query.where({ list_id: listId });
  if (after !== undefined)
    void query.whereRaw('(recorded_at, id) < (select recorded_at, id from refunds where id = ?)', [after]);
  return (await query) as RefundRow[];
}

/** All refunds of an order, and of money that named it and waited; in the order in which they were decided. */
export async function refundsOf(db: Db, orderNumber: string): Promise<RefundRow[]> {
  const waited = db('payments').whereRaw('coalesce(assigned_order, order_number) = ?', [orderNumber]).select('key');
  return (await db('refunds')
    .where({ source: 'order', order_number: orderNumber })
    .orWhere((query) => void query.where({ source: 'payment' }).whereIn('payment_key', waited))
    .orderBy(['recorded_at', 'id'])
    .select(REFUND_COLUMNS)) as RefundRow[];
}

/** Refunds written down before an instant of the wall's clock of which their service has not heard. */
export async function untoldRefunds(db: Db, olderThan: Instant, limit: number): Promise<RefundRow[]> {
  return (await db('refunds')
    .where({ told: false })
    .where('recorded_at', '<', timestamp(olderThan))
    .orderBy('recorded_at')
    .limit(limit)
    .select(REFUND_COLUMNS)) as RefundRow[];
}
