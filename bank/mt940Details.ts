/** What banks put into `:86:`: German subfields (`?20`), SEPA codes (`EREF+`), slash codes (`/EREF/`), or plain words. */
import type { BankEntry } from './statement.ts';

type Details = Pick<BankEntry, 'endToEndId' | 'counterparty' | 'remittance' | 'references' | 'description'>;

const PURPOSE = /^(2[0-9]|6[0-3])$/;

/** @param more what stands below the movement itself, on lines of its own. */
export function detailsOf(lines: readonly string[], more: readonly string[]): Details {
  // Banks cut every 65 characters, within words, codes and numbers: where they did is kept, since a blank may be lost there.
  const text = lines.join(CUT);
  const beside = piecesOf(more.join(CUT));
  if (/^\s*(\d{3}\s*)?\?\n?\d\n?\d/.test(text)) return subfields(text, beside);
  if (/(^|\s)\/[A-Z]{3,4}\//.test(lines.join(' '))) return slashCodes(text, beside);
  return { ...NOTHING, remittance: [...piecesOf(text), ...beside] };
}

const CUT = '\n';

const NOTHING: Details = {
  endToEndId: null,
  counterparty: { name: null, account: null },
  remittance: [],
  references: [],
  description: null,
};

function piecesOf(text: string): string[] {
  return text
    .split(CUT)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

function whole(text: string): string {
  return text.replaceAll(CUT, '').trim();
}

function subfields(text: string, beside: readonly string[]): Details {
  const fields = [...text.matchAll(/\?\n?(\d)\n?(\d)([^?]*)/g)].map(
    ([, ten = '', one = '', value = '']): [string, string] => [ten + one, value],
  );
  const all = (wanted: RegExp): string[] =>
    fields.filter(([code, value]) => wanted.test(code) && value.trim() !== '').map(([, value]) => value);
  const purpose = all(PURPOSE);
  const codes = codesIn(purpose.join('').replaceAll(CUT, ''), SEPA_CODE).codes;
  return {
    endToEndId: given(codes.get('EREF')),
    counterparty: { name: joined(all(/^3[23]$/)), account: joined(all(/^(31|38)$/).slice(-1)) },
    remittance: [...purpose.flatMap(piecesOf), ...beside],
    references: [],
    description: joined(all(/^00$/)),
  };
}

/** Codes inside the purpose, which is cut every 27 characters without regard to them. */
const SEPA_CODE = /(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|RREF|PURP)\+/;

/** What each bank's codes are: the payer's own words may hold others of the same look. */
const SLASH_CODES =
  'ACCW ADDR BENM BIC CHGS CNTP CREF CSID EREF EXCH IBAN ID IREF ISDT KREF MARF NAME NRTX OCMT ORDP PREF PURP REMI RTRN SUM TRCD TRTP UCRD UDTR';
const SLASH_CODE = new RegExp(
  `/${CUT}?(${SLASH_CODES.split(' ')
    .map((code) => Array.from(code).join(`${CUT}?`))
    .join('|')})${CUT}?/`,
);

/** The value of each code, which goes on to the next one; of a code that comes twice, the first. */
function codesIn(text: string, code: RegExp): { before: string; codes: ReadonlyMap<string, string> } {
  const [before = '', ...parts] = text.split(code);
  const codes = new Map<string, string>();
  for (let index = 0; index < parts.length; index += 2) {
    const name = whole(parts[index] ?? '');
    if (!codes.has(name)) codes.set(name, (parts[index + 1] ?? '').trim());
  }
  return { before, codes };
}

/** `/EREF/…/REMI/…`, `/CNTP/account/bank/name/town/`. */
function slashCodes(text: string, beside: readonly string[]): Details {
  const { before, codes } = codesIn(text, SLASH_CODE);
  const [account, , name] = whole(codes.get('CNTP') ?? '').split('/');
  const valueOf = (code: string): string | undefined => {
    const value = codes.get(code);
    return value === undefined ? undefined : whole(value).replace(/\/+$/, '');
  };
  return {
    endToEndId: given(valueOf('EREF')),
    counterparty: { name: given(valueOf('NAME') ?? name), account: given(valueOf('IBAN') ?? account) },
    remittance: [before, codes.get('REMI') ?? '', codes.get('PREF') ?? ''].flatMap(piecesOf).concat(beside),
    references: [],
    // The whole, since no two banks use the same codes.
    description: whole(text),
  };
}

function joined(pieces: readonly string[]): string | null {
  const text = pieces.map(whole).join(' ');
  return text === '' ? null : text;
}

function given(text: string | undefined): string | null {
  return text === undefined || /^(NONREF|NOT ?PROVIDED|)$/i.test(text) ? null : text;
}
