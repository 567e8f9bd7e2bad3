/**
 * Who calls, and what they may reach. Every route says it: `operatorsOnly`, or one of the `demand…` and `own…` below.
 * What is not a customer's own is answered exactly as what does not exist.
 */
import type { Request, Response } from 'express';
import { findCustomerOf } from '../db/subscriptions.ts';
import type { Context } from './context.ts';
import { ID } from './parsing.ts';
import { ProblemError, subscriptionUnknown } from './problem.ts';
import { REASONS } from './reasons.ts';
import { pathOf, type Handler } from './routing.ts';

export type Caller =
  /** Holds an API key, and reaches everything. */
  | { readonly kind: 'operator'; readonly id: string; readonly name: string }
  /** Logged in: with the customer's own account (no `subscriptionId`), or with the credentials of one service. */
  | {
      readonly kind: 'customer';
      /** The account's: `acc_…`. */
      readonly id: string;
      readonly customerId: string;
      readonly subscriptionId: string | null;
    };

/** Whose a thing is. */
export interface Owner {
  readonly customerId: string;
  /**
   * The service it belongs to. Null: the customer's alone, out of reach for a service's credentials. Absent: shared by
   * the customer's account and the credentials of each of their services, like stored payment methods.
   */
  readonly subscriptionId?: string | null;
}

/** Who called; only behind `authenticate`. */
export function callerOf(response: Response): Caller {
  return response.locals['caller'] as Caller;
}

/** @throws ProblemError operators_only for anybody else. */
export function operatorsOnly(handler: Handler): Handler {
  return (request, response) => {
    if (callerOf(response).kind !== 'operator') throw new ProblemError('operators_only');
    return handler(request, response);
  };
}

/**
 * Lets operators pass, and customers to what is theirs; anything else answers as if it did not exist: `unknown()` is
 * thrown. A service's credentials before what is their customer's alone: own_account_needed.
 */
export function demandOwn(response: Response, owner: Owner, unknown: () => ProblemError): void {
  const caller = callerOf(response);
  if (caller.kind === 'operator') return;
  if (owner.customerId !== caller.customerId) throw unknown();
  if (caller.subscriptionId === null || owner.subscriptionId === undefined) return;
  if (owner.subscriptionId === null) throw new ProblemError('own_account_needed');
  if (owner.subscriptionId !== caller.subscriptionId) throw unknown();
}

/** As `demandOwn`, for a subscription that is named by its id alone. */
export async function demandOwnSubscription(
  { db }: Context,
  response: Response,
  subscriptionId: string,
  unknown: () => ProblemError,
): Promise<void> {
  const caller = callerOf(response);
  if (caller.kind === 'operator') return;
  const customerId = await findCustomerOf(db, subscriptionId);
  if (customerId === null) throw unknown();
  demandOwn(response, { customerId, subscriptionId }, unknown);
}

/** The subscription of a path (`:id`). 404 subscription_unknown unless the caller may reach it. */
export async function ownSubscriptionId(context: Context, request: Request, response: Response): Promise<string> {
  const id = pathOf(request, 'id');
  // What cannot be an id names nothing.
  if (!ID.test(id)) throw subscriptionUnknown();
  await demandOwnSubscription(context, response, id, subscriptionUnknown);
  return id;
}

/**
 * As `demandOwn`, for a quote or an order: what its body names and is not the caller's is the body's fault (422), as is
 * what does not exist. A customer's data are their own account's business: a service's credentials buy no further one.
 */
export async function demandOwnWanted(
  context: Context,
  response: Response,
  wanted: { readonly customerId?: string } | { readonly subscriptionId: string },
): Promise<void> {
  if ('subscriptionId' in wanted) {
    await demandOwnSubscription(context, response, wanted.subscriptionId, subscriptionUnknownInBody);
  } else if (wanted.customerId !== undefined) {
    demandOwn(response, { customerId: wanted.customerId, subscriptionId: null }, customerUnknownInBody);
  }
}

function subscriptionUnknownInBody(): ProblemError {
  const errors = [{ field: 'subscriptionId', reason: REASONS.subscription_unknown }];
  return new ProblemError('subscription_unknown', { status: 422, errors });
}

function customerUnknownInBody(): ProblemError {
  const errors = [{ field: 'customerId', reason: REASONS.customer_unknown }];
  return new ProblemError('customer_unknown', { status: 422, errors });
}
