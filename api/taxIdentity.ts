import { validate as validatePersonalCode } from 'stdnum/lib/cjs/it/codicefiscale.js';
import { validate as validateVatNumber } from 'stdnum/lib/cjs/it/iva.js';
import { Temporal } from 'temporal-polyfill';
import { hasCheckDigit } from '../domain/taxNumbers.ts';
import type { Words } from '../domain/words.ts';
import { REASONS } from './reasons.ts';

/** A normalised identity, or why it is none. */
export type Identity =
  { readonly valid: true; readonly value: string } | { readonly valid: false; readonly reason: Words };

const normalised = (text: string): string => text.replaceAll(/[ \-:]/g, '').toUpperCase();
const ok = (value: string): Identity => ({ valid: true, value });
const wrong = (reason: Words): Identity => ({ valid: false, reason });

/**
 * Reads an Italian tax code (codice fiscale): 16 characters for a person, omocodia variants included, or 11 digits
 * for a company, an entity, or a person whose code is provisional.
 */
export function readTaxCode(text: string): Identity {
  const value = normalised(text);
  if (/^\d{11}$/.test(value)) return readNumericTaxCode(value);
  if (value.length !== 16) return wrong(REASONS.tax_code_length);
  const result = validatePersonalCode(value);
  if (!result.isValid) {
    return wrong(result.error.name === 'InvalidChecksum' ? REASONS.tax_code_check : REASONS.tax_code_form);
  }
  return hasBirthDate(value) ? ok(value) : wrong(REASONS.birth_date);
}

/** Reads an Italian VAT number (partita IVA), with or without the prefix IT. */
export function readVatNumber(text: string): Identity {
  const value = normalised(text).replace(/^IT/, '');
  if (!/^\d{11}$/.test(value)) return wrong(REASONS.vat_number_length);
  const result = validateVatNumber(value);
  if (result.isValid) return ok(value);
  return wrong(result.error.name === 'InvalidChecksum' ? REASONS.check_digit : REASONS.tax_office);
}

/**
 * Numbers given to companies and entities are checked as VAT numbers are. Persons waiting for their own code have
 * provisional ones, from series of the former tax offices, which a VAT number never has. The ranges are those of the
 * revenue agency's own checking program.
 */
function readNumericTaxCode(value: string): Identity {
  if (isProvisional(value)) return ok(value);
  const serial = Number(value.slice(0, 7));
  const office = Number(value.slice(7, 10));
  const officeOfEntity = 95;
  if (serial >= 8_000_000 && office > officeOfEntity) return wrong(REASONS.tax_office);
  const result = validateVatNumber(value);
  if (result.isValid) return ok(value);
  return wrong(hasCheckDigit(value) ? REASONS.tax_office : REASONS.check_digit);
}

const between = (value: number, [first, last]: readonly [number, number]): boolean => value >= first && value <= last;

/** Offices that gave provisional codes: finance intendancies, then direct-tax offices. */
const PROVISIONAL_OFFICES = [
  [151, 245],
  [301, 766],
  [900, 950],
] as const;
/** Serials given ex officio, under office 000. */
const EX_OFFICIO_SERIALS = [
  [1, 273_960],
  [400_001, 1_072_479],
  [1_500_001, 1_828_636],
  [2_000_001, 2_054_095],
] as const;

function isProvisional(value: string): boolean {
  const serial = Number(value.slice(0, 7));
  const office = Number(value.slice(7, 10));
  const inSeries =
    office === 0
      ? EX_OFFICIO_SERIALS.some((range) => between(serial, range))
      : serial > 0 && PROVISIONAL_OFFICES.some((range) => between(office, range));
  return inSeries && hasCheckDigit(value);
}

const MONTHS = 'ABCDEHLMPRST';
/** The letters that replace digits where two people would share a code (omocodia), by digit. */
const OMOCODIA = 'LMNPQRSTUV';

/** The library checks neither the day nor the month's length: day 1 to 31, or 41 to 71 for women; the century is not written. */
function hasBirthDate(code: string): boolean {
  const digits = (from: number, to: number): number =>
    Number(code.slice(from, to).replaceAll(/[L-V]/g, (letter) => String(OMOCODIA.indexOf(letter))));
  const month = MONTHS.indexOf(code.charAt(8)) + 1;
  const written = digits(9, 11);
  const day = written > 40 ? written - 40 : written;
  return [1900, 2000].some((century) => exists(century + digits(6, 8), month, day));
}

function exists(year: number, month: number, day: number): boolean {
  try {
    Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}
