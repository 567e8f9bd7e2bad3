/** Whether the exchange system would take a document of ours: by the schema, its known checks, and our own sums. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XmlDocument, XmlParseError, XsdValidator, XmlValidateError } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';
import type { PlainDate } from '../domain/calendar.ts';
import { exchangeFaults, type Fault } from './exchange.ts';
import { fatturaXml } from './fatturapa.ts';
import type { Invoice } from './invoice.ts';

export type { Fault };

/**
 * What the exchange system is known to refuse beside the schema, of the XML as it will leave. Empty when it would take
 * the document.
 *
 * @param receivedOn the day on which it is sent; without one, it may bear any date.
 */
export function faultsOf(invoice: Invoice, receivedOn: PlainDate | null = null): Fault[] {
  const { lines, netMinor } = invoice;
  const faults = knownFaults(fatturaXml(invoice), receivedOn);
  const sum = lines.reduce((total, line) => total + line.netMinor, 0);
  // The system allows for a euro here; we allow for nothing.
  if (sum !== netMinor && !faults.some(({ code }) => code === '00422'))
    faults.push({ code: '00422', reason: 'The net is not the sum of the lines.' });
  return faults;
}

/** The same of any document's XML, valid against the schema. */
export function knownFaults(xml: string, receivedOn: PlainDate | null = null): Fault[] {
  const document = XmlDocument.fromString(xml);
  try {
    return exchangeFaults(document, receivedOn);
  } finally {
    document.dispose();
  }
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

/** What of a document is against the schema, or no XML at all; empty when it is valid. */
export function schemaFaults(xml: string | Uint8Array): Fault[] {
  try {
    const document = typeof xml === 'string' ? XmlDocument.fromString(xml) : XmlDocument.fromBuffer(xml);
    try {
      schema().validate(document);
      return [];
    } finally {
      document.dispose();
    }
  } catch (error) {
    if (!(error instanceof XmlValidateError) && !(error instanceof XmlParseError)) throw error;
    const told = error.details.map(({ message, line }) => `line ${line}: ${message.trim()}`);
    return (told.length === 0 ? [error.message.trim()] : told).map((reason) => ({ code: 'schema', reason }));
  }
}
