/** What an invoice or credit note says, made of the order's frozen price and the holder's data of the moment. */
import { SKU_LABELS } from '../../domain/labels.ts';
import type { PricedOrder } from '../../domain/pricing.ts';
import type { PlainDate } from '../../domain/calendar.ts';
import type { Parts } from '../../domain/vat.ts';
import type { Holder } from '../../db/holders.ts';
import type { Sale } from '../../db/sales.ts';
import type { Buyer, Invoice, InvoiceLine, Seller } from '../../documents/invoice.ts';

/** A document's place in its series, given last. */
export interface Place {
  readonly number: string;
  readonly date: PlainDate;
  readonly progressive: number;
}

/** Documents are Italian, whatever their reader's language. */
const REDUCTION = 'Riduzione: quanto da prolungare è cambiato dopo l’ordine';
const MONTHS_OF_A_YEAR = 12;

export function invoiceFor(sale: Sale, { seller, holder }: { seller: Seller; holder: Holder }, place: Place): Invoice {
  const { order, paidBy, sold } = sale;
  const { priced } = order;
  const reduction = priced.netMinor - sold.netMinor;
  return {
    kind: 'invoice',
    ...place,
    seller,
    buyer: buyerOf(holder, priced),
    orderNumber: order.number,
    lines: [...linesOf(priced), ...(reduction === 0 ? [] : [lump(REDUCTION, -reduction)])],
    netMinor: sold.netMinor,
    vatPercent: priced.vatPercent,
    vatMinor: sold.vatMinor,
    splitPayment: priced.splitPayment,
    paidBy,
    credits: null,
  };
}

/** A note names buyer and seller as the invoice does, which it takes back in part or whole. */
export function creditNoteFor(
  invoice: Invoice,
  { parts, undoes }: { readonly parts: Parts; readonly undoes: boolean },
  place: Place,
): Invoice {
  const { number, date, orderNumber } = invoice;
  const description = undoes
    ? `Annullamento dell’ordine n. ${orderNumber}: servizio non attivato`
    : `Rimborso dell’ordine n. ${orderNumber}`;
  return {
    ...invoice,
    kind: 'credit_note',
    ...place,
    lines: [lump(description, parts.netMinor)],
    ...parts,
    credits: { number, date },
  };
}

/** The days of a first purchase are known only once it is active: its lines name none. */
function linesOf(priced: PricedOrder): InvoiceLine[] {
  return priced.lines.map(
    ({ sku, quantity, annualPriceMinor, months, discountPercent, netMinor, from, until }): InvoiceLine => ({
      description: SKU_LABELS[sku].it,
      quantity,
      annualPriceMinor,
      months,
      discountPercent,
      netMinor,
      from,
      until,
    }),
  );
}

function lump(description: string, netMinor: number): InvoiceLine {
  const whole = { quantity: 1, months: MONTHS_OF_A_YEAR, discountPercent: 0, from: null, until: null };
  return { description, annualPriceMinor: netMinor, netMinor, ...whole };
}

/** Split payment is the order's, as it was priced; only administrations have it. */
function buyerOf(holder: Holder, { splitPayment }: PricedOrder): Buyer {
  const { phone: _phone, email: _email, ...party } = holder;
  // A company may name a person beside it: the invoice is the company's.
  const { firstName: _first, lastName: _last, ...company } = party;
  const named = party.companyName === undefined ? party : company;
  return { ...named, publicAdministration: splitPayment || holder.publicAdministration };
}
