/**
 * What a QR code says that fills in a SEPA credit transfer in a bank's app (EPC069-12, version 002). To be drawn with
 * error correction M; in UTF-8, its character set 1.
 */

/** Longest name of whom is paid, and longest unstructured text, in characters. */
export const EPC_NAME_MAX = 70;
const TEXT_MAX = 140;
/** What fits the largest QR code that the standard allows (version 13, correction M). */
const PAYLOAD_MAX_BYTES = 331;
/** In cents: 999,999,999.99 euros. */
const AMOUNT_MAX_MINOR = 99_999_999_999;

/** Latin letters with their accents, digits and printable signs: what every bank's app shows as it is. Line breaks would end a field. */
const EPC_TEXT = /^[\u0020-\u007e\u00a0-\u024f\u2019\u20ac]*$/u;
const IBAN = /^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/;
const BIC = /^[A-Z]{6}[A-Z\d]{2}(?:[A-Z\d]{3})?$/;

export interface EpcTransfer {
  /** Whom is paid. */
  readonly name: string;
  /** Without blanks. */
  readonly iban: string;
  /** Version 002 needs none within the European Economic Area. */
  readonly bic?: string | undefined;
  readonly amountMinor: number;
  /** The reason for payment, unstructured. */
  readonly text: string;
}

export function isEpcText(text: string): boolean {
  return EPC_TEXT.test(text);
}

/** @throws RangeError where a field is not one the standard takes. */
export function epcPayload({ name, iban, bic = '', amountMinor, text }: EpcTransfer): string {
  const demand = (isMet: boolean, what: string): void => {
    if (!isMet) throw new RangeError(`A transfer's QR code needs ${what}.`);
  };
  demand(name.trim() !== '' && name.length <= EPC_NAME_MAX && isEpcText(name), 'a name of 1 to 70 Latin characters');
  demand(IBAN.test(iban), 'an IBAN without blanks');
  demand(bic === '' || BIC.test(bic), 'a BIC of 8 or 11 characters, or none');
  const isAmount = Number.isInteger(amountMinor) && amountMinor >= 1 && amountMinor <= AMOUNT_MAX_MINOR;
  demand(isAmount, 'an amount from one cent to 999,999,999.99 euros');
  demand(text !== '' && text.length <= TEXT_MAX && isEpcText(text), 'a text of 1 to 140 Latin characters');
  const purpose = '';
  const structuredReference = '';
  const payload = [
    ...['BCD', '002', '1', 'SCT'],
    ...[bic, name, iban, `EUR${(amountMinor / 100).toFixed(2)}`],
    // The last line that holds something ends the payload.
    ...[purpose, structuredReference, text],
  ].join('\n');
  demand(new TextEncoder().encode(payload).length <= PAYLOAD_MAX_BYTES, 'at most 331 bytes in all');
  return payload;
}
