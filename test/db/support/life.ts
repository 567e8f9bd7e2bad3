/** A life for the database's tests: decided by the domain, committed as the workflow would, without a workflow. */
import assert from 'node:assert/strict';
import type { Knex } from 'knex';
import { validate } from 'stdnum/lib/cjs/it/codicefiscale.js';
import { loadCatalogue } from '../../../config/catalogue.ts';
import { commitEvents } from '../../../db/commit.ts';
import { createCustomer, type Customer, type NewCustomer } from '../../../db/customers.ts';
import { openDatabase } from '../../../db/database.ts';
import { nextOrderNumber, reserveOrder } from '../../../db/orders.ts';
import type { NewPayment } from '../../../db/payments.ts';
import { dateAt, instant, type Instant, type PlainDate } from '../../../domain/calendar.ts';
import type { Quantities } from '../../../domain/catalogue.ts';
import type { Command, NumberedOrder, PaymentFact } from '../../../domain/commands.ts';
import { nextDeadline } from '../../../domain/deadlines.ts';
import { decide } from '../../../domain/decide.ts';
import type { Event } from '../../../domain/events.ts';
import type { PaymentMethodKind } from '../../../domain/orders.ts';
import { quoteFirstPurchase, quoteRenewal, quoteUpgrade, type Basis } from '../../../domain/pricing.ts';
import { newSubscription, type Subscription } from '../../../domain/subscription.ts';
import { freshDatabase } from '../../support/services.ts';

export const CATALOGUE = loadCatalogue();
export const START = instant('2027-03-04T10:00:00+01:00');

export interface TestDatabase {
  db: Knex;
  url: string;
  close(): Promise<void>;
}

export async function openFresh(): Promise<TestDatabase> {
  const created = await freshDatabase();
  const db = openDatabase(created.url);
  return {
    db,
    url: created.url,
    close: async () => {
      await db.destroy();
      await created.drop();
    },
  };
}

let customers = 0;

/** A tax code nobody else has, with its check letter. */
function freshTaxCode(): string {
  customers += 1;
  const place = String.fromCodePoint(65 + (Math.floor(customers / 1000) % 26));
  const stem = `RSSDAA80A41${place}${(customers % 1000).toString().padStart(3, '0')}`;
  const code = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => stem + letter).find((one) => validate(one).isValid);
  assert.ok(code, stem);
  return code;
}

/** A customer nobody else is; all but what is given is made up. */
export function aCustomer(changes: Partial<NewCustomer> = {}): NewCustomer {
  return {
    firstName: 'Ada',
    lastName: 'Rossi',
    address: { street: 'Via Roma 1', postalCode: '00100', city: 'Roma', province: 'RM', country: 'IT' },
    taxCode: freshTaxCode(),
    phone: '+39 06 1234567',
    email: 'ada@example.com',
    language: 'it',
    publicAdministration: false,
    ...changes,
  };
}

export class Life {
  readonly db: Knex;
  readonly customer: Customer;
  now: Instant = START;
  state: Subscription;
  /** Decided, not yet committed. */
  pending: Event[] = [];

  constructor(db: Knex, customer: Customer, id: string) {
    this.db = db;
    this.customer = customer;
    this.state = newSubscription({ id, customerRef: customer.id, product: 'fe', splitPayment: false }, START);
  }

  get id(): string {
    return this.state.id;
  }

  get today(): PlainDate {
    return dateAt(this.now);
  }

  /** A life with nothing in it yet. */
  static async begin(db: Knex, changes: Partial<NewCustomer> = {}): Promise<Life> {
    const customer = await createCustomer(db, aCustomer(changes));
    return new Life(db, customer, `sub_${customer.id.slice(4)}`);
  }

  /** A life whose first order is committed, unpaid. */
  static async ordered(db: Knex, changes: Partial<NewCustomer> = {}): Promise<{ life: Life; number: string }> {
    const life = await Life.begin(db, changes);
    const number = await life.order('first_purchase');
    await life.commit();
    return { life, number };
  }

  /** A life that was paid for by bank transfer and activated. */
  static async active(db: Knex): Promise<Life> {
    const { life, number } = await Life.ordered(db);
    life.do({ type: 'RecordPayment', payment: life.payment({ orderNumber: number }) });
    life.do({ type: 'RecordActivation', username: 'rn00000001' });
    await life.commit();
    return life;
  }

