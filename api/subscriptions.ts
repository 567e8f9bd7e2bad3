import type { Request, Response, Router } from 'express';
import { nameAccount, UsernameTakenError } from '../db/accounts.ts';
import { findSubscription } from '../db/subscriptions.ts';
import { listTimeline } from '../db/timeline.ts';
import type { Request as Wish } from '../domain/commands.ts';
import { RefusedError } from '../domain/errors.ts';
import { operatorsOnly, ownSubscriptionId } from './access.ts';
import { usernameTaken } from './accountsSchema.ts';
import type { Context } from './context.ts';
import { presentLife, readLife, submit } from './lives.ts';
import { gatewayMethod, nothing } from './ordersSchema.ts';
import { ID } from './parsing.ts';
import { presentEvent } from './present.ts';
import { subscriptionUnknown } from './problem.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import {
  activationRequest,
  autoRenewalRequest,
  timelineQuery,
  usageRequest,
  type TimelineQuery,
} from './subscriptionsSchema.ts';
import { chosenMethod } from './wallet.ts';

export function subscriptions(router: Router, context: Context): void {
  /** Asks for a change and answers with the subscription as it then is. */
  const changed = async (request: Request, response: Response, wish: Wish): Promise<Record<string, unknown>> => {
    const id = await ownSubscriptionId(context, request, response);
    await submit(context, id, wish);
    return presentLife(context, id);
  };

  resource(router, '/subscriptions/:id', {
    get: async (request, response) => {
      response.json(await presentLife(context, await ownSubscriptionId(context, request, response)));
    },
  });

  resource(router, '/subscriptions/:id/timeline', timelineOf(context), { query: timelineQuery });

  resource(router, '/subscriptions/:id/auto-renewal', {
    put: async (request, response) => {
      const { on } = bodyOf(request, autoRenewalRequest);
      response.json(await changed(request, response, { type: 'SwitchAutoRenewal', on }));
    },
  });

  resource(router, '/subscriptions/:id/payment-method', {
    put: async (request, response) => {
      const given = bodyOf(request, gatewayMethod);
      const { subscription } = await readLife(context, await ownSubscriptionId(context, request, response));
      const method = await chosenMethod(context, subscription.customerRef, given);
      response.json(await changed(request, response, { type: 'SetPaymentMethod', method }));
    },
    delete: async (request, response) => {
      response.json(await changed(request, response, { type: 'RemovePaymentMethod' }));
    },
  });

  resource(router, '/subscriptions/:id/usage', {
    put: operatorsOnly(async (request, response) => {
      const { usedBytes } = bodyOf(request, usageRequest);
      response.json(await changed(request, response, { type: 'ReportUsage', usedBytes }));
    }),
  });

  resource(router, '/subscriptions/:id/termination', {
    post: async (request, response) => {
      bodyOf(request, nothing);
      const id = await ownSubscriptionId(context, request, response);
      response.json(await orAlready('notice_given', context, id, { type: 'GiveNotice' }));
    },
  });

  resource(router, '/subscriptions/:id/activation', {
    post: operatorsOnly(async (request, response) => {
      const wanted = bodyOf(request, activationRequest);
      if (wanted.action === 'abandon') {
        const id = await ownSubscriptionId(context, request, response);
        return void response.json(await abandoned(context, id, wanted.reason));
      }
      if (wanted.action === 'confirm') await nameService(context, pathOf(request, 'id'), wanted.username);
      const wish: Wish =
        wanted.action === 'retry'
          ? { type: 'RetryActivation' }
          : { type: 'ConfirmActivation', username: wanted.username };
      response.json(await changed(request, response, wish));
    }),
  });
}

/** What is given up closes the subscription: asked again, it is found so. */
async function abandoned(context: Context, id: string, reason: string): Promise<Record<string, unknown>> {
  try {
    await submit(context, id, { type: 'AbandonActivation', reason });
  } catch (error) {
    const isRefused = error instanceof RefusedError && error.refusal.code === 'subscription_ended';
    const phase = isRefused ? (await readLife(context, id)).subscription.phase : null;
    if (phase?.status !== 'closed' || phase.why !== 'not_activated') throw error;
  }
  return presentLife(context, id);
}

/** The credentials that are mailed open an account of that name: it is made first. */
async function nameService(context: Context, id: string, username: string): Promise<void> {
  const row = ID.test(id) ? await findSubscription(context.db, id) : null;
  if (row?.status !== 'activation_failed') return; // what is asked will be refused
  try {
    await nameAccount(context.db, { subscriptionId: id, customerId: row.customerId, username });
  } catch (error) {
    throw error instanceof UsernameTakenError ? usernameTaken() : error;
  }
}

/** A retried request finds done what it asks for. */
async function orAlready(code: string, context: Context, id: string, wish: Wish): Promise<Record<string, unknown>> {
  try {
    await submit(context, id, wish);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.refusal.code !== code) throw error;
  }
  return presentLife(context, id);
}

function timelineOf(context: Context): Parameters<typeof resource>[2] {
  return {
    get: async (request, response) => {
      const id = await ownSubscriptionId(context, request, response);
      const { after, limit } = response.locals['query'] as TimelineQuery;
      const events = await listTimeline(context.db, id, { after, limit: limit + 1 });
      if (events.length === 0 && (await findSubscription(context.db, id)) === null) throw subscriptionUnknown();
      const shown = events.slice(0, limit);
      response.json({
        events: shown.map(presentEvent),
        // Where to go on from; null at the end.
        next: events.length > limit ? (shown.at(-1)?.sequence ?? null) : null,
      });
    },
  };
}
