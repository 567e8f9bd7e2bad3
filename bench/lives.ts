/** The lives that are measured, led over the public API; each says when it did not do what it claims. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client as Temporal } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Json } from '../local/demo/client.ts';
import { costOf, kindOf, type Cost, type History } from './counting.ts';
import type { System } from './system.ts';

const PATIENCE_MS = 30_000;
const POLL_MS = 50;

/** The floor's workflow type, its one workflow, and their queue. */
const FLOOR = 'floor';

/** One run of the floor, from continue-as-new to continue-as-new. */
export async function floor({ temporal, temporalAddress }: System): Promise<Cost> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const connection = await NativeConnection.connect({ address: temporalAddress });
  try {
    const worker = await Worker.create({
      connection,
      taskQueue: FLOOR,
      workflowsPath: fileURLToPath(new URL('floor.ts', import.meta.url)),
      activities: { nothing: () => Promise.resolve() },
    });
    return await worker.runUntil(() => floorYear(temporal));
  } finally {
    await connection.close();
  }
}

async function floorYear(temporal: Temporal): Promise<Cost> {
  await temporal.workflow.start(FLOOR, { workflowId: FLOOR, taskQueue: FLOOR, args: [1] });
  await passYears(temporal, FLOOR, 3);
  const runs = () => runsOf(temporal, FLOOR);
  const [, year] = await eventually('two years of the floor', runs, ({ length }) => length > 2);
  const claims = { timerStarted: 2, activityTaskScheduled: 1, workflowExecutionContinuedAsNew: 1 };
  return costOf(claimed('the floor', year, claims));
}

/** A year in which auto-renewal is announced and charged, and nothing else happens. */
export async function uneventfulYear(system: System): Promise<Cost> {
  const life = await begin(system, { type: 'card', token: 'tok_approved' });
  await advance(system, life, 'P3Y');
  await claimEvents(system, life, { ChargeSucceeded: 4, ChargeDeclined: 0, ServiceExtended: 3 });
  const [, second, third] = await runsOf(system.temporal, workflowOf(life));
  const costs = [second, third].map((run) =>
    costOf(claimed('an uneventful year', run, { workflowExecutionContinuedAsNew: 1 })),
  );
  if (costs[0]?.events !== costs[1]?.events) throw new Error('Two uneventful years do not cost the same.');
  return costs[0] as Cost;
}

/** A first order, the transfer that pays it, and the activation. */
export async function paidByTransfer(system: System): Promise<Cost> {
  const life = await begin(system, { type: 'bank_transfer' });
  await claimEvents(system, life, { PaymentApplied: 1, OrderCompleted: 1, Activated: 1 });
  const [run] = await runsOf(system.temporal, workflowOf(life));
  return costOf(
    claimed('an order paid by transfer', run, { workflowExecutionSignaled: 1, workflowExecutionContinuedAsNew: 0 }),
  );
}

/** A year whose renewal is declined on day -7 and charged on day -5. */
export async function declinedThenPaid(system: System): Promise<Cost> {
  const life = await begin(system, { type: 'card', token: 'tok_approved' });
  await system.api.put(`/v1/subscriptions/${life}/payment-method`, { type: 'card', token: 'tok_declined_once' });
  await advance(system, life, 'P2Y');
  await claimEvents(system, life, { ChargeSucceeded: 3, ChargeDeclined: 2, ServiceExtended: 2 });
  const [, second] = await runsOf(system.temporal, workflowOf(life));
  return costOf(
    claimed('a declined renewal', second, { workflowExecutionContinuedAsNew: 1, activityTaskScheduled: 2 }),
  );
}

const TERMS = { terms: true, unfairTerms: true, privacy: true };
let customers = 0;

/** A service that is active; answers its subscription's id. */
async function begin({ api }: System, paymentMethod: Json): Promise<string> {
  customers += 1;
  const customer = await api.post('/v1/customers', {
    companyName: 'Officine Bianchi S.r.l.',
    address: { street: 'Via Garibaldi 12', postalCode: '52100', city: 'Arezzo', province: 'AR' },
    vatNumber: vatNumber(customers),
    phone: '+39 0575 000000',
    email: 'officine@example.com',
  });
  const wanted = { type: 'first_purchase', customerId: customer['id'], product: 'fe', years: 1 };
  const order = await api.post('/v1/orders', { ...wanted, paymentMethod, acceptedTerms: TERMS });
  const life = String(order['subscriptionId']);
  const view = () => api.get(`/v1/subscriptions/${life}`);
  if (paymentMethod['type'] === 'bank_transfer') {
    await api.post('/v1/payments', {
      orderNumber: order['number'],
      amount: order['due'],
      method: 'bank_transfer',
      registeredOn: String((await view())['asOf']).slice(0, 10),
      externalId: randomUUID(),
    });
  }
  await eventually('the activation', view, ({ status }) => status === 'active');
  return life;
}

/** Seven digits, an office that exists, and the check digit. */
function vatNumber(serial: number): string {
  const digits = `${1_000_000 + serial}058`;
  const sum = digits.split('').reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

async function advance({ api }: System, life: string, by: string): Promise<void> {
  await api.post(`/v1/subscriptions/${life}/clock/advance`, { by });
}

async function claimEvents({ api }: System, life: string, counts: Readonly<Record<string, number>>): Promise<void> {
  const { events } = await api.get(`/v1/subscriptions/${life}/timeline?limit=500`);
  const types = (events as readonly Json[]).map(({ type }) => type);
  check(`subscription ${life}`, types, counts);
}

/** The run, if it holds so many events of each kind as it has to. */
function claimed(what: string, run: History | undefined, counts: Readonly<Record<string, number>>): History {
  if (run === undefined) throw new Error(`There is no run of ${what}.`);
  check(what, (run.events ?? []).map(kindOf), counts);
  return run;
}

function check(what: string, kinds: readonly unknown[], counts: Readonly<Record<string, number>>): void {
  for (const [kind, count] of Object.entries(counts)) {
    const found = kinds.filter((other) => other === kind).length;
    if (found !== count) throw new Error(`${what}: ${found} times ${kind}, not ${count}: ${kinds.join(' ')}`);
  }
}

function workflowOf(life: string): string {
  return `subscription-${life}`;
}

/** The histories of a life's runs, first to last. */
async function runsOf({ workflow }: Temporal, workflowId: string): Promise<History[]> {
  const { raw } = await workflow.getHandle(workflowId).describe();
  const runs: History[] = [];
  for (let runId = raw.workflowExecutionInfo?.firstRunId; runId;) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push(history);
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

const YEAR_MS = 366 * 86_400_000;

async function passYears({ workflowService }: Temporal, workflowId: string, years: number): Promise<void> {
  const id = randomUUID();
  const duration = msToTs(years * YEAR_MS);
  await workflowService.updateWorkflowExecutionOptions({
    namespace: 'default',
    workflowExecution: { workflowId },
    workflowExecutionOptions: { timeSkippingConfig: { enabled: true, fastForwardConfig: { id, duration } } },
    updateMask: { paths: ['time_skipping_config'] },
  });
}

async function eventually<T>(what: string, ask: () => Promise<T>, willDo: (answer: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    const answer = await ask();
    if (willDo(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain for ${what}.`);
  }
}
