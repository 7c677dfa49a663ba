// Brings the database's indexes and documents up to this release. In the supervisor's own process
// and loaded while the database starts: a process of its own would cost every start a second.
import { allMigrations } from '../migrations.ts';
import { migrate } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import { systemRandom } from '../platform/random.ts';

export async function migrateDatabase(uri: string): Promise<void> {
  const database = await connectDatabase({ uri });
  try {
    await migrate(database, allMigrations, systemRandom.id());
  } finally {
    await database.close();
  }
}
