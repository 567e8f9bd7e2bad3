/** Rows of bank files and their entries, and how they are kept. */
import type { Candidate, Movement } from '../domain/bankMatching.ts';
import type { Instant, PlainDate } from '../domain/calendar.ts';

/** `pending`: not dealt with yet. `refund`: of a refund of ours. `waiting`: for a day to come, or for a person; nothing of it is in the ledger. */
export type EntryOutcome = 'pending' | 'ignored' | 'matched' | 'unmatched' | 'reversal' | 'refund' | 'waiting';

/** A movement as its bank told it. */
export interface EntryAsRead extends Movement {
  /** A decimal with a point, unsigned. */
  readonly amount: string;
  readonly currency: string;
  readonly isCredit: boolean;
  readonly isReversal: boolean;
  readonly isBooked: boolean;
  readonly bookedOn: PlainDate | null;
  readonly valueOn: PlainDate | null;
  readonly bankReference: string | null;
  /** What else it is called, by whom it passed through. */
  readonly names?: Readonly<Partial<Record<string, string>>>;
  /** For whom the counterparty paid. */
  readonly onBehalfOf?: string;
  /** There where money goes back to whom it came from: the reason's code, which may be empty. */
  readonly returned?: string;
  /** There where it is one sum of several transactions: whether some of them are missing, and by what the bank knows it. */
  readonly batch?: {
    readonly transactions: number | null;
    readonly isOpen: boolean;
    readonly names: readonly string[];
  };
  /** There where it is one transaction of a booked sum. */
  readonly partOf?: { readonly cents: number; readonly names: readonly string[] };
}

export interface NewEntry {
  readonly id: string;
  readonly account: string;
  /** All that it is known by within its account, of any length. */
  readonly identity: string;
  readonly place: string;
  readonly method: 'bank_transfer' | 'postal_slip';
  readonly entry: EntryAsRead;
  /** Cents; null where the amount is not one of whole cents. */
  readonly amountMinor: number | null;
  /** References that name something. */
  readonly bankReference: string | null;
  readonly endToEndId: string | null;
  /** Why it is left alone; null where it is to be dealt with. */
  readonly ignored: string | null;
}

export interface EntryRow extends Omit<NewEntry, 'identity' | 'ignored'> {
  /** The file in which it came first. */
  readonly fileId: string;
  readonly outcome: EntryOutcome;
  readonly why: string | null;
  readonly paymentKeys: readonly string[];
  readonly reversalKeys: readonly string[];
  /** The refund of ours that it is, or seems to be, of. */
  readonly refundId: string | null;
  readonly candidates: readonly StoredCandidate[];
}

/**
 * What an entry may be meant for: an order to be paid, or a payment that was taken back and how much of it there is. Those
 * of before say no amount.
 */
export type StoredCandidate =
  Candidate | { readonly paymentKey: string; readonly orderNumber: string; readonly amountMinor?: number };

export interface BankFileRow {
  readonly id: string;
  readonly digest: string;
  readonly name: string | null;
  readonly format: string;
  readonly version: string | null;
  readonly statements: number;
  readonly warnings: readonly string[];
  readonly receivedAt: Instant;
  /** The name of the operator's key. */
  readonly receivedBy: string;
  /** Null while not every entry has been dealt with. */
  readonly finishedAt: Instant | null;
}

export type NewBankFile = Omit<BankFileRow, 'id' | 'finishedAt'>;

export interface ListedEntry extends EntryRow {
  /** Where it stands in the file that is listed. */
  readonly placeThere: string;
  /** The orders its payments are for now. */
  readonly orderNumbers: readonly string[];
}

export interface EntryRecord {
  id: string;
  account: string;
  file_id: string;
  place: string;
  method: 'bank_transfer' | 'postal_slip';
  entry: EntryAsRead;
  amount_minor: number | null;
  is_credit: boolean;
  bank_reference: string | null;
  end_to_end_id: string | null;
  outcome: EntryOutcome;
  why: string | null;
  payment_keys: string[];
  reversal_keys: string[];
  refund_id: string | null;
  candidates: StoredCandidate[];
  recorded_at: Instant;
}

export function entryOf(row: EntryRecord): EntryRow {
  return {
    id: row.id,
    account: row.account,
    fileId: row.file_id,
    place: row.place,
    method: row.method,
    entry: row.entry,
    amountMinor: row.amount_minor,
    bankReference: row.bank_reference,
    endToEndId: row.end_to_end_id,
    outcome: row.outcome,
    why: row.why,
    paymentKeys: row.payment_keys,
    reversalKeys: row.reversal_keys,
    refundId: row.refund_id,
    candidates: row.candidates,
  };
}

export interface BankFileRecord {
  id: string;
  digest: string;
  name: string | null;
  format: string;
  version: string | null;
  statements: number;
  warnings: string[];
  received_at: Instant;
  received_by: string;
  finished_at: Instant | null;
}

export function fileOf(row: BankFileRecord): BankFileRow {
  return {
    id: row.id,
    digest: row.digest,
    name: row.name,
    format: row.format,
    version: row.version,
    statements: row.statements,
    warnings: row.warnings,
    receivedAt: row.received_at,
    receivedBy: row.received_by,
    finishedAt: row.finished_at,
  };
}
