// One database server for the whole run, in a folder of its own that is gone afterwards, so that runs
// side by side never meet. MONGODB_URI names another one to use instead.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { findMongod } from '../../scripts/mongod.mjs';
import { startEmbeddedMongod } from '../../src/platform/embedded-mongod.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongodbUri: string;
    /** Undefined when MONGODB_URI is used: then there is no program to start. */
    mongodBinary: string | undefined;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const found = await findMongod();
  if (found.kind === 'uri') {
    project.provide('mongodbUri', found.uri);
    project.provide('mongodBinary', undefined);
    return async () => undefined;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'hutong-test-'));
  const database = await startEmbeddedMongod({ binary: found.path, folder, isEphemeral: true });
  project.provide('mongodbUri', database.uri);
  project.provide('mongodBinary', found.path);
  return async () => {
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
