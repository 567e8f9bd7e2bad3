import { z } from 'zod';
import { text } from './parsing.ts';
import { readTaxCode, readVatNumber, type Identity } from './taxIdentity.ts';

const ITALY = 'IT';
const CODE_OF_ADMINISTRATION = 6;
const CODE_OF_OTHERS = 7;

const identity = (read: (value: string) => Identity) =>
  text(32).transform((value, context): string => {
    const found = read(value);
    if (found.valid) return found.value;
    context.addIssue({ code: 'custom', message: found.reason, input: value });
    return z.NEVER;
  });

const email = text(254).pipe(z.email());
const capitals = (value: string): string => value.toUpperCase();

const address = z
  .strictObject({
    street: text(200),
    postalCode: text(12),
    city: text(100),
    province: text(100),
    country: text(2, 2).transform(capitals).default(ITALY),
  })
  .superRefine(({ country, postalCode, province }, context) => {
    const wrong = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message, input: field });
    if (!/^[A-Z]{2}$/.test(country)) wrong('country', 'must be the two letters of a country, e.g. "IT".');
    if (country !== ITALY) return;
    if (!/^\d{5}$/.test(postalCode)) wrong('postalCode', 'must have 5 digits in Italy.');
    if (!/^[A-Za-z]{2}$/.test(province)) wrong('province', 'must have 2 letters in Italy, e.g. "AR".');
  })
  .transform((given) => (given.country === ITALY ? { ...given, province: capitals(given.province) } : given));

/** The holder of a service, normalised: codes in capitals without blanks, VAT numbers without "IT". */
export const newCustomer = z
  .strictObject({
    firstName: text(60).exactOptional(),
    lastName: text(60).exactOptional(),
    companyName: text(80).exactOptional(),
    address,
    taxCode: identity(readTaxCode).exactOptional(),
    vatNumber: identity(readVatNumber).exactOptional(),
    phone: text(40).refine(
      (value) => /^\+?\d{6,20}$/.test(value.replaceAll(/[ ()./-]/g, '')),
      'must be a telephone number of 6 to 20 digits.',
    ),
    email,
    language: z.enum(['it', 'en']).default('it'),
    recipientCode: text(CODE_OF_OTHERS, CODE_OF_ADMINISTRATION).transform(capitals).exactOptional(),
    certifiedEmail: email.exactOptional(),
    publicAdministration: z.boolean().default(false),
  })
  .superRefine((holder, context) => {
    const wrong = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message, input: field });
    if (holder.companyName === undefined || holder.firstName !== undefined || holder.lastName !== undefined) {
      const hint = 'is missing: give firstName and lastName, or companyName.';
      if (holder.firstName === undefined) wrong('firstName', hint);
      if (holder.lastName === undefined) wrong('lastName', hint);
    }
    if (holder.taxCode === undefined && holder.vatNumber === undefined) {
      wrong('taxCode', 'is missing: at least one of taxCode and vatNumber is needed.');
    }
    if (holder.recipientCode !== undefined && holder.certifiedEmail !== undefined) {
      wrong('certifiedEmail', 'must be left out where a recipientCode is given: invoices go one way only.');
    }
    const codeLength = holder.publicAdministration ? CODE_OF_ADMINISTRATION : CODE_OF_OTHERS;
    if (holder.recipientCode !== undefined && !new RegExp(`^[0-9A-Z]{${codeLength}}$`).test(holder.recipientCode)) {
      const whose = holder.publicAdministration ? 'a public administration' : 'who is no public administration';
      wrong('recipientCode', `must have ${codeLength} letters and digits for ${whose}.`);
    }
  });
