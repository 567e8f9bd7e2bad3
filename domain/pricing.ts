import type { PlainDate } from './calendar.ts';
import {
  agreementFor,
  BASE_SKUS,
  checkExtras,
  checkNotRetired,
  EXTRA_SKUS,
  isModule,
  versionOn,
  type BaseSku,
  type Catalogue,
  type ExtraSku,
  type Promotion,
  type Quantities,
  type Sku,
} from './catalogue.ts';
import {
  BYTES_PER_GB,
  composition,
  countUnits,
  expiryOf,
  INCLUDED_GB,
  quantityOn,
  type Entitlements,
} from './entitlements.ts';
import { refuse } from './errors.ts';
import { divideHalfUp, MAX_AMOUNT_MINOR, percentOf } from './money.ts';
import {
  coTermOffered,
  entriesOf,
  planFirstPurchase,
  planRenewal,
  planUpgrade,
  type LineReason,
  type OrderContent,
  type Plan,
  type RenewalContent,
} from './planning.ts';
import { checkTerm, longestTermOn, promotionFor } from './promotions.ts';
import { lateWarnings, type QuoteWarning } from './warnings.ts';
import type { Words } from './words.ts';

/** One line of a quote: one sku over one interval. Dates are null until activation fixes them. */
export interface PricedLine {
  readonly sku: Sku;
  readonly quantity: number;
  readonly from: PlainDate | null;
  readonly until: PlainDate | null;
  readonly months: number;
  readonly annualPriceMinor: number;
  readonly discountPercent: number;
  readonly netMinor: number;
  readonly reason: LineReason;
}

/** A quote, and once ordered the order's frozen price: unit prices never change afterwards. All amounts in cents. */
export interface PricedOrder {
  readonly content: OrderContent;
  readonly product: BaseSku;
  /** The order's day: quotes are valid on it alone. */
  readonly placedOn: PlainDate;
  /** `entitlementsVersion` of the subscription it was priced against; 0 for a first purchase. */
  readonly basis: number;
  readonly catalogueVersion: string;
  readonly annualPriceMinor: Readonly<Record<Sku, number>>;
  readonly agreement: { readonly code: string; readonly percent: number } | null;
  /** The promotion in force on the order's day; absent where there was none. On a line the better of the two counts. */
  readonly promotion?: { readonly name?: Words; readonly percent: number };
  readonly lines: readonly PricedLine[];
  readonly netMinor: number;
  readonly vatPercent: number;
  readonly vatMinor: number;
  readonly grossMinor: number;
  /** Public administrations pay net of VAT [split payment]. */
  readonly splitPayment: boolean;
  /** What the customer has to pay: gross, or net under split payment. */
  readonly payableMinor: number;
  readonly warnings: readonly QuoteWarning[];
}

/** What pricing needs to know of a subscription. */
export interface Basis {
  readonly product: BaseSku;
  readonly entitlements: Entitlements;
  readonly entitlementsVersion: number;
  readonly usedBytes: number;
  readonly splitPayment: boolean;
  /** A reactivation starts at the original expiry, or at payment (configuration). */
  readonly reactivationStart: 'expiry' | 'payment';
  /** Days after expiry on which a payment can still be registered to reactivate; unknown: nothing is said of it. */
  readonly graceDays?: number;
}

export interface QuoteTerms {
  readonly catalogue: Catalogue;
  readonly placedOn: PlainDate;
  readonly agreementCode?: string;
}

/** annual price x quantity x months / 12, the discount entering before the one rounding, half-up to the cent. */
export function priceLine(annualPriceMinor: number, quantity: number, months: number, discountPercent: number): number {
  return divideHalfUp(
    BigInt(annualPriceMinor) * BigInt(quantity) * BigInt(months) * BigInt(100 - discountPercent),
    1200n,
  );
}

interface Frozen {
  readonly annualPriceMinor: Readonly<Record<Sku, number>>;
  readonly agreement: { readonly percent: number } | null;
  readonly promotion?: { readonly percent: number };
  readonly vatPercent: number;
  readonly splitPayment: boolean;
}

