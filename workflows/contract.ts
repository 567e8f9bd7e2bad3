/**
 * How the outside talks to a subscription's workflow: ids, the queue, and the shapes of updates, signals and queries.
 * These names are kept for good: lives that are years old answer to them.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { Request } from '../domain/commands.ts';
import type { Deadline } from '../domain/deadlines.ts';
import type { Settings, Subscription } from '../domain/subscription.ts';

export const TASK_QUEUE = 'rinnovo-subscriptions';
export const WORKFLOW_TYPE = 'subscription';

export function subscriptionWorkflowId(subscriptionId: string): string {
  return `subscription-${subscriptionId}`;
}

/** A first run starts a life; later runs carry the snapshot, read through upcasters. */
export type RunInput =
  | {
      readonly kind: 'start';
      readonly subscriptionId: string;
      readonly customerRef: string;
      readonly product: Subscription['product'];
      readonly splitPayment: boolean;
      readonly settings: Settings;
    }
  | { readonly kind: 'continue'; readonly snapshot: unknown };

/** What an accepted request came to: the sequence of the last event it (or an earlier step) led to, already committed. */
export interface RequestAnswer {
  readonly sequence: number;
}

/** What a life came to. A status other than `terminated` or `closed` is that of one whose first order never came. */
export interface Ending {
  readonly status: Subscription['phase']['status'];
  readonly endedOn: PlainDate | null;
  readonly sequence: number;
}

/**
 * A request, as an update with a synchronous validator. Refusals are ApplicationFailures whose `type` is the
 * catalogue's code, `message` its detail, and `details[0]` the field at fault (or null);
 * `invalid_request` where the shape itself is wrong. Use the order number, or
 * another idempotency key, as update id.
 */
export const submitRequest = defineUpdate<RequestAnswer, [Request]>('submitRequest');

/**
 * Money that arrived. Always accepted; judged inside. Payload: `PaymentFact` (domain/commands.ts), or from an operator's
 * hand the shorter `{ source?, externalId, orderNumber, amountMinor, currency, method, registeredOn }`.
 */
export const recordPayment = defineSignal<[unknown]>('recordPayment');

/**
 * Money that was taken back. Always accepted; judged inside. Payload: `ReversalFact` (domain/reversals.ts), or from an
 * operator's hand `{ source?, externalId, paymentKey, amountMinor, currency, registeredOn, reason? }`.
 */
export const recordReversal = defineSignal<[unknown]>('recordReversal');

export interface Inspection {
  readonly subscription: Subscription;
  /** The life's own clock when last it did something. */
  readonly now: Instant;
  readonly deadline: Deadline | null;
  /** Up to here events are in Postgres. */
  readonly committedThrough: number;
  /** True while anything is queued, being committed or asked of the outside. */
  readonly busy: boolean;
}

export const inspect = defineQuery<Inspection>('inspect');

export { presentStart, SEARCH_ATTRIBUTES, type StartPresentation } from './presentation.ts';
