/** What every bank file comes to, whatever its format: statements of accounts with their entries, money exact as written. */
import type { PlainDate } from '../domain/calendar.ts';

export type BankFormat = 'camt.053' | 'camt.054' | 'mt940' | 'mt942' | 'cbi-rh' | 'postal-slips';

export interface BankFile {
  readonly format: BankFormat;
  /** Of the format, e.g. `02` of camt.053.001.02; null where it has none. */
  readonly version: string | null;
  readonly statements: readonly BankStatement[];
  /** What does not add up, though every entry could be read: to be told to whoever imports the file. */
  readonly warnings: readonly string[];
}

export interface BankStatement {
  readonly id: string;
  /** IBAN, or whatever number the bank gives the account; null where the file names none. */
  readonly account: string | null;
  readonly entries: readonly BankEntry[];
}

/** One movement. Texts are as the bank gives them, in their order; nothing in them is judged here. */
export interface BankEntry {
  /** Where in the file, for people: `line 12`, `Stmt 1, Ntry 3, TxDtls 2`. */
  readonly place: string;
  /** Unsigned, as a decimal with a point: never a floating number. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Money in. A reversal keeps the side on which it was booked: one that takes a credit back is no credit. */
  readonly isCredit: boolean;
  readonly isReversal: boolean;
  /** False where the bank only announces it. */
  readonly isBooked: boolean;
  readonly bookedOn: PlainDate | null;
  readonly valueOn: PlainDate | null;
  /** The bank's own name for the movement: the best identity there is, where it is given. */
  readonly bankReference: string | null;
  readonly endToEndId: string | null;
  readonly counterparty: { readonly name: string | null; readonly account: string | null };
  /** The payer's words, in the pieces in which the bank gives them. */
  readonly remittance: readonly string[];
  /** Creditor references (ISO 11649 or a slip's code) given as such. */
  readonly references: readonly string[];
  /** The bank's own words. */
  readonly description: string | null;
  /** For whom the counterparty paid or was paid, where the bank says so. */
  readonly onBehalfOf?: string;
  /** What else it is called, by whom it passed through: never needed, but two files may share no other name for it. */
  readonly names?: EntryNames;
  /** There where money goes back to whom it came from, by a refusal or a recall: the reason's code, which may be empty. */
  readonly returned?: string;
  /** There where it is one sum of several transactions, and stays whole. */
  readonly batch?: BookedSum;
  /** There where it is one transaction of a sum that the bank booked: that sum, and by what the bank knows it. */
  readonly partOf?: { readonly cents: number; readonly names: readonly string[] };
}

export interface BookedSum {
  /** Null where the bank does not say how many. */
  readonly transactions: number | null;
  /** Whether transactions of it are missing, which another file may tell of. */
  readonly isOpen: boolean;
  readonly names: readonly string[];
}

export type EntryNames = {
  /** Of the first bank, for all banks on the way. */
  readonly transactionId?: string;
  /** Unique in the world (ISO 20022 UETR). */
  readonly uetr?: string;
  readonly instructionId?: string;
  readonly mandateId?: string;
  /** The entry's own in its account, where it has one beside the bank's reference. */
  readonly entryReference?: string;
  /** Of the sum that it was booked in. */
  readonly batchReference?: string;
};

/** The file as a whole is refused. `line` counts from 1; null where the fault is in no line. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
  readonly line: number | null;
  readonly reason: string;
  constructor(reason: string, line: number | null = null) {
    super(line === null ? `The file cannot be read: ${reason}` : `The file cannot be read: line ${line} ${reason}`);
    this.line = line;
    this.reason = reason;
  }
}

const CENTS_IN_EURO = 100n;

/** A decimal as cents, or null where it has more than two decimals or is too large to be counted exactly. */
export function centsOf(amount: string): number | null {
  const parts = /^(\d+)(?:\.(\d*))?$/.exec(amount);
  const [, whole = '', fraction = ''] = parts ?? [];
  if (parts === null || /[1-9]/.test(fraction.slice(2))) return null;
  const cents = BigInt(whole) * CENTS_IN_EURO + BigInt(fraction.slice(0, 2).padEnd(2, '0'));
  return cents <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(cents) : null;
}
