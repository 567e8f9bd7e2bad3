/** The worker's own sweeper, and what it finds in the place of Temporal. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { Sweeper } from '../../../activities/sweep.ts';
import type { Context } from '../../../api/context.ts';
import { NoLifeError, UnreachableError, type Lives } from '../../../api/workflows.ts';
import { noteOf, tellCustomer } from '../../../db/refunding.ts';
import type { RefundRow } from '../../../db/refunds.ts';
import { findSubscription } from '../../../db/subscriptions.ts';
import type { Instant } from '../../../domain/calendar.ts';
import type { PaymentFact, Request } from '../../../domain/commands.ts';
import { isOver } from '../../../domain/decide.ts';
import type { ReversalFact } from '../../../domain/reversals.ts';
import { recordPayment, subscriptionWorkflowId } from '../../../workflows/contract.ts';

const DAY = 86_400_000;

/** Sweeps as one that has waited long: whatever lies about is old enough, and was last told of long ago. */
export async function sweepOnce({ db, lives, log }: Context, round: number): Promise<void> {
  const clock = (): Instant => (Date.now() + (round + 1) * DAY) as Instant;
  await new Sweeper({ db, client: clientOver(lives), log, clock }).sweep();
}

/** As the API tells of a refund. */
export async function tellRefund({ db, lives }: Context, refund: RefundRow): Promise<void> {
  const { id, subscriptionId, effect, requestedAt } = refund;
  if (subscriptionId === null) return;
  try {
    const row = await findSubscription(db, subscriptionId);
    if (row !== null && isOver(row.state)) {
      return await tellCustomer(db, id, Math.max(requestedAt, row.updatedAt) as Instant);
    }
    const type = effect === 'end' ? 'EndService' : 'NoteRefund';
    await lives.request(subscriptionId, { type, refund: noteOf(refund) }, id);
  } catch (error) {
    // It is told later.
    if (!(error instanceof UnreachableError || error instanceof NoLifeError)) throw error;
  }
}

/** What the sweeper asks of Temporal's client, of lives that have none. */
function clientOver(lives: Lives): Client {
  const getHandle = (workflowId: string) => {
    const id = workflowId.slice(subscriptionWorkflowId('').length);
    const found = async <T>(ask: () => Promise<T>): Promise<T> => {
      try {
        return await ask();
      } catch (error) {
        throw error instanceof NoLifeError ? new WorkflowNotFoundError(error.message, workflowId, undefined) : error;
      }
    };
    return {
      signal: (signal: unknown, fact: unknown) =>
        found(() =>
          signal === recordPayment
            ? lives.tellPayment(id, fact as PaymentFact)
            : lives.tellReversal(id, fact as ReversalFact),
        ),
      executeUpdate: (_update: unknown, { args, updateId }: { args: [Request]; updateId: string }) =>
        found(() => lives.request(id, args[0], updateId)),
      query: () => found(() => lives.inspect(id)),
    };
  };
  const withDeadline = (_at: unknown, work: () => Promise<unknown>) => work();
  return { workflow: { getHandle }, withDeadline } as unknown as Client;
}
