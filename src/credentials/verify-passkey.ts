// A passkey as proof of who is there: possession and, by its user verification, the person. Unknown,
// removed, of a locked or closed account, wrongly signed, used up: one answer. Its budgets are its
// own, so that whoever guesses passwords closes no passkey; they are taken before anything is looked
// at and given back after success.
import { generateKeyPairSync } from 'node:crypto';
import {
  generateAuthenticationOptions,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server';
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { BudgetStore } from './budget-store.ts';
import type { DeviceStore } from './device-store.ts';
import { CHALLENGE_SECONDS } from './passkey-challenge-store.ts';
import type { PasskeyChallengeStore } from './passkey-challenge-store.ts';
import {
  assertionSchema,
  isUserHandle,
  parseCeremony,
  signedChallenge,
} from './passkey-ceremony.ts';
import type { Assertion, PasskeyParty } from './passkey-ceremony.ts';
import type { Passkey, PasskeyStore } from './passkey-store.ts';
import { passkeyBudgets, passkeyDeviceBudget } from './sign-in-budgets.ts';

export interface VerifyPasskeyDependencies {
  accounts: { findById(id: string): Promise<Account | undefined> };
  passkeys: PasskeyStore;
  passkeyChallenges: PasskeyChallengeStore;
  passkeyParty: PasskeyParty;
  budgets: BudgetStore;
  devices: Pick<DeviceStore, 'recognise'>;
  /** Tells the owner that a counter went back: the passkey may have been copied. */
  notices: { passkeyCopied(accountId: string): Promise<void> };
  keyring: Keyring;
  audit: AuditLog;
  clock: Clock;
  limits: Limits['signIn'];
}

export interface PasskeyPlace {
  /** The interaction, account centre session or recovery. */
  boundTo: string;
  /** Whose passkey it has to be; undefined where the passkey says it. */
  accountId: string | undefined;
  /** In a recovery, which is the way back into an account that its owner has frozen. */
  mayBeFrozen?: boolean;
}

export interface PasskeyAttempt extends PasskeyPlace {
  /** JSON of what the browser made. */
  response: string;
  address: string;
  deviceCookie?: string | undefined;
}

export type PasskeyResult =
  | { ok: true; account: Account; passkeyId: string; isKnownDevice: boolean }
  | { ok: false; reason: 'passkey_refused' }
  | { ok: false; reason: 'budget_exhausted'; retryAfterSeconds: number };

type RefusalReason =
  | 'passkey_malformed'
  | 'passkey_challenge_unknown'
  | 'passkey_unknown'
  | 'passkey_of_other'
  | 'passkey_wrong'
  | 'passkey_counter'
  | 'account_locked'
  | 'account_closed';

/** For `navigator.credentials.get`. Without an account nothing is said about any. */
export async function passkeyOptions(
  deps: Pick<VerifyPasskeyDependencies, 'passkeys' | 'passkeyChallenges' | 'passkeyParty'>,
  place: PasskeyPlace,
) {
  const { boundTo, accountId } = place;
  const challenge = await deps.passkeyChallenges.issue({ boundTo, accountId, purpose: 'prove' });
  const own = place.accountId === undefined ? [] : await deps.passkeys.list(place.accountId);
  return generateAuthenticationOptions({
    rpID: deps.passkeyParty.id,
    challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
    timeout: CHALLENGE_SECONDS * 1000,
    userVerification: 'required',
    allowCredentials: own.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: [...transports],
    })),
  });
}

