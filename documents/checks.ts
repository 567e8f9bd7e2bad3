/** What the exchange system would send back: its known checks, by their own codes, and the schema. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XmlDocument, XsdValidator, XmlValidateError } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';
import { percentOf } from '../domain/money.ts';
import { formatOf, recipientOf } from './fatturapa.ts';
import type { Invoice, InvoiceLine } from './invoice.ts';

/** One reason why a document would be refused. */
export interface Fault {
  /** The exchange system's, e.g. `00422`; `schema` for one against the schema. */
  readonly code: string;
  readonly reason: string;
}

/** Cents by which an amount may differ from what it is made of. */
const TOLERANCE = 1;

/** What the exchange system is known to refuse beside the schema. Empty when it would take the document. */
export function faultsOf(invoice: Invoice): Fault[] {
  const { lines, netMinor, vatMinor, vatPercent, number, buyer, date, credits } = invoice;
  const faults: Fault[] = [];
  const check = (code: string, holds: boolean, reason: string): void => {
    if (!holds) faults.push({ code, reason });
  };
  const sum = lines.reduce((total, line) => total + line.netMinor, 0);
  check('00400', vatPercent > 0, 'A line without VAT must say by which law (Natura).');
  check(
    '00417',
    buyer.vatNumber !== undefined || buyer.taxCode !== undefined,
    'The buyer has neither VAT number nor tax code.',
  );
  check('00418', credits === null || credits.date <= date, 'The credit note is older than what it credits.');
  check(
    '00421',
    Math.abs(percentOf(netMinor, vatPercent) - vatMinor) <= TOLERANCE,
    'The VAT is not the rate’s share of the net.',
  );
  check('00422', Math.abs(sum - netMinor) <= TOLERANCE, 'The net is not the sum of the lines.');
  for (const [index, line] of lines.entries())
    check(
      '00423',
      Math.abs(productOf(line) - line.netMinor) <= TOLERANCE,
      `Line ${index + 1} is not quantity times price less discount.`,
    );
  check('00425', /\d/.test(number), 'The number holds no digit.');
  const length = formatOf(buyer) === 'FPA12' ? 6 : 7;
  check('00427', recipientOf(buyer).length === length, `The recipient code must have ${length} characters.`);
  return faults;
}

function productOf({ annualPriceMinor, quantity, months, discountPercent }: InvoiceLine): number {
  return (annualPriceMinor * quantity * months * (100 - discountPercent)) / 1200;
}

const SCHEMA = fileURLToPath(new URL('schema/FatturaPA_v1.2.3.xsd', import.meta.url));

let validator: XsdValidator | null = null;

/** The schema, read once: it takes a second. */
function schema(): XsdValidator {
  if (validator !== null) return validator;
  xmlRegisterFsInputProviders();
  const document = XmlDocument.fromBuffer(readFileSync(SCHEMA), { url: SCHEMA });
  try {
    validator = XsdValidator.fromDoc(document);
  } finally {
    document.dispose();
  }
  return validator;
}

/** What of a document is against the schema; empty when it is valid. */
export function schemaFaults(xml: string): Fault[] {
  const document = XmlDocument.fromString(xml);
  try {
    schema().validate(document);
    return [];
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error;
    return error.details.map(({ message, line }) => ({ code: 'schema', reason: `line ${line}: ${message.trim()}` }));
  } finally {
    document.dispose();
  }
}
