import { z } from 'zod';
import { isWritable } from '../documents/latin.ts';
import type { Words } from '../domain/words.ts';
import { text } from './parsing.ts';
import { because, REASONS } from './reasons.ts';
import { readTaxCode, readVatNumber, type Identity } from './taxIdentity.ts';

const ITALY = 'IT';
const CODE_OF_ADMINISTRATION = 6;
const CODE_OF_OTHERS = 7;
/** For buyers whom no Italian number identifies; ours all have one. */
const OF_FOREIGNERS = 'XXXXXXX';

const identity = (read: (value: string) => Identity) =>
  text(32).transform((value, context): string => {
    const found = read(value);
    if (found.valid) return found.value;
    context.addIssue({ code: 'custom', ...because(found.reason), input: value });
    return z.NEVER;
  });

/** Stands on invoices, which know Latin letters only: what they could not say at all is told now rather than then. */
const printed = (maximum: number) => text(maximum).pipe(z.string().refine(isWritable, because(REASONS.not_writable)));

const email = text(254).pipe(z.email());
const capitals = (value: string): string => value.toUpperCase();

const address = z
  .strictObject({
    street: printed(200),
    postalCode: text(12),
    city: printed(100),
    province: text(100),
    country: text(2, 2).transform(capitals).default(ITALY),
  })
  .superRefine(({ country, postalCode, province }, context) => {
    const wrong = (field: string, reason: Words): void =>
      context.addIssue({ code: 'custom', path: [field], ...because(reason), input: field });
    if (!/^[A-Z]{2}$/.test(country)) wrong('country', REASONS.country);
    if (country !== ITALY) return;
    if (!/^\d{5}$/.test(postalCode)) wrong('postalCode', REASONS.postal_code);
    if (!/^[A-Za-z]{2}$/.test(province)) wrong('province', REASONS.province);
  })
  .transform((given) => (given.country === ITALY ? { ...given, province: capitals(given.province) } : given));

/** What a person or company tells of themselves, normalised: codes in capitals without blanks, VAT numbers without "IT". */
const party = {
  firstName: printed(60).exactOptional(),
  lastName: printed(60).exactOptional(),
  companyName: printed(80).exactOptional(),
  address,
  taxCode: identity(readTaxCode).exactOptional(),
  vatNumber: identity(readVatNumber).exactOptional(),
  phone: text(40).refine((value) => /^\+?\d{6,20}$/.test(value.replaceAll(/[ ()./-]/g, '')), because(REASONS.phone)),
  email,
  recipientCode: text(CODE_OF_OTHERS, CODE_OF_ADMINISTRATION).transform(capitals).exactOptional(),
  certifiedEmail: email.exactOptional(),
  publicAdministration: z.boolean().default(false),
};

/** What one field alone does not tell: named, identified, and invoices going one way. */
function checkParty(given: z.output<z.ZodObject<typeof party>>, context: z.RefinementCtx): void {
  const wrong = (field: string, reason: Words): void =>
    context.addIssue({ code: 'custom', path: [field], ...because(reason), input: field });
  if (given.companyName === undefined || given.firstName !== undefined || given.lastName !== undefined) {
    const hint = REASONS.name_missing;
    if (given.firstName === undefined) wrong('firstName', hint);
    if (given.lastName === undefined) wrong('lastName', hint);
  }
  if (given.taxCode === undefined && given.vatNumber === undefined) {
    wrong('taxCode', REASONS.tax_identity_missing);
  }
  if (given.recipientCode !== undefined && given.certifiedEmail !== undefined) {
    wrong('certifiedEmail', REASONS.one_invoice_address);
  }
  if (given.recipientCode === OF_FOREIGNERS) wrong('recipientCode', REASONS.recipient_code_of_foreigners);
  const codeLength = given.publicAdministration ? CODE_OF_ADMINISTRATION : CODE_OF_OTHERS;
  if (given.recipientCode !== undefined && !new RegExp(`^[0-9A-Z]{${codeLength}}$`).test(given.recipientCode)) {
    wrong(
      'recipientCode',
      given.publicAdministration ? REASONS.recipient_code_of_administration : REASONS.recipient_code_of_others,
    );
  }
}

/** The customer: who buys, and the language they read. */
export const newCustomer = z
  .strictObject({ ...party, language: z.enum(['it', 'en']).default('it') })
  .superRefine(checkParty);

/** Whom a service is for, where that is not the customer [guide: purchase, "Dati Intestatario"]. */
export const newHolder = z.strictObject(party).superRefine(checkParty);
