/**
 * The Temporal client's side: how the API talks to lives. What Temporal answers is told apart into four things: an
 * answer, a refusal (RefusedError), no such workflow now (NoLifeError: it never was, or it ended), and no answer
 * (UnreachableError).
 */
import { randomUUID } from 'node:crypto';
import {
  Client,
  Connection,
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../domain/calendar.ts';
import type { NumberedOrder, PaymentFact, Request } from '../domain/commands.ts';
import { RefusedError, REFUSALS, type RefusalCode } from '../domain/errors.ts';
import type { StoredMethod } from '../domain/orders.ts';
import type { ReversalFact } from '../domain/reversals.ts';
import type { Settings, Subscription } from '../domain/subscription.ts';
import {
  inspect,
  presentStart,
  recordPayment,
  recordReversal,
  submitRequest,
  subscriptionWorkflowId,
  TASK_QUEUE,
  WORKFLOW_TYPE,
  type Inspection,
  type RequestAnswer,
  type RunInput,
} from '../workflows/contract.ts';

/** No workflow runs for this subscription: it never was, or it ended. Only the database knows which. */
export class NoLifeError extends Error {
  override readonly name = 'NoLifeError';
}

/** Temporal, or the worker behind it, gave no answer. What was asked may still happen. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** What a life is started with. */
export interface NewLife {
  readonly id: string;
  readonly customerRef: string;
  readonly product: Subscription['product'];
  readonly splitPayment: boolean;
  readonly settings: Settings;
}

/** Subscriptions as the API reaches them. */
export interface Lives {
  /** Starts a life with its first order. Said again, it answers with what came of it the first time. */
  begin(life: NewLife, order: NumberedOrder, pay: StoredMethod | null, now: Instant): Promise<RequestAnswer>;
  /** @param updateId names the request: said again, it answers with what came of it the first time. */
  request(subscriptionId: string, request: Request, updateId?: string): Promise<RequestAnswer>;
  inspect(subscriptionId: string): Promise<Inspection>;
  /** The life's own clock, where it was ever moved away from the wall's; otherwise null. */
  movedClock(subscriptionId: string): Promise<Instant | null>;
  tellPayment(subscriptionId: string, payment: PaymentFact): Promise<void>;
  tellReversal(subscriptionId: string, reversal: ReversalFact): Promise<void>;
  /** Moves one life’s clock forward, at most to its next timer, and waits until Temporal has done so. False when it got less far. */
  fastForward(subscriptionId: string, milliseconds: number): Promise<boolean>;
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

export interface LivesOptions {
  /** Overrides the environment's, e.g. in tests. */
  readonly address?: string;
  readonly taskQueue?: string;
  readonly deadlines?: Partial<Deadlines>;
}

/** Milliseconds to wait for each kind of answer. */
interface Deadlines {
  readonly query: number;
  readonly update: number;
  readonly signal: number;
  readonly fastForward: number;
}

const DEADLINES: Deadlines = { query: 2_000, update: 10_000, signal: 2_000, fastForward: 10_000 };

/** Connects when first needed, so the API starts and takes payments while Temporal is away. Address and TLS by environment. */
export function connectLives(options: LivesOptions = {}): Lives {
  const config = loadClientConnectConfig();
  const connection = Connection.lazy({
    ...config.connectionOptions,
    ...(options.address === undefined ? {} : { address: options.address }),
  });
  const client = new Client({ connection, ...(config.namespace === undefined ? {} : { namespace: config.namespace }) });
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const within = async <T>(kind: keyof Deadlines, ask: () => Promise<T>): Promise<T> =>
    translated(() => client.withDeadline(Date.now() + deadlines[kind], ask));
  const handle = (subscriptionId: string) => client.workflow.getHandle(subscriptionWorkflowId(subscriptionId));

  return {
    begin: async (life, order, pay, now) =>
      within('update', () =>
        client.workflow.executeUpdateWithStart(submitRequest, {
          args: [{ type: 'PlaceOrder', order, pay }],
          updateId: order.number,
          startWorkflowOperation: firstRun(life, order, now, options.taskQueue ?? TASK_QUEUE),
        }),
      ),
    request: async (subscriptionId, request, updateId = randomUUID()) =>
      within('update', () => handle(subscriptionId).executeUpdate(submitRequest, { args: [request], updateId })),
    inspect: async (subscriptionId) => within('query', () => patiently(() => handle(subscriptionId).query(inspect))),
    movedClock: async (subscriptionId) =>
      within('query', async () => {
        const { raw } = await handle(subscriptionId).describe();
        const time = raw.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
        return time == null ? null : (tsToMs(time) as Instant);
      }),
    tellPayment: async (subscriptionId, payment) =>
      within('signal', () => handle(subscriptionId).signal(recordPayment, payment)),
    tellReversal: async (subscriptionId, reversal) =>
      within('signal', () => handle(subscriptionId).signal(recordReversal, reversal)),
    fastForward: async (subscriptionId, milliseconds) =>
      within('fastForward', () => fastForward(client, subscriptionWorkflowId(subscriptionId), milliseconds)),
    isReachable: async () => {
      try {
        await within('query', () => client.workflowService.describeNamespace({ namespace: client.options.namespace }));
        return true;
      } catch {
        return false;
      }
    },
    close: async () => connection.close(),
  };
}

function firstRun(life: NewLife, order: NumberedOrder, now: Instant, taskQueue: string) {
  const input: RunInput = {
    kind: 'start',
    subscriptionId: life.id,
    customerRef: life.customerRef,
    product: life.product,
    splitPayment: life.splitPayment,
    settings: life.settings,
  };
  return new WithStartWorkflowOperation(WORKFLOW_TYPE, {
    workflowId: subscriptionWorkflowId(life.id),
    taskQueue,
    args: [input],
    // A life that is there is used; one that ended is never begun anew.
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    ...presentStart(life, order, now),
  });
}

async function translated<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw updateFailure(error);
    if (error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new NoLifeError(error.message, { cause: error });
    }
    if (isSilence(error)) throw new UnreachableError('Temporal gave no answer.', { cause: error });
    throw error;
  }
}

