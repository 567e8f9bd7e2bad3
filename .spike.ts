import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { ensureSearchAttributes } from './activities/searchAttributes.ts';
import { DEFAULT_SETTINGS } from './domain/subscription.ts';
import { inspect } from './workflows/contract.ts';
const address = process.env.RINNOVO_TEST_TEMPORAL_ADDRESS!;
const connection = await Connection.connect({ address });
const client = new Client({ connection });
console.log(await ensureSearchAttributes(connection, 'default'));
const native = await NativeConnection.connect({ address });
const worker = await Worker.create({ connection: native, taskQueue: 'spike', workflowBundle: { codePath: process.env.RINNOVO_TEST_WORKFLOW_BUNDLE! }, activities: {} });
const run = worker.run();
const target = Date.UTC(2040, 2, 1, 9);
const h = await client.workflow.start('subscription', { workflowId: 's' + Date.now(), taskQueue: 'spike', startDelay: target - Date.now(), args: [{ kind: 'start', subscriptionId: 'x', customerRef: 'c', product: 'fe', splitPayment: false, settings: DEFAULT_SETTINGS }] });
const t0 = performance.now();
const d0 = await h.describe();
console.log(d0.raw.workflowExtendedInfo?.timeSkippingInfo, d0.startTime);
const seconds = Math.ceil((target - Date.now()) / 1000);
const r = await client.workflowService.updateWorkflowExecutionOptions({ namespace: 'default', workflowExecution: { workflowId: h.workflowId }, updateMask: { paths: ['time_skipping_config'] }, workflowExecutionOptions: { timeSkippingConfig: { enabled: true, fastForwardConfig: { id: 'a', duration: { seconds } } } } });
const p = await client.workflowService.pollWorkflowExecutionTimeSkipping({ namespace: 'default', workflowExecution: { workflowId: h.workflowId }, fastForwardId: 'a' });
console.log(JSON.stringify(p), performance.now() - t0);
for (let i = 0; i < 10; i++) {
  await new Promise((r) => setTimeout(r, 100));
  const d = await h.describe();
  const t = d.raw.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
  console.log(d.status.name, t && new Date(Number(t.seconds) * 1000).toISOString(), d.historyLength);
}
console.log((await h.fetchHistory()).events?.map((e) => [String(e.eventId), e.eventType, new Date(Number(e.eventTime!.seconds) * 1000).toISOString()].join(' ')));
try { console.log(await Promise.race([h.query(inspect), new Promise(r => setTimeout(r, 2000, 'timeout'))])); } catch (e) { console.log(e); }
worker.shutdown(); await run; await native.close(); await connection.close();
