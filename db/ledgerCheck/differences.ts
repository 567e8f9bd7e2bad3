/** What a check of the ledger finds, and by which check. */

/** Every check by its name, with what it proves. */
export const CHECKS = {
  journals_balance: 'Every journal has its head and its postings, and they sum to zero.',
  ledger_balances: 'All postings together sum to zero.',
  payments_received: 'Every payment was booked once as received, from the cash or credit it came by.',
  places_follow_postings: 'Where a payment’s money is follows from its postings.',
  places_add_up: 'The places of a payment add up to it, and none holds less than nothing.',
  payments_judged: 'Money that was taken in or set aside waits for no judgement, and other money does.',
  credit_follows_postings: 'A customer’s credit is what was posted to it, and never below zero.',
  receivable_is_due: 'What the ledger has as owed on an order is what is due on it.',
  orders_hold_received: 'What an order received is what its payments hold there.',
  timeline_whole: 'A subscription’s events are numbered 1, 2, 3 … up to its own number.',
  state_is_its_timeline: 'A subscription’s stored state is what its events lead to when they are followed anew.',
  read_model_is_its_state: 'A subscription’s columns say what its state says.',
  orders_follow_timeline: 'An order’s status, due and received are what the events of its subscription make of it.',
  orders_follow_state: 'An order’s status, due and received are what its subscription’s state has.',
  events_are_booked: 'Every event that moves money has its journal, of the same amounts.',
  journals_have_events: 'Every journal of an event has that event.',
  payments_were_told: 'A payment its subscription took in was told to it as it was booked.',
  reversals_are_booked: 'What was taken back or refunded of a payment is what left by it, and never more than came in.',
  refunds_are_booked: 'What is owed for a refund is its amount until it is paid or withdrawn, and then nothing.',
  orders_hold_refunds: 'What was refunded of an order is what its refunds say, and never more than it was sold for.',
  debts_are_booked:
    'What a customer owes comes from money taken back, is made less by settling it, and is never below zero.',
  payments_in_parts: 'The parts of a payment are of its method and its day, and never more than it.',
  fees_are_booked: 'What a gateway kept of payments is what its account of fees has.',
  invoices_numbered: 'Invoices are numbered without a gap in each year, and their dates never go back.',
  invoices_are_orders: 'An invoice is of its order’s amounts, and credit notes never take back more.',
  lives_run: 'Every subscription that has not ended has its running workflow, and no ended one has.',
  lives_agree: 'A workflow’s own state is the stored one.',
} as const;

export type CheckName = keyof typeof CHECKS;

/** Cents where it is a number; a text for anything else; null where there is nothing. */
export type Value = number | string | null;

export interface Difference {
  readonly check: CheckName;
  /** What it is about, e.g. `order 1000000137`. */
  readonly subject: string;
  /** What of it differs, e.g. `received`. */
  readonly what: string;
  readonly expected: Value;
  readonly found: Value;
}

/** Queries that yield what differs, each as rows of subject, what, expected, found. */
export type Queries = Readonly<Partial<Record<CheckName, readonly string[]>>>;

/** Of one check so many differences are told; that there are more is said. */
export const MOST_TOLD = 100;

/** Collects differences: the first ones of each check, and how many there are. */
export class Differences {
  readonly told: Difference[] = [];
  readonly #counts = new Map<CheckName, number>();

  add(difference: Difference): void {
    const count = this.countOf(difference.check) + 1;
    this.#counts.set(difference.check, count);
    if (count <= MOST_TOLD) this.told.push(difference);
  }

  /** Adds a difference where the two values differ. */
  compare(check: CheckName, subject: string, what: string, values: { expected: Value; found: Value }): void {
    if (values.expected !== values.found) this.add({ check, subject, what, ...values });
  }

  countOf(check: CheckName): number {
    return this.#counts.get(check) ?? 0;
  }
}
