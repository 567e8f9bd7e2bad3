/** Refunds paid by the bank: put into a list, once each, and settled when the bank has carried the list out. */
import type { Instant } from '../domain/calendar.ts';
import { CURRENCY } from '../domain/money.ts';
import type { Db } from './database.ts';
import { payOut } from './refunding.ts';
import { findRefund, lockRefund, REFUND_COLUMNS, type RefundRow } from './refunds.ts';
import { timestamp } from './values.ts';

/** `made`: for the bank. `executed`: carried out. `cancelled`: never handed in, its refunds are due again. */
export type TransferListStatus = 'made' | 'executed' | 'cancelled';

export interface TransferListRow {
  readonly id: string;
  readonly transfers: number;
  /** Cents. */
  readonly sumMinor: number;
  readonly status: TransferListStatus;
  readonly operatorId: string;
  /** All on the wall's clock. */
  readonly createdAt: Instant;
  readonly downloadedAt: Instant | null;
  readonly settledAt: Instant | null;
}

/** The list was settled otherwise before, or the bank has paid part of it. */
export class TransferListSettledError extends Error {
  override readonly name = 'TransferListSettledError';
}

const columns = {
  id: 'id',
  transfers: 'transfers',
  sumMinor: 'sum_minor',
  status: 'status',
  operatorId: 'operator_id',
  createdAt: 'created_at',
  downloadedAt: 'downloaded_at',
  settledAt: 'settled_at',
};

/** What the bank's entry carries back: a refund's id in at most 35 characters. */
export function endToEndIdOf(refundId: string): string {
  return `REF${refundId.slice('ref_'.length).replaceAll('-', '')}`;
}

/** The refund that an end-to-end id of ours names; null for any other. */
export function refundNamedBy(endToEndId: string): string | null {
  const parts = /^REF([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(endToEndId.trim());
  return parts === null ? null : `ref_${parts.slice(1).join('-').toLowerCase()}`;
}

/**
 * Puts all transfers that are due into one list, each into one list only, and freezes it. The same id again answers with
 * the list made first. Null where nothing is due.
 *
 * @param xmlOf writes the list for the bank.
 */
export async function makeTransferList(
  db: Db,
  { id, operatorId }: { readonly id: string; readonly operatorId: string },
  xmlOf: (refunds: readonly RefundRow[]) => string,
): Promise<TransferListRow | null> {
  return db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', ['refund transfer lists']);
    const known = await findTransferList(trx, id);
    if (known !== null) return known;
    const refunds = (await trx('refunds')
      .where({ status: 'due', way: 'transfer', told: true })
      .orderBy([{ column: 'recorded_at' }, { column: 'id' }])
      .forUpdate()
      .select(REFUND_COLUMNS)) as RefundRow[];
    if (refunds.length === 0) return null;
    await trx('transfer_lists').insert({
      id,
      xml: xmlOf(refunds),
      transfers: refunds.length,
      sum_minor: refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
      currency: CURRENCY,
      operator_id: operatorId,
    });
    const ids = refunds.map((refund) => refund.id);
    await trx('refunds').whereIn('id', ids).update({ status: 'sent', list_id: id });
    return findTransferList(trx, id);
  });
}

export async function findTransferList(db: Db, id: string): Promise<TransferListRow | null> {
  const row: TransferListRow | undefined = await db('transfer_lists').where({ id }).first(columns);
  return row ?? null;
}

/** Newest first. */
export async function listTransferLists(db: Db, limit: number): Promise<TransferListRow[]> {
  const rows: TransferListRow[] = await db('transfer_lists')
    .orderByRaw('created_at desc, id desc')
    .limit(limit)
    .select(columns);
  return rows;
}

/** The list's XML, as it was made; remembers that it was taken. */
export async function downloadTransferList(db: Db, id: string, at: Instant): Promise<string | null> {
  const rows: { xml: string }[] = await db('transfer_lists')
    .where({ id })
    .update({ downloaded_at: db.raw('coalesce(downloaded_at, ?)', [timestamp(at)]) })
    .returning('xml');
  return rows[0]?.xml ?? null;
}

/** The bank has carried it out: its refunds are paid. Said again, it is found done. */
export async function executeTransferList(db: Db, id: string, at: Instant): Promise<void> {
  await settle(db, id, { to: 'executed', at }, async (trx, refunds) => {
    for (const refund of refunds) await payOut(trx, refund, 'cash:bank_transfer', at);
  });
}

/** It was not handed in: its refunds are due again. Not once the bank has paid any of them. */
export async function cancelTransferList(db: Db, id: string, at: Instant): Promise<void> {
  await settle(db, id, { to: 'cancelled', at }, async (trx, refunds, { transfers }) => {
    if (refunds.length < transfers) throw new TransferListSettledError('The bank has paid part of it.');
    await trx('refunds').where({ list_id: id, status: 'sent' }).update({ status: 'due', list_id: null });
  });
}

/**
 * The bank's entry for one transfer of a list: that refund is paid, also where its list was given up and the bank carried
 * it out all the same. False where it is not one that waits for it.
 */
export async function transferSeen(db: Db, refundId: string, at: Instant): Promise<boolean> {
  return db.transaction(async (trx) => {
    // The list first, as whoever settles all of it does.
    const listId = (await findRefund(trx, refundId))?.listId ?? null;
    if (listId !== null) await trx('transfer_lists').where({ id: listId }).forUpdate().first('id');
    const refund = await lockRefund(trx, refundId);
    const isOnItsWay = refund?.status === 'sent' || (refund?.status === 'due' && refund.told);
    if (refund === null || !isOnItsWay || refund.way !== 'transfer') return false;
    await payOut(trx, refund, 'cash:bank_transfer', at);
    await finishList(trx, refund.listId, at);
    return true;
  });
}

/** A list all of which was seen paid is carried out. */
async function finishList(trx: Db, id: string | null, at: Instant): Promise<void> {
  if (id === null || (await trx('refunds').where({ list_id: id, status: 'sent' }).first('id')) !== undefined) return;
  await trx('transfer_lists')
    .where({ id, status: 'made' })
    .update({ status: 'executed', settled_at: timestamp(at) });
}

async function settle(
  db: Db,
  id: string,
  { to, at }: { readonly to: 'executed' | 'cancelled'; readonly at: Instant },
  change: (trx: Db, refunds: readonly RefundRow[], list: TransferListRow) => Promise<void>,
): Promise<void> {
  await db.transaction(async (trx) => {
    const list: TransferListRow | undefined = await trx('transfer_lists').where({ id }).forUpdate().first(columns);
    if (list === undefined || list.status === to) return;
    if (list.status !== 'made') throw new TransferListSettledError(`The list is ${list.status}.`);
    const refunds = (await trx('refunds')
      .where({ list_id: id, status: 'sent' })
      .orderBy('id')
      .forUpdate()
      .select(REFUND_COLUMNS)) as RefundRow[];
    await change(trx, refunds, list);
    await trx('transfer_lists')
      .where({ id })
      .update({ status: to, settled_at: timestamp(at) });
  });
}
