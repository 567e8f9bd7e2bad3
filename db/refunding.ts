/** How a refund comes to be, and how it goes out. Each step is one transaction, and is found done when it is tried again. */
import type { Instant } from '../domain/calendar.ts';
import { CURRENCY } from '../domain/money.ts';
import type { RefundEffect, RefundNote, RefundWay } from '../domain/refunds.ts';
import type { Db } from './database.ts';
import { queueCreditNote } from './invoices.ts';
import { moved, postJournal, type Account, type Posting } from './ledger.ts';
import { queueMessages } from './messages.ts';
import { lockPayment, type PaymentRow } from './payments.ts';
import { findRefund, lockRefund, RefundRefusedError, type RefundRow } from './refunds.ts';
import { takeFromCredit, takeFromOrder, takeFromPayment, type Taken } from './refundSources.ts';
import { placeExcess } from './reversals.ts';
import { jsonb, timestamp } from './values.ts';

/** graphile-worker's task name; its payload is a PayRefundPayload. */
export const PAY_REFUND_JOB = 'pay_refund';

export interface PayRefundPayload {
  readonly refundId: string;
}

export interface NewRefund {
  readonly id: string;
  readonly from:
    /** `paymentKey`: the payment that goes back, where it has gone back already. */
    | { readonly source: 'order'; readonly orderNumber: string; readonly paymentKey?: string }
    | { readonly source: 'payment'; readonly paymentKey: string }
    | { readonly source: 'credit'; readonly customerId: string };
  /** Cents, 1 or more. */
  readonly amountMinor: number;
  readonly effect: RefundEffect;
  readonly reason: string;
  /** Where the money goes: an account, or the way it came. */
  readonly to: { readonly iban: string; readonly holder: string } | 'original';
  /** On the clock of the order's life; the wall's for other money. */
  readonly requestedAt: Instant;
  readonly operatorId: string;
}

/**
 * Decides a refund: writes it down and takes its money out of where it was, once per id. An order's refund also lowers
 * what the order is worth, net and VAT, and asks for its credit note. It waits to be told to the order's life.
 *
 * @throws RefundRefusedError where there is not as much, and nothing changed.
 */
export async function recordRefund(db: Db, refund: NewRefund): Promise<RefundRow> {
  return db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`refund ${refund.id}`]);
    const known = await findRefund(trx, refund.id);
    if (known !== null) return known;
    const taken = await take(trx, refund);
    await insertRefund(trx, refund, taken);
    await postJournal(trx, {
      kind: 'RefundDecided',
      at: refund.requestedAt,
      subscriptionId: taken.subscriptionId,
      sequence: null,
      postings: taken.postings,
    });
    if (refund.from.source === 'order') await queueCreditNote(trx, refund.id);
    // Money that no order holds changes no service: there is nobody to hear of it but its customer.
    else await sayToCustomer(trx, refund.id, refund.requestedAt);
    return (await findRefund(trx, refund.id)) as RefundRow;
  });
}

async function take(trx: Db, { from, id, amountMinor, to }: NewRefund): Promise<Taken> {
  const wanted = { amountMinor, byGateway: to === 'original', into: `refund_due:${id}` as const };
  switch (from.source) {
    case 'order':
      return takeFromOrder(trx, from.orderNumber, { ...wanted, paymentKey: from.paymentKey });
    case 'payment':
      return takeFromPayment(trx, from.paymentKey, wanted);
    case 'credit':
      return takeFromCredit(trx, from.customerId, wanted);
  }
}

async function insertRefund(trx: Db, refund: NewRefund, taken: Taken): Promise<void> {
  const { from, to } = refund;
  await trx('refunds').insert({
    id: refund.id,
    source: from.source,
    order_number: from.source === 'order' ? from.orderNumber : null,
    payment_key: taken.paymentKey,
    customer_id: taken.customerId,
    subscription_id: taken.subscriptionId,
    amount_minor: refund.amountMinor,
    net_minor: taken.netMinor,
    vat_minor: taken.vatMinor,
    currency: CURRENCY,
    effect: refund.effect,
    reason: refund.reason,
    way: to === 'original' ? 'original' : 'transfer',
    holder: to === 'original' ? null : to.holder,
    iban: to === 'original' ? null : to.iban,
    told: false,
    parts: jsonb(taken.parts),
    requested_at: timestamp(refund.requestedAt),
    operator_id: refund.operatorId,
  });
}

