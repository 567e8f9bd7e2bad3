/** Invoices and credit notes once they are issued: found again, and delivered. */
import type { Invoice } from '../documents/invoice.ts';
import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { Db } from './database.ts';

export interface InvoiceRow {
  /** `<year>-<number>`. */
  readonly id: string;
  readonly kind: Invoice['kind'];
  readonly year: number;
  readonly number: number;
  readonly date: PlainDate;
  readonly orderNumber: string;
  readonly refundId: string | null;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly netMinor: number;
  readonly vatMinor: number;
  /** Less than net and VAT under split payment. */
  readonly payableMinor: number;
  readonly document: Invoice;
  readonly fileName: string;
  /** On the wall's clock. */
  readonly createdAt: Instant;
  readonly delivery: {
    /** `failed`: not yet delivered, the last try failed, and another will follow. */
    readonly status: 'queued' | 'delivered' | 'failed';
    readonly attempts: number;
    readonly lastError: string | null;
    readonly deliveredAt: Instant | null;
  };
}

/** The invoice of an order, held until the transaction ends, so that notes on it are written one after the other. */
export async function lockInvoiceOf(trx: Db, orderNumber: string): Promise<InvoiceRow | null> {
  const row = await trx<InvoiceRecord>('invoices')
    .where({ order_number: orderNumber, kind: 'invoice' })
    .forUpdate()
    .first(COLUMNS);
  return row === undefined ? null : invoiceOf(row);
}

/** What credit notes have taken back of an order so far, in cents. */
export async function creditedOf(
  db: Db,
  orderNumber: string,
): Promise<{ readonly netMinor: number; readonly vatMinor: number }> {
  const row: { netMinor: number; vatMinor: number } | undefined = await db('invoices')
    .where({ order_number: orderNumber, kind: 'credit_note' })
    .first(
      db.raw('coalesce(sum(net_minor), 0)::bigint as "netMinor"'),
      db.raw('coalesce(sum(vat_minor), 0)::bigint as "vatMinor"'),
    );
  return row ?? { netMinor: 0, vatMinor: 0 };
}

/** A document that is still to be delivered, held until the transaction ends; null when it is delivered, or being so. */
export async function claimDelivery(trx: Db, id: string): Promise<(InvoiceRow & { readonly xml: string }) | null> {
  const row = await trx<InvoiceRecord & { xml: string }>('invoices')
    .where({ id })
    .whereNot('delivery_status', 'delivered')
    .forUpdate()
    .first(...COLUMNS, 'xml');
  return row === undefined ? null : { ...invoiceOf(row), xml: row.xml };
}

export async function markDelivered(trx: Db, id: string): Promise<void> {
  await trx('invoices')
    .where({ id })
    .update({
      delivery_status: 'delivered',
      delivery_attempts: trx.raw('delivery_attempts + 1'),
      delivery_error: null,
      delivered_at: trx.fn.now(),
    });
}

/** Keeps for an operator why a delivery failed; it is tried again all the same. */
export async function noteUndelivered(db: Db, id: string, error: string): Promise<void> {
  await db('invoices')
    .where({ id })
    .whereNot('delivery_status', 'delivered')
    .update({
      delivery_status: 'failed',
      delivery_attempts: db.raw('delivery_attempts + 1'),
      delivery_error: error,
    });
}

export async function findInvoice(db: Db, id: string): Promise<InvoiceRow | null> {
  const row = await db<InvoiceRecord>('invoices').where({ id }).first(COLUMNS);
  return row === undefined ? null : invoiceOf(row);
}

export async function invoiceXml(db: Db, id: string): Promise<string | null> {
  const row = await db<{ id: string; xml: string }>('invoices').where({ id }).first('xml');
  return row?.xml ?? null;
}

export interface InvoiceFilter {
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly orderNumber?: string | undefined;
  readonly year?: number | undefined;
}

/** A page of documents, the newest of the newest year first: from the one after `after`, an invoice's id. */
export async function listInvoices(
  db: Db,
  { customerId, subscriptionId, orderNumber, year }: InvoiceFilter,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<InvoiceRow[]> {
  const query = db<InvoiceRecord>('invoices').orderByRaw('year desc, number desc').limit(limit).select(COLUMNS);
  if (customerId !== undefined) void query.where({ customer_id: customerId });
  if (subscriptionId !== undefined) void query.where({ subscription_id: subscriptionId });
  if (orderNumber !== undefined) void query.where({ order_number: orderNumber });
  if (year !== undefined) void query.where({ year });
  if (after !== undefined) {
    const [of, number] = after.split('-').map(Number);
    void query.whereRaw('(year, number) < (?::integer, ?::integer)', [of ?? 0, number ?? 0]);
  }
  return (await query).map(invoiceOf);
}

interface InvoiceRecord {
  id: string;
  kind: Invoice['kind'];
  year: number;
  number: number;
  date: PlainDate;
  order_number: string;
  refund_id: string | null;
  customer_id: string;
  subscription_id: string;
  net_minor: number;
  vat_minor: number;
  payable_minor: number;
  document: Invoice;
  file_name: string;
  created_at: Instant;
  delivery_status: InvoiceRow['delivery']['status'];
  delivery_attempts: number;
  delivery_error: string | null;
  delivered_at: Instant | null;
}

/** All but the XML, which is long. */
const COLUMNS = [
  ...(['id', 'kind', 'year', 'number', 'date', 'order_number', 'refund_id', 'customer_id', 'subscription_id'] as const),
  ...(['net_minor', 'vat_minor', 'payable_minor', 'document', 'file_name', 'created_at'] as const),
  ...(['delivery_status', 'delivery_attempts', 'delivery_error', 'delivered_at'] as const),
];

function invoiceOf(row: InvoiceRecord): InvoiceRow {
  return {
    id: row.id,
    kind: row.kind,
    year: row.year,
    number: row.number,
    date: row.date,
    orderNumber: row.order_number,
    refundId: row.refund_id,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    netMinor: row.net_minor,
    vatMinor: row.vat_minor,
    payableMinor: row.payable_minor,
    document: row.document,
    fileName: row.file_name,
    createdAt: row.created_at,
    delivery: {
      status: row.delivery_status,
      attempts: row.delivery_attempts,
      lastError: row.delivery_error,
      deliveredAt: row.delivered_at,
    },
  };
}
