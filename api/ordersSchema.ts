import { z } from 'zod';
import { formed, id, moneyOrNothing, plainDate, text } from './parsing.ts';
import { firstPurchase, reactivation, renewal, upgrade } from './quotesSchema.ts';

/** Card numbers are never ours to hold: a run of digits this long is refused wherever a token or label is expected. */
const CARD_NUMBER = /\d(?:[ -]?\d){11,}/;

const method = {
  /** The gateway's name for a card or account the customer gave it. */
  token: formed(/^[\w.:-]+$/, 'must be a token of the payment gateway.', 128).refine(
    (token) => !CARD_NUMBER.test(token),
    'must be a token of the payment gateway, never a card number.',
  ),
  /** How the customer knows it. */
  label: text(40)
    .refine((label) => !CARD_NUMBER.test(label), 'must not hold a card number.')
    .exactOptional(),
};
const card = z.strictObject({ type: z.literal('card'), ...method });
const paypal = z.strictObject({ type: z.literal('paypal'), ...method });

/** A card or PayPal account, charged at once and stored. */
export const gatewayMethod = z.discriminatedUnion('type', [card, paypal]);
export type GatewayMethod = z.output<typeof gatewayMethod>;

const anyMethod = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bank_transfer') }),
  z.strictObject({ type: z.literal('postal_slip') }),
  card,
  paypal,
]);

const confirmation = {
  acceptedTerms: z.strictObject({ terms: z.literal(true), unfairTerms: z.literal(true), privacy: z.literal(true) }),
  paymentMethod: anyMethod,
  /** The quote's total: a different one is refused, with the fresh quote. */
  expectedTotal: moneyOrNothing.exactOptional(),
};

export const orderRequest = z.discriminatedUnion('type', [
  firstPurchase.extend({ customerId: id, ...confirmation }),
  renewal.extend(confirmation),
  reactivation.extend(confirmation),
  upgrade.extend(confirmation),
]);
export type OrderRequest = z.output<typeof orderRequest>;

export const payRequest = z.strictObject({ paymentMethod: gatewayMethod });

export const commitmentRequest = z.strictObject({ registeredOn: plainDate, reference: text(120) });

export const nothing = z.strictObject({});
