import fc from 'fast-check';
import { addDays, addMonths, type PlainDate } from '../../domain/calendar.ts';
import { percentOf } from '../../domain/money.ts';
import { priceLine } from '../../domain/pricing.ts';
import type { Buyer, Invoice, InvoiceLine, Seller } from '../../documents/invoice.ts';

export const SELLER: Seller = {
  companyName: 'Fornitore di Esempio S.p.A.',
  vatNumber: '12345678903',
  address: { street: 'Via Roma 1', postalCode: '52100', city: 'Arezzo', province: 'AR', country: 'IT' },
  taxRegime: 'RF01',
  iban: 'IT60X0542811101000000123456',
};

export const MARIO: Buyer = {
  firstName: 'Mario',
  lastName: 'Rossi',
  taxCode: 'RSSMRA45C12F205C',
  address: { street: 'Via Garibaldi 12', postalCode: '20121', city: 'Milano', province: 'MI', country: 'IT' },
  recipientCode: 'ABC1234',
  publicAdministration: false,
};

export const COMUNE: Buyer = {
  companyName: 'Comune di Esempio',
  taxCode: '80008750152',
  address: { street: 'Piazza del Popolo', postalCode: '52100', city: 'Arezzo', province: 'AR', country: 'IT' },
  recipientCode: 'UF1234',
  publicAdministration: true,
};

const day = '2027-03-04' as PlainDate;

export const LINE: InvoiceLine = {
  description: 'Fatturazione Elettronica',
  quantity: 1,
  annualPriceMinor: 2500,
  months: 12,
  discountPercent: 0,
  netMinor: 2500,
  from: day,
  until: '2028-03-04' as PlainDate,
};

export const INVOICE: Invoice = {
  kind: 'invoice',
  number: '12/2027',
  date: day,
  progressive: 12,
  seller: SELLER,
  buyer: MARIO,
  orderNumber: '1000000161',
  lines: [LINE],
  netMinor: 2500,
  vatPercent: 22,
  vatMinor: 550,
  splitPayment: false,
  paidBy: 'bank_transfer',
  credits: null,
};

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }).map((text) => `x${text}`);

const anyLine: fc.Arbitrary<InvoiceLine> = fc
  .record({
    description: anyText,
    quantity: fc.integer({ min: 1, max: 1000 }),
    annualPriceMinor: fc.integer({ min: 0, max: 1_000_000 }),
    months: fc.integer({ min: 1, max: 60 }),
    discountPercent: fc.integer({ min: 0, max: 100 }),
    start: fc.option(fc.integer({ min: 0, max: 5000 })),
  })
  .map(({ start, ...line }) => {
    const from = start === null ? null : addDays(day, start);
    const until = from === null ? null : addMonths(from, line.months);
    const { annualPriceMinor, quantity, months, discountPercent } = line;
    return { ...line, from, until, netMinor: priceLine(annualPriceMinor, quantity, months, discountPercent) };
  });

/** Any invoice our orders can lead to. */
export const anyInvoice: fc.Arbitrary<Invoice> = fc
  .record({
    lines: fc.array(anyLine, { minLength: 1, maxLength: 8 }),
    vatPercent: fc.constantFrom(4, 10, 22),
    buyer: fc.constantFrom<Buyer>(MARIO, COMUNE),
    name: anyText,
    street: anyText,
    mailbox: fc.boolean(),
    isCredit: fc.boolean(),
    paidBy: fc.constantFrom<Invoice['paidBy']>(
      'bank_transfer',
      'postal_slip',
      'card',
      'paypal',
      'credit',
      'commitment',
    ),
    progressive: fc.integer({ min: 1, max: 60_000_000 }),
  })
  .map(({ lines, vatPercent, buyer, name, street, mailbox, isCredit, paidBy, progressive }) => {
    const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
    const { recipientCode: _, ...rest } = buyer;
    const reached =
      mailbox && !buyer.publicAdministration ? { ...rest, certifiedEmail: 'mario@pec.example.com' } : buyer;
    return {
      ...INVOICE,
      kind: isCredit ? 'credit_note' : 'invoice',
      credits: isCredit ? { number: '1/2027', date: day } : null,
      buyer: { ...reached, companyName: name, address: { ...buyer.address, street } },
      lines,
      netMinor,
      vatPercent,
      vatMinor: percentOf(netMinor, vatPercent),
      splitPayment: buyer.publicAdministration,
      paidBy,
      progressive,
    };
  });
