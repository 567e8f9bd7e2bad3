import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Instant } from '../domain/calendar.ts';
import { now, reach } from './clock.ts';

/** The one timer of a life. It is kept while its instant stays the same: each timer started is an event and costs. */
export class Alarm {
  #at: Instant | null = null;
  #scope: CancellationScope | undefined;

  /** Sets it to an instant, with what it waits for in words, or to none; or leaves it as it is. */
  set(at: Instant | null, summary: string): void {
    if (at === this.#at) return;
    this.#scope?.cancel();
    this.#scope = undefined;
    this.#at = at;
    if (at === null) return;
    const scope = new CancellationScope();
    this.#scope = scope;
    scope
      .run(() => waitUntil(at, summary))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }
}

async function waitUntil(at: Instant, summary: string): Promise<void> {
  if (now() < at) await sleep(at - now(), { summary });
  reach(at);
}
