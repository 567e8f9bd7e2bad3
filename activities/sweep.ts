/**
 * Ends by itself what a crash left open: money in the ledger that its life never heard of, and orders that were numbered
 * and never reached one. Any number of processes may sweep at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Db } from '../db/database.ts';
import { findOrder, refuseReservation, staleReservations, type OrderRow } from '../db/orders.ts';
import { factOf, setAsidePayment, unsettledPayments, type PaymentRow } from '../db/payments.ts';
import { noteOf, tellCustomer } from '../db/refunding.ts';
import { untoldRefunds, type RefundRow } from '../db/refunds.ts';
import { placeReversal, reversalFactOf, unsettledReversals, type UnsettledReversal } from '../db/reversals.ts';
import { findSubscription } from '../db/subscriptions.ts';
import type { Instant } from '../domain/calendar.ts';
import type { Request } from '../domain/commands.ts';
import { isOver, whyUnheard } from '../domain/decide.ts';
import { refusal } from '../domain/errors.ts';
import {
  inspect,
  recordPayment,
  recordReversal,
  submitRequest,
  subscriptionWorkflowId,
} from '../workflows/contract.ts';

export interface SweepDependencies {
  readonly db: Db;
  readonly client: Client;
  readonly log: Logger;
  /** The wall's clock. */
  readonly clock: () => Instant;
  /** Milliseconds between two rounds; how old a thing has to be to be swept grows with it. */
  readonly everyMs?: number;
}

const SWEEP_EVERY_MS = 30_000;
/** In rounds. The usual way, the API's own signal and its commit, takes a second or two: younger payments are left to it. */
const PAYMENT_AGE = 0.5;
/** In rounds. A request may be repeated for some minutes before its order is given up. */
const RESERVATION_AGE = 10;
const BATCH = 500;
const ANSWER_TIMEOUT_MS = 10_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

