/** A customer's cards and PayPal accounts, as requests name them. What they are shown by is masked before it is kept. */
import { findMethod, storedMethodOf, storeMethod, type PaymentMethodRow } from '../db/paymentMethods.ts';
import { dateAt, type PlainDate } from '../domain/calendar.ts';
import { hasExpired, monthOf } from '../domain/cards.ts';
import { refuse } from '../domain/errors.ts';
import type { StoredMethod, StoredMethodKind } from '../domain/orders.ts';
import type { Context } from './context.ts';
import type { GatewayMethod, NewMethod } from './ordersSchema.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { stripeOf } from './stripe.ts';
import { asStripeKnows } from './stripeMethods.ts';

/**
 * The method a body means: one of the customer's own, or a new one, which is kept; only its id and last day go further.
 *
 * @param at where in the body it stands, e.g. `paymentMethod.`
 * @throws ProblemError 422 method_unknown for an id that is not of this customer's wallet.
 */
export async function chosenMethod(
  context: Context,
  customerId: string,
  given: GatewayMethod,
  at = '',
): Promise<StoredMethod> {
  if (given.type === 'stored' || given.methodId !== undefined)
    return storedMethodOf(await ownMethod(context, customerId, given, at));
  const { token } = given;
  // Its schema demands one of the two.
  if (token === undefined) throw new TypeError('A payment method came with neither an id nor a token.');
  return storedMethodOf(await registerMethod(context, customerId, { ...given, token }, at));
}

/**
 * What kind of method a body means, before anything is kept. Throws as `chosenMethod` does, and method_expired for a card
 * that has expired on that day.
 */
export async function usableKind(
  context: Context,
  customerId: string,
  given: GatewayMethod,
  { today, at }: { readonly today: PlainDate; readonly at: string },
): Promise<StoredMethodKind> {
  if (given.type === 'stored' || given.methodId !== undefined) {
    const own = await ownMethod(context, customerId, given, at);
    if (hasExpired(own, today)) refuse('method_expired', { field: `${at}methodId` });
    return own.kind;
  }
  if (given.type === 'card' && hasExpired(given, today)) refuse('method_expired', { field: `${at}validThrough` });
  return given.type;
}

async function ownMethod(
  { db }: Context,
  customerId: string,
  { type, methodId }: GatewayMethod,
  at: string,
): Promise<PaymentMethodRow> {
  const method = methodId === undefined ? null : await findMethod(db, methodId);
  const isOwn = method?.customerId === customerId && method.removedAt === null;
  if (method !== null && isOwn && (type === 'stored' || type === method.kind)) return method;
  throw new ProblemError('method_unknown', {
    status: 422,
    errors: [{ field: `${at}methodId`, reason: REASONS.method_unknown }],
  });
}

type CardData = Omit<Extract<NewMethod, { type: 'card' }>, 'type' | 'token'>;

/**
 * Keeps a card or PayPal account, as Stripe knows it where that is the gateway. Refuses a card that has expired: nobody
 * registers one.
 */
export async function registerMethod(
  context: Context,
  customerId: string,
  told: NewMethod,
  at = '',
): Promise<PaymentMethodRow> {
  const stripe = stripeOf(context);
  const given = stripe === null ? told : await asStripeKnows(context, stripe, customerId, { ...told, at });
  const { type: kind, token } = given;
  const card: CardData = given.type === 'card' ? given : {};
  if (hasExpired(card, dateAt(context.now()))) refuse('method_expired', { field: `${at}validThrough` });
  const { brand = null, last4 = null, validThrough = null } = card;
  return storeMethod(context.db, { customerId, kind, token, label: labelOf(given), brand, last4, validThrough });
}

/** What a method is shown by, e.g. `Visa •••• 4242, 12/28` or `m•••@example.com`; null where nothing was told of it. */
function labelOf(given: NewMethod): string | null {
  if (given.label !== undefined) return masked(given.label);
  if (given.type === 'paypal' || (given.brand === undefined && given.last4 === undefined)) return null;
  const { brand = 'Carta', last4, validThrough } = given;
  const [year = '', month = ''] = validThrough === undefined ? [] : monthOf(validThrough).split('-');
  const digits = last4 === undefined ? '' : ` •••• ${last4}`;
  return `${brand}${digits}${validThrough === undefined ? '' : `, ${month}/${year.slice(2)}`}`;
}

/** Long numbers keep their last four digits, e-mail addresses their first letter and their domain. */
function masked(label: string): string {
  return label
    .replaceAll(/\d(?:[ -]?\d){6,}/g, (digits) => `•••• ${digits.replaceAll(/\D/g, '').slice(-4)}`)
    .replaceAll(/([^\s@•]?)[^\s@]*@/gu, '$1•••@');
}
