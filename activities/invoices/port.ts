/**
 * How issued documents leave us. What a channel must provide:
 *
 * - `deliver` resolves only once the document is safe with whoever is next: it is not offered again then.
 * - It may be offered the same document again (a crash between delivery and our note of it): that must do no harm. The
 *   file name is unique for good and the bytes are always the same, so that either can be recognised.
 * - What fails is thrown, as a DeliveryError where the reason is known; it is tried again, for as long as it takes, and
 *   shown to operators. Its message names codes alone: no personal data, no secrets.
 * - It may be called by several processes at once, for different documents.
 *
 * Nothing waits for a delivery: the service goes on whatever becomes of it.
 */
export interface InvoiceChannel {
  /** What operators and the log call it. */
  readonly name: string;
  deliver(document: OutgoingInvoice): Promise<void>;
  close(): void;
}

export interface OutgoingInvoice {
  /** `<year>-<number>`. */
  readonly id: string;
  /** As the exchange system demands it, e.g. `IT12345678903_0000C.xml`. */
  readonly fileName: string;
  /** UTF-8, once encoded. */
  readonly xml: string;
  /** To be printed on it, e.g. `12/2027`. */
  readonly number: string;
  readonly kind: 'invoice' | 'credit_note';
}

/** The channel did not take a document. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
}
