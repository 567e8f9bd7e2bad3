/** Where money by bank transfer or postal slip goes: a JSON file, read once when a process starts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { electronicFormatIBAN, isValidBIC, isValidIBAN } from 'ibantools';
import { z } from 'zod';
import { EPC_NAME_MAX, isEpcText } from '../domain/epcQr.ts';

/** The reason for payment is always the order's number. */
export interface PaymentInstructions {
  /** The IBAN without blanks, as systems exchange it; people read it in fours. */
  readonly bankTransfer: { readonly holder: string; readonly iban: string; readonly bic?: string | undefined };
  readonly postalSlip: { readonly holder: string; readonly accountNumber: string };
  /** Set on invented details: whatever shows them says that nothing may be paid to them. */
  readonly placeholder: boolean;
}

/** PLACEHOLDERS, to be replaced by the seller's own. The IBAN is the well-known specimen of the standard's examples. */
const DEFAULT_INSTRUCTIONS_PATH = fileURLToPath(new URL('../instructions.json', import.meta.url));

const holder = z
  .string()
  .trim()
  .min(1)
  .max(EPC_NAME_MAX)
  .refine(isEpcText, 'holds characters that banks do not carry: only Latin letters, digits and common signs');

const instructions = z.strictObject({
  bankTransfer: z.strictObject({
    holder,
    iban: z
      .string()
      .transform((text) => electronicFormatIBAN(text) ?? '')
      .refine((iban) => isValidIBAN(iban), 'is no valid IBAN'),
    bic: z.string().refine(isValidBIC, 'is no valid BIC').optional(),
  }),
  postalSlip: z.strictObject({ holder, accountNumber: z.string().regex(/^\d{1,12}$/, 'is not 1 to 12 digits') }),
  placeholder: z.boolean().default(false),
});

/** Without a file, those that came with the program. Throws an Error that names the file and each field at fault. */
export function loadInstructions(path: string = DEFAULT_INSTRUCTIONS_PATH): PaymentInstructions {
  return parseInstructions(readFileSync(path, 'utf8'), path);
}

/** @param origin named in errors, e.g. the file's path. */
export function parseInstructions(text: string, origin: string): PaymentInstructions {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`The payment instructions ${origin} are not JSON.`);
  }
  const parsed = instructions.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`The payment instructions ${origin} are wrong: ${faults.join('; ')}`);
}
