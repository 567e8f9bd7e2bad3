/**
 * The price list as a JSON document: refused as a whole when anything in it is wrong. The file is what a system begins
 * with; from then on the published document counts.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isPlainDate, type PlainDate } from '../domain/calendar.ts';
import { BASE_SKUS, EXTRA_SKUS, type Catalogue } from '../domain/catalogue.ts';
import { MAX_AMOUNT_MINOR } from '../domain/money.ts';
import type { Words } from '../domain/words.ts';

export const DEFAULT_CATALOGUE_PATH = fileURLToPath(new URL('../catalogue.json', import.meta.url));

const MAX_YEARS = 5;
const MAX_NAME = 64;
const MAX_NOTICE = 1000;

/** A fault in words for the file's reader, and for the API's in their language. */
const told = (words: Words) => ({ error: words.en, params: { words } });

const date = z.custom<PlainDate>(
  isPlainDate,
  told({
    it: 'non è una data di calendario della forma AAAA-MM-GG.',
    en: 'is not a calendar date of the form YYYY-MM-DD.',
  }),
);
const percent = z.int().min(0).max(100);
const product = z.enum(BASE_SKUS);
const sku = z.enum([...BASE_SKUS, ...EXTRA_SKUS]);
const orderType = z.enum(['first_purchase', 'renewal', 'upgrade', 'reactivation']);
const name = z
  .string()
  .min(1)
  .max(MAX_NAME)
  .refine(
    (text) => !/\p{Cc}/u.test(text) && text.isWellFormed(),
    told({ it: 'non può contenere caratteri di controllo.', en: 'must not hold control characters.' }),
  );

const version = z.strictObject({
  version: name,
  validFrom: date,
  vatPercent: percent,
  maxYears: z.int().min(1).max(MAX_YEARS),
  promotional: z.array(product),
  retired: z.array(sku).exactOptional(),
  annualPriceMinor: z.record(sku, z.int().min(0).max(MAX_AMOUNT_MINOR)),
});

const valid = {
  percent,
  validFrom: date,
  validThrough: date,
  orderTypes: z.array(orderType).min(1),
  products: z.array(product).min(1),
};
const endsNotBeforeItBegins = (item: { readonly validFrom: PlainDate; readonly validThrough: PlainDate }): boolean =>
  item.validFrom <= item.validThrough;
const ENDS_FIRST = {
  path: ['validThrough'],
  ...told({ it: 'viene prima di validFrom.', en: 'lies before validFrom.' }),
};

const agreement = z
  .strictObject({
    code: z
      .string()
      .max(32)
      .refine(
        (code) => /^[0-9A-Z]+$/.test(code),
        told({ it: 'non è fatto di lettere maiuscole e cifre.', en: 'is not made of capital letters and digits.' }),
      ),
    ...valid,
  })
  .refine(endsNotBeforeItBegins, ENDS_FIRST);

const promotion = z
  .strictObject({ name: z.strictObject({ it: name, en: name }).exactOptional(), ...valid })
  .refine(endsNotBeforeItBegins, ENDS_FIRST);

/** What a price list has to look like, in the file and over the API; each fault names its field. */
export const catalogueDocument = z.strictObject({
  notice: z.string().max(MAX_NOTICE),
  versions: z
    .array(version)
    .min(1)
    .refine(
      areDistinct('validFrom'),
      told({
        it: 'ha due versioni che iniziano lo stesso giorno.',
        en: 'has two versions that start on the same day.',
      }),
    )
    .refine(
      areDistinct('version'),
      told({ it: 'ha due versioni con lo stesso nome.', en: 'has two versions with the same name.' }),
    ),
  agreements: z
    .array(agreement)
    .refine(
      areDistinct('code'),
      told({ it: 'ha due convenzioni con lo stesso codice.', en: 'has two agreements with the same code.' }),
    ),
  promotions: z.array(promotion).exactOptional(),
});

function areDistinct<K extends string>(key: K): (items: readonly Readonly<Record<K, string>>[]) => boolean {
  return (items) => new Set(items.map((item) => item[key])).size === items.length;
}

/**
 * Reads the catalogue file, which is published where nothing was yet.
 * Throws an Error that names the file and each field at fault.
 */
export function loadCatalogue(path: string = DEFAULT_CATALOGUE_PATH): Catalogue {
  return parseCatalogue(readFileSync(path, 'utf8'), path);
}

/** @param origin named in errors, e.g. the file's path. */
export function parseCatalogue(text: string, origin: string): Catalogue {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`The catalogue ${origin} is not JSON.`);
  }
  const parsed = catalogueDocument.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`The catalogue ${origin} is wrong: ${faults.join('; ')}`);
}
