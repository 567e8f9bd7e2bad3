/** What a process of the program does when somebody asks it to, by the API's and the worker's own code. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Knex } from 'knex';
import pino from 'pino';
import { charge } from '../../../activities/charge.ts';
import { commit } from '../../../activities/commit.ts';
import { GatewayUnreachableError, type PaymentGateway } from '../../../activities/gateway/port.ts';
import { createSandboxGateway } from '../../../activities/gateway/sandbox.ts';
import { createStripeGateway } from '../../../activities/gateway/stripe.ts';
import { payRefund } from '../../../activities/payRefund.ts';
import { createApp } from '../../../api/app.ts';
import { registerAsTold, resume } from '../../../api/bankImport.ts';
import type { Context } from '../../../api/context.ts';
import { takePayment, tell } from '../../../api/payments.ts';
import { ProblemError } from '../../../api/problem.ts';
import { takeReversal } from '../../../api/reversals.ts';
import { connectGateway } from '../../../api/stripe.ts';
import type { Lives } from '../../../api/workflows.ts';
import { identified, meaningful } from '../../../bank/identity.ts';
import { readBankFile } from '../../../bank/read.ts';
import { centsOf } from '../../../bank/statement.ts';
import { loadInstructions } from '../../../config/instructions.ts';
import { findEntry } from '../../../db/bankEntries.ts';
import { digestOf, entryIdFor, takeFile } from '../../../db/bankFiles.ts';
import type { NewEntry } from '../../../db/bankRows.ts';
import { catalogueSource } from '../../../db/catalogues.ts';
import type { CommitInput } from '../../../db/commit.ts';
import { useCredit } from '../../../db/credit.ts';
import { confirmCharge, findCharge } from '../../../db/gateway.ts';
import { heldMoney } from '../../../db/heldMoney.ts';
import { findOrder, reserveOrder, reserveRenewalOrder, type Reservation } from '../../../db/orders.ts';
import { storedMethodOf, storeMethod } from '../../../db/paymentMethods.ts';
import {
  assignPayment,
  factOf,
  findPayment,
  unheardPayments,
  waitsWhole,
  type NewPayment,
} from '../../../db/payments.ts';
import { payByTransfer, recordRefund, withdrawRefund, type NewRefund } from '../../../db/refunding.ts';
import { findRefund, RefundRefusedError } from '../../../db/refunds.ts';
import { unheardReversals, type NewReversal } from '../../../db/reversals.ts';
import { findSubscription } from '../../../db/subscriptions.ts';
import {
  cancelTransferList,
  executeTransferList,
  makeTransferList,
  TransferListSettledError,
} from '../../../db/transferLists.ts';
import { dateAt, type Instant } from '../../../domain/calendar.ts';
import { decide } from '../../../domain/decide.ts';
import { DEFAULT_SETTINGS, type ChargeAttempt } from '../../../domain/subscription.ts';
import { OUR_IBAN } from '../../api/support/bankFiles.ts';
import { CATALOGUE } from './life.ts';
import { sweepOnce, tellRefund } from './moneyTelling.ts';

/** The secrets of a Stripe that is none. */
export const WEBHOOK_SECRET = 'whsec_sequences';
const ACCESS = { secretKey: 'sk_test_1', publishableKey: 'pk_test_1', webhookSecret: WEBHOOK_SECRET };
const PUBLIC_URL = 'https://area.example';
const SILENT = pino({ level: 'silent' });
const TO = { iban: 'IT60X0542811101000000123456', holder: 'Ada Rossi' };

/** What a process works with. */
export interface Desk {
  readonly db: Knex;
  readonly context: Context;
  readonly gateway: PaymentGateway;
  /** Where its API listens. */
  readonly api: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface DeskOptions {
  readonly db: Knex;
  readonly lives: Lives;
  readonly now: () => Instant;
  /** Where Stripe is; null where the sandbox's gateway charges. */
  readonly stripeUrl: string | null;
}

export function openDesk({ db, lives, now, stripeUrl }: DeskOptions): Desk {
  const access = { ...ACCESS, apiBase: stripeUrl ?? '' };
  const context: Context = {
    ...{ db, lives, now, log: SILENT, sandbox: false },
    catalogue: catalogueSource(db, CATALOGUE),
    settings: DEFAULT_SETTINGS,
    instructions: loadInstructions(),
    ...(stripeUrl === null ? {} : { gateway: connectGateway({ name: 'stripe', ...access }, PUBLIC_URL) }),
  };
  const gateway =
    stripeUrl === null
      ? createSandboxGateway(db)
      : createStripeGateway({ ...access, publicUrl: PUBLIC_URL, log: SILENT });
  let server: Server | null = null;
  return {
    ...{ db, context, gateway },
    async api() {
      const listening = (server ??= createServer(createApp(context)));
      if (!listening.listening) await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    },
    async close() {
      server?.closeAllConnections();
      await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
    },
  };
}

/** What an expected refusal says, as an outcome among others. */
async function refusalOr(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefundRefusedError || error instanceof ProblemError) return error.code;
    if (error instanceof TransferListSettledError) return 'settled otherwise';
    throw error;
  }
}

