import type { Router } from 'express';
import { z } from 'zod';
import { exclusively } from '../db/exclusive.ts';
import { findSubscription } from '../db/subscriptions.ts';
import { addDuration, formatInstant, type Instant } from '../domain/calendar.ts';
import { isOver } from '../domain/decide.ts';
import type { Words } from '../domain/words.ts';
import { ownSubscriptionId } from './access.ts';
import { advance, type Advance } from './advancing.ts';
import type { Context } from './context.ts';
import { clockOf } from './lives.ts';
import { moment, text } from './parsing.ts';
import { instantText, presentEvent } from './present.ts';
import { invalid, ProblemError, subscriptionUnknown, unavailable } from './problem.ts';
import { because, REASONS } from './reasons.ts';
import { bodyOf, resource } from './routing.ts';
import { NoLifeError, UnreachableError } from './workflows.ts';

const LONGEST_ADVANCE = 'P15Y';

const advanceRequest = z
  .strictObject({ to: moment.exactOptional(), by: text(64).exactOptional() })
  .superRefine(({ to, by }, context) => {
    if ((to === undefined) === (by === undefined)) {
      context.addIssue({ code: 'custom', path: ['to'], ...because(REASONS.to_or_by), input: to });
    }
  });
type AdvanceRequest = z.output<typeof advanceRequest>;

/** The test clock of one live subscription; only in the sandbox. */
export function clock(router: Router, context: Context): void {
  resource(router, '/subscriptions/:id/clock/advance', {
    post: async (request, response) => {
      const wanted = bodyOf(request, advanceRequest);
      const id = await ownSubscriptionId(context, request, response);
      const done = await exclusively(context.db, `clock ${id}`, () => move(context, id, wanted));
      if (done === null) throw new ProblemError('clock_already_moving');
      response.json({ now: instantText(done.now), ended: done.ended, events: done.events.map(presentEvent) });
    },
  });
}

async function move(context: Context, id: string, wanted: AdvanceRequest): Promise<Advance> {
  const row = await findSubscription(context.db, id);
  if (row !== null && isOver(row.state)) return { now: row.updatedAt, ended: true, events: [] };
  try {
    return await advance(context, id, targetOf(wanted, await clockOf(context, id)));
  } catch (error) {
    if (error instanceof UnreachableError) throw unavailable('The subscription', error);
    if (!(error instanceof NoLifeError)) throw error;
    if (row === null) throw subscriptionUnknown();
    throw unavailable('The subscription', error);
  }
}

function targetOf({ to, by }: AdvanceRequest, now: Instant): Instant {
  const field = to === undefined ? 'by' : 'to';
  const target = to ?? added(now, by ?? '');
  if (target < now) throw invalid(field, notAhead(now));
  if (target > addDuration(now, LONGEST_ADVANCE)) throw invalid(field, REASONS.too_far_ahead);
  return target;
}

function notAhead(now: Instant): Words {
  const shown = formatInstant(now);
  return {
    it: `deve essere nel futuro: l’orologio di questo servizio segna ${shown}.`,
    en: `must lie ahead: this subscription’s clock shows ${shown}.`,
  };
}

function added(now: Instant, by: string): Instant {
  try {
    return addDuration(now, by);
  } catch {
    throw invalid('by', REASONS.duration);
  }
}
