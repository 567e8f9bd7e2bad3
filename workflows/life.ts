import { ApplicationFailure } from '@temporalio/workflow';
import { dateAt, type Instant } from '../domain/calendar.ts';
import type { Command, Request } from '../domain/commands.ts';
import { isConsequential, nextDeadline, type Deadline } from '../domain/deadlines.ts';
import { needsQuote } from '../domain/deciding/life.ts';
import { decide, workOf } from '../domain/decide.ts';
import type { Refusal } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import type { Basis } from '../domain/pricing.ts';
import { expiresOn, type Subscription } from '../domain/subscription.ts';
import { now } from './clock.ts';
import type { Inspection, RequestAnswer } from './contract.ts';
import { Inbox, type Item, type Ticket } from './inbox.ts';
import { brief, commit, perform, type Outcome } from './outside.ts';
import { readPaymentSignal } from './paymentSignal.ts';
import { misshapenField } from './requestShape.ts';

type Step =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'deadline'; readonly deadline: Deadline }
  | { readonly kind: 'item'; readonly item: Item };

/** Somebody to be answered once all is committed and the charge they asked for, if any, has its first outcome. */
interface Waiting {
  readonly ticket: Ticket;
  readonly attemptId: string | null;
}

/**
 * One run's hold on a life: the state, what was heard and is not handled, what was decided and is not written down, and
 * what the outside was asked. Only `settle` changes the state, one step after the other, so no two things interleave.
 */
export class Life {
  #state: Subscription;
  #deadline: Deadline | null;
  #committedThrough: number;
  #waiting: Waiting[] = [];
  readonly #inbox = new Inbox();
  readonly #outcomes: Outcome[] = [];
  readonly #outbox: Event[] = [];
  readonly #errands = new Set<string>();

  constructor(state: Subscription) {
    this.#state = state;
    this.#deadline = nextDeadline(state);
    this.#committedThrough = state.sequence;
  }

  get state(): Subscription {
    return this.#state;
  }

  /** The next thing time alone will bring. */
  get deadline(): Deadline | null {
    return this.#deadline;
  }

  /** Whether a charge is being asked for, not waiting to be asked again. */
  get isCharging(): boolean {
    const { attempt } = this.#state;
    return attempt !== null && attempt.retryAt === null;
  }

  /** Whether something can be handled now. */
  get hasNews(): boolean {
    return this.#nextStep() !== null;
  }

  /** Whether nothing is queued, unwritten or asked of the outside. */
  get isQuiet(): boolean {
    return this.#inbox.isEmpty && this.#outcomes.length === 0 && this.#outbox.length === 0 && this.#errands.size === 0;
  }

  inspection(): Inspection {
    return {
      subscription: this.#state,
      now: now(),
      deadline: this.#deadline,
      committedThrough: this.#committedThrough,
      busy: !this.isQuiet,
    };
  }

  /** Refuses at once what cannot be: called by the update's validator, so it stays synchronous and changes nothing. */
  check(request: Request): void {
    const field = misshapenField(request);
    if (field !== null)
      throw ApplicationFailure.nonRetryable(`"${field}" is missing or wrong.`, 'invalid_request', field);
    const decision = decide(this.#state, request, this.#instantOf(now()));
    if (!decision.accepted) throw failureOf(decision.refusal);
  }

  /** Answers when what was decided is in Postgres. What was accepted can still be refused, by what comes before it. */
  async hear(request: Request): Promise<RequestAnswer> {
    return new Promise((answer, reject) => {
      const ticket = { answer, refuse: (refusal: Refusal) => reject(failureOf(refusal)) };
      this.#inbox.put({ command: request, heardAt: now(), ticket });
    });
  }

  hearPayment(payload: unknown): void {
    const command = readPaymentSignal(payload, now());
    const heardAt = command.type === 'RecordPayment' ? command.payment.receivedAt : now();
    this.#inbox.put({ command, heardAt: earlier(heardAt, now()) });
  }

  /** Handles all that can be handled, writes it down, answers, and sends off the work the state then asks for. */
  async settle(): Promise<void> {
    while (this.hasNews) {
      for (let step = this.#nextStep(); step !== null; step = this.#nextStep()) await this.#take(step);
      await this.#commit();
    }
    this.#sendErrands();
  }

  /**
   * What comes first: the outcome of an errand, and then, by their instants, deadlines that are due and what was heard.
   * While a charge is being asked for, no deadline is taken: its answer belongs before them, and comes within minutes.
   */
  #nextStep(): Step | null {
    const outcome = this.#outcomes[0];
    if (outcome !== undefined) return { kind: 'outcome', outcome };
    const deadline = this.#deadline;
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
        return this.#carryOut(step.item.command, this.#instantOf(step.item.heardAt), step.item.ticket);
      case 'deadline':
        return this.#reach(step.deadline);
    }
  }

