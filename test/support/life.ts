/** Lives for tests: real workflows on the real server, their activities on real Postgres, moved through their dates. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  Client,
  Connection,
  isGrpcServiceError,
  ServiceError,
  WorkflowUpdateFailedError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import type { SubscriptionActivities } from '../../activities/contract.ts';
import { createSandboxGateway } from '../../activities/gateway/sandbox.ts';
import { createActivities, type ActivityDependencies } from '../../activities/index.ts';
import { createSandboxProvisioning } from '../../activities/provisioning/sandbox.ts';
import { ensureSearchAttributes } from '../../activities/searchAttributes.ts';
import { loadCatalogue } from '../../config/catalogue.ts';
import type { SandboxToken } from '../../config/sandbox.ts';
import { createCustomer } from '../../db/customers.ts';
import { openDatabase, type Db } from '../../db/database.ts';
import { nextOrderNumber, reserveOrder } from '../../db/orders.ts';
import { storedMethodOf, storeMethod } from '../../db/paymentMethods.ts';
import { recordPayment as enterPayment, factOf } from '../../db/payments.ts';
import { listTimeline, type TimelineEntry } from '../../db/timeline.ts';
import { dateAt, formatInstant, instant, type Instant, type PlainDate } from '../../domain/calendar.ts';
import type { BaseSku, Quantities } from '../../domain/catalogue.ts';
import type { NumberedOrder, PaymentFact, Request } from '../../domain/commands.ts';
import { isOver } from '../../domain/decide.ts';
import { dueMinor, isUnpaid, type StoredMethod } from '../../domain/orders.ts';
import { quoteFirstPurchase, quoteRenewal, quoteUpgrade, type PricedOrder } from '../../domain/pricing.ts';
import { DEFAULT_SETTINGS, type Settings, type Subscription } from '../../domain/subscription.ts';
import {
  inspect,
  presentStart,
  recordPayment,
  submitRequest,
  subscriptionWorkflowId,
  WORKFLOW_TYPE,
  type Inspection,
  type RequestAnswer,
  type RunInput,
  type StartPresentation,
} from '../../workflows/contract.ts';
import { quietRuntime } from './runtime.ts';
import { freshDatabase, temporalAddress, workflowBundle, type FreshDatabase } from './services.ts';

export const CATALOGUE = loadCatalogue();
const PATIENCE_MS = 60_000;
const POLL_MS = 5;

export interface FirstOrder {
  /** When the life begins and its first order is placed, ISO 8601 with offset; always ahead of the wall's clock. */
  readonly at: string;
  readonly product?: BaseSku;
  readonly years?: number;
  readonly extras?: Quantities;
  /** Pays at once by a card of this sandbox token; otherwise the order waits for a payment. */
  readonly card?: SandboxToken;
  readonly settings?: Partial<Settings>;
  readonly publicAdministration?: boolean;
  readonly phone?: string;
}

/** A Postgres, a worker and a client of a test file's own, on the servers that all of them share. */
export class World {
  readonly db: Db;
  readonly client: Client;
  readonly taskQueue = `test-${randomUUID()}`;
  readonly #database: FreshDatabase;
  readonly #native: NativeConnection;
  #activities: SubscriptionActivities;
  #worker: { readonly worker: Worker; readonly run: Promise<void> } | undefined;

  private constructor(database: FreshDatabase, db: Db, client: Client, native: NativeConnection) {
    this.#database = database;
    this.db = db;
    this.client = client;
    this.#native = native;
    this.#activities = this.activitiesWith({});
  }

  static async open(): Promise<World> {
    quietRuntime();
    const address = temporalAddress();
    const [database, connection, native] = await Promise.all([
      freshDatabase(),
      Connection.connect({ address }),
      NativeConnection.connect({ address }),
    ]);
    await ensureSearchAttributes(connection, 'default');
    const world = new World(database, openDatabase(database.url), new Client({ connection }), native);
    await world.startWorker();
    return world;
  }

