/** One or two customers with some services, everybody who moves money to and from them, and what these moved in truth. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import pino from 'pino';
import { createSandboxGateway } from '../../../activities/gateway/sandbox.ts';
import type { PaymentGateway } from '../../../activities/gateway/port.ts';
import { resume } from '../../../api/bankImport.ts';
import type { Context } from '../../../api/context.ts';
import { takePayment } from '../../../api/payments.ts';
import { NoLifeError, UnreachableError, type Lives } from '../../../api/workflows.ts';
import { identified } from '../../../bank/identity.ts';
import { readBankFile } from '../../../bank/read.ts';
import { centsOf } from '../../../bank/statement.ts';
import { loadInstructions } from '../../../config/instructions.ts';
import { digestOf, entryIdFor, takeFile } from '../../../db/bankFiles.ts';
import type { NewEntry } from '../../../db/bankRows.ts';
import { catalogueSource } from '../../../db/catalogues.ts';
import { createCustomer } from '../../../db/customers.ts';
import { findCharge } from '../../../db/gateway.ts';
import { executeTransferList, makeTransferList } from '../../../db/transferLists.ts';
import { dateAt, type Instant } from '../../../domain/calendar.ts';
import type { PaymentMethodKind } from '../../../domain/orders.ts';
import type { ReversalFact } from '../../../domain/reversals.ts';
import { DEFAULT_SETTINGS, type ChargeAttempt } from '../../../domain/subscription.ts';
import { camt, OUR_IBAN, type Movement } from '../../api/support/bankFiles.ts';
import { Dice, KilledError, Kills, mortal } from './kills.ts';
import { aCustomer, CATALOGUE, Life, START } from './life.ts';
import { Shell } from './shell.ts';

/** Something that somebody wants done, and asks for again until they are answered; or even after. */
interface Intent {
  readonly name: string;
  readonly run: () => Promise<void>;
  isAnswered: boolean;
}

export interface Money {
  readonly amountMinor: number;
  readonly method: PaymentMethodKind;
}

export type BankMovement = Movement & { readonly reference: string; readonly date: string };

const SILENT = pino({ level: 'silent' });
const MOST_MOVEMENTS_APART = 3;

export class MoneyWorld {
  readonly db: Knex;
  readonly mortal: Knex;
  readonly dice: Dice;
  readonly kills: Kills;
  readonly gateway: PaymentGateway;
  readonly context: Context;
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
  /** What was taken back otherwise than by the bank's files: by key, the amount. */
  readonly takenBack = new Map<string, number>();
  /** Lists of transfers, as the bank has them. */
  readonly lists = new Map<string, { readonly sumMinor: number; fate: 'made' | 'executed' | 'cancelled' }>();
  readonly refundIds: string[] = [];
  #names = 0;

  constructor(db: Knex, seed: number) {
    this.db = db;
    this.dice = new Dice(seed);
    this.kills = new Kills(this.dice);
    this.mortal = mortal(db, this.kills);
    this.gateway = createSandboxGateway(this.mortal);
    this.context = {
      db: this.mortal,
      lives: this.#lives(),
      catalogue: catalogueSource(db, CATALOGUE),
      settings: DEFAULT_SETTINGS,
      instructions: loadInstructions(),
      sandbox: false,
      now: () => this.now,
      log: SILENT,
    };
  }

  /** One or two customers, and up to three services between them, each with a first order. */
  static async begin(db: Knex, seed: number): Promise<MoneyWorld> {
    const world = new MoneyWorld(db, seed);
    const { dice } = world;
    const customers = [await createCustomer(db, aCustomer())];
    if (dice.chance(0.3)) customers.push(await createCustomer(db, aCustomer()));
    const services = dice.pick([1, 1, 2, 2, 3]);
    for (let index = 0; index < Math.max(services, customers.length); index += 1) {
      const customer = customers[index % customers.length];
      if (customer === undefined) continue;
      world.shells.push(new Shell(new Life(world.mortal, customer, `sub_${world.name}-${index + 1}`)));
    }
    return world;
  }

  nextName(): string {
    this.#names += 1;
    return `${this.name}-${this.#names}`;
  }

  get today() {
    return dateAt(this.now);
  }

  /** Asks for something in a process that may die of it; maybe again, maybe by two at once. */
  async intend(name: string, run: () => Promise<void>): Promise<void> {
    const intent: Intent = { name, run, isAnswered: false };
    this.intents.push(intent);
    await this.ask(intent);
    while (!intent.isAnswered && this.dice.chance(0.5)) await this.ask(intent);
  }