/** What the server says of an update without an answer: its run ended before, or its worker lost it under a query. */
const UNANSWERED = new Set(['AcceptedUpdateCompletedWorkflow', 'UnprocessedUpdate']);

/** A refusal carries the catalogue's code as its type. */
function updateFailure(error: WorkflowUpdateFailedError): unknown {
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return new UnreachableError(error.message, { cause: error });
  const code = cause.type ?? '';
  if (UNANSWERED.has(code)) return new UnreachableError(error.message, { cause: error });
  if (!Object.hasOwn(REFUSALS, code)) return error;
  const [field, detailInItalian] = cause.details ?? [];
  return new RefusedError({
    code: code as RefusalCode,
    detail: cause.message,
    ...(typeof detailInItalian === 'string' ? { detailInItalian } : {}),
    ...(typeof field === 'string' ? { field } : {}),
  });
}

/** gRPC statuses that say nothing about the request itself. */
const SILENT = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
  'INTERNAL',
  'UNAVAILABLE',
]);
const GRPC_CODES: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  2: 'UNKNOWN',
  4: 'DEADLINE_EXCEEDED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  10: 'ABORTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
};

function isSilence(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  // A query that the worker cannot answer: its workflow code fails, say.
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) return true;
  const code = grpcCode(error);
  if (code !== undefined) return SILENT.has(code) || code === 'FAILED_PRECONDITION';
  // Failing to connect at all, and losing the connection under a call, come without a status.
  return error instanceof ServiceError || (error instanceof Error && error.message.includes('Failed to connect'));
}

function grpcCode(error: unknown): string | undefined {
  const status = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(status) ? GRPC_CODES[status.code] : undefined;
}

const QUERY_RETRY_MS = 20;

/** Just after continue-as-new a query can find no workflow task yet: that passes by itself. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (grpcCode(error) !== 'FAILED_PRECONDITION') throw error;
      await sleep(QUERY_RETRY_MS);
    }
  }
}

/** What a poll can answer (temporal.api.enums.v1.FastForwardPollingResult); otherwise it only timed out. */
const COMPLETED = 2;
const FAILED = 3;

async function fastForward(client: Client, workflowId: string, milliseconds: number): Promise<boolean> {
  const { namespace } = client.options;
  const id = randomUUID();
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution: { workflowId },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        fastForwardConfig: { id, duration: msToTs(milliseconds) },
        // One skip leads to the target, or to a timer just before it. Where the target passes while that timer is being
        // handled, the server would skip once more: to the next timer, months past the target.
        maxSessionSkipCount: 1,
      },
    },
    // The whole message only: partial masks are refused.
    updateMask: { paths: ['time_skipping_config'] },
  });
  for (;;) {
    const { fastForwardPollingResult: result } = await client.workflowService.pollWorkflowExecutionTimeSkipping({
      namespace,
      workflowExecution: { workflowId },
      fastForwardId: id,
    });
    if (result === COMPLETED) return true;
    if (result === FAILED) return false;
  }
}
