// Mutual recognition in the demonstration: the key holder as a process with a folder and a database of its
// own, the province as hub, both cities as platforms, and what each is told of the others.
import { createECDH } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { z } from 'zod';
import { partEnvironment } from '../city-parts.ts';
import type { CityPlan } from '../city-parts.ts';
import { readJson, writeWhole } from '../data-folder.ts';
import type { DataFolder } from '../data-folder.ts';
import type { PartDescription } from '../part-process.ts';
import { sampleStranger } from './platform-accounts.ts';
import { platformAddresses } from './platform-parts.ts';
import { derivedSecret, platformNames } from './platforms.ts';

const recognitionPlatforms = ['city', 'neighbour'] as const;
type RecognitionPlatformKey = (typeof recognitionPlatforms)[number];

const pinnedSchema = z.object({
  keys: z.array(z.object({ epoch: z.int(), publicKey: z.string() })).min(1),
});
type PinnedKeys = z.output<typeof pinnedSchema>;

export function keyHolderAddress({ keyHolder }: CityPlan['settings']['ports']): string {
  return `http://localhost:${keyHolder}`;
}

function isPlatform(key: string): key is RecognitionPlatformKey {
  return recognitionPlatforms.some((each) => each === key);
}

function keyHolderFolder({ root }: DataFolder): string {
  return join(root, 'key-holder');
}

/** What its administrators give the platforms on a way of their own. */
export function handedOutKeysFile(folder: DataFolder): string {
  return join(keyHolderFolder(folder), 'public-keys.json');
}

function hubFile({ root }: DataFolder): string {
  return join(root, 'recognition-hub.json');
}

function platformFile({ root }: DataFolder, key: RecognitionPlatformKey): string {
  return join(root, `recognition-${key}.json`);
}

/** As hub and key holder have the platforms on record. */
export function recognitionRecords({ settings, secrets }: CityPlan) {
  const at = platformAddresses(settings);
  return recognitionPlatforms.map((id) => {
    const { signing, decryption } = platformKeys(secrets.masterKey, id);
    const keys = [signing, decryption].map(({ d: _private, ...jwk }) => jwk);
    return { id, names: platformNames[id], issuer: at[id], jwks: { keys } };
  });
}

export function describeKeyHolder(plan: CityPlan, databaseUri: string): PartDescription {
  return {
    name: 'key-holder',
    entry: 'src/mutual-recognition/key-holder/main.ts',
    environment: keyHolderEnvironment(plan, databaseUri),
  };
}

/** It calls nobody. */
export function keyHolderEnvironment(
  { settings, secrets }: CityPlan,
  databaseUri: string,
): NodeJS.ProcessEnv {
  const { ports, folder, environment } = settings;
  return {
    ...partEnvironment(settings),
    HUTONG_MODE: 'demonstration',
    HUTONG_PORT: String(ports.keyHolder),
    HUTONG_OPERATIONS_PORT: 'off',
    HUTONG_MASTER_KEY: derivedSecret(secrets.masterKey, 'key holder master key'),
    HUTONG_AUDIT_ANCHOR: `file:${join(keyHolderFolder(folder), 'audit-anchor.jsonl')}`,
    HUTONG_LOG_LEVEL: environment['HUTONG_LOG_LEVEL'],
    MONGODB_URI: databaseUri,
  };
}

/** The node of a platform, or of the hub, with its part in mutual recognition; the files are there by then. */
export function takingPart(
  { settings: { folder, hasNeighbours } }: CityPlan,
  key: 'city' | 'province' | 'neighbour',
  part: PartDescription,
): PartDescription {
  if (!hasNeighbours) return part;
  const own = isPlatform(key)
    ? { HUTONG_RECOGNITION: platformFile(folder, key) }
    : { HUTONG_RECOGNITION_HUB: hubFile(folder) };
  return { ...part, environment: { ...part.environment, ...own } };
}

/** For `demo.json`: whose number to type, and what commands on the running city need. */
export function describeRecognition({ settings: { folder, ports } }: CityPlan) {
  const { login, certificateNumber } = sampleStranger;
  return {
    keyHolder: keyHolderAddress(ports),
    sample: { login, certificateNumber },
    settings: platformFile(folder, 'city'),
  };
}

/** Undefined before the key holder has been set up. */
export async function readHandedOutKeys(folder: DataFolder): Promise<PinnedKeys | undefined> {
  return pinnedSchema.safeParse(await readJson(handedOutKeysFile(folder))).data;
}

export async function prepareRecognitionFolder({ settings }: CityPlan): Promise<void> {
  await mkdir(keyHolderFolder(settings.folder), { recursive: true, mode: 0o700 });
  await writeWhole(hubFile(settings.folder), '{}\n');
}

/** The settings of the platforms, with the keys that they were handed. */
export async function writePlatformFiles(
  { settings, secrets }: CityPlan,
  { keys }: PinnedKeys,
): Promise<void> {
  const hub = platformAddresses(settings).province;
  const keyHolder = keyHolderAddress(settings.ports);
  for (const platformId of recognitionPlatforms) {
    const { signing: signingKey, decryption: decryptionKey } = platformKeys(
      secrets.masterKey,
      platformId,
    );
    const own = { platformId, hub, keyHolder, keys, signingKey, decryptionKey };
    await writeWhole(platformFile(settings.folder, platformId), JSON.stringify(own));
  }
}

interface PlatformKeys {
  signing: JWK;
  decryption: JWK;
}

/** Made of the master key: a folder that is older than this needs nothing new. */
function platformKeys(masterKey: string, id: RecognitionPlatformKey): PlatformKeys {
  return {
    signing: { ...p256Key(masterKey, `${id} signing`), use: 'sig', alg: 'ES256', kid: `${id}-sig` },
    decryption: {
      ...p256Key(masterKey, `${id} decryption`),
      use: 'enc',
      alg: 'ECDH-ES',
      kid: `${id}-enc`,
    },
  };
}

/** 256 bits are a key of the curve but for one in 2^32. */
function p256Key(masterKey: string, label: string): JWK {
  const d = derivedSecret(masterKey, `recognition ${label}`);
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(d, 'base64url');
  const point = pair.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((each) =>
    each.toString('base64url'),
  );
  return { kty: 'EC', crv: 'P-256', x, y, d } as JWK;
}
