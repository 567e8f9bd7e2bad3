/**
 * What a run of a workflow costs, read from its history.
 *
 * An action is what Temporal Cloud bills: a start (by a client or by continue-as-new), a timer, a signal, an update, an
 * activity and each of its retries, an upsert of search attributes; and all local activities of one workflow task
 * together. Queries are billed too, but leave no trace in a history: each look at a subscription is one more.
 */
import type { WorkflowHandle } from '@temporalio/client';

export interface Cost {
  readonly events: number;
  readonly actions: number;
  /** Of these actions, the workflow tasks that ran local activities. */
  readonly local: number;
  /** Bytes of the events as they are stored. */
  readonly bytes: number;
}

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

/** What the test clock itself writes: nobody moves a clock in production. */
const OF_THE_CLOCK = ['workflowExecutionOptionsUpdated', 'workflowExecutionTimeSkippingTransitioned'];

const ACTIONS = [
  'workflowExecutionStarted',
  'timerStarted',
  'workflowExecutionSignaled',
  'workflowExecutionUpdateAccepted',
  'activityTaskScheduled',
  'upsertWorkflowSearchAttributes',
];

export function costOf({ events }: History): Cost {
  const own = withoutTheClock(events ?? []);
  const retries = own.reduce((sum, event) => sum + retriesOf(event), 0);
  const local = new Set(own.flatMap(localActivityTask)).size;
  return {
    events: own.length,
    actions: own.filter((event) => ACTIONS.includes(kindOf(event))).length + retries + local,
    local,
    bytes: own.reduce((sum, event) => sum + sizeOf(event), 0),
  };
}

/**
 * Moving the clock while a workflow task runs brings one more task, in which nothing is done: that is the clock's, too. So is
 * one that ends with nothing done but to be followed at once by the next: whoever moves the clock had looked at the life
 * while a local activity ran, which splits its task.
 */
function withoutTheClock(events: readonly Event[]): Event[] {
  const isOfTheClock = (event: Event | undefined): boolean =>
    event !== undefined && OF_THE_CLOCK.includes(kindOf(event));
  const isScheduled = (event: Event | undefined): boolean =>
    event !== undefined && kindOf(event) === 'workflowTaskScheduled';
  const tasks = new Set([
    ...events
      .filter((event, index) => isScheduled(event) && isOfTheClock(events[index - 1]))
      .map(({ eventId }) => String(eventId)),
    ...events
      .filter((event, index) => kindOf(event) === 'workflowTaskCompleted' && isScheduled(events[index + 1]))
      .map(taskOf),
  ]);
  return events.filter((event) => !isOfTheClock(event) && !tasks.has(taskOf(event)));
}

/** The id under which the workflow task was scheduled that an event is a part of; otherwise its own. */
function taskOf({ eventId, workflowTaskStartedEventAttributes, workflowTaskCompletedEventAttributes }: Event): string {
  const part = workflowTaskStartedEventAttributes ?? workflowTaskCompletedEventAttributes;
  return String(part?.scheduledEventId ?? eventId);
}

export function kindOf(event: Event): string {
  const attributes = Object.entries(event).find(([name, value]) => name.endsWith('EventAttributes') && value != null);
  return attributes?.[0].replace('EventAttributes', '') ?? 'unknown';
}

/** An activity's start is written when its last attempt has ended, and tells which attempt that was. */
function retriesOf({ activityTaskStartedEventAttributes: started }: Event): number {
  return started?.attempt == null ? 0 : started.attempt - 1;
}

/** The workflow task that ran the local activity of this marker. */
function localActivityTask({ markerRecordedEventAttributes: marker }: Event): string[] {
  return marker?.markerName === 'core_local_activity' ? [String(marker.workflowTaskCompletedEventId)] : [];
}

interface MessageType {
  encode(message: object): { finish(): Uint8Array };
}

function sizeOf(event: Event): number {
  // A decoded message knows its own type.
  return (event.constructor as unknown as MessageType).encode(event).finish().length;
}
