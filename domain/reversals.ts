/** Money that came in and was taken back. */
import type { Instant, PlainDate } from './calendar.ts';
import type { OpenOrder } from './orders.ts';

/** `called_back`: a transfer, by its bank. `chargeback`: by a card's holder. `correction`: it was registered by mistake. */
export const REVERSAL_REASONS = ['called_back', 'chargeback', 'correction'] as const;
export type ReversalReason = (typeof REVERSAL_REASONS)[number];

/** What takes a payment, or part of it, back. `key` names it once and for all: `<source>:<external id>`. */
export interface ReversalFact {
  readonly key: string;
  readonly paymentKey: string;
  readonly amountMinor: number;
  readonly registeredOn: PlainDate;
  /** When it was taken in, on this life's clock. */
  readonly receivedAt: Instant;
  readonly reason: ReversalReason;
}

/**
 * Where a payment's money is, as the ledger has it when its life hears of the reversal: only the ledger knows of orders
 * that are finished and of credit.
 */
export interface HeldMoney {
  /** The order that holds part of it, and how much. */
  readonly order: {
    readonly number: string;
    readonly amountMinor: number;
    /** As its life would know it, were it not finished; null where the order is still open. */
    readonly finished: OpenOrder | null;
  } | null;
  readonly unmatchedMinor: number;
  readonly creditMinor: number;
}

export const NOTHING_HELD: HeldMoney = { order: null, unmatchedMinor: 0, creditMinor: 0 };

/** What identifies a reversal's content: the same key with another content is refused. */
export function reversalContentOf(reversal: Pick<ReversalFact, 'paymentKey' | 'amountMinor' | 'registeredOn'>): string {
  return `${reversal.paymentKey} ${reversal.amountMinor} ${reversal.registeredOn}`;
}