const money = {
  pay: ({ context }: Desk, payment: NewPayment) => refusalOr(async () => (await takePayment(context, payment)).kind),

  takeBack: async ({ context }: Desk, reversal: NewReversal) => (await takeReversal(context, reversal)).kind,

  importFile: async ({ context, db }: Desk, { content, name }: { content: string; name: string | null }) => {
    const read = readBankFile(Buffer.from(content));
    const entries = identified(read, { bank: [OUR_IBAN], postal: '1234' }).map(
      ({ account, identity, entry: { place, ...entry }, ignored }): NewEntry => ({
        ...{ id: entryIdFor(account, identity), account, identity, place, entry, ignored },
        method: 'bank_transfer',
        amountMinor: centsOf(entry.amount),
        bankReference: meaningful(entry.bankReference),
        endToEndId: meaningful(entry.endToEndId),
      }),
    );
    const { format, version, statements, warnings } = read;
    const file = { digest: digestOf(content), name, format, version, statements: statements.length, warnings };
    const taken = await takeFile(db, { ...file, receivedAt: context.now(), receivedBy: 'test' }, entries);
    if (taken.file.finishedAt === null) await resume(context, taken.file.id);
    return taken.isNew ? 'new' : 'known';
  },

  register: async ({ context, db }: Desk, id: string) => {
    const entry = await findEntry(db, id);
    if (entry === null) throw new Error(`There is no entry ${id}.`);
    await registerAsTold(context, entry);
    return 'registered';
  },

  useCredit: async ({ context, db }: Desk, { orderNumber, isTold }: { orderNumber: string; isTold: boolean }) => {
    const order = await findOrder(db, orderNumber);
    const used = order === null ? null : await useCredit(db, order, context.now());
    if (order === null || used === null) return 'nothing to use, or nothing due';
    if (isTold) await tell(context, order.subscriptionId, used);
    return isTold ? 'used' : 'used, not told';
  },

  /** As the API assigns: the life's row is asked what it would make of it. */
  assign: async (
    { context, db }: Desk,
    { key, orderNumber, at, isTold }: { key: string; orderNumber: string; at: Instant; isTold: boolean },
  ) => {
    const [order, payment] = [await findOrder(db, orderNumber), await findPayment(db, key)];
    if (order === null || payment === null || !(await waitsWhole(db, payment))) return 'not waiting';
    const row = await findSubscription(db, order.subscriptionId);
    const assignedTo = { orderNumber, number: (payment.assignedTo?.number ?? 0) + 1, at };
    const fact = factOf({ ...payment, assignedTo });
    const foreseen = row === null ? null : decide(row.state, { type: 'RecordPayment', payment: fact }, at);
    if (foreseen?.accepted !== true || !foreseen.events.some(({ type }) => type === 'PaymentApplied')) return 'no use';
    const { subscriptionId } = order;
    if (!(await assignPayment(db, key, { orderNumber, subscriptionId, at }))) return 'not waiting';
    const assigned = await findPayment(db, key);
    if (assigned !== null && isTold) await tell(context, subscriptionId, assigned);
    return isTold ? 'assigned' : 'assigned, not told';
  },
};