/** Prices a plan at frozen unit prices: the one place where an amount comes from. */
export function pricePlan(plan: Plan, frozen: Frozen, { dated }: { dated: boolean }) {
  const lines = plan.intervals.map((interval): PricedLine => {
    const annualPriceMinor = frozen.annualPriceMinor[interval.sku];
    const isBaseLine = (BASE_SKUS as readonly string[]).includes(interval.sku);
    const discountPercent = isBaseLine ? Math.max(frozen.agreement?.percent ?? 0, frozen.promotion?.percent ?? 0) : 0;
    return {
      sku: interval.sku,
      quantity: interval.quantity,
      from: dated ? interval.from : null,
      until: dated ? interval.until : null,
      months: interval.months,
      annualPriceMinor,
      discountPercent,
      netMinor: priceLine(annualPriceMinor, interval.quantity, interval.months, discountPercent),
      reason: interval.reason,
    };
  });
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
  const vatMinor = percentOf(netMinor, frozen.vatPercent);
  const grossMinor = netMinor + vatMinor;
  return { lines, netMinor, vatMinor, grossMinor, payableMinor: frozen.splitPayment ? netMinor : grossMinor };
}

function priced(
  content: OrderContent,
  plan: Plan,
  basis: Omit<Basis, 'entitlements' | 'usedBytes' | 'reactivationStart'>,
  terms: QuoteTerms,
  warnings: QuoteWarning[],
): PricedOrder {
  const version = versionOn(terms.catalogue, terms.placedOn);
  const order = { type: content.type, product: basis.product, day: terms.placedOn };
  const agreement =
    terms.agreementCode === undefined ? null : agreementFor(terms.catalogue, terms.agreementCode, order);
  const promotion = promotionFor(terms.catalogue, order);
  const frozen = {
    annualPriceMinor: version.annualPriceMinor,
    agreement: agreement === null ? null : { code: agreement.code, percent: agreement.percent },
    ...(promotion === null ? {} : { promotion: frozenPromotion(promotion) }),
    vatPercent: version.vatPercent,
    splitPayment: basis.splitPayment,
  };
  const amounts = pricePlan(plan, frozen, { dated: content.type !== 'first_purchase' });
  if (amounts.grossMinor > MAX_AMOUNT_MINOR) refuse('amount_too_large');
  return {
    content,
    product: basis.product,
    placedOn: terms.placedOn,
    basis: basis.entitlementsVersion,
    catalogueVersion: version.version,
    ...frozen,
    ...amounts,
    warnings,
  };
}

function frozenPromotion({ name, percent }: Promotion): NonNullable<PricedOrder['promotion']> {
  return name === undefined ? { percent } : { name, percent };
}

/** A first purchase: base and extras from activation day. */
export function quoteFirstPurchase(
  wanted: { product: BaseSku; years: number; extras: Quantities; splitPayment: boolean },
  terms: QuoteTerms,
): PricedOrder {
  const { product } = wanted;
  const version = versionOn(terms.catalogue, terms.placedOn);
  checkNotRetired(version, [product], () => 'product');
  checkTerm(terms.catalogue, { type: 'first_purchase', product, day: terms.placedOn }, wanted.years);
  checkExtras(product, wanted.extras, 'extras');
  checkNotRetired(version, skusOf(wanted.extras), (sku) => `extras.${sku}`);
  const content = {
    type: 'first_purchase',
    product: wanted.product,
    years: wanted.years,
    extras: wanted.extras,
  } as const;
  const basis = { product: wanted.product, entitlementsVersion: 0, splitPayment: wanted.splitPayment };
  // Activation's day is not known yet; months and prices do not depend on it.
  return priced(content, planFirstPurchase(content, terms.placedOn), basis, terms, []);
}

/**
 * A renewal or reactivation of the wanted composition; without one, of today's. `extras` gives whole target
 * quantities, an absent sku staying as it is today.
 */
