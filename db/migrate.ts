/** The one-shot process that brings a database to the newest schema: `DATABASE_URL=… node db/migrate.ts`. */
import { openDatabase } from './database.ts';
import { migrateUp } from './migrations.ts';

const url = process.env['DATABASE_URL'];
if (!url) {
  console.error(
    'DATABASE_URL is not set: the address of the database to migrate, postgres://user:password@host:port/name.',
  );
  process.exit(2);
}
const db = openDatabase(url, { poolSize: 1 });
try {
  const names = await migrateUp(db);
  console.log(names.length === 0 ? 'The schema is up to date.' : `Migrated: ${names.join(', ')}.`);
} catch (error) {
  console.error(`Migration failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
