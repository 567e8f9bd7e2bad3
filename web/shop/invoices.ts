/** The invoices of an order, to be downloaded: the XML, which is the invoice, and a copy to read. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { Download, Pages, SignedVisit } from '../visit.ts';

export interface Invoice {
  readonly id: string;
  readonly kind: 'invoice' | 'credit_note';
  readonly number: string;
  readonly date: string;
  readonly fileName: string;
  /** The refund that a credit note is for. */
  readonly refundId?: string;
}

export function invoices(pages: Pages): void {
  pages.signed('/invoices/:id/xml', { get: (visit) => download(visit, 'xml', 'application/xml') });
  pages.signed('/invoices/:id/pdf', { get: (visit) => download(visit, 'pdf', 'application/pdf') });
}

async function download({ api, params }: SignedVisit, as: 'xml' | 'pdf', contentType: string): Promise<Download> {
  const path = `/invoices/${segment(params['id'] ?? '')}`;
  const [{ fileName }, bytes] = await Promise.all([api.get<Invoice>(path), api.bytes(`${path}/${as}`)]);
  return { download: bytes, contentType, fileName: fileName.replace(/\.xml$/, `.${as}`) };
}

/** All of an order, newest first. */
export async function readInvoices({ api }: SignedVisit, orderNumber: string): Promise<readonly Invoice[]> {
  const path = `/orders/${segment(orderNumber)}/invoices`;
  return (await api.get<{ invoices: readonly Invoice[] }>(path)).invoices;
}

/** What a document is called, and where it is had. */
export function invoiceLinks({ id, kind, number, date }: Invoice, { words, format }: SignedVisit): string {
  const name = words.shop.order.invoices[kind](number, format.dateText(date));
  const link = (as: 'pdf' | 'xml', label: string): string =>
    html`<a href="/invoices/${id}/${as}">${label}<span class="visually-hidden">, ${name}</span></a>`;
  return html`${name}: !${link('pdf', 'PDF')}, !${link('xml', 'XML')}`;
}

/** Nothing while there is none. */
export function invoicesOf(found: readonly Invoice[], visit: SignedVisit): string {
  if (found.length === 0) return '';
  const say = visit.words.shop.order.invoices;
  return html`<section aria-labelledby="invoices">
    <h2 id="invoices">${say.title}</h2>
    <ul>
      !${found.toReversed().map((invoice) => html`<li>!${invoiceLinks(invoice, visit)}</li>`)}
    </ul>
  </section>`;
}
