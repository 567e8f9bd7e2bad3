/**
 * The postal slip of an order, premarked (type 896): printed and paid at a post office, it names its order by an 18-digit
 * code that comes back with the payment. Two parts, as at the counter: one is stamped and kept, one goes to the account.
 */
import bwipjs from 'bwip-js/node';
import PDFDocument from 'pdfkit';
import { slipCodeFor } from '../domain/remittance.ts';
import { latin } from './latin.ts';
import { amountInWords } from './words.ts';

export interface PostalSlip {
  readonly orderNumber: string;
  readonly amountMinor: number;
  /** The postal account, up to 12 digits, and whose it is. */
  readonly account: string;
  readonly holder: string;
  readonly payer: { readonly name: string; readonly street: string; readonly place: string };
  /** Invented details: the slip says that nothing may be paid with it. */
  readonly placeholder: boolean;
}

const TYPE = '896';
const PAGE_WIDTH = 841.89;
const HALF = PAGE_WIDTH / 2;
const TOP = 40;
const HEIGHT = 300;
const MARGIN = 24;
const MATRIX = 64;
/** Of what is written beside its label. */
const ROW_WIDTH = HALF - 150;
const ROW_FONT = 10;
const SMALLEST_FONT = 5;

type Doc = InstanceType<typeof PDFDocument>;

/** What the machine at the counter reads: each part with its length before it. */
export function slipMatrix({
  orderNumber,
  amountMinor,
  account,
}: Pick<PostalSlip, 'orderNumber' | 'amountMinor' | 'account'>): string {
  return `18${slipCodeFor(orderNumber)}12${account.padStart(12, '0')}10${amountMinor.toString().padStart(10, '0')}3${TYPE}`;
}

/** The line along the bottom: code, amount, account and type, between the marks a reader looks for. */
export function slipLine({
  orderNumber,
  amountMinor,
  account,
}: Pick<PostalSlip, 'orderNumber' | 'amountMinor' | 'account'>): string {
  const euros = Math.floor(amountMinor / 100)
    .toString()
    .padStart(8, '0');
  const cents = (amountMinor % 100).toString().padStart(2, '0');
  return `<${slipCodeFor(orderNumber)}>   ${euros}+${cents}>   ${account.padStart(12, '0')}<   ${TYPE}>`;
}

/** The slip as a PDF of one page, A4 across. The same slip always gives the same bytes. */
export async function slipPdf(slip: PostalSlip): Promise<Buffer> {
  const doc = new PDFDocument({
    size: 'A4',
    layout: 'landscape',
    margin: 0,
    info: { Title: `Bollettino ordine ${slip.orderNumber}`, CreationDate: new Date(0) },
  });
  const pieces: Buffer[] = [];
  doc.on('data', (piece: Buffer) => pieces.push(piece));
  const written = new Promise<void>((resolve, reject) => {
    doc.on('end', resolve);
    doc.on('error', reject);
  });
  const matrix = await bwipjs.toBuffer({ bcid: 'datamatrix', text: slipMatrix(slip), scale: 4, padding: 2 });
  part(doc, slip, 'Ricevuta di Versamento', 0);
  part(doc, slip, 'Ricevuta di Accredito', HALF);
  doc
    .moveTo(HALF, TOP)
    .lineTo(HALF, TOP + HEIGHT)
    .dash(3, { space: 3 })
    .stroke()
    .undash();
  // Below what is written, so that nothing runs into it.
  doc.image(matrix, PAGE_WIDTH - MARGIN - MATRIX, TOP + HEIGHT - 28 - MATRIX, { width: MATRIX });
  doc
    .font('Courier-Bold')
    .fontSize(10)
    .text(slipLine(slip), HALF, TOP + HEIGHT - 22, { width: HALF - MARGIN, align: 'right', lineBreak: false });
  if (slip.placeholder) warning(doc);
  doc.end();
  await written;
  return Buffer.concat(pieces);
}

function part(
  doc: Doc,
  { orderNumber, amountMinor, account, holder, payer }: PostalSlip,
  title: string,
  left: number,
): void {
  const x = left + MARGIN;
  doc
    .rect(left + 10, TOP, HALF - 20, HEIGHT)
    .lineWidth(0.7)
    .stroke();
  doc
    .font('Helvetica-Bold')
    .fontSize(10)
    .text(`CONTI CORRENTI POSTALI - ${title}`, x, TOP + 10);
  const rows: [label: string, value: string][] = [
    ['sul C/C n.', account],
    ['di Euro', amountText(amountMinor)],
    ['Importo in lettere', amountInWords(amountMinor)],
    ['Intestato a', latin(holder, 60)],
    ['Causale', `Ordine n. ${orderNumber}`],
    ['Codice', slipCodeFor(orderNumber)],
    ['Eseguito da', latin(payer.name, 80)],
    ['', latin(payer.street, 80)],
    ['', latin(payer.place, 80)],
  ];
  let y = TOP + 34;
  for (const [label, value] of rows) {
    doc
      .font('Helvetica')
      .fontSize(8)
      .text(label, x, y + 2);
    doc
      .font('Helvetica-Bold')
      .fontSize(fitting(doc, value))
      .text(value, x + 90, y, { lineBreak: false });
    y += 20;
  }
  doc
    .font('Helvetica')
    .fontSize(7)
    .text('BOLLO DELL’UFFICIO POSTALE', x, TOP + HEIGHT - 50);
}

/** The size in which a text stays on its line. */
function fitting(doc: Doc, text: string): number {
  const width = doc.fontSize(ROW_FONT).widthOfString(text);
  return width <= ROW_WIDTH ? ROW_FONT : Math.max(SMALLEST_FONT, Math.floor((ROW_FONT * ROW_WIDTH * 10) / width) / 10);
}

function warning(doc: Doc): void {
  doc
    .save()
    .rotate(-12, { origin: [HALF, TOP + HEIGHT / 2] })
    .fillOpacity(0.35)
    .fillColor('#b00020');
  doc
    .font('Helvetica-Bold')
    .fontSize(46)
    .text('FAC-SIMILE · NON PAGARE', MARGIN, TOP + HEIGHT / 2 - 24, {
      width: PAGE_WIDTH - 2 * MARGIN,
      align: 'center',
    });
  doc.restore();
}

function amountText(minor: number): string {
  const whole = Math.floor(minor / 100)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, '.');
  return `${whole},${(minor % 100).toString().padStart(2, '0')}`;
}
