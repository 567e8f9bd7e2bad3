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
/** Where text would begin a new page, and where that page's number stands. */
const PAGE_END = 791;
const PAGE_NUMBER = 805;
/** What is below the totals stays with them; a remark may take two lines. */
const FOOT_HEIGHT = 50;
const REMARK_HEIGHT = 22;
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
    bufferPages: true,
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
  numberPages(doc, invoice);
  doc.end();
  await written;
  return Buffer.concat(pieces);
}

function head(doc: Doc, invoice: Invoice): void {
  const { kind, number, date, seller, buyer, orderNumber, tenderCode, projectCode, credits } = invoice;
  doc.font('Helvetica-Bold').fontSize(18).text(`${TITLES[kind]} n. ${number}`);
  doc
    .font('Helvetica')
    .fontSize(10)
    .text(`del ${dayText(date)} · Ordine n. ${orderNumber}`);
  const codes = [
    ...(tenderCode === undefined ? [] : [`CIG ${tenderCode}`]),
    ...(projectCode === undefined ? [] : [`CUP ${projectCode}`]),
  ];
  if (codes.length > 0) doc.text(codes.join(' · '));
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

function table(doc: Doc, { kind, lines }: Invoice): void {
  tableHead(doc);
  for (const line of lines) {
    // A sum that is taken back is for no time.
    const isSum = kind === 'credit_note' || line.annualPriceMinor < 0;
    const text = latin(isSum ? line.description : lineText(line), 300);
    const height = doc.heightOfString(text, { width: COLUMNS.quantity - MARGIN - 30 });
    if (doc.y + height > BOTTOM) {
      doc.addPage();
      tableHead(doc);
    }
    const y = doc.y;
    doc.text(text, COLUMNS.description, y, { width: COLUMNS.quantity - MARGIN - 30 });
    const end = doc.y;
    toRight(doc, String(line.quantity), COLUMNS.quantity, y);
    toRight(doc, isSum ? '' : amountText(line.annualPriceMinor), COLUMNS.unit, y);
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
    [settlement(invoice), amountText(payableMinor(invoice))],
  ];
  const below = FOOT_HEIGHT + REMARK_HEIGHT * (invoice.remarks?.length ?? 0);
  if (doc.y + rows.length * 16 + below > PAGE_END) doc.addPage();
  for (const [index, [label, value]] of rows.entries()) {
    const y = doc.y;
    doc.font(index >= 2 ? 'Helvetica-Bold' : 'Helvetica');
    doc.text(label, COLUMNS.unit - 100, y, { width: 200 });
    toRight(doc, value, RIGHT, y);
    doc.y = y + 16;
  }
  doc.font('Helvetica');
}

/** An order is invoiced once it is paid, but where an administration committed itself to pay. */
function settlement({ kind, paidBy }: Invoice): string {
  if (kind === 'credit_note') return 'Rimborso';
  return paidBy === 'commitment' ? 'Da pagare' : 'Pagato';
}

function foot(doc: Doc, { paidBy, kind, remarks = [] }: Invoice): void {
  doc.moveDown(2).fontSize(9);
  for (const remark of remarks) doc.text(latin(remark, 200), MARGIN);
  if (kind === 'invoice') doc.text(`Pagamento: ${PAID_BY[paidBy]}`, MARGIN);
  doc.text('Copia di cortesia: l’originale è il documento elettronico trasmesso al Sistema di Interscambio.', MARGIN);
}

/** A sheet that is lost is missed, and one that is found has its place. */
function numberPages(doc: Doc, { kind, number }: Invoice): void {
  const { count } = doc.bufferedPageRange();
  if (count === 1) return;
  for (let page = 0; page < count; page += 1) {
    doc.switchToPage(page);
    // Below the margin, where text would begin a new page.
    doc.page.margins.bottom = 0;
    doc.fontSize(8).text(`${TITLES[kind]} n. ${number} · pagina ${page + 1} di ${count}`, MARGIN, PAGE_NUMBER, {
      width: RIGHT - MARGIN,
      align: 'right',
      lineBreak: false,
    });
  }
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
