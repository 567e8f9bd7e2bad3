import { DefaultLogger, Runtime } from '@temporalio/worker';

let isInstalled = false;

/** The SDK's runtime, of which a process has one, saying errors only. To be called before anything else of the SDK's. */
export function quietRuntime(): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}
