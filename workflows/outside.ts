/** How a life calls the outside world, and what it does while the outside does not answer. */
import {
  ActivityFailure,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  sleep,
  TemporalFailure,
} from '@temporalio/workflow';
import type {
  Briefing,
  BriefInput,
  CommitInput,
  StoredEvents,
  SubscriptionActivities,
} from '../activities/contract.ts';
import type { ChargeOutcome, Fact } from '../domain/commands.ts';
import { attemptToAsk, type Work } from '../domain/decide.ts';
import type { ChargeAttempt, Subscription } from '../domain/subscription.ts';
import { now } from './clock.ts';
import { chargeSummary } from './presentation.ts';

/** Postgres is near and what it is asked is idempotent: a local activity costs one event where a full one costs five. */
const local = proxyLocalActivities<Pick<SubscriptionActivities, 'commit' | 'brief'>>({
  startToCloseTimeout: '10 seconds',
  // Tried again by `insist`, where operators see it.
  retry: { maximumAttempts: 1 },
});

/** A charge is bounded as a whole, also while no worker takes it: silence is an answer, `unknown`, and time moves on. */
const CHARGE = {
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '2 minutes',
  retry: { maximumAttempts: 2 },
} as const;

/** A service that was paid for is provided, however long that takes. */
const PROVISION = {
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes' },
} as const;

const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 60;

export async function commit(input: CommitInput): Promise<StoredEvents> {
  return insist('Writing to Postgres', () => local.commit(input));
}

export async function brief(input: BriefInput): Promise<Briefing> {
  return insist('Reading from Postgres', () => local.brief(input));
}

/** Nothing fails a life: what does not work is said where operators look, and tried again for as long as it takes. */
async function insist<T>(what: string, ask: () => Promise<T>): Promise<T> {
  for (let seconds = FIRST_PAUSE_SECONDS; ; seconds = Math.min(2 * seconds, LONGEST_PAUSE_SECONDS)) {
    try {
      return await ask();
    } catch (error) {
      // What a local activity failed with comes bare, without an ActivityFailure around it.
      if (!(error instanceof TemporalFailure)) throw error;
      setCurrentDetails(`**${what} does not work** (${error.cause?.message ?? error.message}). Tried again by itself.`);
      await sleep(seconds * 1000, { summary: `${what} does not work: tried again after ${seconds} s` });
    }
  }
}

export type Outcome = Fact & { type: 'RecordChargeOutcome' | 'RecordActivation' | 'RecordActivationFailure' };

/** Does one piece of work and answers with the fact it came to; it never fails. */
export async function perform(work: Work, state: Subscription): Promise<Outcome> {
  if (work.kind === 'provision') return provision(state);
  const attempt = attemptToAsk(state);
  if (attempt === null) throw new TypeError('There is no attempt to charge for.');
  return { type: 'RecordChargeOutcome', attemptId: attempt.attemptId, outcome: await charge(state, attempt) };
}

async function charge({ id }: Subscription, attempt: ChargeAttempt): Promise<ChargeOutcome> {
  const remote = proxyActivities<SubscriptionActivities>({ ...CHARGE, summary: chargeSummary(attempt) });
  try {
    return await remote.charge({ subscriptionId: id, attempt, now: now() });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { kind: 'unknown', reason: error.cause?.message ?? error.message };
  }
}

async function provision({ id, customerRef }: Subscription): Promise<Outcome> {
  const remote = proxyActivities<SubscriptionActivities>({ ...PROVISION, summary: `provision subscription ${id}` });
  try {
    const outcome = await remote.provision({ subscriptionId: id, customerRef });
    return outcome.kind === 'activated'
      ? { type: 'RecordActivation', username: outcome.username }
      : { type: 'RecordActivationFailure', reason: outcome.reason };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { type: 'RecordActivationFailure', reason: error.cause?.message ?? error.message };
  }
}
