import type { Router } from 'express';
import { dateAt, type PlainDate } from '../domain/calendar.ts';
import {
  BASE_SKUS,
  extrasOf,
  longestTerm,
  MAX_PROMOTIONAL_YEARS,
  versionOn,
  type BaseSku,
  type Catalogue,
} from '../domain/catalogue.ts';
import { SKU_LABELS } from '../domain/labels.ts';
import { euros } from '../domain/money.ts';
import { longestTermOn } from '../domain/promotions.ts';
import type { Context } from './context.ts';
import { resource } from './routing.ts';

/** The price list in force today. Agreement codes are not shown: whoever has one knows it. */
export function catalogue(router: Router, context: Context): void {
  resource(router, '/v1/catalog', {
    get: async (_request, response) => {
      response.json(presentCatalogue(await context.catalogue(), dateAt(context.now())));
    },
  });
}

function presentCatalogue(list: Catalogue, today: PlainDate): Record<string, unknown> {
  const version = versionOn(list, today);
  return {
    notice: list.notice,
    version: version.version,
    validFrom: version.validFrom,
    vatPercent: version.vatPercent,
    products: BASE_SKUS.map((sku) => ({
      sku,
      annualPrice: euros(version.annualPriceMinor[sku]),
      years: { least: 1, most: longestTerm(version, sku) },
      mostYears: mostYearsOf(list, sku, today),
      extras: extrasOf(sku).map((extra) => ({ sku: extra, annualPrice: euros(version.annualPriceMinor[extra]) })),
    })),
    labels: SKU_LABELS,
    /** No longer sold anew; who has one keeps it, and renewals carry it on. */
    retired: version.retired ?? [],
    promotions: presentPromotions(list, today),
  };
}

/** The most years today, by type of order: a promotion counts for those it names. */
function mostYearsOf(list: Catalogue, product: BaseSku, day: PlainDate): Record<string, number> {
  const types = ['first_purchase', 'renewal', 'reactivation'] as const;
  return Object.fromEntries(types.map((type) => [type, longestTermOn(list, { type, product, day })]));
}

/** Those in force today. An order of a type and product one of them names may be for `mostYears` at most. */
function presentPromotions({ promotions = [], versions }: Catalogue, today: PlainDate): Record<string, unknown>[] {
  const { maxYears } = versionOn({ notice: '', versions, agreements: [] }, today);
  return promotions
    .filter(({ validFrom, validThrough }) => validFrom <= today && today <= validThrough)
    .map(({ name, products, percent, validFrom, validThrough, orderTypes }) => ({
      name: name ?? null,
      products,
      percent,
      validFrom,
      validThrough,
      orderTypes,
      mostYears: Math.min(MAX_PROMOTIONAL_YEARS, maxYears),
    }));
}
