/** Work that a process does again and again beside its requests. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Rounds {
  /** Ends the pause, tells the round under way, and waits for it. */
  stop(): Promise<void>;
}

/** Does one round after the other, never two at once, with a pause in between. A round sees to its own errors. */
export function inRounds(
  { firstMs, everyMs }: { readonly firstMs: number; readonly everyMs: number },
  round: (signal: AbortSignal) => Promise<void>,
): Rounds {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);
    await pause(firstMs);
    while (!signal.aborted) {
      await round(signal);
      await pause(everyMs);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
