import { z } from 'zod';
import { BASE_SKUS } from '../domain/catalogue.ts';
import { newHolder } from './customersSchema.ts';
import { formed, id } from './parsing.ts';
import { REASONS } from './reasons.ts';

/** Whole numbers only; what can be ordered is the catalogue's to say. */
const ordered = z.int().min(1).exactOptional();
const target = z.int().exactOptional();

const chosen = z.strictObject({ user: ordered, space: ordered, documents: ordered, payments: ordered, nso: ordered });
/** Whole target quantities, 0 to drop: a renewal describes the next period. */
const targets = z.strictObject({ user: target, space: target, documents: target, payments: target, nso: target });

const agreementCode = formed(/^[A-Za-z0-9]+$/, REASONS.letters_and_digits, 32).exactOptional();

export const firstPurchase = z.strictObject({
  type: z.literal('first_purchase'),
  product: z.enum(BASE_SKUS),
  years: z.int(),
  extras: chosen.exactOptional(),
  agreementCode,
});

const term = {
  subscriptionId: id,
  years: z.int(),
  extras: targets.exactOptional(),
  agreementCode,
};
export const renewal = z.strictObject({ type: z.literal('renewal'), ...term });
export const reactivation = z.strictObject({ type: z.literal('reactivation'), ...term });

export const upgrade = z.strictObject({
  type: z.literal('upgrade'),
  subscriptionId: id,
  add: chosen,
  /** Co-terming is on unless it is switched off. */
  coTerm: z.boolean().default(true),
  agreementCode,
});

export const quoteRequest = z.discriminatedUnion('type', [
  firstPurchase.extend({
    customerId: id.exactOptional(),
    /** Whom the service would be for: checked as the order will be, and priced by it. */
    holder: newHolder.exactOptional(),
    publicAdministration: z.boolean().exactOptional(),
  }),
  renewal,
  reactivation,
  upgrade,
]);

export type FirstPurchase = z.output<typeof firstPurchase>;
/** What is asked of a subscription that exists. */
export type Change = z.output<typeof renewal> | z.output<typeof reactivation> | z.output<typeof upgrade>;