  async ask(intent: Intent): Promise<void> {
    const times = this.dice.chance(0.1) ? 2 : 1;
    const asked = await Promise.allSettled(Array.from({ length: times }, () => intent.run()));
    for (const one of asked) {
      if (one.status === 'fulfilled') intent.isAnswered = true;
      else if (!(one.reason instanceof KilledError)) throw one.reason;
    }
    this.trace.push(`${intent.name}${times > 1 ? ' twice at once' : ''}${intent.isAnswered ? '' : ' †'}`);
  }

  /** Does something that its life outlives: a process that dies of it leaves the rest to a later one. */
  async mortally(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.trace.push(name);
    } catch (error) {
      if (!(error instanceof KilledError)) throw error;
      this.trace.push(`${name} †`);
    }
  }

  /** Every charge that was ever started, and whose it is. */
  attempts(): { readonly shell: Shell; readonly attempt: ChargeAttempt }[] {
    return this.shells.flatMap((shell) =>
      shell.events.flatMap((event) => (event.type === 'ChargeStarted' ? [{ shell, attempt: event.attempt }] : [])),
    );
  }

  /** The gateway tells of a capture, as often as it likes; nothing where there is none. */
  async tellOfCapture(shell: Shell, attempt: ChargeAttempt): Promise<void> {
    const charge = await findCharge(this.mortal, attempt.attemptId);
    if (charge?.outcome !== 'captured') return;
    await takePayment(this.context, {
      key: `${this.gateway.name}:${charge.idempotencyKey}`,
      source: this.gateway.name,
      externalId: charge.idempotencyKey,
      orderNumber: attempt.orderNumber,
      subscriptionId: shell.id,
      amountMinor: charge.amountMinor,
      method: attempt.method.kind,
      registeredOn: dateAt(charge.settledAt),
      receivedAt: this.now,
      storedMethod: attempt.method,
    });
  }

  /** A file of some of the bank's movements: a stretch of them, in either order, as statement or as notice. */
  fileOf(movements: readonly BankMovement[], isNotice: boolean): string {
    return camt(movements, { kind: isNotice ? '054' : '053', id: this.nextName() });
  }

  async importFile(content: string): Promise<void> {
    const read = readBankFile(Buffer.from(content));
    const entries = identified(read, { bank: [OUR_IBAN], postal: '1234' }).map(
      ({ account, identity, entry, ignored }): NewEntry => ({
        id: entryIdFor(account, identity),
        account,
        identity,
        place: entry.place,
        method: 'bank_transfer',
        entry,
        amountMinor: centsOf(entry.amount),
        bankReference: entry.bankReference,
        endToEndId: entry.endToEndId,
        ignored,
      }),
    );
    const known = { digest: digestOf(content), name: null, format: 'camt.053', version: '08', statements: 1 };
    const file = { ...known, warnings: [], receivedAt: this.now, receivedBy: 'test' } as const;
    const taken = await takeFile(this.mortal, file, entries);
    if (taken.file.finishedAt === null) await resume(this.context, taken.file.id);
  }

  /** The bank carries out all that is due. */
  async payTransfers(): Promise<void> {
    const id = this.nextName();
    let sumMinor = 0;
    const made = await makeTransferList(this.db, { id, operatorId: 'op' }, (refunds) => {
      sumMinor = refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
      return '<xml/>';
    });
    if (made === null) return;
    this.lists.set(id, { sumMinor, fate: 'executed' });
    await executeTransferList(this.db, id, this.now);
  }

  someMovements(): BankMovement[] {
    const from = this.dice.below(this.movements.length);
    const part = this.movements.slice(from, from + 1 + this.dice.below(MOST_MOVEMENTS_APART));
    return this.dice.chance(0.3) ? part.toReversed() : part;
  }

  shellOf(subscriptionId: string | null): Shell | undefined {
    return this.shells.find(({ id }) => id === subscriptionId);
  }

  /** Temporal, as the API finds it: away at times, and it may tell twice. */
  #lives(): Lives {
    const tell = (id: string, heard: Shell['inbox'][number]): void => {
      const shell = this.shellOf(id);
      if (!this.kills.isOff && this.dice.chance(0.15)) throw new UnreachableError('Temporal is away.');
      if (shell === undefined || shell.isGone) throw new NoLifeError('It has ended.');
      shell.inbox.push(heard);
      if (this.dice.chance(0.1)) shell.inbox.push(heard);
    };
    const unasked = async (): Promise<never> => {
      throw new Error('Nobody asks this of a life here.');
    };
    return {
      begin: unasked,
      request: unasked,
      inspect: unasked,
      movedClock: unasked,
      tellPayment: async (id, payment) => tell(id, { payment }),
      tellReversal: async (id, reversal: ReversalFact) => tell(id, { reversal }),
      fastForward: unasked,
      isReachable: async () => true,
      close: async () => {},
    };
  }
}
