// What tests of mutual recognition start from: the key holder as a process of its own, and platforms with
// their keys, put on record by the operator's command.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compactDecrypt, createRemoteJWKSet, importJWK, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import type { RecognitionConfig } from '../../src/platform/recognition-config.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { PinnedKey } from '../../src/mutual-recognition/platform/index-computer.ts';
import { makePlatformKeys } from '../../src/mutual-recognition/platform/make-platform-keys.ts';
import { signRequest } from '../../src/mutual-recognition/signed-request.ts';
import { AppProcess } from './app-process.ts';
import { freePorts } from './city-node.ts';
import { runHutongHere } from './command-here.ts';
import { MASTER_KEY } from './storage.ts';

const MAIN = fileURLToPath(
  new URL('../../src/mutual-recognition/key-holder/main.ts', import.meta.url),
);

export interface TestPlatform {
  id: string;
  issuer: string;
  signing: JWK;
  decryption: JWK;
  /** As in the file of `hutong recognition platforms import`. */
  record: Readonly<Record<string, unknown>>;
}

export async function makePlatform(
  id: string,
  more: { issuer?: string; quotas?: object } = {},
): Promise<TestPlatform> {
  const { signingKey, decryptionKey, jwks } = await makePlatformKeys({ id, kid: 'test' });
  const { issuer = `https://id.${id}.example`, quotas } = more;
  const names = { 'zh-CN': `${id} 市`, en: `City of ${id}` };
  const record = { id, names, issuer, jwks, ...(quotas ? { quotas } : {}) };
  return { id, issuer, signing: signingKey, decryption: decryptionKey, record };
}

export interface ServiceAnswer {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

/** One signed request; `with` changes what is signed or sent. */
export async function ask(
  service: string,
  platform: Pick<TestPlatform, 'id' | 'signing'>,
  request: {
    path: string;
    body: unknown;
    token?: string;
    audience?: string;
    sent?: string;
    clock?: Clock;
  },
): Promise<ServiceAnswer> {
  const body = JSON.stringify(request.body);
  const token =
    request.token ??
    (await signedToken(platform, { ...request, body, audience: request.audience ?? service }));
  const response = await fetch(new URL(request.path, service), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: request.sent ?? body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

export function signedToken(
  { id, signing }: Pick<TestPlatform, 'id' | 'signing'>,
  { clock = systemClock, ...of }: { path: string; body: string; audience: string; clock?: Clock },
): Promise<string> {
  const signer = { platformId: id, key: signing, clock, random: systemRandom };
  return signRequest(signer, { method: 'POST', ...of });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface KeyHolderProcess {
  address: string;
  /** Of its operators. */
  operations: string;
  environment: Readonly<Record<string, string>>;
  /** An operator's command on its database. */
  command(...args: readonly string[]): ReturnType<typeof runHutongHere>;
  stop(): Promise<unknown>;
}

export async function startKeyHolder(
  mongodbUri: string,
  platforms: readonly TestPlatform[],
): Promise<KeyHolderProcess> {
  const [port = 0, operationsPort = 0] = await freePorts(2);
  const operations = `http://127.0.0.1:${operationsPort}`;
  const address = `http://localhost:${port}`;
  const environment = {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: address,
    HUTONG_PORT: String(port),
    HUTONG_OPERATIONS_PORT: String(operationsPort),
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: mongodbUri,
  };
  await importPlatforms(environment, platforms);
  const child = new AppProcess(environment, MAIN);
  await child.says('listening');
  return {
    address,
    operations,
    environment,
    command: (...args) => runHutongHere(args, environment),
    stop: () => child.stop(),
  };
}

/** By the operator's command of a key holder; at a hub past its two officers. */
export async function importPlatforms(
  environment: Readonly<Record<string, string>>,
  platforms: readonly TestPlatform[],
): Promise<void> {
  const file = path.join(tmpdir(), `hutong-platforms-${systemRandom.id()}.json`);
  await writeFile(file, JSON.stringify({ platforms: platforms.map(({ record }) => record) }));
  const args = ['recognition-key', 'platforms', 'import', file];
  const { code, err } = await runHutongHere(args, environment);
  await rm(file);
  if (code !== 0) throw new Error(err);
}

/** The settings that make a city node the hub; the file is removed by the caller. */
export async function hubSettings(
  config: object = {},
): Promise<{ HUTONG_RECOGNITION_HUB: string }> {
  const file = path.join(tmpdir(), `hutong-hub-${systemRandom.id()}.json`);
  await writeFile(file, JSON.stringify(config));
  return { HUTONG_RECOGNITION_HUB: file };
}

/** Opened and verified as a platform does it. */
export async function openAnswer(
  text: string,
  to: Pick<TestPlatform, 'id' | 'decryption'>,
  hub: string,
): Promise<{ answers: { trace_id: string; home?: { id: string; issuer: string } }[] }> {
  const { plaintext } = await compactDecrypt(text, await importJWK(to.decryption, 'ECDH-ES'));
  const keys = createRemoteJWKSet(new URL('/oauth2/jwks', hub));
  const expected = { issuer: hub, audience: to.id };
  const { payload } = await jwtVerify(Buffer.from(plaintext).toString('utf8'), keys, expected);
  return payload as unknown as Awaited<ReturnType<typeof openAnswer>>;
}

/** As in the file HUTONG_RECOGNITION of a platform, with the key holder's keys of now pinned. */
export async function platformSettings(
  platform: TestPlatform,
  of: { hub: string; keyHolder: string; keys?: readonly PinnedKey[] },
): Promise<RecognitionConfig> {
  const { hub, keyHolder, keys = await publishedKeys(keyHolder) } = of;
  const { signing: signingKey, decryption: decryptionKey } = platform;
  const own = { platformId: platform.id, hub, keyHolder, keys: [...keys] };
  return { ...own, signingKey, decryptionKey } as RecognitionConfig;
}

export async function publishedKeys(keyHolder: string): Promise<PinnedKey[]> {
  const response = await fetch(new URL('/recognition-key/keys', keyHolder));
  const { keys } = (await response.json()) as { keys: { epoch: number; public_key: string }[] };
  return keys.map(({ epoch, public_key: publicKey }) => ({ epoch, publicKey }));
}
