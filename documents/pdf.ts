/** A copy of an invoice for people to read: one or more A4 pages. The XML is the invoice; this is not. */
import PDFDocument from 'pdfkit';
import { addDays, type PlainDate } from '../domain/calendar.ts';
import { latin } from './latin.ts';
import {
  payableMinor,
  totalMinor,
  type Buyer,
  type Invoice,
  type InvoiceLine,
  type Name,
  type PostalAddress,
  type Seller,
} from './invoice.ts';

const MARGIN = 50;
const WIDTH = 595.28;
const RIGHT = WIDTH - MARGIN;
const BOTTOM = 770;
/** Left edges of the table's columns, and where right-aligned ones end. */
const COLUMNS = { description: MARGIN, quantity: 330, unit: 390, discount: 440, net: RIGHT } as const;

const TITLES = { invoice: 'Fattura', credit_note: 'Nota di credito' } as const;
const PAID_BY = {
  bank_transfer: 'bonifico',
  postal_slip: 'bollettino postale',
  card: 'carta di pagamento',
  paypal: 'PayPal',
  credit: 'credito del cliente',
  commitment: 'impegno di spesa',
} as const;

type Doc = InstanceType<typeof PDFDocument>;

/** The document as a PDF. The same invoice always gives the same bytes. */
export async function invoicePdf(invoice: Invoice): Promise<Buffer> {
  const doc = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    info: { Title: `${TITLES[invoice.kind]} ${invoice.number}`, CreationDate: new Date(`${invoice.date}T00:00:00Z`) },
  });
  const pieces: Buffer[] = [];
  doc.on('data', (piece: Buffer) => pieces.push(piece));
  const written = new Promise<void>((resolve, reject) => {
    doc.on('end', resolve);
    doc.on('error', reject);
  });
  head(doc, invoice);
  table(doc, invoice);
  totals(doc, invoice);
  foot(doc, invoice);
  doc.end();
  await written;
  return Buffer.concat(pieces);
}

function head(doc: Doc, invoice: Invoice): void {
  const { kind, number, date, seller, buyer, orderNumber, credits } = invoice;
  doc.font('Helvetica-Bold').fontSize(18).text(`${TITLES[kind]} n. ${number}`);
  doc
    .font('Helvetica')
    .fontSize(10)
    .text(`del ${dayText(date)} · Ordine n. ${orderNumber}`);
  if (credits !== null) doc.text(`Storna la fattura n. ${credits.number} del ${dayText(credits.date)}`);
  doc.moveDown();
  const top = doc.y;
  party(doc, 'Fornitore', sellerLines(seller), MARGIN, top);
  const left = doc.y;
  party(doc, 'Cliente', buyerLines(buyer), WIDTH / 2 + 10, top);
  doc.y = Math.max(left, doc.y) + 20;
  doc.x = MARGIN;
}

function party(doc: Doc, title: string, lines: readonly string[], x: number, y: number): void {
  const width = WIDTH / 2 - MARGIN - 10;
  doc.font('Helvetica-Bold').text(title, x, y, { width }).font('Helvetica');
  for (const line of lines) doc.text(latin(line, 120), x, undefined, { width });
}

function sellerLines({ vatNumber, taxCode, address, ...name }: Seller): string[] {
  const codes = [`P. IVA ${vatNumber}`, ...(taxCode === undefined || taxCode === vatNumber ? [] : [`C.F. ${taxCode}`])];
  return [nameText(name), ...addressLines(address), ...codes];
}

function buyerLines({ vatNumber, taxCode, address, recipientCode, certifiedEmail, ...name }: Buyer): string[] {
  return [
    nameText(name),
    ...addressLines(address),
    ...(vatNumber === undefined ? [] : [`P. IVA ${vatNumber}`]),
    ...(taxCode === undefined ? [] : [`C.F. ${taxCode}`]),
    ...(recipientCode === undefined ? [] : [`Codice destinatario ${recipientCode}`]),
    ...(certifiedEmail === undefined ? [] : [`PEC ${certifiedEmail}`]),
  ];
}

function nameText({ companyName, firstName, lastName }: Name): string {
  return companyName ?? `${firstName ?? ''} ${lastName ?? ''}`.trim();
}