/** Records success where it proves a known account, and every refusal. */
export async function verifyPasskey(
  deps: VerifyPasskeyDependencies,
  attempt: PasskeyAttempt,
): Promise<PasskeyResult> {
  const response = parseCeremony(assertionSchema, attempt.response);
  const found = response && (await deps.passkeys.findByCredentialId(response.id));
  const device = await deps.devices.recognise(attempt.deviceCookie, found?.accountId);
  const own =
    device && (await deps.budgets.reserve([passkeyDeviceBudget(deps.limits, device.budgetId)]));
  const taken = own?.ok
    ? own
    : await deps.budgets.reserve(passkeyBudgets(deps.limits, attempt.address));
  if (!taken.ok)
    return { ok: false, reason: 'budget_exhausted', retryAfterSeconds: taken.retryAfterSeconds };
  const account = found && (await deps.accounts.findById(found.accountId));
  const reason = await refusal(deps, attempt, { response, found, account });
  if (reason === undefined && account && found) {
    await deps.budgets.giveBack(taken.reservations);
    const isKnownDevice = device !== undefined;
    return { ok: true, account, passkeyId: found.passkey.id, isKnownDevice };
  }
  await deps.audit.record({
    type: 'sign_in.refused',
    actor: 'anonymous',
    subject: found?.accountId,
    address: attempt.address,
    result: 'refused',
    reason,
  });
  if (reason === 'passkey_counter' && found) await deps.notices.passkeyCopied(found.accountId);
  return { ok: false, reason: 'passkey_refused' };
}

interface Presented {
  response: Assertion | undefined;
  found: { accountId: string; passkey: Passkey } | undefined;
  account: Account | undefined;
}

/** Undefined when all is right. The steps are the same for all: what is missing has a decoy. */
async function refusal(
  deps: VerifyPasskeyDependencies,
  { boundTo, accountId, mayBeFrozen = false }: PasskeyPlace,
  { response, found, account }: Presented,
): Promise<RefusalReason | undefined> {
  const challenge = response && signedChallenge(response.response);
  if (!response || challenge === undefined) return 'passkey_malformed';
  const place = { purpose: 'prove' as const, boundTo, accountId };
  const isOurs = await deps.passkeyChallenges.use(challenge, place);
  const counter = await signedCounter(deps, { response, challenge, passkey: found?.passkey });
  if (!isOurs) return 'passkey_challenge_unknown';
  if (!found || !account) return 'passkey_unknown';
  if (accountId !== undefined && accountId !== account.id) return 'passkey_of_other';
  if (counter === undefined) return 'passkey_wrong';
  const { userHandle } = response.response;
  // Without a login the handle is what the authenticator says of the account (WebAuthn 7.2 step 6).
  const isHandleDue = accountId === undefined || userHandle !== undefined;
  if (isHandleDue && !isUserHandle(deps.keyring, account.id, userHandle ?? '')) {
    return 'passkey_of_other';
  }
  const isOpen = account.isActive || (mayBeFrozen && account.isFrozen);
  if (!isOpen) return account.state === 'closed' ? 'account_closed' : 'account_locked';
  const use = { counter, at: deps.clock.now() };
  const isForward = await deps.passkeys.noteUse(account.id, found.passkey.id, use);
  if (isForward) return undefined;
  const isThere = await deps.passkeys.has(account.id, found.passkey.id);
  return isThere ? 'passkey_counter' : 'passkey_unknown';
}

/** The counter under a right signature with user verification; undefined for any other. */
async function signedCounter(
  deps: VerifyPasskeyDependencies,
  given: { response: Assertion; challenge: string; passkey: Passkey | undefined },
): Promise<number | undefined> {
  const { response, challenge, passkey } = given;
  const verified = await verifyAuthenticationResponse({
    response: response as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
    expectedChallenge: challenge,
    expectedOrigin: deps.passkeyParty.origin,
    expectedRPID: deps.passkeyParty.id,
    requireUserVerification: true,
    credential: {
      id: response.id,
      publicKey: passkey
        ? Uint8Array.from(Buffer.from(passkey.publicKey, 'base64url'))
        : decoyKey(),
      // Compared in the database, where two at once are told apart.
      counter: 0,
    },
  }).catch(() => undefined);
  return verified?.verified && passkey ? verified.authenticationInfo.newCounter : undefined;
}

/** COSE_Key of a key pair nobody has: {1: 2, 3: -7, -1: 1, -2: x, -3: y} (RFC 9053 7.1.1). */
const decoyKey = (() => {
  let made: Uint8Array<ArrayBuffer> | undefined;
  return () => {
    made ??= makeDecoyKey();
    return made;
  };
})();

function makeDecoyKey(): Uint8Array<ArrayBuffer> {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'jwk',
  });
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]),
  );
}
