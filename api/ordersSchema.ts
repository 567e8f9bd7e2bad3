import { z } from 'zod';
import { lastDayOfMonth } from '../domain/cards.ts';
import { newHolder } from './customersSchema.ts';
import { formed, id, moneyOrNothing, plainDate, text } from './parsing.ts';
import { firstPurchase, reactivation, renewal, upgrade } from './quotesSchema.ts';
import { because, REASONS } from './reasons.ts';

/** Card numbers are never ours to hold: a run of digits this long is refused wherever a token or label is expected. */
const CARD_NUMBER = /\d(?:[ -]?\d){11,}/;

const method = {
  /** The gateway's name for a card or account the customer gave it. */
  token: formed(/^[\w.:-]+$/, REASONS.gateway_token, 128).refine(
    (token) => !CARD_NUMBER.test(token),
    because(REASONS.card_number_as_token),
  ),
  /** How the customer knows it. */
  label: text(40)
    .refine((label) => !CARD_NUMBER.test(label), because(REASONS.card_number))
    .exactOptional(),
};
const newCard = z.strictObject({
  type: z.literal('card'),
  ...method,
  brand: formed(/^[\p{L}\d][\p{L}\d .&-]*$/u, REASONS.brand, 20).exactOptional(),
  last4: formed(/^\d{4}$/, REASONS.last4).exactOptional(),
  /** The last month in which the card is good; kept as its last day. */
  validThrough: formed(/^20\d\d-(0[1-9]|1[0-2])$/, REASONS.month)
    .transform(lastDayOfMonth)
    .exactOptional(),
});
const newPaypal = z.strictObject({ type: z.literal('paypal'), ...method });

/** A card or PayPal account that is new to us. */
export const newMethod = z.discriminatedUnion('type', [newCard, newPaypal]);
export type NewMethod = z.output<typeof newMethod>;

const eitherWay = { token: method.token.exactOptional(), methodId: id.exactOptional() };
const card = newCard.extend(eitherWay).superRefine(isOneWay);
const paypal = newPaypal.extend(eitherWay).superRefine(isOneWay);
const stored = z.strictObject({ type: z.literal('stored'), methodId: id });

/** Either one of the wallet's, by its id alone, or a new one with its token. */
function isOneWay(given: { type: string; methodId?: string; token?: string }, context: z.RefinementCtx): void {
  const { type: _type, methodId, ...data } = given;
  if (methodId === undefined && given.token === undefined)
    context.addIssue({ code: 'custom', path: ['token'], ...because(REASONS.missing) });
  if (methodId !== undefined && Object.keys(data).length > 0)
    context.addIssue({ code: 'custom', path: ['methodId'], ...because(REASONS.stored_or_new) });
}

/** A bare methodId says enough. */
function withType(given: unknown): unknown {
  const isBare = typeof given === 'object' && given !== null && 'methodId' in given && !('type' in given);
  return isBare ? { ...given, type: 'stored' } : given;
}

/** A card or PayPal account: of the customer's wallet, or new and then stored. */
export const gatewayMethod = z.preprocess(withType, z.discriminatedUnion('type', [card, paypal, stored]));
export type GatewayMethod = z.output<typeof gatewayMethod>;

const anyMethod = z.preprocess(
  withType,
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('bank_transfer') }),
    z.strictObject({ type: z.literal('postal_slip') }),
    card,
    paypal,
    stored,
  ]),
);

const confirmation = {
  acceptedTerms: z.strictObject({
    terms: z.literal(true),
    unfairTerms: z.literal(true),
    privacy: z.literal(true),
    /** The descriptions of what is bought were read [guide: purchase]. */
    serviceSheets: z.literal(true).exactOptional(),
  }),
  paymentMethod: anyMethod,
  /** Pays with the customer's credit first, up to what is due. */
  useCredit: z.boolean().exactOptional(),
  /** The quote's total: a different one is refused, with the fresh quote. */
  expectedTotal: moneyOrNothing.exactOptional(),
  /** The quote's fingerprint: where anything the quote showed has changed since, this is refused with the fresh quote. */
  quote: formed(/^[0-9a-f]{64}$/, REASONS.fingerprint).exactOptional(),
};

export const orderRequest = z.discriminatedUnion('type', [
  firstPurchase.extend({ customerId: id, holder: newHolder.exactOptional(), ...confirmation }),
  renewal.extend(confirmation),
  reactivation.extend(confirmation),
  upgrade.extend(confirmation),
]);
export type OrderRequest = z.output<typeof orderRequest>;

export const payRequest = z.strictObject({ paymentMethod: gatewayMethod });

export const commitmentRequest = z.strictObject({ registeredOn: plainDate, reference: text(120) });

export const nothing = z.strictObject({});