const backwards = {
  refund: ({ context, db }: Desk, { refund, isTold }: { refund: NewRefund; isTold: boolean }) =>
    refusalOr(async () => {
      const made = await recordRefund(db, refund);
      if (!made.told && isTold) await tellRefund(context, made);
      return 'decided';
    }),

  /** Null while the gateway leaves it open: it is asked again. */
  payOut: async ({ context, db, gateway }: Desk, id: string) => {
    const { log, now } = context;
    try {
      await payRefund({ db, gateway, log, clock: now }, id);
    } catch (error) {
      if (error instanceof GatewayUnreachableError) return null;
      throw error;
    }
    const refund = await findRefund(db, id);
    return refund === null ? 'none' : `${refund.way} ${refund.status}`;
  },

  withdraw: ({ context, db }: Desk, id: string) =>
    refusalOr(async () => (await withdrawRefund(db, id, context.now())).status),

  payByTransfer: ({ db }: Desk, id: string) => refusalOr(async () => `by ${(await payByTransfer(db, id, TO)).way}`),

  makeList: async ({ db }: Desk, id: string) => {
    const made = await makeTransferList(db, { id, operatorId: 'op' }, () => '<xml/>');
    return made === null ? null : { sumMinor: made.sumMinor };
  },

  settleList: ({ context, db }: Desk, { id, isExecuted }: { id: string; isExecuted: boolean }) =>
    refusalOr(async () => {
      await (isExecuted ? executeTransferList : cancelTransferList)(db, id, context.now());
      return isExecuted ? 'executed' : 'cancelled';
    }),
};

const gateways = {
  storeMethod: async ({ db }: Desk, { customerId, token }: { customerId: string; token: string }) =>
    storedMethodOf(await storeMethod(db, { customerId, kind: 'card', token, label: null })),

  charge: ({ context, db, gateway }: Desk, input: { subscriptionId: string; attempt: ChargeAttempt }) =>
    charge({ db, gateway }, { ...input, now: context.now() }),

  /** The sandbox gateway tells of a capture, as often as it likes; nothing where there is none. */
  tellOfCapture: async (
    { context, db, gateway }: Desk,
    { attempt, subscriptionId, isConfirmed }: { attempt: ChargeAttempt; subscriptionId: string; isConfirmed: boolean },
  ) => {
    if (isConfirmed) await confirmCharge(db, attempt.attemptId, context.now());
    const captured = await findCharge(db, attempt.attemptId);
    if (captured?.outcome !== 'captured') return 'nothing to tell';
    const externalId = captured.idempotencyKey;
    const { kind } = await takePayment(context, {
      ...{ key: `${gateway.name}:${externalId}`, source: gateway.name, externalId, subscriptionId },
      orderNumber: attempt.orderNumber,
      amountMinor: captured.amountMinor,
      method: attempt.method.kind,
      registeredOn: dateAt(captured.settledAt),
      receivedAt: context.now(),
      storedMethod: attempt.method,
    });
    return kind;
  },

  /** A message comes in over HTTP, bytes as they are. */
  deliver: async ({ api }: Desk, { body, headers }: { body: string; headers: Record<string, string> }) => {
    const answer = await fetch(`${await api()}/v1/webhooks/stripe`, { method: 'POST', body, headers });
    const said = (await answer.json()) as { code?: string; outcome?: string };
    return { status: answer.status, outcome: said.outcome ?? said.code ?? '' };
  },
};

const lives = {
  reserve: async ({ db }: Desk, reservation: Reservation) => {
    await reserveOrder(db, reservation);
    return 'reserved';
  },

  reserveRenewal: ({ db }: Desk, renewal: Parameters<typeof reserveRenewalOrder>[1]) =>
    reserveRenewalOrder(db, renewal),

  commit: ({ db }: Desk, input: CommitInput) => commit(db, input),

  held: ({ db }: Desk, asked: { subscriptionId: string; key: string; paymentKey: string }) => heldMoney(db, asked),

  unheardPayments: ({ db }: Desk, { id, known }: { id: string; known: readonly string[] }) =>
    unheardPayments(db, id, known),

  unheardReversals: ({ db }: Desk, { id, known }: { id: string; known: readonly string[] }) =>
    unheardReversals(db, id, known),

  sweep: async ({ context }: Desk, round: number) => {
    await sweepOnce(context, round);
    return 'swept';
  },
};

const DEEDS = { ...money, ...backwards, ...gateways, ...lives };

export type DeedName = keyof typeof DEEDS;
export type Given<Name extends DeedName> = Parameters<(typeof DEEDS)[Name]>[1];
export type Made<Name extends DeedName> = (typeof DEEDS)[Name] extends (...given: never) => Promise<infer M>
  ? M
  : never;

/** Asks a process to do something. */
export type Hands = <Name extends DeedName>(name: Name, given: Given<Name>) => Promise<Made<Name>>;

export function handsOf(desk: Desk): Hands {
  return <Name extends DeedName>(name: Name, given: Given<Name>) => {
    const deed = DEEDS[name] as unknown as (desk: Desk, given: Given<Name>) => Promise<Made<Name>>;
    return deed(desk, given);
  };
}
