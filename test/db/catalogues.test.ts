import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { catalogueSource, latest, publish } from '../../db/catalogues.ts';
import { openDatabase } from '../../db/database.ts';
import type { Catalogue } from '../../domain/catalogue.ts';
import { CATALOGUE, openFresh, type TestDatabase } from './support/life.ts';

let fresh: TestDatabase;
before(async () => {
  fresh = await openFresh();
});
after(() => fresh.close());
beforeEach(async () => {
  await fresh.db.raw(`
    alter table catalogues disable trigger catalogues_append_only;
    truncate catalogues;
    alter table catalogues enable trigger catalogues_append_only;
  `);
});

const other = (notice: string): Catalogue => ({ ...CATALOGUE, notice });

describe('the file a system begins with', () => {
  it('is published as revision 1 when it is first read, and never again', async () => {
    assert.equal(await latest(fresh.db), null);
    assert.deepStrictEqual(await catalogueSource(fresh.db, CATALOGUE)(), CATALOGUE);
    const first = await latest(fresh.db);
    assert.deepStrictEqual([first?.revision, first?.publishedBy], [1, 'the file at first start']);
    assert.ok(Math.abs((first?.publishedAt ?? 0) - Date.now()) < 60_000);
    assert.deepStrictEqual(await catalogueSource(fresh.db, other('another file'))(), CATALOGUE);
    assert.equal((await latest(fresh.db))?.revision, 1);
  });

  it('is published once, by whichever of many processes comes first', async () => {
    const pools = Array.from({ length: 6 }, () => openDatabase(fresh.url));
    const read = await Promise.all(pools.map((db, index) => catalogueSource(db, other(`file ${index}`))()));
    await Promise.all(pools.map((db) => db.destroy()));
    const { document } = (await latest(fresh.db)) ?? {};
    assert.deepStrictEqual(
      read,
      pools.map(() => document),
    );
    assert.equal((await fresh.db('catalogues').select('revision')).length, 1);
  });

  it('is told about, once, where it is not what is published', async () => {
    const told: number[] = [];
    const same = catalogueSource(fresh.db, CATALOGUE, (revision) => told.push(revision));
    await same();
    const differs = catalogueSource(fresh.db, other('edited'), (revision) => told.push(revision));
    await differs();
    await publish(fresh.db, { basedOn: 1, document: other('published'), publishedBy: 'test' });
    await Promise.all([same(), differs()]);
    assert.deepStrictEqual(told, [1]);
  });
});

describe('a published price list', () => {
  it('is what every process reads from then on', async () => {
    const sources = [catalogueSource(fresh.db, CATALOGUE), catalogueSource(fresh.db, CATALOGUE)];
    await Promise.all(sources.map((read) => read()));
    const published = await publish(fresh.db, { basedOn: 1, document: other('second'), publishedBy: 'Anna' });
    assert.deepStrictEqual([published?.revision, published?.publishedBy], [2, 'Anna']);
    const read = await Promise.all(sources.map((source) => source()));
    assert.deepStrictEqual(
      read.map(({ notice }) => notice),
      ['second', 'second'],
    );
  });

  it('is not published over one that came meanwhile', async () => {
    await catalogueSource(fresh.db, CATALOGUE)();
    const tries = ['a', 'b', 'c'].map((notice) =>
      publish(fresh.db, { basedOn: 1, document: other(notice), publishedBy: notice }),
    );
    const published = (await Promise.all(tries)).filter((one) => one !== null);
    assert.equal(published.length, 1);
    assert.deepStrictEqual(await latest(fresh.db), published[0]);
  });

  it('is read back as it was written, in its own order', async () => {
    await catalogueSource(fresh.db, CATALOGUE)();
    assert.equal(JSON.stringify((await latest(fresh.db))?.document), JSON.stringify(CATALOGUE));
  });

  it('stays for ever', async () => {
    await catalogueSource(fresh.db, CATALOGUE)();
    await assert.rejects(fresh.db('catalogues').update({ published_by: 'nobody' }), /append-only/);
    await assert.rejects(fresh.db('catalogues').delete(), /append-only/);
    await assert.rejects(fresh.db('catalogues').truncate(), /append-only/);
  });
});
