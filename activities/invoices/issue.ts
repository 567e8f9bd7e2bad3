/**
 * Issues what was asked for: checks the document, gives it the next number and writes it down with the job that delivers
 * it, all in one transaction. A crash leaves it asked for; a document that would be refused takes no number.
 */
import type { Logger } from 'pino';
import {
  claimInvoiceRequest,
  findInvoiceRequest,
  nextInvoiceNumber,
  noteFaults,
  suppressInvoiceRequest,
  writeInvoice,
  type InvoiceFault,
  type InvoiceRequest,
} from '../../db/invoices.ts';
import type { SellerSettings } from '../../config/seller.ts';
import { findCustomer } from '../../db/customers.ts';
import type { Db } from '../../db/database.ts';
import { findHolder } from '../../db/holders.ts';
import { creditedOf, lockInvoiceOf, type InvoiceRow } from '../../db/issuedInvoices.ts';
import { findRefund, type RefundRow } from '../../db/refunds.ts';
import { findSale } from '../../db/sales.ts';
import { faultsOf, schemaFaults } from '../../documents/checks.ts';
import { fatturaXml } from '../../documents/fatturapa.ts';
import { fileNameOf, payableMinor, type Invoice } from '../../documents/invoice.ts';
import { dateAt, type Instant, type PlainDate } from '../../domain/calendar.ts';
import { creditShare, type Parts } from '../../domain/vat.ts';
import { creditNoteFor, invoiceFor, type Place } from './document.ts';

export interface Issuing {
  readonly db: Db;
  readonly seller: SellerSettings;
  readonly sandbox: boolean;
  readonly log: Logger;
  /** The wall's clock. */
  readonly clock: () => Instant;
}

/** The document would be refused by the exchange system, or cannot be made. Its message names codes alone, no data. */
export class InvoiceFaultyError extends Error {
  override readonly name = 'InvoiceFaultyError';
  readonly faults: readonly InvoiceFault[];
  constructor(faults: readonly InvoiceFault[]) {
    super(`faulty: ${[...new Set(faults.map(({ code }) => code))].join(' ')}`);
    this.faults = faults;
  }
}

/** What a document will be once it has its place, and the day it would like to have. */
interface Draft {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly day: PlainDate;
  at(place: Place): Invoice;
}

/** Nothing is left to be issued. */
const NOTHING = 'nothing';

/**
 * Issues one document, once: whoever comes second finds it done.
 *
 * @throws InvoiceFaultyError as long as it would be refused; the faults are kept for an operator.
 */
export async function issue(issuing: Issuing, requestId: number): Promise<void> {
  try {
    await issuing.db.transaction(async (trx) => issueOne(issuing, trx, requestId));
  } catch (error) {
    const faults =
      error instanceof InvoiceFaultyError
        ? error.faults
        : // An outage's own words are the log's; that nothing is issued yet is what matters here.
          [{ code: 'unexpected', reason: error instanceof Error ? error.name : 'unknown' }];
    await noteFaults(issuing.db, requestId, faults);
    throw error;
  }
}

async function issueOne(issuing: Issuing, trx: Db, requestId: number): Promise<void> {
  const request = await claimInvoiceRequest(trx, requestId);
  if (request === null) return;
  const draft = request.kind === 'invoice' ? await draftInvoice(issuing, trx, request) : await draftNote(trx, request);
  if (draft === NOTHING) {
    await suppressInvoiceRequest(trx, requestId);
    issuing.log.info({ requestId, orderNumber: request.orderNumber }, 'nothing to invoice');
    return;
  }
  check(draft, issuing);
  // From here on the series is held: nothing slow, and nothing that is expected to fail.
  const { year, number, date, progressive } = await nextInvoiceNumber(trx, draft.day);
  const document = draft.at({ number: `${number}/${year}`, date, progressive });
  const { customerId, subscriptionId } = draft;
  const xml = fatturaXml(document);
  const issued = { request, year, number, customerId, subscriptionId, document, xml, fileName: fileNameOf(document) };
  const invoiceId = await writeInvoice(trx, { ...issued, payableMinor: payableMinor(document) });
  issuing.log.info({ invoiceId, kind: request.kind, orderNumber: document.orderNumber }, 'invoice issued');
}

/** Checked before it is numbered, under a number as good as any other. In the sandbox lives are ahead of the wall's clock. */
function check({ at, day }: Draft, { sandbox, clock }: Issuing): void {
  const probe = at({ number: `1/${day.slice(0, 4)}`, date: day, progressive: 1 });
  const faults = [...faultsOf(probe, sandbox ? null : dateAt(clock())), ...schemaFaults(fatturaXml(probe))];
  if (faults.length > 0) throw new InvoiceFaultyError(faults);
}

