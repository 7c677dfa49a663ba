// The proof by a network identity 网证 from the person's choice to the level: begun here, done at the
// service, taken up again when the person comes back. The account may have no number at all.
import type { Account, RealNameLevel } from '../accounts/account.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { canonicalName } from './canonical-name.ts';
import type { NetworkRequest, NetworkRequestStore } from './face-request-store.ts';
import type { NetworkIdentity, NetworkIdentityService } from './network-identity.ts';
import type { IdentityClaim } from './provider.ts';
import { noteUnproven } from './note-check.ts';
import { recordProof } from './record-proof.ts';
import type { RecordProofDependencies } from './record-proof.ts';
import { takeNetworkTry } from './verification-tries.ts';
import type { TriesDependencies } from './verification-tries.ts';

export interface NetworkDependencies extends RecordProofDependencies, TriesDependencies {
  network: NetworkIdentityService | undefined;
  networkRequests: NetworkRequestStore;
  database: Pick<Database, 'transaction'>;
  random: Random;
}

export type BeginNetworkOutcome =
  | { ok: true; page: URL }
  | { ok: false; reason: 'unavailable' | 'tries_used_up' };

export type NetworkRefusal =
  /** The service did not answer: the same address can be opened again. */
  | 'unavailable'
  | 'network_cancelled'
  | 'network_invalid'
  | 'network_refused'
  | 'network_other_person'
  | 'minor'
  | 'not_completed';

export type FinishNetworkOutcome =
  | { ok: true; level: RealNameLevel; hasRisen: boolean }
  | { ok: false; reason: NetworkRefusal };

/** Verified, and without any number: that is added by who says whose the network identity is. */
export function lacksNumber(account: Account): boolean {
  const { kind, realNameLevel, certificate } = account;
  return kind === 'naturalPerson' && realNameLevel >= VERIFIED_LEVEL && certificate === undefined;
}

/** The person chose it, and what may be told of them. */
export async function beginNetwork(
  deps: NetworkDependencies,
  account: Account,
  given: {
    claim?: IdentityClaim | undefined;
    wantsName: boolean;
    sid: string;
    address: string;
    redirectUri: string;
  },
): Promise<BeginNetworkOutcome> {
  const { network, random, clock } = deps;
  if (!network) return { ok: false, reason: 'unavailable' };
  const { claim, wantsName, sid, address, redirectUri } = given;
  const taken = await takeNetworkTry(deps, { accountId: account.id, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const [state, nonce, codeVerifier] = [random.id(256), random.id(256), random.id(256)];
  const way = { nonce, codeVerifier, redirectUri, wantsName };
  const request = { ...way, claim, accountId: account.id, sid, consentedAt: clock.now() };
  const items = [
    'network_identity',
    ...(claim ? ['same_person'] : []),
    ...(wantsName ? ['name'] : []),
  ];
  await deps.database.transaction(async (session) => {
    await deps.networkRequests.insert(state, request, session);
    await deps.audit.record(
      {
        type: 'verification.consented',
        actor: account.id,
        address,
        result: 'done',
        details: { item: items.join(','), recipient: network.config.issuer },
      },
      session,
    );
  });
  return { ok: true, page: network.authorizeUrl(state, way) };
}

export interface NetworkCallback {
  state: string;
  code?: string | undefined;
  error?: string | undefined;
  /** RFC 9207. */
  iss?: string | undefined;
}

/** The person is back. Each request is good for one exchange, and only for the sign-in that began it. */
export async function finishNetwork(
  deps: NetworkDependencies,
  account: Account,
  given: NetworkCallback & { sid: string; address: string },
): Promise<FinishNetworkOutcome> {
  const { network, networkRequests } = deps;
  const { state, sid, address } = given;
  const request = await networkRequests.find(state, account.id);
  if (!network || request?.sid !== sid) return { ok: false, reason: 'network_invalid' };
  if (!(await networkRequests.use(state))) return { ok: false, reason: 'network_invalid' };
  const refusal = refusalOf(given, network.config.issuer);
  if (refusal !== undefined) {
    await note(deps, account.id, { address, reason: refusal, resultCode: given.error ?? 'none' });
    return { ok: false, reason: refusal };
  }
  const result = await network.exchange(given.code ?? '', request);
  if (result.outcome !== 'answered') {
    const { outcome, resultCode } = result;
    await note(deps, account.id, { address, reason: outcome, resultCode });
    // What contradicts itself will not do better with the same code.
    if (outcome === 'unavailable') await networkRequests.release(state);
    return { ok: false, reason: 'unavailable' };
  }
  const { value } = result;
  const reason = value.outcome === 'expired' ? 'network_invalid' : objectionTo(value);
  if (value.outcome === 'expired' || reason !== undefined) {
    await note(deps, account.id, { address, reason: reason ?? '', resultCode: value.code });
    return { ok: false, reason: reason ?? 'network_invalid' };
  }
  return record(deps, account, { request, value, address });
}

function refusalOf(
  { error, iss, code }: NetworkCallback,
  issuer: string,
): NetworkRefusal | undefined {
  // RFC 9207: an answer of another service must not be taken for this one's.
  if (iss !== issuer) return 'network_invalid';
  if (error === 'access_denied') return 'network_cancelled';
  if (error !== undefined) return 'network_refused';
  return code === undefined || code === '' ? 'network_invalid' : undefined;
}

function objectionTo(value: NetworkIdentity): NetworkRefusal | undefined {
  if (value.level < VERIFIED_LEVEL) return 'network_refused';
  if (value.isSamePerson === false) return 'network_other_person';
  return value.isOver14 ? undefined : 'minor';
}

async function record(
  deps: NetworkDependencies,
  account: Account,
  of: { request: NetworkRequest; value: NetworkIdentity; address: string },
): Promise<FinishNetworkOutcome> {
  const { request, value, address } = of;
  const { network } = deps;
  if (!network) return { ok: false, reason: 'unavailable' };
  const { config } = network;
  const name = value.name === undefined ? undefined : canonicalName(value.name);
  const recorded = await recordProof(deps, account, {
    claim: { ...(name === undefined ? {} : { name }), ...request.claim, opaqueId: value.opaqueId },
    source: 'networkIdentity',
    method: 'network_identity',
    // Its word counts up to the cap, whatever it says.
    config: { cap: Math.min(config.cap, value.level), validDays: config.validDays },
    grade: 'A',
    resultCode: value.code,
    reference: value.reference,
    consentedAt: request.consentedAt,
    address,
  });
  return recorded.ok ? recorded : { ok: false, reason: 'not_completed' };
}

async function note(
  deps: NetworkDependencies,
  actor: string,
  of: { address: string; reason: string; resultCode: string },
): Promise<void> {
  const resultCode = of.resultCode.slice(0, 50);
  await noteUnproven(deps, { ...of, actor, source: 'networkIdentity', resultCode });
}
