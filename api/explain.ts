/** `GET /subscriptions/{id}/explain`: why is it so, in plain sentences. Also of lives that have ended. */
import type { Router } from 'express';
import { findSubscription } from '../db/subscriptions.ts';
import { eventOf, wholeTimeline } from '../db/timeline.ts';
import { explain as explained } from '../domain/explaining/explain.ts';
import { quoteNextRenewal } from '../domain/explaining/future.ts';
import { ownSubscriptionId } from './access.ts';
import type { Context } from './context.ts';
import { readLife } from './lives.ts';
import { instantText } from './present.ts';
import { resource } from './routing.ts';

export function explain(router: Router, context: Context): void {
  resource(router, '/subscriptions/:id/explain', {
    get: async (request, response) => {
      const id = await ownSubscriptionId(context, request, response);
      const life = await readLife(context, id);
      const row = await findSubscription(context.db, id);
      // What is told has to be in the timeline: the state as it was committed with it, never ahead of it.
      const state = row?.state ?? life.subscription;
      const entries = await wholeTimeline(context.db, id);
      const events = entries.filter(({ sequence }) => sequence <= state.sequence).map(eventOf);
      const nextRenewal = quoteNextRenewal(state, life.now, await context.catalogue());
      response.json({
        subscriptionId: id,
        asOf: instantText(life.now),
        sentences: explained({ state, events, now: life.now, nextRenewal }),
      });
    },
  });
}
