/** Whether workflows and the database tell of the same lives. Asked of each life itself, while it goes on. */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Db } from '../db/database.ts';
import type { Difference, Differences } from '../db/ledgerCheck/differences.ts';
import { findSubscription, listSubscriptionIds } from '../db/subscriptions.ts';
import { hasEnded } from '../domain/subscription.ts';
import { inspect, subscriptionWorkflowId, type Inspection } from '../workflows/contract.ts';

const PAGE = 100;
/** Lives asked at once. */
const TOGETHER = 8;
/** A life in the middle of something is asked again; after so long it hangs. */
const PATIENCE_MS = 10_000;
const ASK_AGAIN_MS = 200;
const ANSWER_TIMEOUT_MS = 5_000;

export interface Temporal {
  /** Overrides the environment's, e.g. in tests. */
  readonly address?: string;
  /** Milliseconds for which a life may be in the middle of something. */
  readonly patienceMs?: number;
}

/** Asks Temporal, as the environment says where it is. */
export async function checkRunningLives(
  db: Db,
  differences: Differences,
  { address, patienceMs = PATIENCE_MS }: Temporal = {},
): Promise<void> {
  const config = loadClientConnectConfig();
  const connection = await Connection.connect({
    ...config.connectionOptions,
    ...(address === undefined ? {} : { address }),
  });
  try {
    const client = new Client({
      connection,
      ...(config.namespace === undefined ? {} : { namespace: config.namespace }),
    });
    for (let after = ''; ;) {
      const ids = await listSubscriptionIds(db, { after, limit: PAGE });
      const last = ids.at(-1);
      if (last === undefined) return;
      const waiting = ids.values();
      // Several hands take from one pile.
      await Promise.all(
        Array.from({ length: TOGETHER }, () => checkEach(waiting, { db, client, differences, patienceMs })),
      );
      after = last;
    }
  } finally {
    await connection.close();
  }
}

interface Asking {
  readonly db: Db;
  readonly client: Client;
  readonly differences: Differences;
  readonly patienceMs: number;
}

async function checkEach(ids: Iterable<string>, { db, client, differences, patienceMs }: Asking): Promise<void> {
  for (const id of ids) {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const found = await differencesOf(id, db, client);
      if (found.length === 0) break;
      if (Date.now() > deadline) {
        for (const difference of found) differences.add(difference);
        break;
      }
      await sleep(ASK_AGAIN_MS);
    }
  }
}

async function differencesOf(id: string, db: Db, client: Client): Promise<readonly Difference[]> {
  const [status, told] = await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => ask(id, client));
  // Read last: what the life had committed when it answered is here.
  const row = await findSubscription(db, id);
  if (row === null) return [];
  const subject = `subscription ${id}`;
  const ended = hasEnded(row.state);
  const isRunning = status === 'RUNNING';
  // What ended long ago, Temporal has forgotten.
  if (ended && !isRunning) return [];
  if (ended || !isRunning)
    return [{ check: 'lives_run', subject, what: 'workflow', expected: ended ? 'ended' : 'RUNNING', found: status }];
  const differs = (what: string, expected: string, found: string | null): Difference[] =>
    expected === found ? [] : [{ check: 'lives_agree', subject, what, expected, found }];
  if (told === null) return differs('answer', 'its state', 'none in time (busy or hung: check again)');
  const sequences = differs('sequence', String(row.sequence), String(told.subscription.sequence));
  const isSame = isDeepStrictEqual(JSON.parse(JSON.stringify(told.subscription)), row.state);
  return [
    ...sequences,
    ...differs('committed through', String(row.sequence), String(told.committedThrough)),
    ...(sequences.length > 0 ? [] : differs('state', 'the stored one', isSame ? 'the stored one' : 'another')),
  ];
}

/** A workflow's status, and where it runs what it says of itself; null where it does not answer. */
async function ask(id: string, client: Client): Promise<[status: string | null, told: Inspection | null]> {
  const handle = client.workflow.getHandle(subscriptionWorkflowId(id));
  try {
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') return [status.name, null];
    return [status.name, await handle.query(inspect).catch(() => null)];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [null, null];
    throw error;
  }
}