/** A refund as its order's life is told of it. */
export function noteOf({ id, orderNumber, amountMinor, way, parts }: RefundRow): RefundNote {
  if (orderNumber === null) throw new TypeError('Only the refund of an order is told to a life.');
  return { id, number: orderNumber, amountMinor, way, parts };
}

/** The order's life knows: the money may go out. Called in the commit that writes it down. */
export async function refundTold(trx: Db, id: string): Promise<void> {
  const rows: { way: RefundWay }[] = await trx('refunds')
    .where({ id, told: false })
    .update({ told: true })
    .returning('way');
  if (rows[0]?.way === 'original') await queuePayment(trx, id);
}

/** No life is left to hear of it: its customer is told all the same, once, and the money may go out. */
export async function tellCustomer(db: Db, id: string, at: Instant): Promise<void> {
  await db.transaction(async (trx) => {
    const refund = await lockRefund(trx, id);
    if (refund !== null && !refund.told) await sayToCustomer(trx, id, at);
  });
}

async function sayToCustomer(trx: Db, id: string, at: Instant): Promise<void> {
  const refund = await findRefund(trx, id);
  if (refund === null) return;
  const { orderNumber: number, amountMinor, way } = refund;
  const service = await serviceOf(trx, refund);
  if (service !== null) {
    const message = {
      kind: 'refund',
      occasion: `refund:${id}`,
      payload: { number, amountMinor, way, endedOn: null },
    } as const;
    await queueMessages(trx, service.id, [{ event: { sequence: service.sequence, at }, message }]);
  }
  await refundTold(trx, id);
}

/** The service beside which its customer is written to: the order's own, or their newest. Null where nobody is known. */
async function serviceOf(trx: Db, { subscriptionId, customerId }: RefundRow) {
  const service: { id: string; sequence: number } | undefined = await trx('subscriptions')
    .where(subscriptionId === null ? { customer_id: customerId } : { id: subscriptionId })
    .orderBy([{ column: 'created_at', order: 'desc' }, { column: 'id' }])
    .first('id', 'sequence');
  return service ?? null;
}

async function queuePayment(trx: Db, id: string): Promise<void> {
  await trx.raw(`select graphile_worker.add_job(?, json_build_object('refundId', ?::text), job_key => ?)`, [
    PAY_REFUND_JOB,
    id,
    `refund:${id}`,
  ]);
}

/** What a gateway needs to know to give money back. */
export interface Payout {
  readonly refund: RefundRow;
  /** The gateway's name, and its name for the payment. */
  readonly gateway: string;
  readonly captureId: string;
}

/** Marks a refund as given to the gateway, which may be asked again after a crash. Null where nothing is to be asked. */
export async function beginPayout(db: Db, id: string): Promise<Payout | null> {
  return db.transaction(async (trx) => {
    const refund = await lockRefund(trx, id);
    if (refund === null || refund.way !== 'original' || !refund.told || refund.paymentKey === null) return null;
    if (refund.status !== 'due' && refund.status !== 'sent') return null;
    const payment: { source: string; external_id: string } | undefined = await trx('payments')
      .where({ key: refund.paymentKey })
      .first('source', 'external_id');
    if (payment === undefined) return null;
    await trx('refunds').where({ id }).update({ status: 'sent' });
    return { refund, gateway: payment.source, captureId: payment.external_id };
  });
}

/** The gateway gave the money back. */
export async function payoutMade(db: Db, id: string, gatewayRefundId: string, at: Instant): Promise<void> {
  await db.transaction(async (trx) => {
    const refund = await lockRefund(trx, id);
    if (refund?.status !== 'sent' || refund.paymentKey === null) return;
    const payment: { method: 'card' | 'paypal' } | undefined = await trx('payments')
      .where({ key: refund.paymentKey })
      .first('method');
    if (payment === undefined) return;
    await trx('refunds').where({ id }).update({ gateway_refund_id: gatewayRefundId });
    await payOut(trx, refund, `cash:${payment.method}`, at);
  });
}

