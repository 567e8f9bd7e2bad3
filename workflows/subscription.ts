/**
 * The shell of a life: it waits, asks the domain, and performs what was decided. It holds no rules.
 *
 *   heard: requests, payments ──┐
 *   outcomes of errands ────────┼──> decide ──> events ──> commit ──> answer, send errands ──> wait
 *   the next deadline ──────────┘
 */
import { rawValueTypeInfo, type RawValue } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defaultPayloadConverter,
  defineSignal,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { addMinutes, type Instant } from '../domain/calendar.ts';
import { isOver } from '../domain/decide.ts';
import { expiresOn, type Subscription } from '../domain/subscription.ts';
import { Alarm } from './alarm.ts';
import { now } from './clock.ts';
import { inspect, recordPayment, recordReversal, submitRequest, type Ending, type RunInput } from './contract.ts';
import { Life } from './life.ts';
import { attributesOf, changedAttributes, detailsOf, inWords } from './presentation.ts';
import { restoreState } from './snapshot.ts';

/** A life that was started and never heard its first order ends by itself. */
const FIRST_ORDER_MINUTES = 10;

export async function subscription(input: RunInput): Promise<Ending> {
  const life = new Life(restoreState(input, now()));
  listen(life);
  try {
    // Cancelling from outside ends no life: notice is a request, and money may be under way.
    return await CancellationScope.nonCancellable(() => live(life));
  } catch (error) {
    // A Temporal failure that gets here is a mistake of ours. It would fail the workflow, which ends a life for good;
    // a plain Error holds up its task, until a corrected release takes over.
    throw error instanceof TemporalFailure ? new Error(`Not handled: ${error.message}`, { cause: error }) : error;
  }
}

/** All handlers are set before anything is waited for, so that nothing heard early is missed. */
function listen(life: Life): void {
  setHandler(inspect, () => life.inspection());
  setHandler(submitRequest, (request) => life.hear(request), { validator: (request) => life.check(request) });
  // As it came: a payload that cannot even be decoded would otherwise hold up the workflow's task for good.
  const raw = defineSignal<[RawValue]>(recordPayment.name, { typeInfo: { inputTypes: [rawValueTypeInfo] } });
  setHandler(raw, (payload: RawValue | undefined) => life.hearPayment(decoded(payload)));
  const rawReversal = defineSignal<[RawValue]>(recordReversal.name, { typeInfo: { inputTypes: [rawValueTypeInfo] } });
  setHandler(rawReversal, (payload: RawValue | undefined) => life.hearReversal(decoded(payload)));
}

function decoded(payload: RawValue | undefined): unknown {
  try {
    return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload.payload);
  } catch {
    return undefined;
  }
}

async function live(life: Life): Promise<Ending> {
  const alarm = new Alarm();
  let period = expiresOn(life.state);
  for (;;) {
    await life.settle();
    period ??= expiresOn(life.state);
    const ends = isOver(life.state) || (isGivenUp(life.state) && !(await life.recall()));
    const renewed = expiresOn(life.state) !== period || workflowInfo().continueAsNewSuggested;
    if (life.isQuiet && (ends || renewed)) {
      await condition(() => allHandlersFinished() || life.hasNews);
      if (life.hasNews) continue;
      if (ends) return endingOf(life.state);
      await nextRun(life.state);
    }
    present(life);
    setAlarm(alarm, life);
    await condition(() => life.hasNews || isGivenUp(life.state));
  }
}

/** When a life that has no order yet is given up; null once it had its first. */
function givenUpAt({ orders, finishedOrders, handledThrough }: Subscription): Instant | null {
  return orders.length + finishedOrders.length > 0 ? null : addMinutes(handledThrough, FIRST_ORDER_MINUTES);
}

function isGivenUp(state: Subscription): boolean {
  const at = givenUpAt(state);
  return at !== null && now() >= at;
}

/**
 * Operators see the life as it is about to wait. Its attributes are right from the start; they change once nothing is in
 * flight, as each change costs.
 */
function present(life: Life): void {
  setCurrentDetails(detailsOf(life.state));
  if (!life.isQuiet || givenUpAt(life.state) !== null) return;
  const changed = changedAttributes(workflowInfo().typedSearchAttributes, life.state);
  if (changed.length > 0) upsertSearchAttributes(changed);
}

function setAlarm(alarm: Alarm, life: Life): void {
  // The answer to a charge comes within minutes and before any deadline: no timer is started, and none is stopped.
  if (life.isCharging) return;
  const { deadline } = life;
  const givesUpAt = givenUpAt(life.state);
  if (deadline !== null) alarm.set(deadline.at, inWords(deadline));
  else alarm.set(givesUpAt, 'give up: no first order came');
}

/** Goes on in a fresh history, with a snapshot that later releases can read and the attributes as they are now. */
async function nextRun(state: Subscription): Promise<void> {
  const next = makeContinueAsNewFunc<typeof subscription>({ typedSearchAttributes: attributesOf(state) });
  await next({ kind: 'continue', snapshot: state });
}

function endingOf({ phase, sequence }: Subscription): Ending {
  return { status: phase.status, endedOn: 'endedOn' in phase ? phase.endedOn : null, sequence };
}
