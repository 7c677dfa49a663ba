// Prepares the key holder of mutual recognition as its administrators do: a first key, the platforms on
// record, and the public key handed to them.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../data-folder.ts';
import { runStep } from '../seed.ts';
import type { SeedDependencies, SeedResult } from '../seed.ts';
import {
  handedOutKeysFile,
  keyHolderEnvironment,
  prepareRecognitionFolder,
  readHandedOutKeys,
  recognitionRecords,
  writePlatformFiles,
} from './recognition-parts.ts';

/** Idempotent. Afterwards the settings of all that take part are there. */
export async function seedKeyHolder(
  deps: Pick<SeedDependencies, 'plan' | 'migrate' | 'prepareKeyHolder'>,
  databaseUri: string,
): Promise<SeedResult> {
  const { plan, migrate, prepareKeyHolder } = deps;
  const { folder, mongodbUri } = plan.settings;
  await prepareRecognitionFolder(plan);
  try {
    await migrate(databaseUri);
  } catch (error) {
    return { ok: false, step: 'migrate', output: String(error) };
  }
  const records = join(folder.seedFolder, 'recognition-platforms.json');
  const text = JSON.stringify({ platforms: recognitionRecords(plan) }, null, 2);
  await writeWhole(records, text);
  const digest = createHash('sha256').update(text).digest('hex');
  const mark = join(folder.databaseFolder, 'seeded-key-holder');
  const isOwnDatabase = mongodbUri === undefined;
  const isSeeded = isOwnDatabase && (await readFile(mark, 'utf8').catch(() => '')) === digest;
  if (!isSeeded || !(await readHandedOutKeys(folder))) {
    const step = [records, handedOutKeysFile(folder)];
    const environment = keyHolderEnvironment(plan, databaseUri);
    const { code, output } = await runStep(prepareKeyHolder, { step }, environment);
    if (code !== 0) return { ok: false, step: 'key holder', output };
    if (isOwnDatabase) await writeWhole(mark, digest);
  }
  const handedOut = await readHandedOutKeys(folder);
  if (!handedOut) return { ok: false, step: 'key holder', output: handedOutKeysFile(folder) };
  await writePlatformFiles(plan, handedOut);
  return { ok: true };
}