/** The gateway will not: the money waits for an operator, who sends it another way. */
export async function payoutRefused(db: Db, id: string, reason: string): Promise<void> {
  await db('refunds').where({ id, status: 'sent', way: 'original' }).update({ status: 'failed', failure: reason });
}

/** The money has left us. Hold the refund's lock. */
export async function payOut(trx: Db, refund: RefundRow, from: Account, at: Instant): Promise<void> {
  await trx('refunds')
    .where({ id: refund.id })
    .update({ status: 'paid', settled_at: timestamp(at) });
  await postJournal(trx, {
    kind: 'RefundPaid',
    at,
    subscriptionId: refund.subscriptionId,
    sequence: null,
    postings: await release(trx, refund, from),
  });
}

/** What a refund holds of payments, until it is paid out or withdrawn. */
async function heldBy(trx: Db, id: string): Promise<{ key: string; amountMinor: number }[]> {
  return trx('payment_places')
    .where({ account: `refund_due:${id}` })
    .where('amount_minor', '>', 0)
    .orderBy('payment_key')
    .select('payment_key as key', 'amount_minor as amountMinor');
}

/** The postings that take a refund's money to where it goes: each payment's part, and what belongs to none. */
async function release(trx: Db, { id, amountMinor }: RefundRow, to: Account): Promise<Posting[]> {
  const due: Account = `refund_due:${id}`;
  const places = await heldBy(trx, id);
  const rest = amountMinor - places.reduce((sum, place) => sum + place.amountMinor, 0);
  return [
    ...places.flatMap((place) => moved(place.key, place.amountMinor, due, to)),
    { account: due, amountMinor: rest },
    { account: to, amountMinor: -rest },
  ];
}

/** What the gateway refused, or the bank gave back, goes by transfer. */
export async function payByTransfer(db: Db, id: string, to: { iban: string; holder: string }): Promise<RefundRow> {
  return db.transaction(async (trx) => {
    const refund = await lockRefund(trx, id);
    if (refund?.status !== 'failed') throw new RefundRefusedError('refund_not_open');
    await trx('refunds')
      .where({ id })
      .update({ way: 'transfer', status: 'due', ...to });
    return (await findRefund(trx, id)) as RefundRow;
  });
}

/**
 * A refund that cannot be paid, or should not be: its money goes back to where it waited, an order's to its customer's
 * credit, as the order was lowered for good. What was to be taken back of that money meanwhile goes at once.
 */
export async function withdrawRefund(db: Db, id: string, at: Instant): Promise<RefundRow> {
  return db.transaction(async (trx) => {
    // Payments before refunds, as everywhere.
    const payments: PaymentRow[] = [];
    for (const { key } of await heldBy(trx, id)) payments.push((await lockPayment(trx, key)) as PaymentRow);
    const refund = await lockRefund(trx, id);
    const isOpen =
      refund?.status === 'failed' || (refund?.status === 'due' && refund.way === 'transfer' && refund.told);
    if (refund === null || !isOpen) throw new RefundRefusedError('refund_not_open');
    const to: Account = refund.source === 'payment' ? 'unmatched' : `customer_credit:${refund.customerId}`;
    await trx('refunds')
      .where({ id })
      .update({ status: 'withdrawn', settled_at: timestamp(at) });
    await postJournal(trx, {
      kind: 'RefundWithdrawn',
      at,
      subscriptionId: refund.subscriptionId,
      sequence: null,
      postings: await release(trx, refund, to),
    });
    for (const payment of payments) await placeExcess(trx, payment, at);
    return (await findRefund(trx, id)) as RefundRow;
  });
}

/** A job of a process that died keeps its lock for hours; one that was asked for so long ago is asked for anew. */
const LEFT_AFTER = '2 minutes';

/** Asks anew for what no job is at: lost with a process, or given up after many tries. Answers how many. */
export async function requeuePayouts(db: Db): Promise<number> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `select graphile_worker.add_job(?, json_build_object('refundId', id), job_key => 'refund:' || id) from refunds
     where way = 'original' and told and status in ('due', 'sent') and not exists (
       select from graphile_worker.jobs where key = 'refund:' || refunds.id
         and (locked_at > now() - ?::interval or (locked_at is null and attempts < max_attempts))
     )`,
    [PAY_REFUND_JOB, LEFT_AFTER],
  );
  return rows.length;
}
