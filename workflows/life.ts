import { currentUpdateInfo } from '@temporalio/workflow';
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { Command, Request } from '../domain/commands.ts';
import { isConsequential, type Deadline } from '../domain/deadlines.ts';
import { needsQuote } from '../domain/deciding/life.ts';
import { decide, workOf } from '../domain/decide.ts';
import type { Refusal } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import { basisOf } from '../domain/nextRenewal.ts';
import { expiresOn, type Subscription } from '../domain/subscription.ts';
import type { Briefing } from '../activities/contract.ts';
import { earlier, later, now } from './clock.ts';
import type { Inspection, RequestAnswer } from './contract.ts';
import { failureOf, misshapen } from './failure.ts';
import { Inbox, ticketOf, type Item, type Ticket } from './inbox.ts';
import { chargeIn, Journal } from './journal.ts';
import { brief, perform, type Outcome } from './outside.ts';
import { readPaymentSignal } from './paymentSignal.ts';
import { readReversalSignal } from './reversalSignal.ts';
import { misshapenField } from './requestShape.ts';

type Step =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'deadline'; readonly deadline: Deadline }
  | { readonly kind: 'item'; readonly item: Item };

/** Somebody to be answered once all is written and the charge they asked for, if any, has its first outcome. */
interface Waiting {
  readonly ticket: Ticket;
  readonly attemptId: string | null;
}

/**
 * One run's hold on a life: its journal, what was heard and is not handled, and what the outside was asked. Only `settle`
 * and `recall` move the state, one step after the other, so no two things interleave.
 */
export class Life {
  readonly #journal: Journal;
  readonly #inbox = new Inbox();
  /** What errands came to. */
  readonly #outcomes: Outcome[] = [];
  /** What was carried out and is not yet written down. */
  readonly #handled: (Item | { readonly command: Outcome })[] = [];
  readonly #errands = new Set<string>();
  #waiting: Waiting[] = [];

  constructor(state: Subscription) {
    this.#journal = new Journal(state);
  }

  get state(): Subscription {
    return this.#journal.state;
  }

  /** The next thing time alone will bring. */
  get deadline(): Deadline | null {
    return this.#journal.deadline;
  }

  /** Whether a charge is being asked for, not waiting to be asked again. */
  get isCharging(): boolean {
    const { attempt } = this.state;
    return attempt !== null && attempt.retryAt === null;
  }

  /** Whether something can be handled now. */
  get hasNews(): boolean {
    return this.#nextStep() !== null;
  }

  /** Whether nothing is queued, unwritten or asked of the outside. */
  get isQuiet(): boolean {
    const nothingHeard = this.#inbox.isEmpty && this.#outcomes.length === 0;
    return nothingHeard && this.#journal.isWritten && this.#errands.size === 0;
  }

  inspection(): Inspection {
    return {
      subscription: this.state,
      now: now(),
      deadline: this.deadline,
      committedThrough: this.#journal.writtenThrough,
      busy: !this.isQuiet,
    };
  }

  /** Refuses at once what cannot be: called by the update's validator, so it stays synchronous and changes nothing. */
  check(request: Request): void {
    const field = misshapenField(request);
    if (field !== null) throw misshapen(field);
    const decision = decide(this.state, request, this.#instantOf(now()));
    if (!decision.accepted) throw failureOf(decision.refusal);
  }

  /** Answers when what was decided is in Postgres. What was accepted can still be refused, by what comes before it. */
  async hear(request: Request): Promise<RequestAnswer> {
    const requestId = currentUpdateInfo()?.id ?? '';
    return new Promise((answer, reject) => {
      const ticket = { requestId, answer, refuse: (refusal: Refusal) => reject(failureOf(refusal)) };
      this.#inbox.put({ command: request, heardAt: now(), ticket });
    });
  }

  hearPayment(payload: unknown): void {
    const command = readPaymentSignal(payload, now());
    this.#note(command, command.type === 'RecordPayment' ? command.payment.receivedAt : now());
  }

  hearReversal(payload: unknown): void {
    const command = readReversalSignal(payload, now());
    this.#note(command, command.type === 'RecordReversal' ? command.reversal.receivedAt : now());
  }

  #note(command: Command, heardAt: Instant): void {
    this.#inbox.put({ command, heardAt: earlier(heardAt, now()) });
  }

