// A fresh database for one test file on the run's shared server; dropped when the file is done. Files
// that need all migrations and change none take one from migrated-database.ts.
import mongoose from 'mongoose';
import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';

export type TestDatabase = { name: string; uri: string };

/** Call it at the top of a test file or a `describe`, not inside a test. */
export function testDatabase(): TestDatabase {
  const own = freshDatabase();
  // Hooks run in reverse order: what the file sets up later has ended by the time this drops.
  afterAll(() => dropDatabase(own.uri));
  return own;
}

export function freshDatabase(): TestDatabase {
  const name = `${inject('databasePrefix')}${randomBytes(8).toString('hex')}`;
  return { name, uri: withDatabase(inject('mongodbUri'), name) };
}

/** `new URL` cannot hold the host lists of replica sets. */
function withDatabase(uri: string, name: string): string {
  const parts = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri);
  if (parts === null) throw new Error('MONGODB_URI is not a MongoDB connection string');
  return `${parts[1]}/${name}${parts[2] ?? ''}`;
}

export async function dropDatabase(uri: string): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    await client.db().dropDatabase();
  } finally {
    await client.close();
  }
}