function addressLines({ street, postalCode, city, province, country }: PostalAddress): string[] {
  return [street, `${postalCode} ${city} (${province})${country === 'IT' ? '' : ` ${country}`}`];
}

function table(doc: Doc, { lines }: Invoice): void {
  tableHead(doc);
  for (const line of lines) {
    const text = latin(lineText(line), 300);
    const height = doc.heightOfString(text, { width: COLUMNS.quantity - MARGIN - 30 });
    if (doc.y + height > BOTTOM) {
      doc.addPage();
      tableHead(doc);
    }
    const y = doc.y;
    doc.text(text, COLUMNS.description, y, { width: COLUMNS.quantity - MARGIN - 30 });
    const end = doc.y;
    toRight(doc, String(line.quantity), COLUMNS.quantity, y);
    toRight(doc, amountText(line.annualPriceMinor), COLUMNS.unit, y);
    toRight(doc, line.discountPercent === 0 ? '' : `${line.discountPercent}%`, COLUMNS.discount, y);
    toRight(doc, amountText(line.netMinor), COLUMNS.net, y);
    doc.y = end + 4;
  }
  rule(doc);
}

function tableHead(doc: Doc): void {
  const y = doc.y;
  doc.font('Helvetica-Bold').text('Descrizione', COLUMNS.description, y);
  toRight(doc, 'Quantità', COLUMNS.quantity, y);
  toRight(doc, 'Annuo', COLUMNS.unit, y);
  toRight(doc, 'Sconto', COLUMNS.discount, y);
  toRight(doc, 'Importo', COLUMNS.net, y);
  doc.font('Helvetica');
  doc.y = y + 16;
  rule(doc);
}

function toRight(doc: Doc, text: string, edge: number, y: number): void {
  doc.text(text, edge - 100, y, { width: 100, align: 'right' });
}

function rule(doc: Doc): void {
  doc.moveTo(MARGIN, doc.y).lineTo(RIGHT, doc.y).lineWidth(0.5).stroke();
  doc.y += 6;
}

function lineText({ description, months, from, until }: InvoiceLine): string {
  const period = from === null || until === null ? '' : `, dal ${dayText(from)} al ${dayText(addDays(until, -1))}`;
  return `${description} (${months} mesi${period})`;
}

function totals(doc: Doc, invoice: Invoice): void {
  const rows: [string, string][] = [
    ['Imponibile', amountText(invoice.netMinor)],
    [
      `IVA ${invoice.vatPercent}%${invoice.splitPayment ? ' (scissione dei pagamenti)' : ''}`,
      amountText(invoice.vatMinor),
    ],
    ['Totale documento', amountText(totalMinor(invoice))],
    [invoice.kind === 'invoice' ? 'Da pagare' : 'Da rimborsare', amountText(payableMinor(invoice))],
  ];
  if (doc.y + rows.length * 16 > BOTTOM) doc.addPage();
  for (const [index, [label, value]] of rows.entries()) {
    const y = doc.y;
    doc.font(index >= 2 ? 'Helvetica-Bold' : 'Helvetica');
    doc.text(label, COLUMNS.unit - 100, y, { width: 200 });
    toRight(doc, value, RIGHT, y);
    doc.y = y + 16;
  }
  doc.font('Helvetica');
}

function foot(doc: Doc, { paidBy, kind }: Invoice): void {
  doc.moveDown(2).fontSize(9);
  if (kind === 'invoice') doc.text(`Pagamento: ${PAID_BY[paidBy]}`, MARGIN);
  doc.text('Copia di cortesia: l’originale è il documento elettronico trasmesso al Sistema di Interscambio.', MARGIN);
}

function dayText(date: PlainDate): string {
  const [year, month, day] = date.split('-');
  return `${day}/${month}/${year}`;
}

/** `1.234,56 €`. */
function amountText(minor: number): string {
  const cents = Math.abs(minor) % 100;
  const whole = Math.floor(Math.abs(minor) / 100)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, '.');
  return `${minor < 0 ? '-' : ''}${whole},${cents.toString().padStart(2, '0')} €`;
}
