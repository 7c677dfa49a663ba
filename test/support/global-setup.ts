// One database server for the whole run, in a folder of its own that is gone afterwards, so that runs
// side by side never meet. MONGODB_URI names another one to use instead.
import mongoose from 'mongoose';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { findMongod } from '../../scripts/mongod.mjs';
import { startEmbeddedMongod } from '../../src/platform/embedded-mongod.ts';
import { quickestFolder } from './quickest-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongodbUri: string;
    /** Undefined when MONGODB_URI is used: then there is no program to start. */
    mongodBinary: string | undefined;
    /** Of all databases of this run. */
    databasePrefix: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const found = await findMongod();
  const prefix = `test_${randomBytes(4).toString('hex')}_`;
  project.provide('databasePrefix', prefix);
  if (found.kind === 'uri') {
    await assertReplicaSet(found.uri);
    project.provide('mongodbUri', found.uri);
    project.provide('mongodBinary', undefined);
    return () => dropDatabases(found.uri, prefix);
  }
  const folder = await mkdtemp(path.join(await quickestFolder(), 'hutong-test-'));
  const database = await startEmbeddedMongod({
    binary: found.path,
    folder,
    // With less it spends a third of its time finding room among the collections of all these databases.
    cacheSizeGigabytes: 1,
    isEphemeral: true,
    isForgetful: true,
  });
  project.provide('mongodbUri', database.uri);
  project.provide('mongodBinary', found.path);
  return async () => {
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** Transactions need one; without it hundreds of tests would fail with words about something else. */
async function assertReplicaSet(uri: string): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri, { serverSelectionTimeoutMS: 5_000 });
  try {
    const { setName, msg } = await client.db('admin').command({ hello: 1 });
    if (setName || msg === 'isdbgrid') return;
    throw new Error('MONGODB_URI names a single server; the tests need a replica set.');
  } finally {
    await client.close();
  }
}

/** Those that files hand on to each other, and what files that were cut off have left. */
async function dropDatabases(uri: string, prefix: string): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    const own = databases.filter(({ name }) => name.startsWith(prefix));
    await Promise.all(own.map(({ name }) => client.db(name).dropDatabase()));
  } finally {
    await client.close();
  }
}
