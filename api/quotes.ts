import type { Router } from 'express';
import { findCustomer, type Customer } from '../db/customers.ts';
import { whyNot } from '../domain/actions.ts';
import { dateAt, type Instant } from '../domain/calendar.ts';
import { refuse } from '../domain/errors.ts';
import {
  quoteFirstPurchase,
  quoteRenewal,
  quoteUpgrade,
  type Basis,
  type PricedOrder,
  type QuoteTerms,
} from '../domain/pricing.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { Context } from './context.ts';
import { readLife, type Life } from './lives.ts';
import { presentPriced } from './present.ts';
import { invalid, ProblemError } from './problem.ts';
import { quoteRequest, type Change, type FirstPurchase } from './quotesSchema.ts';
import { bodyOf, resource } from './routing.ts';

export function quotes(router: Router, context: Context): void {
  resource(router, '/quotes', {
    post: async (request, response) => {
      const wanted = bodyOf(request, quoteRequest);
      if (wanted.type === 'first_purchase') {
        const { customerId, publicAdministration } = wanted;
        if (customerId !== undefined && publicAdministration !== undefined) {
          throw invalid('publicAdministration', 'is the customer’s own: leave it out where a customerId is given.');
        }
        const splitPayment =
          customerId === undefined
            ? (publicAdministration ?? false)
            : (await customerNamed(context, customerId)).publicAdministration;
        response.json(presentPriced(priceFirstPurchase(context, wanted, splitPayment, context.now())));
        return;
      }
      const life = await lifeNamed(context, wanted.subscriptionId);
      response.json(presentPriced(priceChange(context, wanted, life)));
    },
  });
}

/** The customer a body names; one that does not exist is the body's fault. */
export async function customerNamed({ db }: Context, customerId: string): Promise<Customer> {
  const customer = await findCustomer(db, customerId);
  if (customer !== null) return customer;
  throw new ProblemError('customer_unknown', {
    status: 422,
    errors: [{ field: 'customerId', reason: 'names no customer.' }],
  });
}

/** The subscription a body names; one that does not exist is the body's fault. */
export async function lifeNamed(context: Context, subscriptionId: string): Promise<Life> {
  try {
    return await readLife(context, subscriptionId);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'subscription_unknown') throw error;
    throw new ProblemError('subscription_unknown', {
      status: 422,
      errors: [{ field: 'subscriptionId', reason: 'names no subscription.' }],
    });
  }
}

export function priceFirstPurchase(
  { catalogue }: Context,
  wanted: FirstPurchase,
  splitPayment: boolean,
  now: Instant,
): PricedOrder {
  const { product, years, extras = {} } = wanted;
  return quoteFirstPurchase({ product, years, extras, splitPayment }, termsOf(catalogue, wanted, now));
}

/** Prices a change on the life's own day, or refuses as the workflow would. */
export function priceChange({ catalogue }: Context, wanted: Change, { subscription, now }: Life): PricedOrder {
  const reason = whyNot(subscription, wanted.type);
  if (reason !== null) refuse(reason);
  const terms = termsOf(catalogue, wanted, now);
  const basis = basisOf(subscription);
  return wanted.type === 'upgrade'
    ? quoteUpgrade({ add: wanted.add, coTerm: wanted.coTerm }, basis, terms)
    : quoteRenewal(wanted.type, wanted, basis, terms);
}

function termsOf(catalogue: Context['catalogue'], wanted: { agreementCode?: string }, now: Instant): QuoteTerms {
  const { agreementCode } = wanted;
  return { catalogue, placedOn: dateAt(now), ...(agreementCode === undefined ? {} : { agreementCode }) };
}

function basisOf(subscription: Subscription): Basis {
  const { product, entitlements, entitlementsVersion, usedBytes, splitPayment, settings } = subscription;
  const { reactivationStart } = settings;
  return { product, entitlements, entitlementsVersion, usedBytes, splitPayment, reactivationStart };
}
