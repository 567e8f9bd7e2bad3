import type { Router } from 'express';
import { dateAt } from '../domain/calendar.ts';
import { BASE_SKUS, extrasOf, MAX_PROMOTIONAL_YEARS, versionOn } from '../domain/catalogue.ts';
import { euros } from '../domain/money.ts';
import type { Context } from './context.ts';
import { resource } from './routing.ts';

/** The price list in force today. Agreement codes are not shown: whoever has one knows it. */
export function catalogue(router: Router, context: Context): void {
  resource(router, '/v1/catalog', {
    get: (_request, response) => {
      const { notice } = context.catalogue;
      const version = versionOn(context.catalogue, dateAt(context.now()));
      response.json({
        notice,
        version: version.version,
        validFrom: version.validFrom,
        vatPercent: version.vatPercent,
        products: BASE_SKUS.map((sku) => ({
          sku,
          annualPrice: euros(version.annualPriceMinor[sku]),
          years: {
            least: 1,
            most: version.promotional.includes(sku)
              ? Math.min(MAX_PROMOTIONAL_YEARS, version.maxYears)
              : version.maxYears,
          },
          extras: extrasOf(sku).map((extra) => ({ sku: extra, annualPrice: euros(version.annualPriceMinor[extra]) })),
        })),
      });
    },
  });
}
