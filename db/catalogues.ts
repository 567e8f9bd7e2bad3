import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../domain/calendar.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import type { Db } from './database.ts';
import { storableValue } from './values.ts';

/** A price list as it was published. Revisions count from 1 and are never changed; the highest one is in force. */
export interface PublishedCatalogue {
  readonly revision: number;
  readonly document: Catalogue;
  /** On the wall's clock. */
  readonly publishedAt: Instant;
  readonly publishedBy: string;
}

/** Answers the price list in force at that moment, however it came to be published: by this process or another. */
export type CatalogueSource = () => Promise<Catalogue>;

interface CatalogueRecord {
  revision: number;
  document: Catalogue;
  published_at: Instant;
  published_by: string;
}

/** Who is said to have published the first revision: the file the first process was started with. */
const FROM_FILE = 'the file at first start';

/**
 * The published price list, read anew at each call: one look for the highest revision, whose document is kept. Where none
 * was published yet, `file` becomes revision 1; of several processes that find none, the first one's file does.
 *
 * @param warn told once, where what is published is not what the file holds: what is published counts.
 */
export function catalogueSource(db: Db, file: Catalogue, warn: (revision: number) => void = () => {}): CatalogueSource {
  let known: PublishedCatalogue | undefined;
  let isCompared = false;
  return async () => {
    const { highest } = (await db('catalogues').max('revision as highest').first()) as { highest: number | null };
    if (known !== undefined && known.revision === highest) return known.document;
    known = await inForce(db, file);
    if (!isCompared && !isDeepStrictEqual(known.document, plainJson(file))) warn(known.revision);
    isCompared = true;
    return known.document;
  };
}

async function inForce(db: Db, file: Catalogue): Promise<PublishedCatalogue> {
  return (await latest(db)) ?? (await insert(db, 1, file, FROM_FILE)) ?? ((await latest(db)) as PublishedCatalogue);
}

/** The price list in force; null before any was published. */
export async function latest(db: Db): Promise<PublishedCatalogue | null> {
  const row = await db<CatalogueRecord>('catalogues').orderBy('revision', 'desc').first();
  return row === undefined ? null : publishedOf(row);
}

/** Publishes a price list over revision `basedOn`; null, and nothing done, where another was published over it meanwhile. */
export async function publish(
  db: Db,
  {
    basedOn,
    document,
    publishedBy,
  }: { readonly basedOn: number; readonly document: Catalogue; readonly publishedBy: string },
): Promise<PublishedCatalogue | null> {
  return insert(db, basedOn + 1, document, publishedBy);
}

async function insert(db: Db, revision: number, document: Catalogue, by: string): Promise<PublishedCatalogue | null> {
  const rows = (await db('catalogues')
    .insert({ revision, document: JSON.stringify(storableValue(document)), published_by: by })
    .onConflict('revision')
    .ignore()
    .returning('*')) as CatalogueRecord[];
  return rows[0] === undefined ? null : publishedOf(rows[0]);
}

function publishedOf(row: CatalogueRecord): PublishedCatalogue {
  const { revision, document, published_at: publishedAt, published_by: publishedBy } = row;
  return { revision, document, publishedAt, publishedBy };
}

function plainJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
