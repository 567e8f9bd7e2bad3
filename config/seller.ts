/** Who sells, as it stands on invoices: a JSON file, read once when a process starts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { electronicFormatIBAN, isValidIBAN } from 'ibantools';
import { validate as validatePersonalCode } from 'stdnum/lib/cjs/it/codicefiscale.js';
import { z } from 'zod';
import { hasCheckDigit } from '../domain/taxNumbers.ts';

/** A company by its name, a person by first and last name; always in Italy. */
export interface SellerSettings {
  readonly companyName?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly vatNumber: string;
  readonly taxCode?: string | undefined;
  readonly address: {
    readonly street: string;
    readonly postalCode: string;
    readonly city: string;
    readonly province: string;
    readonly country: 'IT';
  };
  readonly taxRegime: string;
  readonly iban?: string | undefined;
  /** Set on an invented seller: no invoice leaves in its name outside the sandbox. */
  readonly placeholder: boolean;
}

/** A PLACEHOLDER, to be replaced by the seller's own data. */
const DEFAULT_SELLER_PATH = fileURLToPath(new URL('../seller.json', import.meta.url));

const line = (maximum: number) => z.string().trim().min(1).max(maximum);

const seller = z
  .strictObject({
    companyName: line(80).optional(),
    firstName: line(60).optional(),
    lastName: line(60).optional(),
    vatNumber: z
      .string()
      .regex(/^\d{11}$/, 'is not 11 digits')
      .refine(hasCheckDigit, 'has a wrong check digit'),
    taxCode: z
      .string()
      .regex(/^([0-9]{11}|[A-Z0-9]{16})$/, 'is no tax code')
      .refine(
        (code) => (code.length === 16 ? validatePersonalCode(code).isValid : hasCheckDigit(code)),
        'is no tax code',
      )
      .optional(),
    address: z.strictObject({
      street: line(60),
      postalCode: z.string().regex(/^\d{5}$/, 'is not 5 digits'),
      city: line(60),
      province: z.string().regex(/^[A-Z]{2}$/, 'is not two capital letters'),
      country: z.literal('IT').default('IT'),
    }),
    taxRegime: z.string().regex(/^RF(0[1-9]|1\d|20)$/, 'is no tax regime, like RF01'),
    iban: z
      .string()
      .transform((text) => electronicFormatIBAN(text) ?? '')
      .refine((iban) => isValidIBAN(iban), 'is no valid IBAN')
      .optional(),
    placeholder: z.boolean().default(false),
  })
  .refine(
    ({ companyName, firstName, lastName }) =>
      companyName === undefined
        ? firstName !== undefined && lastName !== undefined
        : firstName === undefined && lastName === undefined,
    'has either a companyName or a firstName and lastName',
  );

/** Without a file, the one that came with the program. Throws an Error that names the file and each field at fault. */
export function loadSeller(path: string = DEFAULT_SELLER_PATH): SellerSettings {
  return parseSeller(readFileSync(path, 'utf8'), path);
}

/** @param origin named in errors, e.g. the file's path. */
export function parseSeller(text: string, origin: string): SellerSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`The seller ${origin} is not JSON.`);
  }
  const parsed = seller.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`The seller ${origin} is wrong: ${faults.join('; ')}`);
}
