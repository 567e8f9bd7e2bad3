import { after, before, describe, it } from 'node:test';
import { World } from '../support/life.ts';
describe('x', () => {
  let world: World;
  before(async () => { world = await World.open(); });
  after(() => world.close());
  for (const mode of (process.env['MODES'] ?? 'slow').split(',')) it('y ' + mode, async () => {
    const life = await world.begin({ at: '2040-04-02T10:00:00+02:00' });
    const real = world.activitiesWith({});
    let n = 0, bad = 0, ok = 0;
    if (mode === 'slow5') await world.restartWorker({ commit: async (i) => { await new Promise(r => setTimeout(r, 5)); return real.commit(i); } });
    if (mode === 'slow') await world.restartWorker({ commit: async (i) => { await new Promise(r => setTimeout(r, 50)); return real.commit(i); } });
    if (mode === 'fail-once') await world.restartWorker({ commit: async (i) => { if (n++ % 2 === 0) throw new Error('x'); return real.commit(i); } });
    let stop = false; let queries = 0; const T0 = Date.now(); const lim = () => { if (Date.now() - T0 > 15000 && !stop) { stop = true; console.log('queries stop', queries); } };
    const q = (async () => { while (!stop) { lim(); await life.metadata().catch((e) => console.log('q', e.cause?.message)); queries++; } })();
    const q2 = process.env['Q1'] ? 0 : (async () => { while (!stop) { lim(); await life.metadata().catch((e) => console.log('q', e.cause?.message)); queries++; } })();
    for (let i = 0; i < Number(process.env['N'] ?? 40); i++) { const t0 = Date.now();
      if (mode === 'restart' && i % 5 === 0) await world.restartWorker();
      try { await life.ask({ type: 'ReportUsage', usedBytes: i + 1 }); ok++; if (Date.now() - t0 > 2000) console.log('slow', i, Date.now() - t0); } catch (e) { bad++; console.log((e as any).cause?.type, (e as Error).message); }
    }
    stop = true; await q; await q2;
    console.log(mode, { ok, bad, queries });
    await world.restartWorker();
  });
});
