/**
 * Invoices and credit notes: asked for in the transaction of what they tell of, numbered and frozen by a job of their own.
 *
 * Invariants: one invoice an order, one note a refund; numbers of a year are 1, 2, 3 … and their dates never go back; a
 * document, its number and the job that delivers it are written in one transaction; once written only its delivery changes.
 */
import type { Invoice } from '../documents/invoice.ts';
import type { PlainDate } from '../domain/calendar.ts';
import type { Db } from './database.ts';
import { jsonb } from './values.ts';

/** graphile-worker's task names; the payloads are an IssuePayload and a DeliverInvoicePayload. */
export const ISSUE_INVOICE_JOB = 'issue_invoice';
export const ISSUE_CREDIT_NOTE_JOB = 'issue_credit_note';
export const DELIVER_INVOICE_JOB = 'deliver_invoice';

/** graphile-worker's priority: what customers wait for goes first. */
const AFTER_MAIL = 10;

export interface IssuePayload {
  readonly invoiceRequestId: number;
}

export interface DeliverInvoicePayload {
  readonly invoiceId: string;
}

/** A document that is to be issued, or was. */
export interface InvoiceRequest {
  readonly id: number;
  readonly kind: Invoice['kind'];
  /** Of an invoice, and of a note that undoes an order as a whole; a refund names its own. */
  readonly orderNumber: string | null;
  readonly refundId: string | null;
  /** `suppressed`: there was nothing to issue any more. */
  readonly status: 'queued' | 'issued' | 'suppressed';
  /** The day on which an invoice was asked for long after its order was completed; null otherwise. */
  readonly askedOn: PlainDate | null;
}

/** Why a document cannot be issued as things stand. */
export interface InvoiceFault {
  readonly code: string;
  readonly reason: string;
}

/**
 * An order is to be invoiced; once, however often it is asked for. Answers whether this was the first time.
 *
 * @param askedOn the day, where it is long after the order's completion: the invoice will bear it.
 */
export async function queueInvoice(trx: Db, orderNumber: string, askedOn: PlainDate | null = null): Promise<boolean> {
  return request(trx, { kind: 'invoice', orderNumber, refundId: null, askedOn });
}

/** What was refunded of an order is to be credited; once. Call it in the transaction that decides the refund. */
export async function queueCreditNote(trx: Db, refundId: string): Promise<void> {
  await request(trx, { kind: 'credit_note', orderNumber: null, refundId, askedOn: null });
}

/** An order was undone as a whole: whatever its invoice still stands for is to be credited; once. */
export async function queueUndoingNote(trx: Db, orderNumber: string): Promise<void> {
  await request(trx, { kind: 'credit_note', orderNumber, refundId: null, askedOn: null });
}

async function request(
  trx: Db,
  { kind, orderNumber, refundId, askedOn }: Pick<InvoiceRequest, 'kind' | 'orderNumber' | 'refundId' | 'askedOn'>,
): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: unknown[] }>(
    `with added as (
       insert into invoice_requests (kind, order_number, refund_id, asked_on) values (?, ?, ?, ?)
       on conflict do nothing returning id
     )
     select graphile_worker.add_job(
       ?, json_build_object('invoiceRequestId', id), job_key => 'invoice_request:' || id, priority => ?
     ) from added`,
    [kind, orderNumber, refundId, askedOn, kind === 'invoice' ? ISSUE_INVOICE_JOB : ISSUE_CREDIT_NOTE_JOB, AFTER_MAIL],
  );
  return rows.length > 0;
}

interface RequestRecord {
  id: number;
  kind: Invoice['kind'];
  order_number: string | null;
  refund_id: string | null;
  status: InvoiceRequest['status'];
  asked_on: PlainDate | null;
}

/**
 * Takes a document that is still to be issued, or null. Run it, the issuing and the marking in one transaction: the row
 * is held meanwhile, so nobody else issues it, and a crash leaves it queued.
 */
