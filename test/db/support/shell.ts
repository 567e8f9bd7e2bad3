/** A life as its workflow lives it, without a workflow: it hears in any order, writes in batches, and outlives its process. */
import assert from 'node:assert/strict';
import { attemptToAsk, decide, isOver } from '../../../domain/decide.ts';
import type { Instant } from '../../../domain/calendar.ts';
import type { Command, NumberedOrder, PaymentFact, Request } from '../../../domain/commands.ts';
import { isConsequential, nextDeadline } from '../../../domain/deadlines.ts';
import { needsQuote } from '../../../domain/deciding/life.ts';
import { expiryOf } from '../../../domain/entitlements.ts';
import type { Event } from '../../../domain/events.ts';
import type { ReversalFact } from '../../../domain/reversals.ts';
import type { ChargeAttempt, Subscription } from '../../../domain/subscription.ts';
import { KilledError } from './kills.ts';
import type { Life } from './life.ts';
import type { Hands } from './moneyDeeds.ts';

type Heard = { readonly payment: PaymentFact } | { readonly reversal: ReversalFact };

/** Deadlines one move of the clock may bring. */
const MOST_DEADLINES = 25;

export class Shell {
  readonly life: Life;
  readonly #do: Hands;
  #turn: Promise<unknown> = Promise.resolve();
  /** All that was decided. */
  readonly events: Event[] = [];
  readonly inbox: Heard[] = [];
  /** Whether it was ever asked for an order. */
  hasAsked = false;
  /** Every order it ever placed. */
  readonly numbers: string[] = [];

  /** @param hands what its activities are done by. */
  constructor(life: Life, hands: Hands) {
    this.life = life;
    this.#do = hands;
  }

  get id(): string {
    return this.life.id;
  }

  get state(): Subscription {
    return this.life.state;
  }

  /** Whether its workflow has not begun or has ended: there is nobody to be told. */
  get isGone(): boolean {
    const hasEnded = isOver(this.state) && this.life.pending.length === 0 && this.inbox.length === 0;
    return hasEnded || this.events.length === 0;
  }

  get isCharging(): boolean {
    return this.state.attempt !== null && this.state.attempt.retryAt === null;
  }

  get attemptToAsk(): ChargeAttempt | null {
    return this.isCharging ? attemptToAsk(this.state) : null;
  }

  /** Decides at an instant, or where the life is if it is further; false where it was refused. */
  decide(command: Command, at: Instant): boolean {
    const { life } = this;
    life.now = Math.max(at, this.state.handledThrough) as Instant;
    const decision = decide(this.state, command, life.now);
    if (!decision.accepted) return false;
    life.state = decision.state;
    life.pending.push(...decision.events);
    this.events.push(...decision.events);
    for (const event of decision.events) if (event.type === 'OrderPlaced') this.numbers.push(event.order.number);
    return true;
  }

  fact(command: Command, at: Instant): void {
    assert.ok(this.decide(command, at), `the fact ${command.type} was refused`);
  }

  /** What the customer or an operator asks for. */
  async request(request: Request, at: Instant): Promise<boolean> {
    await this.reachAll(at);
    return this.decide(request, at);
  }

