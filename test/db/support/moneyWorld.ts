/** One or two customers with some services, everybody who moves money to and from them, and what these moved in truth. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { NoLifeError, UnreachableError, type Lives } from '../../../api/workflows.ts';
import { createCustomer } from '../../../db/customers.ts';
import { dateAt, type Instant } from '../../../domain/calendar.ts';
import type { PaymentMethodKind } from '../../../domain/orders.ts';
import type { ChargeAttempt } from '../../../domain/subscription.ts';
import type { Movement } from '../../api/support/bankFiles.ts';
import type { StripeFake } from '../../support/stripeFake.ts';
import { Dice, KilledError, Kills, mortal } from './kills.ts';
import { aCustomer, Life, START } from './life.ts';
import type { Coverage } from './moneyCoverage.ts';
import { handsOf, openDesk, type Desk, type Hands } from './moneyDeeds.ts';
import type { Processes } from './moneyProcesses.ts';
import { Shell } from './shell.ts';

/** Something that somebody wants done, and asks for again until they are answered; or even after. */
export interface Intent {
  readonly kind: string;
  readonly detail: string;
  /** What it came to; null where that is not known yet. */
  readonly run: () => Promise<string | null>;
  isAnswered: boolean;
}

export interface Money {
  readonly amountMinor: number;
  readonly method: PaymentMethodKind;
}

export type BankMovement = Movement & { readonly reference: string; readonly date: string };

/** A list of transfers as the bank has it. */
export interface BankList {
  readonly sumMinor: number;
  fate: 'made' | 'executed' | 'cancelled';
}

export interface WorldOptions {
  readonly db: Knex;
  readonly seed: number;
  readonly coverage: Coverage;
  /** Who charges; null for the sandbox's gateway. */
  readonly stripe: StripeFake | null;
  /** Real processes do what is to be done; without them this one does, and dies in play. */
  readonly processes?: Processes;
}

/** Chance of its own, so that who dies and who is away changes nothing about what is tried next. */
const OTHER_CHANCE = 0x5bd1e995;

export class MoneyWorld {
  readonly db: Knex;
  readonly dice: Dice;
  readonly kills: Kills;
  readonly coverage: Coverage;
  readonly stripe: StripeFake | null;
  readonly do: Hands;
  readonly name = randomUUID().slice(0, 8);
  readonly shells: Shell[] = [];
  readonly intents: Intent[] = [];
  /** What was done, for whoever has to understand what came of it. */
  readonly trace: string[] = [];
  now: Instant = START;
  /** What was registered by hand or signalled, by key. */
  readonly registered = new Map<string, Money>();
  /** What the bank's account saw, in and out. */
  readonly movements: BankMovement[] = [];
  /** Files as they were sent. */
  readonly files: string[] = [];
  /** What was taken back otherwise than by the bank's files: by key, the amount. */
  readonly takenBack = new Map<string, number>();
  readonly lists = new Map<string, BankList>();
  readonly refundIds: string[] = [];
  /** Messages of Stripe that it knows to have arrived. */
  readonly delivered = new Set<string>();
  /** When each of its messages came about. */
  readonly messages = new Map<string, Instant>();
  /** A desk nobody dies at. */
  readonly #desk: Desk;
  readonly #mortalDesk: Desk | null;
  readonly #chance: Dice;
  #names = 0;

