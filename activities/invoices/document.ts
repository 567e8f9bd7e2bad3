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

/** @param late whether it is issued long after the sale, under its own day: it then names the sale's. */
export function invoiceFor(
  sale: Sale,
  { seller, holder, late = false }: { readonly seller: Seller; readonly holder: Holder; readonly late?: boolean },
  place: Place,
): Invoice {
  const { order, paidBy, commitment, sold } = sale;
  const { priced } = order;
  const reduction = priced.netMinor - sold.netMinor;
  return {
    kind: 'invoice',
    ...place,
    seller,
    buyer: buyerOf(holder, priced),
    orderNumber: order.number,
    ...codesIn(commitment ?? ''),
    ...remarksOf(sale, late),
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
  const { number, date, orderNumber, remarks: _, ...same } = invoice;
  const description = undoes
    ? `Annullamento dell’ordine n. ${orderNumber}: servizio non attivato`
    : `Rimborso dell’ordine n. ${orderNumber}`;
  return {
    ...same,
    orderNumber,
    kind: 'credit_note',
    ...place,
    lines: [lump(description, parts.netMinor)],
    ...parts,
    credits: { number, date },
  };
}

/** The codes under which an administration buys, where what it wrote names them: without them it may not pay. */
function codesIn(commitment: string): Pick<Invoice, 'tenderCode' | 'projectCode'> {
  const coded = (name: string, length: number): string | undefined =>
    new RegExp(`\\b${name}\\b[^A-Z0-9]{0,4}([A-Z0-9]{${length}})\\b`, 'i').exec(commitment)?.[1]?.toUpperCase();
  const [tenderCode, projectCode] = [coded('CIG', 10), coded('CUP', 15)];
  return {
    ...(tenderCode === undefined ? {} : { tenderCode }),
    ...(projectCode === undefined ? {} : { projectCode }),
  };
}

function remarksOf({ commitment, completedOn, paidBy }: Sale, late: boolean): Pick<Invoice, 'remarks'> {
  const [year, month, day] = completedOn.split('-');
  const fact = paidBy === 'commitment' ? 'Impegno registrato' : 'Pagamento registrato';
  const remarks = [
    ...(commitment === null ? [] : [`Impegno di spesa: ${commitment}`]),
    ...(late ? [`${fact} il ${day}/${month}/${year}`] : []),
  ];
  return remarks.length === 0 ? {} : { remarks };
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