  /** The answer to a charge counts as given before the deadlines it held up. */
  #recordOutcome(outcome: Outcome): void {
    const isCharge = outcome.type === 'RecordChargeOutcome';
    const heldUp = isCharge ? this.#deadline : null;
    this.#carryOut(outcome, this.#instantOf(heldUp === null ? now() : earlier(heldUp.at, now())));
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
      for (const payment of briefing.payments) {
        this.#inbox.put({ command: { type: 'RecordPayment', payment }, heardAt: earlier(payment.receivedAt, now()) });
      }
      const head = this.#inbox.head;
      if (briefing.payments.length > 0 || (head !== undefined && head.heardAt < deadline.at)) return;
      quote = briefing.quote;
    }
    const before = this.#state.sequence;
    this.#carryOut({ type: 'ReachDeadline', deadline, quote }, deadline.at);
    if (this.#state.sequence === before) throw new Error(`Reaching the deadline ${deadline.kind} changed nothing.`);
  }

  #briefInput(deadline: Deadline): Parameters<typeof brief>[0] {
    const { id, seenPayments, termYears, sequence } = this.#state;
    return {
      subscriptionId: id,
      knownPayments: [...this.#inbox.paymentKeys(), ...seenPayments.map(({ key }) => key)],
      quote: needsQuote(this.#state, deadline)
        ? {
            placedOn: dateAt(deadline.at),
            years: termYears,
            basis: basisOf(this.#state),
            cycleKey: `${expiresOn(this.#state)}:${sequence}`,
          }
        : null,
    };
  }

  #carryOut(command: Command, at: Instant, ticket?: Ticket): void {
    const decision = decide(this.#state, command, at);
    if (!decision.accepted) {
      ticket?.refuse(decision.refusal);
      return;
    }
    this.#state = decision.state;
    this.#deadline = nextDeadline(decision.state);
    this.#outbox.push(...decision.events);
    if (ticket === undefined) return;
    const charge = decision.events.find((event) => event.type === 'ChargeStarted');
    this.#waiting.push({ ticket, attemptId: charge?.attempt.attemptId ?? null });
  }

  async #commit(): Promise<void> {
    if (this.#outbox.length > 0) {
      const nextDeadlineAt = this.#deadline?.at ?? null;
      await commit({ subscription: this.#state, events: this.#outbox, nextDeadlineAt });
      this.#outbox.length = 0;
      this.#committedThrough = this.#state.sequence;
    }
    const ready = this.#waiting.filter(({ attemptId }) => attemptId === null);
    this.#waiting = this.#waiting.filter(({ attemptId }) => attemptId !== null);
    for (const { ticket } of ready) ticket.answer({ sequence: this.#committedThrough });
  }

  #sendErrands(): void {
    for (const work of workOf(this.#state)) {
      if (this.#errands.has(work.id)) continue;
      this.#errands.add(work.id);
      void perform(work, this.#state).then((outcome) => {
        this.#errands.delete(work.id);
        this.#outcomes.push(outcome);
      });
    }
  }

  /** The life's time never runs backwards, whenever something was heard. */
  #instantOf(heardAt: Instant): Instant {
    return later(this.#state.handledThrough, heardAt);
  }
}

function basisOf(state: Subscription): Basis {
  const { product, entitlements, entitlementsVersion, usedBytes, splitPayment, settings } = state;
  const { reactivationStart } = settings;
  return { product, entitlements, entitlementsVersion, usedBytes, splitPayment, reactivationStart };
}

function failureOf({ code, detail, field }: Refusal): ApplicationFailure {
  return ApplicationFailure.nonRetryable(detail, code, field ?? null);
}

function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
