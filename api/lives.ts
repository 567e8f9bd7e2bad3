/** Reading a life, and asking something of it, wherever it is: running, silent, or over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { findHolder, type Holder } from '../db/holders.ts';
import { nameOf } from '../db/party.ts';
import { findMethod } from '../db/paymentMethods.ts';
import { findSubscription, type SubscriptionRow } from '../db/subscriptions.ts';
import type { Instant } from '../domain/calendar.ts';
import type { Request } from '../domain/commands.ts';
import { decide, isOver } from '../domain/decide.ts';
import { RefusedError } from '../domain/errors.ts';
import type { Subscription } from '../domain/subscription.ts';
import { customerView } from '../domain/view.ts';
import type { Context } from './context.ts';
import { instantText } from './present.ts';
import { subscriptionUnknown, unavailable } from './problem.ts';
import { NoLifeError, UnreachableError } from './workflows.ts';

/** A subscription as it is known at this moment. */
export interface Life {
  readonly subscription: Subscription;
  readonly username: string | null;
  /** The life's own clock: the wall's, or years ahead of it in the sandbox. */
  readonly now: Instant;
  /** `workflow`: up to date. `read_model`: as of the last commit, because nobody else answers or the life is over. */
  readonly source: 'workflow' | 'read_model';
  readonly asOf: Instant;
}

/** Asks the workflow first, and falls back on what was last committed. 404 only for what never was. */
export async function readLife(context: Context, id: string): Promise<Life> {
  const row = await findSubscription(context.db, id);
  if (row !== null && isOver(row.state)) return fromReadModel(context, row);
  try {
    const [subscription, now] = await Promise.all([writtenDown(context, id), clockOf(context, id)]);
    const current = row?.sequence === subscription.sequence ? row : await findSubscription(context.db, id);
    return { subscription, username: current?.username ?? null, now, source: 'workflow', asOf: now };
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof NoLifeError)) throw error;
    if (row !== null) return fromReadModel(context, row);
    if (error instanceof NoLifeError) throw subscriptionUnknown();
    throw unavailable('The subscription', error);
  }
}

const WRITING_MS = 500;
const PAUSE_MS = 10;

/** What the workflow knows, as soon as all of it is in Postgres too: who sees an event here finds it in the timeline. */
async function writtenDown({ lives }: Context, id: string): Promise<Subscription> {
  const goOnAt = performance.now() + WRITING_MS;
  for (;;) {
    const { subscription, committedThrough } = await lives.inspect(id);
    if (committedThrough >= subscription.sequence || performance.now() > goOnAt) return subscription;
    await sleep(PAUSE_MS);
  }
}

function fromReadModel(context: Context, { state, username, updatedAt }: SubscriptionRow): Life {
  // A life whose clock was moved may be ahead of the wall even where nobody can say by how much.
  const now = Math.max(context.now(), updatedAt) as Instant;
  return { subscription: state, username, now, source: 'read_model', asOf: updatedAt };
}

/** The life's own clock, exactly. Throws where a moved one cannot be asked. */
export async function clockOf({ lives, sandbox, now }: Context, id: string): Promise<Instant> {
  return (sandbox ? await lives.movedClock(id) : null) ?? now();
}

/**
 * Asks a running life for something; refusals are thrown as RefusedError. A life that is over refuses by its last
 * state, so that what ended answers with its end and only what never was is unknown.
 */
export async function submit(context: Context, id: string, request: Request, updateId?: string): Promise<void> {
  try {
    await context.lives.request(id, request, updateId);
  } catch (error) {
    if (error instanceof UnreachableError) throw unavailable('The subscription', error);
    if (!(error instanceof NoLifeError)) throw error;
    const row = await findSubscription(context.db, id);
    if (row === null) throw subscriptionUnknown();
    const decision = decide(row.state, request, Math.max(context.now(), row.updatedAt) as Instant);
    if (isOver(row.state) && !decision.accepted) throw new RefusedError(decision.refusal);
    throw unavailable('The subscription', error);
  }
}

/** Whom a service is for, as far as its card says. */
function presentHolderBriefly(holder: Holder): Record<string, unknown> {
  const { taxCode, vatNumber, publicAdministration } = holder;
  return { name: nameOf(holder), taxCode: taxCode ?? null, vatNumber: vatNumber ?? null, publicAdministration };
}

/** The subscription as the customer area shows it. */
export async function presentLife(context: Context, id: string): Promise<Record<string, unknown>> {
  const life = await readLife(context, id);
  const { method } = life.subscription;
  const stored = method === null ? null : await findMethod(context.db, method.methodId);
  const holder = await findHolder(context.db, id);
  const view = customerView(life.subscription, {
    now: life.now,
    username: life.username,
    method: stored,
  });
  const deadline = view.nextDeadline;
  return {
    ...view,
    customerId: life.subscription.customerRef,
    holder: holder === null ? null : presentHolderBriefly(holder),
    nextDeadline: deadline === null ? null : { kind: deadline.kind, at: instantText(deadline.at) },
    source: life.source,
    asOf: instantText(life.asOf),
  };
}