  /** Decides a command that must be accepted, and answers its events. */
  do(command: Command): readonly Event[] {
    const events = this.tell(command);
    assert.notStrictEqual(events, null, `refused: ${JSON.stringify(command)}`);
    return events ?? [];
  }

  /** Decides a command; null when it was refused. */
  tell(command: Command): readonly Event[] | null {
    const decision = decide(this.state, command, this.now);
    if (!decision.accepted) return null;
    this.state = decision.state;
    this.pending.push(...decision.events);
    return decision.events;
  }

  basis(): Basis {
    const { product, entitlements, entitlementsVersion, usedBytes, splitPayment, settings } = this.state;
    const { reactivationStart } = settings;
    return { product, entitlements, entitlementsVersion, usedBytes, splitPayment, reactivationStart };
  }

  async quote(
    type: 'first_purchase' | 'renewal' | 'upgrade' | 'reactivation',
    extras: Quantities = {},
  ): Promise<NumberedOrder> {
    const terms = { catalogue: CATALOGUE, placedOn: this.today };
    const { product, splitPayment } = this.state;
    const priced =
      type === 'first_purchase'
        ? quoteFirstPurchase({ product, years: 1, extras, splitPayment }, terms)
        : type === 'upgrade'
          ? quoteUpgrade({ add: extras, coTerm: true }, this.basis(), terms)
          : quoteRenewal(type, { years: 1 }, this.basis(), terms);
    return { number: await nextOrderNumber(this.db), priced };
  }

  /** Reserves and places an order, and answers its number. */
  async order(type: 'first_purchase' | 'renewal' | 'upgrade' | 'reactivation', extras?: Quantities): Promise<string> {
    const { number, priced } = await this.quote(type, extras);
    await reserveOrder(this.db, { number, subscriptionId: this.id, customerId: this.customer.id, priced });
    this.do({ type: 'PlaceOrder', order: { number, priced }, pay: null });
    return number;
  }

  /** A payment, unless said otherwise by bank transfer, today, of what the order costs. */
  payment(given: { orderNumber: string; key?: string; amountMinor?: number; method?: PaymentMethodKind }): PaymentFact {
    const order = this.state.orders.find(({ number }) => number === given.orderNumber);
    return {
      key: `bank:${given.orderNumber}`,
      amountMinor: order?.priced.payableMinor ?? 3050,
      method: 'bank_transfer',
      registeredOn: this.today,
      receivedAt: this.now,
      storedMethod: null,
      ...given,
    };
  }

  /** The same payment as the API writes it down. */
  newPayment(fact: PaymentFact): NewPayment {
    const [source = '', externalId = ''] = fact.key.split(':');
    return { ...fact, source, externalId, subscriptionId: this.id };
  }

  /** Commits what is pending, or the given events instead. */
  async commit(events: readonly Event[] = this.pending): Promise<void> {
    const nextDeadlineAt = nextDeadline(this.state)?.at ?? null;
    await commitEvents(this.db, { subscription: this.state, events, nextDeadlineAt });
    this.pending = [];
  }

  /** Takes the next deadline at its own instant. */
  async reachDeadline(): Promise<void> {
    const deadline = nextDeadline(this.state);
    assert.ok(deadline, 'there is no deadline');
    this.now = deadline.at > this.now ? deadline.at : this.now;
    const quote = deadline.kind === 'charge' ? await this.quote('renewal') : null;
    this.do({ type: 'ReachDeadline', deadline, quote });
  }
}

/** Every row of every table, to compare before and after. */
export async function contents(db: Knex): Promise<Record<string, unknown[]>> {
  const tables = [
    ...['subscriptions', 'timeline', 'messages', 'orders', 'live_services', 'payments', 'payment_places'],
    ...['ledger_journals', 'ledger_postings', 'customer_credits', 'graphile_worker._private_jobs'],
  ];
  const entries = tables.map(async (table) => {
    const { rows } = await db.raw<{ rows: { row: unknown }[] }>('select to_jsonb(t) as row from ?? t order by 1', [
      table,
    ]);
    return [table, rows.map(({ row }) => row)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Asserts that Postgres refuses, naming the constraint, or one of several (`a|b`). */
export async function refusedBy(constraint: string, attempt: PromiseLike<unknown>): Promise<void> {
  await assert.rejects(
    async () => attempt,
    (error: Error & { constraint?: string }) => {
      assert.ok(constraint.split('|').includes(error.constraint ?? ''), `${error.constraint}: ${error.message}`);
      return true;
    },
  );
}