export function quoteRenewal(
  type: 'renewal' | 'reactivation',
  wanted: { years: number; extras?: Quantities },
  basis: Basis,
  terms: QuoteTerms,
): PricedOrder {
  const { entitlements, product } = basis;
  const version = versionOn(terms.catalogue, terms.placedOn);
  checkTerm(terms.catalogue, { type, product, day: terms.placedOn }, wanted.years);
  checkExtras(product, wanted.extras ?? {}, 'extras');
  const content = renewalContent(type, wanted, basis, terms.placedOn);
  checkNotRetired(version, skusOf(content.add), (sku) => `extras.${sku}`);
  const startOn = type === 'reactivation' && basis.reactivationStart === 'payment' ? { startOn: terms.placedOn } : {};
  const plan = planRenewal(entitlements, product, content, { placedOn: terms.placedOn, ...startOn });
  const { graceDays } = basis;
  const warnings = lateWarnings(type, { today: terms.placedOn, expiry: expiryOf(entitlements), graceDays });
  return priced(content, plan, basis, terms, warnings);
}

/**
 * The renewal auto-renewal orders: today's composition, without an agreement, for the years of the previous order, or
 * where that is no longer sold (a product now on promotion) for the longest term that is.
 */
export function quoteAutoRenewal(
  previousYears: number,
  basis: Basis,
  { catalogue, placedOn }: Pick<QuoteTerms, 'catalogue' | 'placedOn'>,
): PricedOrder {
  return quoteSameAgain('renewal', previousYears, basis, { catalogue, placedOn });
}

/** Today's composition again: for the years of the previous order, or the longest term that is still sold. */
export function quoteSameAgain(
  type: 'renewal' | 'reactivation',
  previousYears: number,
  basis: Basis,
  { catalogue, placedOn }: Pick<QuoteTerms, 'catalogue' | 'placedOn'>,
): PricedOrder {
  const { product } = basis;
  const years = Math.min(previousYears, longestTermOn(catalogue, { type, product, day: placedOn }));
  return quoteRenewal(type, { years }, basis, { catalogue, placedOn });
}

function skusOf(quantities: Quantities): ExtraSku[] {
  return entriesOf(quantities).map(([sku]) => sku);
}

function renewalContent(
  type: 'renewal' | 'reactivation',
  wanted: { years: number; extras?: Quantities },
  { entitlements, usedBytes }: Basis,
  placedOn: PlainDate,
): RenewalContent {
  const units = composition(entitlements, placedOn);
  const today = countUnits(units);
  const carry: Partial<Record<ExtraSku, number>> = {};
  const drop: Partial<Record<ExtraSku, number>> = {};
  const add: Partial<Record<ExtraSku, number>> = {};
  for (const sku of EXTRA_SKUS) {
    const current = today[sku] ?? 0;
    const target = wanted.extras?.[sku] ?? current;
    if (Math.min(current, target) > 0) carry[sku] = Math.min(current, target);
    if (target < current) drop[sku] = current - target;
    if (target > current) add[sku] = target - current;
  }
  const space = (carry.space ?? 0) + (add.space ?? 0);
  if ((drop.space ?? 0) > 0 && usedBytes > (INCLUDED_GB + space) * BYTES_PER_GB)
    refuse('space_in_use', { field: 'extras.space' });
  return { type, years: wanted.years, carry, drop, add, units };
}

/** An upgrade, priced as if registered on the order's day. Co-terming asked where it is not offered counts as off. */
export function quoteUpgrade(
  wanted: { add: Quantities; coTerm: boolean },
  basis: Basis,
  terms: QuoteTerms,
): PricedOrder {
  checkExtras(basis.product, wanted.add, 'add');
  if (entriesOf(wanted.add).length === 0) refuse('nothing_ordered', { field: 'add' });
  checkNotRetired(versionOn(terms.catalogue, terms.placedOn), skusOf(wanted.add), (sku) => `add.${sku}`);
  const owned = countUnits(composition(basis.entitlements, terms.placedOn));
  for (const [sku] of entriesOf(wanted.add)) {
    const isOwned = (owned[sku] ?? 0) > 0 || quantityOn(basis.entitlements, sku, terms.placedOn) > 0;
    if (isModule(sku) && isOwned) refuse('module_already_owned', { field: `add.${sku}` });
  }
  const offered = coTermOffered(basis.entitlements, terms.placedOn);
  const content = { type: 'upgrade', add: wanted.add, coTerm: wanted.coTerm && offered } as const;
  const plan = planUpgrade(basis.entitlements, basis.product, content, terms.placedOn);
  return priced(content, plan, basis, terms, wanted.coTerm && !offered ? ['co_term_not_offered'] : []);
}
