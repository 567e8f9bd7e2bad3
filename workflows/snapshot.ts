import type { Instant } from '../domain/calendar.ts';
import { newSubscription, SCHEMA_VERSION, type Subscription } from '../domain/subscription.ts';
import type { RunInput } from './contract.ts';

/**
 * A snapshot is the contract with runs that are years old. When the state's shape changes, SCHEMA_VERSION grows by one
 * and a pure function is added here that turns a snapshot of the version before into the next; none is ever removed.
 */
export type Upcaster = (snapshot: Readonly<Record<string, unknown>>) => Record<string, unknown>;
const UPCASTERS: Readonly<Record<number, Upcaster>> = {};

/** The state a run starts from. */
export function restoreState(input: RunInput, now: Instant): Subscription {
  if (input.kind === 'continue') return readSnapshot(input.snapshot);
  const { subscriptionId: id, customerRef, product, splitPayment, settings } = input;
  return newSubscription({ id, customerRef, product, splitPayment, settings }, now);
}

/**
 * Brings a snapshot to the present shape. One that is not known, written by a newer release say, throws a plain Error:
 * that holds the workflow's task up, visibly and without harm, until a worker that knows it takes over.
 */
export function readSnapshot(
  snapshot: unknown,
  upcasters: Readonly<Record<number, Upcaster>> = UPCASTERS,
  present: number = SCHEMA_VERSION,
): Subscription {
  if (typeof snapshot !== 'object' || snapshot === null) throw new Error('The snapshot of this run is not an object.');
  let state: Record<string, unknown> = { ...snapshot };
  while (state['schemaVersion'] !== present) {
    const version = state['schemaVersion'];
    const upcast = typeof version === 'number' ? upcasters[version] : undefined;
    if (upcast === undefined) {
      throw new Error(
        `This release reads snapshots up to version ${present}; this run has ${JSON.stringify(version)}.`,
      );
    }
    state = { ...upcast(state), schemaVersion: Number(version) + 1 };
  }
  // Written by this code from this very type, or brought to it by the upcasters above.
  return state as unknown as Subscription;
}
