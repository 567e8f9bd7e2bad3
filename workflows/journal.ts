import type { Decision } from '../domain/decide.ts';
import { nextDeadline, type Deadline } from '../domain/deadlines.ts';
import type { Event } from '../domain/events.ts';
import { evolve } from '../domain/evolve.ts';
import type { Subscription } from '../domain/subscription.ts';
import { commit } from './outside.ts';

/** A life's state, and how far Postgres has it. */
export class Journal {
  #state: Subscription;
  #deadline: Deadline | null;
  /** The state as Postgres has it. */
  #written: Subscription;
  readonly #outbox: Event[] = [];

  constructor(state: Subscription) {
    this.#state = state;
    this.#written = state;
    this.#deadline = nextDeadline(state);
  }

  get state(): Subscription {
    return this.#state;
  }

  /** The next thing time alone will bring. */
  get deadline(): Deadline | null {
    return this.#deadline;
  }

  /** Sequence of the last event in Postgres. */
  get writtenThrough(): number {
    return this.#written.sequence;
  }

  get isWritten(): boolean {
    return this.#outbox.length === 0;
  }

  /** Takes in what was decided. Answers with its events, marked with the request that led to them. */
  enter({ events, state }: Decision & { accepted: true }, requestId: string | undefined): readonly Event[] {
    const entered = requestId === undefined ? events : events.map((event): Event => ({ ...event, requestId }));
    this.#outbox.push(...entered);
    this.#move(state);
    return entered;
  }

  /** Writes down what is not written. Where Postgres holds other events in their place, takes those and answers with them. */
  async write(): Promise<readonly Event[]> {
    if (this.isWritten) return [];
    const nextDeadlineAt = this.#deadline?.at ?? null;
    const stored = await commit({ subscription: this.#state, events: this.#outbox, nextDeadlineAt });
    if (stored.length > 0) this.adopt(stored);
    this.#outbox.length = 0;
    this.#written = this.#state;
    return stored;
  }

  /** Goes on from what Postgres holds after what was last written, in place of what was decided since. */
  adopt(stored: readonly Event[]): void {
    this.#outbox.length = 0;
    this.#move(stored.reduce(evolve, this.#written));
    this.#written = this.#state;
  }

  #move(state: Subscription): void {
    this.#state = state;
    this.#deadline = nextDeadline(state);
  }
}

/** The charge that events started. */
export function chargeIn(events: readonly Event[]): string | null {
  return events.find((event) => event.type === 'ChargeStarted')?.attempt.attemptId ?? null;
}
