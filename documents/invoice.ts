/** An invoice or credit note as a document: everything frozen, amounts in cents, dates in Rome. */
import type { PlainDate } from '../domain/calendar.ts';

export interface PostalAddress {
  readonly street: string;
  readonly postalCode: string;
  readonly city: string;
  readonly province: string;
  /** ISO 3166, two letters. */
  readonly country: string;
}

export interface Name {
  /** A company's or an administration's; otherwise first and last name. */
  readonly companyName?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

/** Who sells: our own data, from configuration. */
export interface Seller extends Name {
  readonly vatNumber: string;
  readonly taxCode?: string | undefined;
  readonly address: PostalAddress;
  /** The tax regime, e.g. RF01 (ordinary). */
  readonly taxRegime: string;
  readonly iban?: string | undefined;
}

/** Who buys, as the holder's data stood when the document was made. */
export interface Buyer extends Name {
  readonly vatNumber?: string | undefined;
  readonly taxCode?: string | undefined;
  readonly address: PostalAddress;
  /** Where the exchange system delivers: a code of 7 characters, of 6 for an administration, or a certified mailbox. */
  readonly recipientCode?: string | undefined;
  readonly certifiedEmail?: string | undefined;
  readonly publicAdministration: boolean;
}

export interface InvoiceLine {
  readonly description: string;
  readonly quantity: number;
  /** Net price of one unit for one year. */
  readonly annualPriceMinor: number;
  readonly months: number;
  readonly discountPercent: number;
  readonly netMinor: number;
  readonly from: PlainDate | null;
  /** The day after the last one. */
  readonly until: PlainDate | null;
}

export type PaidBy = 'bank_transfer' | 'postal_slip' | 'card' | 'paypal' | 'credit' | 'commitment';

export interface Invoice {
  readonly kind: 'invoice' | 'credit_note';
  /** Of the document within its year, e.g. `12/2027`. */
  readonly number: string;
  readonly date: PlainDate;
  /** Counts all documents we ever sent: names the file, up to 60 million in five characters. */
  readonly progressive: number;
  readonly seller: Seller;
  readonly buyer: Buyer;
  readonly orderNumber: string;
  /** What an administration's commitment says of the purchase: the codes of its tender (CIG) and project (CUP). */
  readonly tenderCode?: string | undefined;
  readonly projectCode?: string | undefined;
  /** What else the document says, each at most 200 characters. */
  readonly remarks?: readonly string[] | undefined;
  readonly lines: readonly InvoiceLine[];
  readonly netMinor: number;
  readonly vatPercent: number;
  readonly vatMinor: number;
  /** Public administrations pay net; the VAT goes to the treasury [split payment]. */
  readonly splitPayment: boolean;
  readonly paidBy: PaidBy;
  /** What a credit note takes back. */
  readonly credits: { readonly number: string; readonly date: PlainDate } | null;
}

export function totalMinor({ netMinor, vatMinor }: Pick<Invoice, 'netMinor' | 'vatMinor'>): number {
  return netMinor + vatMinor;
}

/** What the buyer pays, or gets back. */
export function payableMinor(invoice: Pick<Invoice, 'netMinor' | 'vatMinor' | 'splitPayment'>): number {
  return invoice.splitPayment ? invoice.netMinor : totalMinor(invoice);
}

const PROGRESSIVE_LENGTH = 5;

/** The name the exchange system demands: country, the sender's tax code, and up to five characters that never repeat. */
export function fileNameOf({ seller, progressive }: Pick<Invoice, 'seller' | 'progressive'>): string {
  return `IT${seller.taxCode ?? seller.vatNumber}_${progressiveText(progressive)}.xml`;
}

export function progressiveText(progressive: number): string {
  return progressive.toString(36).toUpperCase().padStart(PROGRESSIVE_LENGTH, '0');
}
