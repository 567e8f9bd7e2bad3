import type { Router } from 'express';
import type { Context } from './context.ts';
import { ProblemError } from './problem.ts';
import { resource } from './routing.ts';

/** `/healthz`: this process runs. `/readyz`: what it depends on can be reached, too. Both without a key. */
export function health(router: Router, { db, lives }: Context): void {
  resource(router, '/healthz', {
    get: (_request, response) => void response.json({ status: 'ok' }),
  });
  resource(router, '/readyz', {
    get: async (_request, response) => {
      const [postgres, temporal] = await Promise.all([isUp(() => db.raw('select 1')), lives.isReachable()]);
      const checks = { postgres: said(postgres), temporal: said(temporal) };
      if (postgres && temporal) {
        response.json({ status: 'ready', checks });
        return;
      }
      const missing = [...(postgres ? [] : ['Postgres']), ...(temporal ? [] : ['Temporal'])];
      throw new ProblemError('temporarily_unavailable', {
        detail: {
          it: `Non raggiungibile: ${missing.join(' e ')}.`,
          en: `${missing.join(' and ')} cannot be reached.`,
        },
        extra: { checks },
        headers: { 'Retry-After': '5' },
      });
    },
  });
}

const said = (up: boolean): string => (up ? 'ok' : 'unreachable');

async function isUp(ask: () => PromiseLike<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}
