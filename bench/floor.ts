/** The least a subscription's year can cost: its two timers, one activity that does nothing, and the next year's run. */
import { continueAsNew, proxyActivities, sleep } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '10 seconds' });

export async function floor(year: number): Promise<void> {
  await sleep('335 days');
  await sleep('23 days');
  await nothing();
  await continueAsNew<typeof floor>(year + 1);
}
