/** Invoices and credit notes: listed, read, and downloaded as they were issued. Nothing here changes them. */
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { askForMissing } from '../db/missingInvoices.ts';
import { findInvoice, invoiceXml, listInvoices, type InvoiceFilter, type InvoiceRow } from '../db/issuedInvoices.ts';
import { invoicePdf } from '../documents/pdf.ts';
import { dateAt } from '../domain/calendar.ts';
import { euros } from '../domain/money.ts';
import { callerOf, demandOwn, operatorsOnly } from './access.ts';
import type { Context } from './context.ts';
import { reachable } from './customerLists.ts';
import { ownOrder } from './orders.ts';
import { formed, id, text } from './parsing.ts';
import { instantText } from './present.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';

const LONGEST_PAGE = 200;
const PAGE = 50;
/** More than an order ever has: its invoice and a note for each refund. */
const OF_AN_ORDER = 1000;

const INVOICE_ID = /^\d{4}-[1-9]\d{0,8}$/;

const page = {
  /** The last document of the page before. */
  after: formed(INVOICE_ID, REASONS.invoice_unknown).exactOptional(),
  limit: formed(/^\d{1,3}$/, REASONS.whole_number)
    .transform(Number)
    .pipe(z.int().min(1).max(LONGEST_PAGE))
    .default(PAGE),
  year: formed(/^\d{4}$/, REASONS.year)
    .transform(Number)
    .exactOptional(),
};
const customersQuery = z.strictObject(page);
/** At once, of the orders that were completed before there were invoices. */
const MOST_ASKED = 1000;
const missing = z.strictObject({ orderNumber: text(40).exactOptional() });
const allQuery = z.strictObject({ ...page, customer: id.exactOptional() });

export function invoices(router: Router, context: Context): void {
  const { db } = context;

  const all = operatorsOnly(async (_request, response) => {
    const { customer: customerId, ...query } = response.locals['query'] as z.output<typeof allQuery>;
    await answerPage(context, response, { customerId }, query);
  });
  // What was asked for before is not asked for again: a repeated request does no harm.
  const ask = operatorsOnly(async (request, response) => {
    const { orderNumber } = bodyOf(request, missing);
    const asked = await askForMissing(db, { orderNumber, askedOn: dateAt(context.now()), most: MOST_ASKED });
    response.status(202).json(asked);
  });
  resource(router, '/invoices', { get: all, post: ask }, { query: allQuery });

  resource(
    router,
    '/customers/:id/invoices',
    {
      get: async (request, response) => {
        const owner = await reachable(context, request, response);
        await answerPage(context, response, owner, response.locals['query'] as z.output<typeof customersQuery>);
      },
    },
    { query: customersQuery },
  );

  resource(router, '/orders/:number/invoices', {
    get: async (request, response) => {
      const { number } = await ownOrder(context, response, pathOf(request, 'number'));
      const found = await listInvoices(db, { orderNumber: number }, { limit: OF_AN_ORDER });
      response.json({ invoices: found.map((invoice) => presentInvoice(invoice, response)) });
    },
  });

  resource(router, '/invoices/:id', {
    get: async (request, response) => {
      const invoice = await ownInvoice(context, request, response);
      const { seller, buyer, tenderCode, projectCode, remarks, lines } = invoice.document;
      const said = { seller, buyer, tenderCode, projectCode, remarks, lines: lines.map(presentLine) };
      response.json({ ...presentInvoice(invoice, response), ...said });
    },
  });

  resource(router, '/invoices/:id/xml', {
    get: async (request, response) => {
      const { id: invoiceId, fileName } = await ownInvoice(context, request, response);
      const xml = await invoiceXml(db, invoiceId);
      response.type('application/xml').attachment(fileName).send(xml);
    },
  });

  resource(router, '/invoices/:id/pdf', {
    get: async (request, response) => {
      const { document, fileName } = await ownInvoice(context, request, response);
      const pdf = await invoicePdf(document);
      response
        .type('application/pdf')
        .attachment(fileName.replace(/\.xml$/, '.pdf'))
        .send(pdf);
    },
  });
}

async function answerPage(
  { db }: Context,
  response: Response,
  owner: Pick<InvoiceFilter, 'customerId' | 'subscriptionId'>,
  { after, limit, year }: z.output<typeof customersQuery>,
): Promise<void> {
  const found = await listInvoices(db, { ...owner, year }, { after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  response.json({
    invoices: shown.map((invoice) => presentInvoice(invoice, response)),
    // Where to go on from; null at the end.
    next: found.length > limit ? (shown.at(-1)?.id ?? null) : null,
  });
}

/** The document of a path, or 404: where there is none, and where it is not the caller's. */
async function ownInvoice({ db }: Context, request: Request, response: Response): Promise<InvoiceRow> {
  const invoiceId = pathOf(request, 'id');
  const invoice = INVOICE_ID.test(invoiceId) ? await findInvoice(db, invoiceId) : null;
  if (invoice === null) throw invoiceUnknown();
  demandOwn(response, invoice, invoiceUnknown);
  return invoice;
}

function invoiceUnknown(): ProblemError {
  return new ProblemError('invoice_unknown', { errors: [{ field: 'id', reason: REASONS.invoice_unknown }] });
}

/** How it is being delivered is for operators to know in full. */
function presentInvoice(invoice: InvoiceRow, response: Response): Record<string, unknown> {
  const { document, delivery, refundId } = invoice;
  const { status, deliveredAt, attempts, lastError } = delivery;
  const isOperator = callerOf(response).kind === 'operator';
  const href = `/v1/invoices/${invoice.id}`;
  return {
    id: invoice.id,
    kind: invoice.kind,
    number: document.number,
    date: invoice.date,
    orderNumber: invoice.orderNumber,
    ...(refundId === null ? {} : { refundId }),
    customerId: invoice.customerId,
    subscriptionId: invoice.subscriptionId,
    net: euros(invoice.netMinor),
    vatPercent: document.vatPercent,
    vat: euros(invoice.vatMinor),
    total: euros(invoice.netMinor + invoice.vatMinor),
    payable: euros(invoice.payableMinor),
    splitPayment: document.splitPayment,
    paidBy: document.paidBy,
    credits: document.credits,
    delivery: {
      status,
      deliveredAt: deliveredAt === null ? null : instantText(deliveredAt),
      ...(isOperator ? { attempts, lastError } : {}),
    },
    files: { xml: `${href}/xml`, pdf: `${href}/pdf` },
    fileName: invoice.fileName,
  };
}

function presentLine({
  annualPriceMinor,
  netMinor,
  ...line
}: InvoiceRow['document']['lines'][number]): Record<string, unknown> {
  return { ...line, annualUnitPrice: euros(annualPriceMinor), amount: euros(netMinor) };
}
