import type { Request, Router } from 'express';
import { findSubscription } from '../db/subscriptions.ts';
import { listTimeline } from '../db/timeline.ts';
import type { Request as Wish } from '../domain/commands.ts';
import { RefusedError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import { presentLife, readLife, submit } from './lives.ts';
import { gatewayMethod, nothing } from './ordersSchema.ts';
import { storeGatewayMethod } from './ordering.ts';
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

export function subscriptions(router: Router, context: Context): void {
  /** Asks for a change and answers with the subscription as it then is. */
  const changed = async (request: Request, wish: Wish): Promise<Record<string, unknown>> => {
    const id = idOf(request);
    await submit(context, id, wish);
    return presentLife(context, id);
  };

  resource(router, '/subscriptions/:id', {
    get: async (request, response) => void response.json(await presentLife(context, idOf(request))),
  });

  resource(router, '/subscriptions/:id/timeline', timelineOf(context), { query: timelineQuery });

  resource(router, '/subscriptions/:id/auto-renewal', {
    put: async (request, response) => {
      const { on } = bodyOf(request, autoRenewalRequest);
      response.json(await changed(request, { type: 'SwitchAutoRenewal', on }));
    },
  });

  resource(router, '/subscriptions/:id/payment-method', {
    put: async (request, response) => {
      const given = bodyOf(request, gatewayMethod);
      const { subscription } = await readLife(context, idOf(request));
      const method = await storeGatewayMethod(context, subscription.customerRef, given);
      response.json(await changed(request, { type: 'SetPaymentMethod', method }));
    },
    delete: async (request, response) => {
      response.json(await changed(request, { type: 'RemovePaymentMethod' }));
    },
  });

  resource(router, '/subscriptions/:id/usage', {
    put: async (request, response) => {
      const { usedBytes } = bodyOf(request, usageRequest);
      response.json(await changed(request, { type: 'ReportUsage', usedBytes }));
    },
  });

  resource(router, '/subscriptions/:id/termination', {
    post: async (request, response) => {
      bodyOf(request, nothing);
      response.json(await orAlready('notice_given', context, request, { type: 'GiveNotice' }));
    },
  });

  resource(router, '/subscriptions/:id/activation', {
    post: async (request, response) => {
      const wanted = bodyOf(request, activationRequest);
      const wish: Wish =
        wanted.action === 'retry'
          ? { type: 'RetryActivation' }
          : { type: 'ConfirmActivation', username: wanted.username };
      response.json(await changed(request, wish));
    },
  });
}

/** A retried request finds done what it asks for. */
async function orAlready(
  code: string,
  context: Context,
  request: Request,
  wish: Wish,
): Promise<Record<string, unknown>> {
  const id = idOf(request);
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
      const id = idOf(request);
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

/** The path's id; what cannot be an id names nothing. */
export function idOf(request: Request): string {
  const id = pathOf(request, 'id');
  if (!ID.test(id)) throw subscriptionUnknown();
  return id;
}
