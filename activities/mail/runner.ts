import { setTimeout as delay } from 'node:timers/promises';
import { Logger as JobLogger, run, type Runner, type RunnerOptions, type TaskList } from 'graphile-worker';
import type { Logger } from 'pino';
import type { PaymentInstructions } from '../../config/instructions.ts';
import { openDatabase, type Db } from '../../db/database.ts';
import { SEND_ACCOUNT_MESSAGE_JOB, type SendAccountMessagePayload } from '../../db/accountMessages.ts';
import { SEND_MESSAGE_JOB, type SendMessagePayload } from '../../db/messages.ts';
import { DELIVER_INVOICE_JOB, ISSUE_CREDIT_NOTE_JOB, ISSUE_INVOICE_JOB } from '../../db/invoices.ts';
import type { DeliverInvoicePayload, IssuePayload } from '../../db/invoices.ts';
import { PAY_REFUND_JOB, requeuePayouts, type PayRefundPayload } from '../../db/refunding.ts';
import { restartExhaustedJobs, shortenWaits, unlockAbandonedJobs } from '../../db/outbox.ts';
import type { Instant } from '../../domain/calendar.ts';
import type { PaymentGateway } from '../gateway/port.ts';
import { deliverInvoice } from '../invoices/deliver.ts';
import { issue, type Issuing } from '../invoices/issue.ts';
import type { InvoiceChannel } from '../invoices/port.ts';
import { payRefund } from '../payRefund.ts';
import { deliver, type Delivery } from './deliver.ts';
import { deliverAccount } from './deliverAccount.ts';
import { mailServer, UNREACHABLE } from './smtp.ts';

const CONCURRENCY = 4;
const POLL_MS = 500;
const UPKEEP_MS = 10_000;
const RESTART_AFTER_MS = 1000;

export interface OutboxOptions {
  readonly databaseUrl: string;
  /** For upkeep; sending has connections of its own, so that a mail server that hangs keeps none from commits. */
  readonly db: Db;
  readonly smtpUrl: string;
  /** `Name <address>`; the address's host also ends each Message-ID. */
  readonly from: string;
  /** The customer area: RINNOVO_PUBLIC_URL. */
  readonly publicUrl: string;
  readonly log: Logger;
  readonly instructions: PaymentInstructions;
  /** Who sells, and how invoices leave; without it, they wait for a process that has it. */
  readonly invoices?: InvoiceOptions;
  /** Where refunds to cards and PayPal accounts go; null, or left out, where none is connected. */
  readonly gateway?: PaymentGateway | null;
  /** The wall's clock, for tests. */
  readonly clock?: () => Instant;
}

export interface InvoiceOptions extends Pick<Issuing, 'seller' | 'sandbox'> {
  readonly channel: InvoiceChannel;
}

export interface Outbox {
  /** Finishes what is being sent and takes nothing new. */
  stop(): Promise<void>;
}

/**
 * Sends what commits have put into the outbox, soon after they did. Any number of processes may run one.
 *
 * While the mail server is away each job is tried again, at the latest every ten minutes; one that is refused for good
 * backs off to six hours, is reported as an error after 25 tries (about four days) and starts anew. No message is dropped.
 */
export async function startOutbox(options: OutboxOptions): Promise<Outbox> {
  const { databaseUrl, db, log } = options;
  const sending = openDatabase(databaseUrl, { poolSize: CONCURRENCY });
  const delivery: Delivery = {
    db: sending,
    server: mailServer(options.smtpUrl, options.from),
    publicUrl: options.publicUrl,
    instructions: options.instructions,
    log,
    clock: options.clock ?? (() => Date.now() as Instant),
  };
  const jobs = await keepRunning(jobsOf(databaseUrl, delivery, options), log);
  const upkeep = repeat(() => keepUp(db, log), log);
  return {
    async stop() {
      await Promise.all([upkeep.stop(), jobs.stop()]);
      delivery.server.close();
      options.invoices?.channel.close();
      await sending.destroy();
    },
  };
}

function jobsOf(
  databaseUrl: string,
  delivery: Delivery,
  { invoices, gateway = null }: Pick<OutboxOptions, 'invoices' | 'gateway'>,
): RunnerOptions {
  return {
    connectionString: databaseUrl,
    concurrency: CONCURRENCY,
    maxPoolSize: CONCURRENCY + 1,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    parsedCronItems: [],
    // Without a delay, what fails here while Postgres is away is a rejection that nobody handles: the process would end.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    logger: jobLogger(delivery.log),
    taskList: {
      [SEND_MESSAGE_JOB]: async (payload) => deliver(delivery, (payload as SendMessagePayload).messageId),
      [SEND_ACCOUNT_MESSAGE_JOB]: async (payload) =>
        deliverAccount(delivery, (payload as SendAccountMessagePayload).accountMessageId),
      [PAY_REFUND_JOB]: async (payload) => payRefund({ ...delivery, gateway }, (payload as PayRefundPayload).refundId),
      ...(invoices === undefined ? {} : invoiceJobs(delivery, invoices)),
    },
  };
}

function invoiceJobs({ db, log, clock }: Delivery, { seller, sandbox, channel }: InvoiceOptions): TaskList {
  const issued = async (payload: unknown): Promise<void> =>
    issue({ db, log, clock, seller, sandbox }, (payload as IssuePayload).invoiceRequestId);
  return {
    [ISSUE_INVOICE_JOB]: issued,
    [ISSUE_CREDIT_NOTE_JOB]: issued,
    [DELIVER_INVOICE_JOB]: async (payload) =>
      deliverInvoice({ db, log, channel }, (payload as DeliverInvoicePayload).invoiceId),
  };
}

/** graphile-worker stops itself where it can no longer write to Postgres (a restart, a failover): it is started again. */
async function keepRunning(options: RunnerOptions, log: Logger): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const untilStopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const runUntilOver = async (runner: Runner): Promise<void> => {
    await Promise.race([runner.promise, untilStopped]);
    if (signal.aborted) await runner.stop();
  };
  // The first start throws to the caller: a wrong address is told at once.
  let current = runUntilOver(await run(options));
  const kept = (async () => {
    while (!signal.aborted) {
      await current.catch((error: unknown) => log.error({ err: error }, 'outbox stopped, it is started again'));
      await pause(RESTART_AFTER_MS, signal);
      if (!signal.aborted) current = run(options).then(runUntilOver);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await kept;
    },
  };
}

async function keepUp(db: Db, log: Logger): Promise<void> {
  const pools = await unlockAbandonedJobs(db);
  if (pools.length > 0) log.warn({ pools }, 'jobs of a process that died were freed');
  await shortenWaits(db, UNREACHABLE);
  const left = await requeuePayouts(db);
  if (left > 0) log.warn({ refunds: left }, 'refunds that nobody was paying out are asked for again');
  for (const job of await restartExhaustedJobs(db)) log.error(job, 'job could not be done for days, trying anew');
}

function repeat(work: () => Promise<void>, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await work().catch((error: unknown) => log.warn({ err: error }, 'outbox upkeep failed'));
      await pause(UPKEEP_MS, stopping.signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined); // cut short by the signal
}

/** Only the sentence is passed on: what comes with it may hold whole jobs. */
function jobLogger(log: Logger): JobLogger {
  return new JobLogger(() => (level, message) => {
    if (level === 'error') log.error(message);
    else if (level === 'warning') log.warn(message);
    else log.debug(message);
  });
}
