import { after, before, describe, it } from 'node:test';
import { World } from '../support/life.ts';
describe('x', () => {
  let world: World;
  before(async () => { world = await World.open(); });
  after(() => world.close());
  for (const mode of ['slow', 'fail-once', 'restart'] as const) it('y ' + mode, async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    const real = world.activitiesWith({});
    let n = 0, bad = 0, ok = 0;
    if (mode === 'slow') await world.restartWorker({ commit: async (i) => { await new Promise(r => setTimeout(r, 50)); return real.commit(i); } });
    if (mode === 'fail-once') await world.restartWorker({ commit: async (i) => { if (n++ % 2 === 0) throw new Error('x'); return real.commit(i); } });
    let stop = false; let queries = 0;
    const q = (async () => { while (!stop) { await life.metadata().catch((e) => console.log('q', e.cause?.message)); queries++; } })();
    const q2 = (async () => { while (!stop) { await life.metadata().catch((e) => console.log('q', e.cause?.message)); queries++; } })();
    for (let i = 0; i < 40; i++) {
      if (mode === 'restart' && i % 5 === 0) await world.restartWorker();
      try { await life.ask({ type: 'ReportUsage', usedBytes: i + 1 }); ok++; } catch (e) { bad++; console.log((e as any).cause?.type, (e as Error).message); }
    }
    stop = true; await q; await q2;
    console.log(mode, { ok, bad, queries });
    await world.restartWorker();
  });
});
