/** The price list: a JSON file, read once when a process starts and refused as a whole when anything in it is wrong. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isPlainDate, type PlainDate } from '../domain/calendar.ts';
import { BASE_SKUS, EXTRA_SKUS, type Catalogue } from '../domain/catalogue.ts';
import { MAX_AMOUNT_MINOR } from '../domain/money.ts';

export const DEFAULT_CATALOGUE_PATH = fileURLToPath(new URL('../catalogue.json', import.meta.url));

const MAX_YEARS = 5;
const date = z.custom<PlainDate>(isPlainDate, 'is not a calendar date of the form YYYY-MM-DD');
const percent = z.int().min(0).max(100);
const product = z.enum(BASE_SKUS);
const orderType = z.enum(['first_purchase', 'renewal', 'upgrade', 'reactivation']);

const version = z.strictObject({
  version: z.string().min(1),
  validFrom: date,
  vatPercent: percent,
  maxYears: z.int().min(1).max(MAX_YEARS),
  promotional: z.array(product),
  annualPriceMinor: z.record(z.enum([...BASE_SKUS, ...EXTRA_SKUS]), z.int().min(0).max(MAX_AMOUNT_MINOR)),
});

const agreement = z
  .strictObject({
    code: z.string().regex(/^[0-9A-Z]+$/, 'is not made of capital letters and digits'),
    percent,
    validFrom: date,
    validThrough: date,
    orderTypes: z.array(orderType).min(1),
    products: z.array(product).min(1),
  })
  .refine(({ validFrom, validThrough }) => validFrom <= validThrough, {
    path: ['validThrough'],
    error: 'lies before validFrom',
  });

const catalogue = z.strictObject({
  notice: z.string(),
  versions: z.array(version).min(1).refine(areDistinct('validFrom'), 'two versions start on the same day'),
  agreements: z.array(agreement).refine(areDistinct('code'), 'two agreements have the same code'),
});

function areDistinct<K extends string>(key: K): (items: readonly Readonly<Record<K, string>>[]) => boolean {
  return (items) => new Set(items.map((item) => item[key])).size === items.length;
}

/**
 * Reads the catalogue that prices every order from now on. Orders that exist keep the prices they were quoted with.
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
  const parsed = catalogue.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`The catalogue ${origin} is wrong: ${faults.join('; ')}`);
}
