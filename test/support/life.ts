/** Lives for tests: real workflows on the real server, their activities on real Postgres, moved through their dates. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, isGrpcServiceError, ServiceError, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
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
import { storeMethod } from '../../db/paymentMethods.ts';
import { recordPayment as enterPayment, factOf } from '../../db/payments.ts';
import { listTimeline, type TimelineEntry } from '../../db/timeline.ts';
import { dateAt, formatInstant, instant, plainDate, type Instant, type PlainDate } from '../../domain/calendar.ts';
import type { BaseSku, Quantities } from '../../domain/catalogue.ts';
import type { NumberedOrder, PaymentFact, Request } from '../../domain/commands.ts';
import type { StoredMethod } from '../../domain/orders.ts';
import { quoteFirstPurchase, quoteRenewal, quoteUpgrade, type Basis, type PricedOrder } from '../../domain/pricing.ts';
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
} from '../../workflows/contract.ts';
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
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
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
      catalogue: CATALOGUE,
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
  async begin(order: FirstOrder): Promise<Life> {
    const life = await this.#start(order);
    const at = instant(order.at);
    await life.moveTo(order.at);
    const { product = 'fe', years = 1, extras = {}, publicAdministration: splitPayment = false } = order;
    const wanted = { product, years, extras, splitPayment };
    const priced = quoteFirstPurchase(wanted, { catalogue: CATALOGUE, placedOn: dateAt(at) });
    const numbered = await life.reserve(priced);
    const pay = order.card === undefined ? null : await life.card(order.card);
    await life.ask({ type: 'PlaceOrder', order: numbered, pay });
    await life.settled();
    return life;
  }
}
