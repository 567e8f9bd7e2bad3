import type { Response, Router } from 'express';
import { findCustomer, type Customer } from '../db/customers.ts';
import { whyNot } from '../domain/actions.ts';
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { endsOf } from '../domain/ends.ts';
import { refuse } from '../domain/errors.ts';
import { basisOf } from '../domain/nextRenewal.ts';
import { quoteFirstPurchase, quoteRenewal, quoteUpgrade, type QuoteTerms } from '../domain/pricing.ts';
import { demandOwnWanted } from './access.ts';
import type { Context } from './context.ts';
import { readLife, type Life } from './lives.ts';
import { offeredCredit } from './offeredCredit.ts';
import { presentQuote, type Quote } from './present.ts';
import { invalid, ProblemError } from './problem.ts';
import { quoteRequest, type Change, type FirstPurchase } from './quotesSchema.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, resource } from './routing.ts';

export function quotes(router: Router, context: Context): void {
  resource(router, '/quotes', {
    post: async (request, response) => {
      const wanted = bodyOf(request, quoteRequest);
      await demandOwnWanted(context, response, wanted);
      if (wanted.type === 'first_purchase') {
        const { customerId, holder, publicAdministration } = wanted;
        if ((customerId ?? holder) !== undefined && publicAdministration !== undefined) {
          throw invalid('publicAdministration', REASONS.administration_of_customer);
        }
        const customer = customerId === undefined ? null : await customerNamed(context, customerId);
        const splitPayment = (holder ?? customer)?.publicAdministration ?? publicAdministration ?? false;
        return void response.json(
          await offered(context, response, await quoteFirst(context, wanted, splitPayment, context.now()), customerId),
        );
      }
      const life = await lifeNamed(context, wanted.subscriptionId);
      const quote = await quoteChange(context, wanted, life);
      response.json(await offered(context, response, quote, life.subscription.customerRef));
    },
  });
}

/** A quote with the credit that could pay for it: no part of what is ordered, and none of its fingerprint. */
async function offered(
  context: Context,
  response: Response,
  quote: Quote,
  customerId: string | undefined,
): Promise<Record<string, unknown>> {
  const { payableMinor } = quote.priced;
  return { ...presentQuote(quote), ...(await offeredCredit(context, response, { customerId, payableMinor })) };
}

/** The customer a body names; one that does not exist is the body's fault. */
export async function customerNamed({ db }: Context, customerId: string): Promise<Customer> {
  const customer = await findCustomer(db, customerId);
  if (customer !== null) return customer;
  throw new ProblemError('customer_unknown', {
    status: 422,
    errors: [{ field: 'customerId', reason: REASONS.customer_unknown }],
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
      errors: [{ field: 'subscriptionId', reason: REASONS.subscription_unknown }],
    });
  }
}

export async function quoteFirst(
  { catalogue, settings }: Context,
  wanted: FirstPurchase,
  splitPayment: boolean,
  now: Instant,
): Promise<Quote> {
  const { product, years, extras = {} } = wanted;
  const priced = quoteFirstPurchase({ product, years, extras, splitPayment }, termsOf(await catalogue(), wanted, now));
  return { priced, ends: [], chargeDaysBefore: Math.max(...settings.chargeDays) };
}

/** Prices a change on the life's own day, or refuses as the workflow would. */
export async function quoteChange({ catalogue }: Context, wanted: Change, { subscription, now }: Life): Promise<Quote> {
  const reason = whyNot(subscription, wanted.type);
  if (reason !== null) refuse(reason);
  const terms = termsOf(await catalogue(), wanted, now);
  const { graceDays, chargeDays } = subscription.settings;
  const basis = { ...basisOf(subscription), graceDays };
  const priced =
    wanted.type === 'upgrade'
      ? quoteUpgrade({ add: wanted.add, coTerm: wanted.coTerm }, basis, terms)
      : quoteRenewal(wanted.type, wanted, basis, terms);
  return { priced, ends: endsOf(subscription.entitlements, priced), chargeDaysBefore: Math.max(...chargeDays) };
}

function termsOf(catalogue: Catalogue, wanted: { agreementCode?: string }, now: Instant): QuoteTerms {
  const { agreementCode } = wanted;
  return { catalogue, placedOn: dateAt(now), ...(agreementCode === undefined ? {} : { agreementCode }) };
}
