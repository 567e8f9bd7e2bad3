/** What banks put into `:86:`: German subfields (`?20`), SEPA codes (`EREF+`), slash codes (`/EREF/`), or plain words. */
import type { BankEntry } from './statement.ts';

type Details = Pick<BankEntry, 'endToEndId' | 'counterparty' | 'remittance' | 'references' | 'description'>;

const PURPOSE = /^(2[0-9]|6[0-3])$/;

/** @param more what stands below the movement itself, on lines of its own. */
export function detailsOf(lines: readonly string[], more: readonly string[]): Details {
  const joined = lines.join('');
  const beside = more.map((line) => line.trim()).filter((line) => line !== '');
  if (/^\s*\d{3}\s*\?\d{2}/.test(joined) || /^\?\d{2}/.test(joined)) return subfields(joined, beside);
  if (/(^|\s)\/[A-Z]{3,4}\//.test(lines.join(' '))) return slashCodes(joined, beside);
  const remittance = lines.map((line) => line.trim()).filter((line) => line !== '');
  return { ...NOTHING, remittance: [...remittance, ...beside] };
}

const NOTHING: Details = {
  endToEndId: null,
  counterparty: { name: null, account: null },
  remittance: [],
  references: [],
  description: null,
};

function subfields(text: string, beside: readonly string[]): Details {
  const fields = [...text.matchAll(/\?(\d{2})([^?]*)/g)].map(([, code = '', value = '']): [string, string] => [
    code,
    value,
  ]);
  const all = (wanted: RegExp): string[] =>
    fields.filter(([code, value]) => wanted.test(code) && value.trim() !== '').map(([, value]) => value);
  const purpose = all(PURPOSE);
  const coded = sepaCodes(purpose);
  return {
    endToEndId: given(coded.get('EREF')),
    counterparty: { name: joined(all(/^3[23]$/)), account: joined(all(/^(31|38)$/).slice(-1)) },
    remittance: [...purpose.map((piece) => piece.trim()), ...beside],
    references: [],
    description: joined(all(/^00$/)),
  };
}

/** `EREF+…`, `SVWZ+…`: codes inside the purpose, which is cut every 27 characters without regard to them. */
function sepaCodes(purpose: readonly string[]): Map<string, string> {
  const parts = purpose.join('').split(/(?<![A-Z])([A-Z]{4})\+/);
  const codes = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2) codes.set(parts[index] ?? '', (parts[index + 1] ?? '').trim());
  return codes;
}

/** `/EREF/…/REMI/…`: each code's value goes on to the next code. */
function slashCodes(text: string, beside: readonly string[]): Details {
  const parts = text.split(/\/([A-Z]{3,4})\//);
  const codes = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2) codes.set(parts[index] ?? '', (parts[index + 1] ?? '').trim());
  const remittance = ['REMI', 'TRCD', 'PREF', 'EREF']
    .flatMap((code) => codes.get(code) ?? [])
    .filter((value) => value !== '');
  return {
    endToEndId: given(codes.get('EREF')),
    counterparty: { name: given(codes.get('NAME')), account: given(codes.get('IBAN')) },
    remittance: [...remittance, ...beside],
    references: [],
    // The whole, since no two banks use the same codes.
    description: text.trim(),
  };
}

function joined(pieces: readonly string[]): string | null {
  const text = pieces.map((piece) => piece.trim()).join(' ');
  return text === '' ? null : text;
}

function given(text: string | undefined): string | null {
  return text === undefined || /^(NONREF|NOTPROVIDED|)$/i.test(text) ? null : text;
}
