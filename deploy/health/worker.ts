/**
 * The health check of a worker container: ends with 0 when Temporal has lately been asked for work from this host. A
 * worker has no port to be asked on, and this also tells that it reaches Temporal.
 */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { TASK_QUEUE } from '../../workflows/contract.ts';

const TIMEOUT_MS = 8_000;
const WORKFLOW_TASKS = 1;

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect({ ...connectionOptions, connectTimeout: TIMEOUT_MS });
try {
  const pollers = await connection.withDeadline(Date.now() + TIMEOUT_MS, async () => {
    const taskQueue = { name: TASK_QUEUE };
    const queue = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue,
      taskQueueType: WORKFLOW_TASKS,
    });
    return (queue.pollers ?? []).map(({ identity }) => identity ?? '');
  });
  // The SDK calls itself <process>@<host>, and Temporal forgets who has not asked for some minutes.
  if (!pollers.some((identity) => identity.endsWith(`@${hostname()}`))) {
    console.error(`Nobody polls ${TASK_QUEUE} from ${hostname()}. Others: ${pollers.join(', ') || 'none'}`);
    process.exitCode = 1;
  }
} finally {
  await connection.close();
}
