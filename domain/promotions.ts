/** Promotions: a percentage off the base service for everybody, while it is sold for one or two years [guide: renewal]. */
import type { PlainDate } from './calendar.ts';
import { checkYears, longestTerm, versionOn, type BaseSku, type Catalogue, type Promotion } from './catalogue.ts';

/** What decides whether a promotion is valid for an order: its type, its base service and its day. */
export interface PromotedOrder {
  readonly type: string;
  readonly product: BaseSku;
  readonly day: PlainDate;
}

/** The promotion an order is priced with: of those valid for it on its day the one that gives most; null without any. */
export function promotionFor({ promotions = [] }: Catalogue, { type, product, day }: PromotedOrder): Promotion | null {
  return promotions
    .filter(
      ({ products, orderTypes, validFrom, validThrough }) =>
        products.includes(product) && orderTypes.includes(type) && validFrom <= day && day <= validThrough,
    )
    .reduce<Promotion | null>((best, one) => (best === null || one.percent > best.percent ? one : best), null);
}

/** The most years an order may be for on its day. */
export function longestTermOn(catalogue: Catalogue, order: PromotedOrder): number {
  return longestTerm(versionOn(catalogue, order.day), order.product, promotionFor(catalogue, order));
}

/** Refuses a number of years the order's product is not sold for on its day. */
export function checkTerm(catalogue: Catalogue, order: PromotedOrder, years: number): void {
  checkYears(versionOn(catalogue, order.day), order.product, years, promotionFor(catalogue, order));
}
