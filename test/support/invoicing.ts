/** Issues documents as the worker's jobs do, without graphile-worker in between. */
import pino from 'pino';
import { issue, type Issuing } from '../../activities/invoices/issue.ts';
import { loadSeller } from '../../config/seller.ts';
import type { Db } from '../../db/database.ts';
import { listInvoices, type InvoiceRow } from '../../db/issuedInvoices.ts';
import type { Instant } from '../../domain/calendar.ts';

const WALL = Date.parse('2026-11-22T12:00:00Z') as Instant;

export function issuing(db: Db, changes: Partial<Issuing> = {}): Issuing {
  return { db, seller: loadSeller(), sandbox: true, log: pino({ level: 'silent' }), clock: () => WALL, ...changes };
}

/** The requests that wait, oldest first. */
export async function requested(db: Db): Promise<number[]> {
  const rows: { id: number }[] = await db('invoice_requests').where({ status: 'queued' }).orderBy('id').select('id');
  return rows.map(({ id }) => id);
}

/** Issues all that waits, one after the other, and answers every document there is, in its series' order. */
export async function issueAll(db: Db, changes: Partial<Issuing> = {}): Promise<InvoiceRow[]> {
  for (const id of await requested(db)) await issue(issuing(db, changes), id);
  return allInvoices(db);
}

/** Every document, in its series' order. */
export async function allInvoices(db: Db): Promise<InvoiceRow[]> {
  return (await listInvoices(db, {}, { limit: 100_000 })).toReversed();
}
