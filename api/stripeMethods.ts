/** Cards and PayPal accounts that were registered with Stripe, by Stripe's name for them. */
import type Stripe from 'stripe';
import { stripeToken } from '../config/stripe.ts';
import { findStripeCustomer } from '../db/stripe.ts';
import { lastDayOfMonth } from '../domain/cards.ts';
import type { Context } from './context.ts';
import type { NewMethod } from './ordersSchema.ts';
import { ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { askStripe, type StripeConnection } from './stripe.ts';

/**
 * A method as Stripe knows it, whatever was told of it to us.
 *
 * @param given its token is Stripe's `pm_…`.
 * @throws ProblemError 422 method_unknown unless it is of that kind and was registered by that customer.
 */
export async function asStripeKnows(
  context: Context,
  stripe: StripeConnection,
  customerId: string,
  { type, token, at }: { type: NewMethod['type']; token: string; at: string },
): Promise<NewMethod> {
  const customer = await findStripeCustomer(context.db, customerId);
  const found =
    customer === null || !/^pm_\w+$/.test(token)
      ? null
      : await askStripe(context, () => stripe.client.paymentMethods.retrieve(token));
  const owner = typeof found?.customer === 'string' ? found.customer : found?.customer?.id;
  if (found === null || customer === null || owner !== customer || found.type !== type)
    throw new ProblemError('method_unknown', {
      status: 422,
      errors: [{ field: `${at}token`, reason: REASONS.token_unknown }],
    });
  const kept = stripeToken({ customer, paymentMethod: found.id });
  return type === 'card' ? { type, token: kept, ...cardOf(found) } : { type, token: kept, ...payerOf(found) };
}

const BRANDS: Readonly<Record<string, string>> = {
  amex: 'American Express',
  cartes_bancaires: 'Cartes Bancaires',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

function cardOf({ card }: Stripe.PaymentMethod): Omit<NewMethod & { type: 'card' }, 'type' | 'token'> {
  if (card === undefined) return {};
  const { brand, last4, exp_year: year, exp_month: month } = card;
  const name = BRANDS[brand];
  return {
    ...(name === undefined ? {} : { brand: name }),
    ...(/^\d{4}$/.test(last4) ? { last4 } : {}),
    validThrough: lastDayOfMonth(`${year}-${String(month).padStart(2, '0')}`),
  };
}

function payerOf({ paypal }: Stripe.PaymentMethod): { label?: string } {
  const email = paypal?.payer_email ?? null;
  // It is masked before it is kept; what is too long even so is left out.
  return email === null || email.length > 40 ? {} : { label: email };
}