async function draftInvoice(issuing: Issuing, trx: Db, request: InvoiceRequest): Promise<Draft | typeof NOTHING> {
  const orderNumber = request.orderNumber ?? '';
  const sale = await findSale(trx, orderNumber);
  if (sale === null) throw faulty('no_sale', `Order ${orderNumber} was never completed.`);
  // Undone before it was invoiced: nobody was ever told of a sale.
  if (sale.undoneOn !== null || sale.sold.payableMinor === 0) return NOTHING;
  const { placeholder, ...seller } = issuing.seller;
  if (placeholder && !issuing.sandbox)
    throw faulty('seller', 'The seller of the configuration is a placeholder: set RINNOVO_SELLER.');
  const { subscriptionId, customerId } = sale.order;
  const holder = (await findHolder(trx, subscriptionId)) ?? (await findCustomer(trx, customerId));
  if (holder === null) throw faulty('no_holder', 'There is nobody to invoice.');
  const { askedOn } = request;
  const day = askedOn !== null && askedOn > sale.completedOn ? askedOn : sale.completedOn;
  const named = { seller, holder: partyOf(holder), late: day !== sale.completedOn };
  const at = (place: Place): Invoice => invoiceFor(sale, named, place);
  return { customerId, subscriptionId, day, at };
}

type Holder = NonNullable<Awaited<ReturnType<typeof findHolder>>>;

/** Only what a holder has: a customer also has an id and a language. */
function partyOf(holder: Holder): Holder {
  const { firstName, lastName, companyName, address, taxCode, vatNumber, phone, email } = holder;
  const { recipientCode, certifiedEmail, publicAdministration } = holder;
  const names = { firstName, lastName, companyName, taxCode, vatNumber };
  return { ...names, address, phone, email, recipientCode, certifiedEmail, publicAdministration };
}

async function draftNote(trx: Db, request: InvoiceRequest): Promise<Draft | typeof NOTHING> {
  const refund = request.refundId === null ? null : await findRefund(trx, request.refundId);
  const orderNumber = request.orderNumber ?? refund?.orderNumber ?? null;
  if (orderNumber === null) throw faulty('no_order', 'The refund is of no order, so there is nothing to credit.');
  const invoice = await lockInvoiceOf(trx, orderNumber);
  if (invoice === null) {
    const asked = await findInvoiceRequest(trx, orderNumber);
    if (asked?.status === 'suppressed') return NOTHING;
    throw faulty('no_invoice', `Order ${orderNumber} has no invoice yet.`);
  }
  const { document, customerId, subscriptionId } = invoice;
  const credited = await creditedOf(trx, orderNumber);
  const left: Parts = {
    netMinor: invoice.netMinor - credited.netMinor,
    vatMinor: invoice.vatMinor - credited.vatMinor,
  };
  const parts = refund === null ? left : refundedOf(refund, invoice, left);
  if (parts.netMinor === 0 && parts.vatMinor === 0) return NOTHING;
  const wanted = refund === null ? await undoneOn(trx, orderNumber) : dateAt(refund.requestedAt);
  const at = (place: Place): Invoice => creditNoteFor(document, { parts, undoes: refund === null }, place);
  return { customerId, subscriptionId, day: wanted > document.date ? wanted : document.date, at };
}

/** What a refund takes back, as the ledger has it; under split payment the VAT, which nobody paid us, goes with it. */
function refundedOf({ amountMinor, netMinor, vatMinor }: RefundRow, { document }: InvoiceRow, left: Parts): Parts {
  const parts =
    document.splitPayment || netMinor === null || vatMinor === null
      ? creditShare(document, { left, amountMinor })
      : { netMinor, vatMinor };
  if (parts.netMinor > left.netMinor || parts.vatMinor > left.vatMinor)
    throw faulty('exceeds', 'The refund is more than is left of the invoice.');
  return parts;
}

async function undoneOn(trx: Db, orderNumber: string): Promise<PlainDate> {
  const day = (await findSale(trx, orderNumber))?.undoneOn ?? null;
  if (day === null) throw faulty('not_undone', `Order ${orderNumber} was not undone.`);
  return day;
}

function faulty(code: string, reason: string): InvoiceFaultyError {
  return new InvoiceFaultyError([{ code, reason }]);
}
