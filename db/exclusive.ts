import pg from 'pg';
import { addressOf, connectionSettings, type Db } from './database.ts';

/**
 * Does something that nobody else, in any process, may do at the same time under the same name. Null, and nothing done,
 * while somebody else is at it. A process that dies gives the name free. The name is held by a connection made for it,
 * not one of the pool's: however many hold one, the work itself always finds a connection.
 */
export async function exclusively<T>(db: Db, name: string, work: () => Promise<T>): Promise<T | null> {
  const holder = new pg.Client(connectionSettings(addressOf(db)));
  // Losing it gives the name free early; the work goes on, and would meet the same loss itself.
  holder.on('error', () => {});
  await holder.connect();
  try {
    const { rows } = await holder.query<{ taken: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      [name],
    );
    return rows[0]?.taken === true ? await work() : null;
  } finally {
    await holder.end();
  }
}
