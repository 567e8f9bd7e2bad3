import type { Request, Router } from 'express';
import { z } from 'zod';
import { changeHolder, ensureHolder, findHolder, type Holder } from '../db/holders.ts';
import { refuse } from '../domain/errors.ts';
import { hasEnded } from '../domain/subscription.ts';
import { ownSubscriptionId } from './access.ts';
import type { Context } from './context.ts';
import { newHolder } from './customersSchema.ts';
import { readLife } from './lives.ts';
import { parse } from './parsing.ts';
import { detailOn, ProblemError, subscriptionUnknown, type FieldError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, resource } from './routing.ts';

/** Whom a service is for: read and, while it lives, changed [guides: purchase, "Dati Intestatario"; customer area]. */
export function holders(router: Router, context: Context): void {
  resource(router, '/subscriptions/:id/holder', {
    get: async (request, response) => {
      const id = await ownSubscriptionId(context, request, response);
      response.json(await holderOf(context, id));
    },
    put: async (request, response) => {
      const id = await ownSubscriptionId(context, request, response);
      const current = await holderOf(context, id);
      const wanted = changedHolder(request, current);
      const { subscription } = await readLife(context, id);
      if (hasEnded(subscription)) refuse('subscription_ended');
      response.json(await changeHolder(context.db, id, wanted));
    },
  });
}

/** A service's holder; one that was ordered before there were holders is its customer's own. */
export async function holderOf(context: Context, subscriptionId: string): Promise<Holder> {
  const known = await findHolder(context.db, subscriptionId);
  if (known !== null) return known;
  const { subscription } = await readLife(context, subscriptionId);
  await ensureHolder(context.db, { subscriptionId, customerId: subscription.customerRef });
  const holder = await findHolder(context.db, subscriptionId);
  if (holder === null) throw subscriptionUnknown();
  return holder;
}

/** What stays as it was ordered: the service is live on these, and its orders are priced by them. */
const FIXED = ['taxCode', 'vatNumber', 'publicAdministration'] as const;

/** The holder as the body wants it. Fixed data may be left out or repeated; another value is the field's fault. */
function changedHolder(request: Request, current: Holder): Holder {
  const given = bodyOf(request, z.looseObject({}));
  const fixed = Object.fromEntries(
    FIXED.flatMap((field) => (current[field] === undefined ? [] : [[field, current[field]]])),
  );
  const wanted = parse(newHolder, { ...fixed, ...given });
  const errors: FieldError[] = FIXED.filter((field) => wanted[field] !== current[field]).map((field) => ({
    field,
    reason: REASONS.holder_fixed,
  }));
  const [first] = errors;
  if (first !== undefined) throw new ProblemError('invalid_input', { detail: detailOn(first), errors });
  return wanted;
}