  /** Handles all that can be handled, writes it down, answers, and sends off the work the state then asks for. */
  async settle(): Promise<void> {
    while (this.hasNews) {
      for (let step = this.#nextStep(); step !== null; step = this.#nextStep()) await this.#take(step);
      this.#wrote(await this.#journal.write());
    }
    this.#sendErrands();
  }

  /** All is in Postgres. Answers whether that held other events, which now stand. */
  #wrote(stored: readonly Event[]): boolean {
    if (stored.length > 0) this.#repeat(stored);
    this.#handled.length = 0;
    this.#answer();
    return stored.length > 0;
  }

  /** Whether Postgres holds anything of this life that it does not know; it is then taken in. */
  async recall(): Promise<boolean> {
    return this.#learn(await brief(this.#briefInput(null)));
  }

  /**
   * What comes first: the outcome of an errand, and then, by their instants, deadlines that are due and what was heard.
   * While a charge is being asked for, no deadline is taken: its answer belongs before them, and comes within minutes.
   */
  #nextStep(): Step | null {
    const outcome = this.#outcomes[0];
    if (outcome !== undefined) return { kind: 'outcome', outcome };
    const { deadline } = this;
    const item = this.#inbox.head;
    if (deadline !== null && deadline.at <= now() && (item === undefined || deadline.at <= item.heardAt)) {
      return this.isCharging ? null : { kind: 'deadline', deadline };
    }
    return item === undefined ? null : { kind: 'item', item };
  }

  async #take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'outcome':
        this.#outcomes.shift();
        return this.#recordOutcome(step.outcome);
      case 'item':
        this.#inbox.take();
        return step.item.command.type === 'RecordReversal'
          ? this.#reverse(step.item, step.item.command)
          : this.#carryOutItem(step.item);
      case 'deadline':
        return this.#reach(step.deadline);
    }
  }

  #carryOutItem(item: Item): void {
    const { command, heardAt, ticket } = item;
    const decision = decide(this.state, command, this.#instantOf(heardAt));
    if (!decision.accepted) {
      ticket?.refuse(decision.refusal);
      return;
    }
    const events = this.#journal.enter(decision, ticket?.requestId);
    this.#handled.push(item);
    if (ticket !== undefined) this.#waiting.push({ ticket, attemptId: chargeIn(events) });
  }

  /** Only the ledger knows where finished orders and credit left a payment's money: it is asked once it has all of this life. */
  async #reverse(item: Item, command: Command & { type: 'RecordReversal' }): Promise<void> {
    const { key, paymentKey } = command.reversal;
    if (this.state.seenReversals?.some((seen) => seen.key === key) === true) return this.#carryOutItem(item);
    const isOvertaken = this.#wrote(await this.#journal.write()) || this.#inbox.tellsOf(paymentKey);
    const input = { ...this.#briefInput(null, [key]), reversal: { key, paymentKey } };
    const briefing = isOvertaken ? null : await brief(input);
    // What it undoes comes first, in whatever order the two arrived.
    if (briefing === null || this.#learn(briefing)) return this.#inbox.putAfter(item, paymentKey);
    const { held, isRecorded } = briefing.reversed ?? { held: null, isRecorded: true };
    if (held !== null) return this.#carryOutItem({ ...item, command: { ...command, held } });
    // What is recorded is told again, to whom it concerns; what came by hand is known from here only.
    const reason = `This life has no payment ${paymentKey} of which money could be taken back.`;
    if (!isRecorded) this.#note({ type: 'RecordRejectedSignal', field: 'paymentKey', reason }, item.heardAt);
  }

  /** The answer to a charge counts as given just before the deadlines it held up, so that none of them is passed over. */
  #recordOutcome(outcome: Outcome): void {
    const isCharge = outcome.type === 'RecordChargeOutcome';
    const heldUp = isCharge ? this.deadline : null;
    const before = heldUp === null ? now() : ((heldUp.at - 1) as Instant);
    this.#record(outcome, this.#instantOf(earlier(before, now())));
    this.#handled.push({ command: outcome });
    if (!isCharge) return;
    this.#waiting = this.#waiting.map(({ ticket, attemptId }) => ({
      ticket,
      attemptId: attemptId === outcome.attemptId ? null : attemptId,
    }));
  }

  /** Takes a deadline with its own date's meaning, however late, after money that came before it was looked for. */
  async #reach(deadline: Deadline): Promise<void> {
    let quote = null;
    if (isConsequential(deadline)) {
      const briefing = await brief(this.#briefInput(deadline));
      if (this.#learn(briefing) || (this.#inbox.head?.heardAt ?? deadline.at) < deadline.at) return;
      quote = briefing.quote;
    }
    const { sequence } = this.state;
    this.#record({ type: 'ReachDeadline', deadline, quote }, deadline.at);
    if (this.state.sequence === sequence) throw new Error(`Reaching the deadline ${deadline.kind} changed nothing.`);
  }

  #record(fact: Command, at: Instant): void {
    const decision = decide(this.state, fact, at);
    if (!decision.accepted) throw new Error(`The fact ${fact.type} was refused: ${decision.refusal.code}.`);
    this.#journal.enter(decision, undefined);
  }

  /** Takes in what Postgres holds and this life does not know; answers whether there was anything. */
  #learn({ stored, payments, reversals = [] }: Pick<Briefing, 'stored' | 'payments' | 'reversals'>): boolean {
    if (stored.length > 0) {
      this.#journal.adopt(stored);
      this.#repeat(stored);
    }
    for (const payment of payments) this.#note({ type: 'RecordPayment', payment }, payment.receivedAt);
    for (const reversal of reversals) this.#note({ type: 'RecordReversal', reversal, held: null }, reversal.receivedAt);
    return stored.length + payments.length + reversals.length > 0;
  }

  /**
   * Puts back what was handled and not written, as Postgres held other events in its place. A request that is among these
   * was carried out; facts that are among them change nothing when they are told again.
   */
  #repeat(stored: readonly Event[]): void {
    const handled = this.#handled.splice(0);
    this.#waiting = this.#waiting.filter(({ ticket }) => !handled.some((entry) => ticketOf(entry) === ticket));
    for (const entry of handled) {
      const ticket = ticketOf(entry);
      const done = stored.filter(({ requestId }) => requestId !== undefined && requestId === ticket?.requestId);
      if (!('heardAt' in entry)) this.#outcomes.push(entry.command);
      else if (ticket === undefined || done.length === 0) this.#inbox.put(entry);
      else this.#waiting.push({ ticket, attemptId: this.isCharging ? chargeIn(done) : null });
    }
  }

  #briefInput(deadline: Deadline | null, beingHeard: readonly string[] = []): Parameters<typeof brief>[0] {
    const { id, seenPayments, seenReversals = [], termYears, sequence } = this.state;
    const knownReversals = [...beingHeard, ...this.#inbox.reversalKeys(), ...seenReversals.map(({ key }) => key)];
    return {
      subscriptionId: id,
      sequence: this.#journal.writtenThrough,
      knownPayments: [...this.#inbox.paymentKeys(), ...seenPayments.map(({ key }) => key)],
      ...(knownReversals.length === 0 ? {} : { knownReversals }),
      quote:
        deadline !== null && needsQuote(this.state, deadline)
          ? {
              placedOn: dateAt(deadline.at),
              years: termYears,
              basis: basisOf(this.state),
              cycleKey: `${expiresOn(this.state)}:${sequence}`,
            }
          : null,
    };
  }

  #answer(): void {
    const ready = this.#waiting.filter(({ attemptId }) => attemptId === null);
    this.#waiting = this.#waiting.filter(({ attemptId }) => attemptId !== null);
    for (const { ticket } of ready) ticket.answer({ sequence: this.#journal.writtenThrough });
  }

  #sendErrands(): void {
    for (const work of workOf(this.state)) {
      if (this.#errands.has(work.id)) continue;
      this.#errands.add(work.id);
      void perform(work, this.state).then((outcome) => {
        this.#errands.delete(work.id);
        this.#outcomes.push(outcome);
      });
    }
  }

  /** The life's time never runs backwards, whenever something was heard. */
  #instantOf(heardAt: Instant): Instant {
    return later(this.state.handledThrough, heardAt);
  }
}