/** Sweeps at once and then, twice a minute unless told otherwise, again; also while Postgres or Temporal are away. */
export function startSweeper(dependencies: SweepDependencies): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const sweeper = new Sweeper(dependencies);
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sweeper.sweep();
      await delay(sweeper.everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

export class Sweeper {
  readonly everyMs: number;
  readonly #dependencies: SweepDependencies;
  /** Payments told again, and when to tell them next: a life that cannot take a signal must not drown in them. */
  readonly #told = new Map<string, { pauseMs: number; nextAt: number }>();

  constructor(dependencies: SweepDependencies) {
    this.#dependencies = dependencies;
    this.everyMs = dependencies.everyMs ?? SWEEP_EVERY_MS;
  }

  /** One round. What fails is logged and left to the next. */
  async sweep(): Promise<void> {
    const { db, clock } = this.#dependencies;
    const payments = () => unsettledPayments(db, ago(clock(), PAYMENT_AGE * this.everyMs), BATCH);
    await this.#each('payment', payments, (payment) => this.#tellAgain(payment));
    const reversals = () => unsettledReversals(db, ago(clock(), PAYMENT_AGE * this.everyMs), BATCH);
    await this.#each('reversal', reversals, (reversal) => this.#reverseAgain(reversal));
    const refunds = () => untoldRefunds(db, ago(clock(), PAYMENT_AGE * this.everyMs), BATCH);
    await this.#each('refund', refunds, (refund) => this.#refundAgain(refund));
    const reservations = () => staleReservations(db, ago(clock(), RESERVATION_AGE * this.everyMs));
    await this.#each('reservation', reservations, (order) => this.#endReservation(order));
  }

  async #each<Row>(what: string, find: () => Promise<Row[]>, handle: (row: Row) => Promise<void>): Promise<void> {
    const { client, log } = this.#dependencies;
    const rows = await find().catch((error: unknown) => {
      log.warn({ what, type: nameOf(error) }, 'cannot look for what to sweep');
      return [];
    });
    for (const row of rows) {
      try {
        await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => handle(row));
      } catch (error) {
        log.warn({ what, type: nameOf(error) }, 'cannot sweep yet');
      }
    }
  }

  async #tellAgain(payment: PaymentRow): Promise<void> {
    const { client, log, clock } = this.#dependencies;
    const { key, subscriptionId } = payment;
    const told = this.#told.get(key) ?? { pauseMs: this.everyMs / 2, nextAt: 0 };
    if (subscriptionId === null || clock() < told.nextAt) return;
    const pauseMs = Math.min(2 * told.pauseMs, LONGEST_PAUSE_MS);
    this.#told.set(key, { pauseMs, nextAt: clock() + pauseMs });
    try {
      await client.workflow.getHandle(subscriptionWorkflowId(subscriptionId)).signal(recordPayment, factOf(payment));
      log.info({ subscriptionId, payment: key }, 'payment signalled again');
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await this.#setAside(payment, subscriptionId);
    }
  }

  /** Of a life that is over, or none at all, nobody hears: the ledger alone keeps it. */
  async #reverseAgain(reversal: UnsettledReversal): Promise<void> {
    const { db, client, log, clock } = this.#dependencies;
    const { key, addressee: subscriptionId } = reversal;
    const name = `reversal ${key}`;
    const told = this.#told.get(name) ?? { pauseMs: this.everyMs / 2, nextAt: 0 };
    if (clock() < told.nextAt) return;
    const pauseMs = Math.min(2 * told.pauseMs, LONGEST_PAUSE_MS);
    this.#told.set(name, { pauseMs, nextAt: clock() + pauseMs });
    const row = subscriptionId === null ? null : await findSubscription(db, subscriptionId);
    if (subscriptionId === null || row === null || isOver(row.state)) {
      await placeReversal(db, key, Math.max(clock(), reversal.receivedAt, row?.updatedAt ?? 0) as Instant);
      this.#told.delete(name);
      return;
    }
    const handle = client.workflow.getHandle(subscriptionWorkflowId(subscriptionId));
    await handle.signal(recordReversal, reversalFactOf(reversal));
    log.info({ subscriptionId, reversal: key }, 'reversal signalled again');
  }

  /** Of a life that is over nobody hears: its customer is told all the same. */
  async #refundAgain(refund: RefundRow): Promise<void> {
    const { db, client, log, clock } = this.#dependencies;
    const { id, subscriptionId, effect } = refund;
    if (subscriptionId === null) return;
    const row = await findSubscription(db, subscriptionId);
    if (row === null || isOver(row.state)) {
      const at = Math.max(clock(), refund.requestedAt, row?.updatedAt ?? 0) as Instant;
      return tellCustomer(db, id, at);
    }
    const type = effect === 'end' ? 'EndService' : 'NoteRefund';
    const args: [Request] = [{ type, refund: noteOf(refund) }];
    const handle = client.workflow.getHandle(subscriptionWorkflowId(subscriptionId));
    await handle.executeUpdate(submitRequest, { args, updateId: id });
    log.info({ subscriptionId, refund: id }, 'refund told again');
  }

  /** Nobody can hear of it any more: it waits for an operator, with the reason the life itself would have given. */
  async #setAside(payment: PaymentRow, subscriptionId: string): Promise<void> {
    const { db, log, clock } = this.#dependencies;
    const row = await findSubscription(db, subscriptionId);
    if (row === null && (await findOrder(db, payment.orderNumber))?.status === 'reserved') return;
    if (row !== null && !isOver(row.state)) {
      log.error({ subscriptionId, payment: payment.key }, 'a payment waits for a life that Temporal does not know');
      return;
    }
    const at = Math.max(clock(), payment.receivedAt, row?.updatedAt ?? 0) as Instant;
    const reason = row === null ? 'unknown_order' : whyUnheard(row.state, factOf(payment), at);
    if (await setAsidePayment(db, payment.key, reason, at))
      log.warn({ subscriptionId, payment: payment.key, reason }, 'payment left to an operator');
    this.#told.delete(payment.key);
  }

  async #endReservation({ number, subscriptionId }: OrderRow): Promise<void> {
    const { db, client, log } = this.#dependencies;
    const known = await knownOrders(client, subscriptionId);
    // Where the life knows it, its commit is still to come.
    if (known.includes(number)) return;
    const detail = {
      it: 'L’ordine non ha raggiunto il suo servizio.',
      en: 'The order did not reach its subscription.',
    };
    if (await refuseReservation(db, number, refusal('order_out_of_date', { detail })))
      log.warn({ subscriptionId, order: number }, 'reservation ended');
  }
}

async function knownOrders(client: Client, subscriptionId: string): Promise<string[]> {
  try {
    const { subscription } = await client.workflow.getHandle(subscriptionWorkflowId(subscriptionId)).query(inspect);
    return [...subscription.orders, ...subscription.finishedOrders].map(({ number }) => number);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

function ago(now: Instant, milliseconds: number): Instant {
  return (now - milliseconds) as Instant;
}

/** What a driver says may quote what a customer entered: only the kind of error is logged. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name;
}
