import type { PlainDate } from './calendar.ts';
import { refuse } from './errors.ts';
import type { Words } from './words.ts';

/** Base services [guide: purchase] and the extras sold with them. */
export const BASE_SKUS = ['fe', 'fe-receive-only'] as const;
export const MODULE_SKUS = ['documents', 'payments', 'nso'] as const;
export const EXTRA_SKUS = ['user', 'space', ...MODULE_SKUS] as const;

export type BaseSku = (typeof BASE_SKUS)[number];
export type ModuleSku = (typeof MODULE_SKUS)[number];
export type ExtraSku = (typeof EXTRA_SKUS)[number];
export type Sku = BaseSku | ExtraSku;

/** How many of each extra; an absent sku means none. */
export type Quantities = Readonly<Partial<Record<ExtraSku, number>>>;

export interface CatalogueVersion {
  readonly version: string;
  /** First day on which this version prices orders. */
  readonly validFrom: PlainDate;
  readonly vatPercent: number;
  readonly maxYears: number;
  /** Products on promotion are sold for at most two years [guide: renewal]. */
  readonly promotional: readonly BaseSku[];
  /**
   * Products no longer sold anew: a first purchase of a retired base, or new units of a retired extra, is refused. Running
   * subscriptions keep theirs; renewals, reactivations, auto-renewal and co-terming carry them on, at this list's prices.
   */
  readonly retired?: readonly Sku[];
  /** Net price of one unit for one year, in cents. */
  readonly annualPriceMinor: Readonly<Record<Sku, number>>;
}

export interface Agreement {
  readonly code: string;
  /** Percent off the base service's lines. */
  readonly percent: number;
  readonly validFrom: PlainDate;
  /** Last day of validity, inclusive. */
  readonly validThrough: PlainDate;
  readonly orderTypes: readonly string[];
  readonly products: readonly BaseSku[];
}

/**
 * A percentage off the base service's lines for everybody. While one is valid for an order its product is on promotion:
 * sold for one or two years [guide: renewal].
 */
export interface Promotion {
  readonly name?: Words;
  readonly products: readonly BaseSku[];
  readonly percent: number;
  readonly validFrom: PlainDate;
  /** Last day of validity, inclusive. */
  readonly validThrough: PlainDate;
  /** Auto-renewal takes part only where this names `renewal`. */
  readonly orderTypes: readonly string[];
}

export interface Catalogue {
  readonly notice: string;
  readonly versions: readonly CatalogueVersion[];
  readonly agreements: readonly Agreement[];
  readonly promotions?: readonly Promotion[];
}

export const MAX_PROMOTIONAL_YEARS = 2;
/** The most units of one extra that one order may hold. */
export const MAX_QUANTITY = 1000;

export function isModule(sku: Sku): sku is ModuleSku {
  return (MODULE_SKUS as readonly string[]).includes(sku);
}

export function isExtra(value: string): value is ExtraSku {
  return (EXTRA_SKUS as readonly string[]).includes(value);
}

/** The extras a base service may carry: receive-only takes no modules. */
export function extrasOf(product: BaseSku): readonly ExtraSku[] {
  return product === 'fe' ? EXTRA_SKUS : ['user', 'space'];
}

/** The version that prices an order placed on this day: the latest one already valid. */
export function versionOn(catalogue: Catalogue, day: PlainDate): CatalogueVersion {
  const valid = catalogue.versions.filter((version) => version.validFrom <= day);
  const latest = valid.reduce<CatalogueVersion | undefined>(
    (best, version) => (best === undefined || version.validFrom > best.validFrom ? version : best),
    undefined,
  );
  if (latest === undefined) throw new RangeError(`The catalogue has no version valid on ${day}.`);
  return latest;
}

/** The most years a product is sold for, on a promotion or without one. */
export function longestTerm(version: CatalogueVersion, product: BaseSku, promotion: Promotion | null = null): number {
  const isPromotional = promotion !== null || version.promotional.includes(product);
  return isPromotional ? Math.min(MAX_PROMOTIONAL_YEARS, version.maxYears) : version.maxYears;
}

/** Refuses a number of years the product is not sold for [guide: renewal, 1 to 5; promotional 1 or 2]. */
export function checkYears(
  version: CatalogueVersion,
  product: BaseSku,
  years: number,
  promotion: Promotion | null = null,
): void {
  const most = longestTerm(version, product, promotion);
  if (!Number.isInteger(years) || years < 1 || years > most) {
    refuse('years_not_offered', {
      field: 'years',
      detail: {
        it: `"${product}" si vende per un periodo da 1 a ${most} anni.`,
        en: `"${product}" is sold for 1 to ${most} years.`,
      },
    });
  }
}

export function checkExtras(product: BaseSku, quantities: Quantities, field: string): void {
  for (const [sku, quantity] of Object.entries(quantities)) {
    if (!isExtra(sku) || !extrasOf(product).includes(sku)) {
      refuse('extra_not_offered', {
        field: `${field}.${sku}`,
        detail: { it: `"${sku}" non si vende con "${product}".`, en: `"${sku}" is not sold with "${product}".` },
      });
    }
    const most = isModule(sku) ? 1 : MAX_QUANTITY;
    if (!Number.isInteger(quantity) || quantity < 0 || quantity > most) {
      refuse('quantity_out_of_range', {
        field: `${field}.${sku}`,
        detail: {
          it: `La quantità di "${sku}" è un numero intero da 0 a ${most}.`,
          en: `The quantity of "${sku}" is a whole number from 0 to ${most}.`,
        },
      });
    }
  }
}

/** Refuses what is no longer sold anew. */
export function checkNotRetired(version: CatalogueVersion, skus: readonly Sku[], fieldOf: (sku: Sku) => string): void {
  for (const sku of skus) {
    if (version.retired?.includes(sku) !== true) continue;
    refuse('product_retired', {
      field: fieldOf(sku),
      detail: { it: `"${sku}" non si vende più.`, en: `"${sku}" is no longer sold.` },
    });
  }
}

/** Finds the agreement of a code for this order, or refuses with the reason [guide: renewal, "codice convenzione"]. */
export function agreementFor(
  catalogue: Catalogue,
  code: string,
  order: { type: string; product: BaseSku; day: PlainDate },
): Agreement {
  const wanted = code.trim().toUpperCase();
  const agreement = catalogue.agreements.find((candidate) => candidate.code.toUpperCase() === wanted);
  if (agreement === undefined) return refuse('agreement_unknown', { field: 'agreementCode' });
  if (order.day < agreement.validFrom || order.day > agreement.validThrough)
    return refuse('agreement_expired', { field: 'agreementCode' });
  if (!agreement.orderTypes.includes(order.type) || !agreement.products.includes(order.product)) {
    return refuse('agreement_not_applicable', { field: 'agreementCode' });
  }
  return agreement;
}