export async function claimInvoiceRequest(trx: Db, id: number): Promise<InvoiceRequest | null> {
  const row = await trx<RequestRecord>('invoice_requests').where({ id, status: 'queued' }).forUpdate().first();
  return row === undefined ? null : requestOf(row);
}

/** What became of the invoice an order asked for; null where it never did. */
export async function findInvoiceRequest(db: Db, orderNumber: string): Promise<InvoiceRequest | null> {
  const row = await db<RequestRecord>('invoice_requests').where({ kind: 'invoice', order_number: orderNumber }).first();
  return row === undefined ? null : requestOf(row);
}

export async function suppressInvoiceRequest(trx: Db, id: number): Promise<void> {
  await trx('invoice_requests').where({ id, status: 'queued' }).update({ status: 'suppressed', faults: null });
}

/** Keeps for an operator why a document cannot be issued; it is tried again all the same. */
export async function noteFaults(db: Db, id: number, faults: readonly InvoiceFault[]): Promise<void> {
  await db('invoice_requests')
    .where({ id, status: 'queued' })
    .update({ faults: jsonb(faults) });
}

/**
 * The next number of the series, with a date not before the last one's: on `day`, or the last one's where that is later.
 * The series is held until the transaction ends; taken back, the number is the next one again.
 */
export async function nextInvoiceNumber(
  trx: Db,
  day: PlainDate,
): Promise<{ readonly year: number; readonly number: number; readonly date: PlainDate; readonly progressive: number }> {
  const year = Number(day.slice(0, 4));
  const { rows } = await trx.raw<{ rows: { number: number; date: PlainDate; progressive: number }[] }>(
    `insert into invoice_series as series (year, last_number, last_date) values (?, 1, ?)
     on conflict (year) do update
       set last_number = series.last_number + 1, last_date = greatest(series.last_date, excluded.last_date)
     returning last_number as number, last_date as date, nextval('invoice_progressives') as progressive`,
    [year, day],
  );
  const [next] = rows;
  if (next === undefined) throw new Error(`The series of ${year} gave no number.`);
  return { year, ...next };
}

export interface IssuedInvoice {
  readonly request: InvoiceRequest;
  readonly year: number;
  readonly number: number;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly payableMinor: number;
  readonly document: Invoice;
  readonly xml: string;
  readonly fileName: string;
}

/** Writes a document down for good, with the job that delivers it, and settles what asked for it. Answers its id. */
export async function writeInvoice(trx: Db, issued: IssuedInvoice): Promise<string> {
  const { request: asked, document, year, number } = issued;
  const id = `${year}-${number}`;
  await trx('invoices').insert({
    id,
    kind: document.kind,
    year,
    number,
    date: document.date,
    progressive: document.progressive,
    order_number: document.orderNumber,
    refund_id: asked.refundId,
    customer_id: issued.customerId,
    subscription_id: issued.subscriptionId,
    net_minor: document.netMinor,
    vat_minor: document.vatMinor,
    payable_minor: issued.payableMinor,
    document: jsonb(document),
    xml: issued.xml,
    file_name: issued.fileName,
  });
  await trx('invoice_requests').where({ id: asked.id }).update({ status: 'issued', faults: null });
  // One queue: a channel that hangs keeps one of the places where jobs are done, not all.
  await trx.raw(
    `select graphile_worker.add_job(
       ?, json_build_object('invoiceId', ?::text), job_key => 'invoice_delivery:' || ?::text, priority => ?,
       queue_name => 'invoice_delivery'
     )`,
    [DELIVER_INVOICE_JOB, id, id, AFTER_MAIL],
  );
  return id;
}

function requestOf(row: RequestRecord): InvoiceRequest {
  const { id, kind, order_number: orderNumber, refund_id: refundId, status, asked_on: askedOn } = row;
  return { id, kind, orderNumber, refundId, status, askedOn };
}