  constructor({ db, seed, coverage, stripe, processes }: WorldOptions) {
    this.db = db;
    this.coverage = coverage;
    this.stripe = stripe;
    this.dice = new Dice(seed);
    this.#chance = new Dice(seed ^ OTHER_CHANCE);
    this.kills = new Kills(this.#chance);
    const options = { lives: this.#lives(), now: () => this.now, stripeUrl: stripe?.url ?? null };
    this.#desk = openDesk({ ...options, db });
    this.#mortalDesk = processes === undefined ? openDesk({ ...options, db: mortal(db, this.kills) }) : null;
    const safe = handsOf(this.#desk);
    const hands =
      processes?.handsOf(this.kills, { lives: options.lives, now: options.now }) ??
      handsOf(this.#mortalDesk ?? this.#desk);
    this.do = (name, given) => (this.kills.isOff ? safe : hands)(name, given);
  }

  /** One or two customers, and up to three services between them, none with an order yet. */
  static async begin(options: WorldOptions): Promise<MoneyWorld> {
    const world = new MoneyWorld(options);
    const { db, dice } = world;
    const customers = [await createCustomer(db, aCustomer())];
    if (dice.chance(0.3)) customers.push(await createCustomer(db, aCustomer()));
    const services = dice.pick([1, 1, 2, 2, 3]);
    for (let index = 0; index < Math.max(services, customers.length); index += 1) {
      const customer = customers[index % customers.length];
      if (customer === undefined) continue;
      world.shells.push(new Shell(new Life(db, customer, `sub_${world.name}-${index + 1}`), world.do));
    }
    return world;
  }

  async end(): Promise<void> {
    await this.#desk.close();
    await this.#mortalDesk?.close();
  }

  nextName(): string {
    this.#names += 1;
    return `${this.name}-${this.#names}`;
  }

  get today() {
    return dateAt(this.now);
  }

  /** Asks for something in a process that may die of it; maybe again, maybe by several at once. */
  async intend(kind: string, detail: string, run: Intent['run']): Promise<Intent> {
    const intent: Intent = { kind, detail, run, isAnswered: false };
    this.intents.push(intent);
    await this.ask(intent);
    while (!intent.isAnswered && this.dice.chance(0.5)) await this.ask(intent);
    return intent;
  }

  async ask(intent: Intent): Promise<void> {
    const { kind, detail, run } = intent;
    const [times, isAway] = [this.dice.chance(0.1) ? this.dice.pick([2, 2, 3]) : 1, this.dice.chance(0.04)];
    if (this.stripe !== null) {
      this.stripe.now = Math.floor(this.now / 1000);
      this.stripe.isAway = isAway && !this.kills.isOff;
    }
    const asked = await Promise.allSettled(Array.from({ length: times }, run));
    if (this.stripe !== null) this.stripe.isAway = false;
    const outcomes = asked.map((one) => {
      if (one.status === 'rejected' && !(one.reason instanceof KilledError)) throw one.reason;
      return one.status === 'rejected' ? 'killed' : (one.value ?? 'left open');
    });
    if (asked.some((one) => one.status === 'fulfilled' && one.value !== null)) intent.isAnswered = true;
    for (const outcome of outcomes) this.coverage.saw(kind, outcome);
    if (times > 1) this.coverage.saw(kind, 'by several at once');
    this.trace.push(`${kind} ${detail}: ${outcomes.join(' | ')}`);
  }

  /** Does something that its life outlives: a process that dies of it leaves the rest to a later one. */
  async mortally(kind: string, detail: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      const done = await work();
      const outcome = typeof done === 'string' ? done : done === false ? 'refused' : 'done';
      this.coverage.saw(kind, outcome);
      this.trace.push(`${kind} ${detail}: ${outcome}`);
      return done !== false;
    } catch (error) {
      if (!(error instanceof KilledError)) throw error;
      this.coverage.saw(kind, 'killed');
      this.trace.push(`${kind} ${detail}: killed`);
      return false;
    }
  }

  /** Every charge that was ever started, and whose it is. */
  attempts(): { readonly shell: Shell; readonly attempt: ChargeAttempt }[] {
    return this.shells.flatMap((shell) =>
      shell.events.flatMap((event) => (event.type === 'ChargeStarted' ? [{ shell, attempt: event.attempt }] : [])),
    );
  }

  shellOf(subscriptionId: string | null): Shell | undefined {
    return this.shells.find(({ id }) => id === subscriptionId);
  }

  /** Temporal, as the API and the sweeper find it: away at times, and it may tell twice. */
  #lives(): Lives {
    const found = (id: string): Shell => {
      const shell = this.shellOf(id);
      if (!this.kills.isOff && this.#chance.chance(0.12)) throw new UnreachableError('Temporal is away.');
      if (shell === undefined || shell.isGone) throw new NoLifeError('It has ended.');
      return shell;
    };
    const tell = (id: string, heard: Shell['inbox'][number]): void => {
      const { inbox } = found(id);
      inbox.push(heard);
      if (this.#chance.chance(0.1)) inbox.push(heard);
    };
    const unasked = async (): Promise<never> => {
      throw new Error('Nobody asks this of a life here.');
    };
    return {
      begin: unasked,
      request: async (id, request) => {
        const shell = found(id);
        await shell.update(request, this.now);
        return { sequence: shell.state.sequence };
      },
      inspect: async (id) => {
        const { state } = found(id);
        return { subscription: state, now: this.now, deadline: null, committedThrough: state.sequence, busy: false };
      },
      movedClock: async () => null,
      tellPayment: async (id, payment) => tell(id, { payment }),
      tellReversal: async (id, reversal) => tell(id, { reversal }),
      fastForward: unasked,
      isReachable: async () => true,
      close: async () => {},
    };
  }
}