  /** An update of its workflow: one after the other, each answered once it is written down. */
  async update(request: Request, at: Instant): Promise<boolean> {
    const taken = this.#turn.then(async () => {
      const isAccepted = await this.request(request, at);
      await this.commit();
      return isAccepted;
    });
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  /** Writes down what was decided: with what was written and whose answer was lost, as a process that took over would. */
  async commit(twiceAtOnce = false): Promise<void> {
    const { life } = this;
    const events = [...life.pending];
    if (events.length === 0) return;
    const input = { subscription: life.state, events, nextDeadlineAt: nextDeadline(life.state)?.at ?? null };
    const times = twiceAtOnce ? [1, 2] : [1];
    const written = await Promise.allSettled(times.map(() => this.#do('commit', input)));
    const reasons = written.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
    for (const reason of reasons) if (!(reason instanceof KilledError) || reasons.length === times.length) throw reason;
    for (const one of written)
      if (one.status === 'fulfilled') assert.deepEqual(one.value, [], `${this.id}: another story is stored`);
    life.pending = life.pending.slice(events.length);
  }

  /** Takes in one thing it was told, not always the first. */
  async hear(index: number, now: Instant): Promise<void> {
    const [heard] = this.inbox.splice(index, 1);
    if (heard === undefined) return;
    try {
      if ('payment' in heard) return this.#pay(heard.payment, now);
      await this.#reverse(heard.reversal, now);
    } catch (error) {
      // A dead process forgets nothing that its life was told: Temporal keeps it.
      this.inbox.push(heard);
      throw error;
    }
  }

  #pay(payment: PaymentFact, now: Instant): void {
    this.fact({ type: 'RecordPayment', payment }, Math.min(payment.receivedAt, now) as Instant);
  }

  async #reverse(reversal: ReversalFact, now: Instant): Promise<void> {
    const { key, paymentKey } = reversal;
    const at = Math.min(reversal.receivedAt, now) as Instant;
    const isKnown = this.state.seenReversals?.some((seen) => seen.key === key) === true;
    if (isKnown) return this.fact({ type: 'RecordReversal', reversal, held: null }, at);
    await this.commit();
    const before = this.inbox.findIndex((told) => 'payment' in told && told.payment.key === paymentKey);
    if (before >= 0) await this.hear(before, now);
    await this.#learn();
    for (const told of [...this.inbox])
      if ('payment' in told && told.payment.key === paymentKey) await this.hear(this.inbox.indexOf(told), now);
    await this.commit();
    const { held } = await this.#do('held', { subscriptionId: this.id, key, paymentKey });
    if (held !== null) this.fact({ type: 'RecordReversal', reversal, held }, at);
  }

  /** Money that is written down and was never told. */
  async #learn(): Promise<void> {
    const keys = this.inbox.flatMap((told) => ('payment' in told ? [told.payment.key] : []));
    const seen = this.state.seenPayments.map(({ key }) => key);
    for (const payment of await this.#do('unheardPayments', { id: this.id, known: [...keys, ...seen] }))
      this.inbox.push({ payment });
  }

  /** Takes all deadlines that are due, each after looking for money that came before it. */
  async reachAll(now: Instant): Promise<void> {
    for (let count = 0; count < MOST_DEADLINES; count += 1) {
      const deadline = nextDeadline(this.state);
      if (deadline === null || deadline.at > now || this.isCharging) return;
      if (isConsequential(deadline)) {
        await this.commit();
        await this.#learn();
        for (const reversal of await this.#do('unheardReversals', { id: this.id, known: this.#reversalKeys() }))
          this.inbox.push({ reversal });
        while (this.inbox.length > 0) await this.hear(0, now);
        if (nextDeadline(this.state)?.at !== deadline.at || this.isCharging) continue;
      }
      this.life.now = deadline.at;
      const quote = needsQuote(this.state, deadline) ? await this.#renewal() : null;
      this.fact({ type: 'ReachDeadline', deadline, quote }, deadline.at);
    }
  }

  /** While nobody takes it, the same deadline finds its order again. */
  async #renewal(): Promise<NumberedOrder | null> {
    const expiresOn = expiryOf(this.state.entitlements);
    if (expiresOn === null) return null;
    const { priced } = await this.life.quote('renewal');
    const cycleKey = `${expiresOn}:${this.state.sequence}`;
    return this.#do('reserveRenewal', { subscriptionId: this.id, expiresOn, cycleKey, priced });
  }

  #reversalKeys(): string[] {
    const waiting = this.inbox.flatMap((told) => ('reversal' in told ? [told.reversal.key] : []));
    return [...waiting, ...(this.state.seenReversals ?? []).map(({ key }) => key)];
  }
}