  get databaseUrl(): string {
    return this.#database.url;
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await Promise.all([this.#native.close(), this.client.connection.close()]);
    await this.db.destroy();
    await this.#database.drop();
  }

  /** The real activities, with some of what they depend on replaced. */
  activitiesWith(replaced: Partial<ActivityDependencies>): SubscriptionActivities {
    const { db } = this;
    return createActivities({
      db,
      catalogue: () => Promise.resolve(CATALOGUE),
      gateway: createSandboxGateway(db),
      provisioning: createSandboxProvisioning(db),
      log: pino({ level: 'silent' }),
      ...replaced,
    });
  }

  /** @param replaced activities that stand in for the real ones until a worker is started without them. */
  async startWorker(replaced: Partial<SubscriptionActivities> = {}): Promise<void> {
    const worker = await Worker.create({
      connection: this.#native,
      taskQueue: this.taskQueue,
      workflowBundle: { codePath: workflowBundle() },
      activities: { ...this.#activities, ...replaced },
      shutdownForceTime: '5 seconds',
    });
    this.#worker = { worker, run: worker.run() };
  }

  async stopWorker(): Promise<void> {
    if (this.#worker === undefined) return;
    const { worker, run } = this.#worker;
    this.#worker = undefined;
    worker.shutdown();
    await run;
  }

  async restartWorker(replaced: Partial<SubscriptionActivities> = {}): Promise<void> {
    await this.stopWorker();
    await this.startWorker(replaced);
  }

  /** A life with its first order placed, and paid where a card was given. */
  async begin(wanted: FirstOrder): Promise<Life> {
    const { life, input, order, presentation } = await this.prepare(wanted);
    await life.start(input, wanted.at, presentation);
    const pay = wanted.card === undefined ? null : await life.card(wanted.card);
    await life.ask({ type: 'PlaceOrder', order, pay });
    await life.settled();
    return life;
  }

  /** A life bought on 2 April 2040 for a year, to be renewed by another card than it was bought with. */
  async renewedBy(token: SandboxToken, settings: Partial<Settings> = {}): Promise<Life> {
    const life = await this.begin({ at: '2040-04-02T10:00:00+02:00', card: 'tok_approved', settings });
    await life.ask({ type: 'SetPaymentMethod', method: await life.card(token) });
    return life;
  }

  /** A life that was not started, and its first order, reserved. */
  async prepare(wanted: FirstOrder): Promise<Prepared> {
    const { product = 'fe', years = 1, extras = {}, publicAdministration: splitPayment = false } = wanted;
    const at = instant(wanted.at);
    const customerRef = await this.#customer(wanted);
    const life = new Life(this, `sub_${randomUUID()}`, customerRef);
    const terms = { catalogue: CATALOGUE, placedOn: dateAt(at) };
    const order = await life.reserve(quoteFirstPurchase({ product, years, extras, splitPayment }, terms));
    const settings = { ...DEFAULT_SETTINGS, ...wanted.settings };
    const born = { customerRef, product, splitPayment, settings };
    const presentation = presentStart({ id: life.id, ...born }, order, at);
    return { life, order, presentation, input: { kind: 'start', subscriptionId: life.id, ...born } };
  }

  async #customer({ phone = '+390212345678', publicAdministration = false }: FirstOrder): Promise<string> {
    const customer = await createCustomer(this.db, {
      companyName: 'Esempio S.r.l.',
      address: { street: 'Via Roma 1', postalCode: '20121', city: 'Milano', province: 'MI', country: 'IT' },
      vatNumber: randomUUID(),
      phone,
      email: 'cliente@example.com',
      language: 'it',
      publicAdministration,
    });
    return customer.id;
  }
}

export interface Prepared {
  readonly life: Life;
  readonly input: RunInput;
  readonly order: NumberedOrder;
  readonly presentation: StartPresentation;
}

/** One life, on its own clock. */
export class Life {
  readonly id: string;
  readonly handle: WorkflowHandle;
  readonly #world: World;
  readonly #customerId: string;
  #payments = 0;

  constructor(world: World, id: string, customerId: string) {
    this.#world = world;
    this.id = id;
    this.#customerId = customerId;
    this.handle = world.client.workflow.getHandle(subscriptionWorkflowId(id));
  }

  /** Starts a run whose first task comes at an instant, to which the clock is moved: ahead of the wall's. */
  async start(input: RunInput, iso: string, presentation: Partial<StartPresentation> = {}): Promise<void> {
    const at = instant(iso);
    await this.#world.client.workflow.start(WORKFLOW_TYPE, {
      workflowId: this.handle.workflowId,
      taskQueue: this.#world.taskQueue,
      args: [input],
      startDelay: at - Date.now(),
      ...presentation,
    });
    await this.skip(at - (await this.clock()), 1);
  }

  async inspect(): Promise<Inspection> {
    return patiently(() => this.handle.query(inspect));
  }

  async state(): Promise<Subscription> {
    return (await this.inspect()).subscription;
  }

  /** What the Temporal UI shows of the life. */
  async metadata(): Promise<{ readonly currentDetails: string }> {
    return patiently(() => this.handle.query('__temporal_workflow_metadata'));
  }

  async ask(request: Request): Promise<RequestAnswer> {
    return this.handle.executeUpdate(submitRequest, { args: [request] });
  }

  /** The code with which a request is refused. */
  async refusal(request: Request): Promise<string> {
    try {
      await this.ask(request);
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
        return error.cause.type ?? 'untyped';
      throw error;
    }
    throw new Error(`The request ${request.type} was accepted.`);
  }

  async reserve(priced: PricedOrder): Promise<NumberedOrder> {
    const number = await nextOrderNumber(this.#world.db);
    await reserveOrder(this.#world.db, { number, subscriptionId: this.id, customerId: this.#customerId, priced });
    return { number, priced };
  }

  /** @param validThrough the card's last day, where it is told. */
  async card(token: SandboxToken, validThrough: PlainDate | null = null): Promise<StoredMethod> {
    const customerId = this.#customerId;
    const label = `card ${token}`;
    return storedMethodOf(await storeMethod(this.#world.db, { customerId, kind: 'card', token, label, validThrough }));
  }

  /** Orders a renewal, a reactivation or an upgrade as of the life's own day, and answers its number. */
  async order(wanted: Wanted, pay: StoredMethod | null = null): Promise<string> {
    const state = await this.state();
    const terms = { catalogue: CATALOGUE, placedOn: dateAt(await this.clock()) };
    const basis = { ...state, reactivationStart: state.settings.reactivationStart };
    const priced =
      wanted.type === 'upgrade' ? quoteUpgrade(wanted, basis, terms) : quoteRenewal(wanted.type, wanted, basis, terms);
    const order = await this.reserve(priced);
    await this.ask({ type: 'PlaceOrder', order, pay });
    await this.settled();
    return order.number;
  }

  /** The number of the one unpaid order. */
  async unpaid(): Promise<{ readonly number: string; readonly dueMinor: number }> {
    const order = (await this.state()).orders.find(isUnpaid);
    if (order === undefined) throw new Error('No order is unpaid.');
    return { number: order.number, dueMinor: dueMinor(order) };
  }

  /** Money that arrived: entered in the ledger as the API does. */
  async enter(
    payment: Partial<PaymentFact> & { readonly source?: string; readonly externalId?: string } = {},
  ): Promise<PaymentFact> {
    const clock = await this.clock();
    const due = payment.orderNumber === undefined ? await this.unpaid() : { number: payment.orderNumber, dueMinor: 0 };
    this.#payments += 1;
    const { source = 'bank' } = payment;
    const externalId = payment.externalId ?? `${this.id}-${this.#payments}`;
    const entered = await enterPayment(this.#world.db, {
      source,
      externalId,
      key: `${source}:${externalId}`,
      orderNumber: due.number,
      subscriptionId: this.id,
      amountMinor: payment.amountMinor ?? due.dueMinor,
      method: payment.method ?? 'bank_transfer',
      registeredOn: payment.registeredOn ?? dateAt(clock),
      receivedAt: payment.receivedAt ?? clock,
      storedMethod: payment.storedMethod ?? null,
    });
    return factOf(entered.payment);
  }

  /** Money that arrived: in the ledger, and told to the life. */
  async pay(payment: Parameters<Life['enter']>[0] = {}): Promise<PaymentFact> {
    const fact = await this.enter(payment);
    await this.signal(fact);
    return fact;
  }

  async signal(payload: unknown): Promise<void> {
    await this.handle.signal(recordPayment, payload);
    await this.settled();
  }

  /** The life's own clock. */
  async clock(): Promise<Instant> {
    return clockOf(await this.handle.describe());
  }

  /** Moves the clock to an instant, stopping at each deadline until that is handled. */
  async moveTo(iso: string): Promise<void> {
    const to = instant(iso);
    for (let at = await this.settled(); at !== null && at.clock < to; at = await this.settled()) {
      await this.skip(Math.min(to, at.deadline ?? to) - at.clock, 1);
    }
  }

  /** Moves the clock by milliseconds, whatever comes up on the way; or only as far as so many leaps lead. */
  async skip(milliseconds: number, maxSessionSkipCount = 0): Promise<void> {
    const { workflowService } = this.#world.client;
    const workflowExecution = { workflowId: this.handle.workflowId };
    const id = randomUUID();
    await workflowService.updateWorkflowExecutionOptions({
      namespace: 'default',
      workflowExecution,
      updateMask: { paths: ['time_skipping_config'] },
      workflowExecutionOptions: {
        timeSkippingConfig: {
          enabled: true,
          fastForwardConfig: { id, duration: msToTs(milliseconds) },
          maxSessionSkipCount,
        },
      },
    });
    await workflowService.pollWorkflowExecutionTimeSkipping({
      namespace: 'default',
      workflowExecution,
      fastForwardId: id,
    });
  }

  async hasEnded(): Promise<boolean> {
    return (await this.handle.describe()).status.name !== 'RUNNING';
  }

  /** Waits until everything heard and due is handled and written down; null when the life has ended. */
  async settled(): Promise<{ readonly clock: Instant; readonly deadline: Instant | null } | null> {
    for (const limit = Date.now() + PATIENCE_MS; Date.now() < limit; await sleep(POLL_MS)) {
      const described = await this.handle.describe();
      if (described.status.name !== 'RUNNING') return null;
      if (described.raw.pendingWorkflowTask != null || (described.raw.pendingActivities ?? []).length > 0) continue;
      const { busy, deadline, subscription } = await this.inspect();
      // It has ended since it was described.
      if (isOver(subscription)) continue;
      const clock = clockOf(described);
      if (!busy && (deadline === null || deadline.at > clock)) return { clock, deadline: deadline?.at ?? null };
    }
    throw new Error(`Life ${this.id} did not settle.`);
  }

  /** Waits until the state is as it is to become, where no deadline tells when that is. */
  async becomes(isSo: (state: Subscription) => boolean): Promise<void> {
    for (const limit = Date.now() + PATIENCE_MS; Date.now() < limit; await sleep(POLL_MS)) {
      if (isSo(await this.state())) return;
    }
    throw new Error(`Life ${this.id} did not become what was expected.`);
  }

  /** The histories of all its runs, the first one first. */
  async histories(): Promise<History[]> {
    const histories: History[] = [];
    let runId = (await this.handle.describe()).raw.workflowExecutionInfo?.firstRunId;
    while (runId != null) {
      const history: History = await this.#world.client.workflow
        .getHandle(this.handle.workflowId, runId)
        .fetchHistory();
      histories.push(history);
      runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    }
    return histories;
  }

  /** Resets the run to its first task, as an operator can: what was signalled is kept, and all else is decided anew. */
  async reset(): Promise<void> {
    const { events = [] } = await this.handle.fetchHistory();
    const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
    await this.#world.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: this.handle.workflowId },
      requestId: randomUUID(),
      reason: 'test',
      workflowTaskFinishEventId: firstTask?.eventId ?? null,
    });
  }

  async timeline(): Promise<TimelineEntry[]> {
    return listTimeline(this.#world.db, this.id);
  }

  /** The events from one sequence on, each as `2040-03-01 09:00 OrderPlaced`, in Rome's time. */
  async story(after = 0): Promise<string[]> {
    const entries = await this.timeline();
    return entries.filter(({ sequence }) => sequence > after).map(({ at, type }) => `${minuteInRome(at)} ${type}`);
  }
}

function clockOf({ raw }: WorkflowExecutionDescription): Instant {
  const time = raw.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
  return (time == null ? Date.now() : Number(time.seconds) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)) as Instant;
}

type Wanted =
  | { readonly type: 'renewal' | 'reactivation'; readonly years: number; readonly extras?: Quantities }
  | { readonly type: 'upgrade'; readonly add: Quantities; readonly coTerm: boolean };

function minuteInRome(at: Instant): string {
  return formatInstant(at).slice(0, 16).replace('T', ' ');
}

/** Just after continue-as-new a query can find no workflow task yet. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    try {
      return await ask();
    } catch (error) {
      const status = error instanceof ServiceError ? error.cause : error;
      const passes = isGrpcServiceError(status) && status.code === FAILED_PRECONDITION;
      if (!passes || Date.now() > deadline) throw error;
    }
  }
}

const FAILED_PRECONDITION = 9;
