/** What a subscription's workflow asks of the outside world. Imported by workflows as types only. */
import type { Instant, PlainDate } from '../domain/calendar.ts';
import type { ChargeOutcome, NumberedOrder, PaymentFact } from '../domain/commands.ts';
import type { Event } from '../domain/events.ts';
import type { Basis } from '../domain/pricing.ts';
import type { HeldMoney, ReversalFact } from '../domain/reversals.ts';
import type { ChargeAttempt, Subscription } from '../domain/subscription.ts';

/** Events not yet in Postgres, in sequence, and the state they lead to. */
export interface CommitInput {
  readonly subscription: Subscription;
  readonly events: readonly Event[];
  readonly nextDeadlineAt: Instant | null;
}

/**
 * Events that Postgres holds and the life does not know: a workflow task wrote them and was then lost, as its worker or
 * server died or an operator reset the run. They stand, and the life goes on from them.
 */
export type StoredEvents = readonly Event[];

export interface BriefInput {
  readonly subscriptionId: string;
  /** Of the life's last event. */
  readonly sequence: number;
  /** Keys the workflow has seen or holds in its inbox; only payments not among them are returned. */
  readonly knownPayments: readonly string[];
  /** Of reversals likewise. */
  readonly knownReversals?: readonly string[];
  /** A reversal whose payment's money is to be looked up. */
  readonly reversal?: { readonly key: string; readonly paymentKey: string };
  /** Set where a charge needs a renewal order: priced on the due date's terms, whenever this runs. */
  readonly quote: {
    readonly placedOn: PlainDate;
    readonly years: number;
    readonly basis: Basis;
    /** The same due charge asked for again, after a crash say, gets the number it was given before. */
    readonly cycleKey: string;
  } | null;
}

export interface Briefing {
  readonly stored: StoredEvents;
  /** Money in the ledger for this subscription that the workflow has not heard of. */
  readonly payments: readonly PaymentFact[];
  /** Money taken back that the workflow has not heard of. */
  readonly reversals?: readonly ReversalFact[];
  /** Where the payment's money is that a reversal takes back, if it is this life's to say, and whether that is in the ledger. */
  readonly reversed?: { readonly held: HeldMoney | null; readonly isRecorded: boolean };
  /** The renewal's order, its number reserved; null where none was asked for or what is unknown comes first. */
  readonly quote: NumberedOrder | null;
}

export interface ChargeInput {
  readonly subscriptionId: string;
  readonly attempt: ChargeAttempt;
  /** The life's own clock: dates the payment, and forbids a first charge from `attempt.chargeUntil` on. */
  readonly now: Instant;
}

export type ProvisioningOutcome =
  { readonly kind: 'activated'; readonly username: string } | { readonly kind: 'refused'; readonly reason: string };

export interface SubscriptionActivities {
  /**
   * Writes events, read models, ledger postings and outbox jobs in one transaction, idempotent by
   * (subscription, sequence). Where others are stored under these sequences nothing is written, and those are returned.
   * Run as a local activity.
   */
  commit(input: CommitInput): Promise<StoredEvents>;
  /** Run as a local activity before a deadline of consequence is taken. */
  brief(input: BriefInput): Promise<Briefing>;
  /**
   * Charges once per `attempt.attemptId`, however often it runs: looks the attempt up first, and records a capture
   * in the ledger before it answers. Business answers are values; a silent gateway is `unknown`.
   */
  charge(input: ChargeInput): Promise<ChargeOutcome>;
  provision(input: { readonly subscriptionId: string; readonly customerRef: string }): Promise<ProvisioningOutcome>;
}
