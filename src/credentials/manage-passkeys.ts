// Adding, renaming and removing passkeys. Each change stands in one transaction with its record.
import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server';
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import type { PasskeyChallengeStore } from './passkey-challenge-store.ts';
import { CHALLENGE_SECONDS } from './passkey-challenge-store.ts';
import {
  parseCeremony,
  registrationSchema,
  signedChallenge,
  userHandle,
} from './passkey-ceremony.ts';
import type { PasskeyParty } from './passkey-ceremony.ts';
import { isPasswordOver } from './password-policy.ts';
import { MAX_PASSKEYS } from './passkey-store.ts';
import type { NewPasskey, PasskeyStore } from './passkey-store.ts';
import type { PasswordStore } from './password-store.ts';

export interface ManagePasskeysDependencies {
  database: Database;
  passkeys: PasskeyStore;
  passkeyChallenges: PasskeyChallengeStore;
  passkeyParty: PasskeyParty;
  passwords: Pick<PasswordStore, 'find'>;
  keyring: Keyring;
  audit: AuditLog;
  clock: Clock;
}

/** COSE algorithms: ES256, EdDSA, RS256. */
const ALGORITHMS = [-7, -8, -257];
export const MAX_NAME_LENGTH = 40;

interface Own {
  accountId: string;
  address: string;
}

/** For `navigator.credentials.create`. */
export async function beginPasskey(
  deps: ManagePasskeysDependencies,
  of: { account: Account; boundTo: string; productName: string },
) {
  const { account, boundTo, productName } = of;
  const place = { purpose: 'add' as const, boundTo, accountId: account.id };
  const known = await deps.passkeys.list(account.id);
  return generateRegistrationOptions({
    rpName: productName,
    rpID: deps.passkeyParty.id,
    userName: account.login ?? account.id,
    userID: Uint8Array.from(Buffer.from(userHandle(deps.keyring, account.id), 'base64url')),
    challenge: bytesOf(await deps.passkeyChallenges.issue(place)),
    timeout: CHALLENGE_SECONDS * 1000,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: [...transports],
    })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

export type AddPasskeyOutcome =
  | { ok: true; passkeyId: string }
  | { ok: false; reason: 'passkey_refused' | 'passkey_taken' | 'too_many' };

export interface NewPasskeyAttempt extends Own {
  /** The session or interaction that asked for it. */
  boundTo: string;
  name: string;
  /** JSON of what the browser made. */
  response: string;
}

export async function addPasskey(
  deps: ManagePasskeysDependencies,
  given: NewPasskeyAttempt,
): Promise<AddPasskeyOutcome> {
  const { accountId, address, name } = given;
  const made = await verifyRegistration(deps, given);
  if (!made) return { ok: false, reason: 'passkey_refused' };
  const passkey = { ...made, name: cleanName(name), createdAt: deps.clock.now() };
  const event = { type: 'credentials.passkey_added', actor: accountId, address } as const;
  try {
    const passkeyId = await deps.database.transaction(async (session) => {
      const id = await deps.passkeys.add(accountId, passkey, session);
      if (id !== undefined) await deps.audit.record({ ...event, result: 'done' }, session);
      return id;
    });
    return passkeyId === undefined ? { ok: false, reason: 'too_many' } : { ok: true, passkeyId };
  } catch (error) {
    if (isDuplicateKey(error)) return { ok: false, reason: 'passkey_taken' };
    throw error;
  }
}

async function verifyRegistration(
  deps: ManagePasskeysDependencies,
  given: { accountId: string; boundTo: string; response: string },
): Promise<Omit<NewPasskey, 'name'> | undefined> {
  const response = parseCeremony(registrationSchema, given.response);
  const challenge = response && signedChallenge(response.response);
  if (!response || challenge === undefined) return undefined;
  const { accountId, boundTo } = given;
  const place = { purpose: 'add' as const, boundTo, accountId };
  if (!(await deps.passkeyChallenges.use(challenge, place))) return undefined;
  const verified = await verifyRegistrationResponse({
    response: response as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    expectedChallenge: challenge,
    expectedOrigin: deps.passkeyParty.origin,
    expectedRPID: deps.passkeyParty.id,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined);
  if (!verified?.verified) return undefined;
  const { id, publicKey, counter } = verified.registrationInfo.credential;
  return {
    credentialId: id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    transports: response.response.transports ?? [],
    counter,
  };
}

/** False when it is not there any more. */
export async function renamePasskey(
  deps: ManagePasskeysDependencies,
  given: Own & { id: string; name: string },
): Promise<boolean> {
  const { accountId, address, id } = given;
  const event = { type: 'credentials.passkey_renamed', actor: accountId, address } as const;
  return deps.database.transaction(async (session) => {
    const renamed = { id, name: cleanName(given.name) };
    if (!(await deps.passkeys.rename(accountId, renamed, session))) return false;
    await deps.audit.record({ ...event, result: 'done' }, session);
    return true;
  });
}

export type RemovePasskeyOutcome = { ok: true } | { ok: false; reason: 'gone' | 'last_way_in' };

export async function removePasskey(
  deps: ManagePasskeysDependencies,
  given: Own & { id: string },
): Promise<RemovePasskeyOutcome> {
  const { accountId, address, id } = given;
  const event = { type: 'credentials.passkey_removed', actor: accountId, address } as const;
  const password = await deps.passwords.find(accountId);
  const mayBeLast = password !== undefined && !isPasswordOver(password, deps.clock.now());
  const isRemoved = await deps.database.transaction(async (session) => {
    if (!(await deps.passkeys.remove(accountId, { id, mayBeLast }, session))) return false;
    await deps.audit.record({ ...event, result: 'done' }, session);
    return true;
  });
  if (isRemoved) return { ok: true };
  return { ok: false, reason: (await deps.passkeys.has(accountId, id)) ? 'last_way_in' : 'gone' };
}

export function isFull(count: number): boolean {
  return count >= MAX_PASSKEYS;
}

/** One line, without what cannot be seen. */
function cleanName(name: string): string {
  const line = name.normalize('NFKC').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
  return Array.from(line.trim()).slice(0, MAX_NAME_LENGTH).join('');
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'));
}
