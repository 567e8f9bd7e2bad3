import type { Db } from './database.ts';

/**
 * Does something that nobody else, in any process, may do at the same time under the same name. Null, and nothing done,
 * while somebody else is at it. A process that dies gives the name free. Needs a connection of its own for as long.
 */
export async function exclusively<T>(db: Db, name: string, work: () => Promise<T>): Promise<T | null> {
  const connection: unknown = await db.client.acquireConnection();
  try {
    const taken: { rows: { taken: boolean }[] } = await db
      .raw('select pg_try_advisory_lock(hashtextextended(?, 0)) as taken', [name])
      .connection(connection);
    if (taken.rows[0]?.taken !== true) return null;
    try {
      return await work();
    } finally {
      await db.raw('select pg_advisory_unlock(hashtextextended(?, 0))', [name]).connection(connection);
    }
  } finally {
    await db.client.releaseConnection(connection);
  }
}
