// Gathers what decides about an identity that has arrived.
import type { Attributes } from '../accounts/account.ts';
import type { Peer } from '../peers/peer.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { Arrival } from './arrival.ts';
import { capped, isMinor, sourceOf } from './capped.ts';
import type { CappedIdentity } from './capped.ts';
import { decideArrival } from './decide-arrival.ts';
import type { ArrivalDecision, ArrivalFacts } from './decide-arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import type { FederatedLink } from './link.ts';

export interface ReadArrival extends ArrivalFacts {
  arrival: Arrival;
  decision: ArrivalDecision;
  /** Entities by whose word the peer counts; absent where it is registered. */
  chain?: readonly string[] | undefined;
}

type ArrivedFacts = Pick<ReadArrival, 'arrival' | 'peer' | 'identity' | 'capped'>;

/**
 * Whether the peer has told since that the identity is closed, its session over, or something of it another:
 * then the person has to come from there anew.
 */
export function isOvertaken(
  { upstreamNotices }: Pick<FederationDependencies, 'upstreamNotices'>,
  { arrival, peer, identity, capped: { level } }: ArrivedFacts,
  session?: ClientSession,
): Promise<boolean> {
  const said = { issuer: peer.issuer, identity, level, since: arrival.redeemedAt };
  return upstreamNotices.hasOvertaken(said, session);
}

/**
 * Last in what stores the arrival, so that those who come at the same time meet at the link.
 * @throws Overtaken when the peer has told something else since
 */
export async function requireUntouched(
  deps: Pick<FederationDependencies, 'upstreamNotices'>,
  read: ArrivedFacts,
  session: ClientSession,
): Promise<void> {
  if (await isOvertaken(deps, read, session)) {
    throw new Overtaken('the peer has told something else of the identity');
  }
}

type ReadingDependencies = Pick<
  FederationDependencies,
  'links' | 'accounts' | 'clock' | 'mode' | 'numberNeeds'
>;

export async function readArrival(
  deps: ReadingDependencies,
  of: Pick<ReadArrival, 'arrival' | 'peer' | 'identity' | 'chain'>,
): Promise<ReadArrival> {
  const { arrival, peer, identity, chain } = of;
  const counted = capped(peer, identity);
  const named = { issuer: peer.issuer, subject: identity.subject };
  const link = await deps.links.findLive(named);
  const linked = link && (await deps.accounts.findById(link.accountId));
  const holder = link ? undefined : await holderOf(deps, peer, counted);
  const isRejected =
    holder !== undefined &&
    (await deps.links.findRejected({ ...named, accountId: holder.id })) !== undefined;
  const facts: ArrivalFacts = {
    peer,
    identity,
    capped: counted,
    isMinor: isMinor(identity, deps.clock.now()),
    link,
    linked,
    holder,
    isOfShadows: deps.mode.isOfShadows(peer.id) && !(await needsNumber(deps, link)),
    isRejected,
  };
  return { ...facts, arrival, chain, decision: decideArrival(facts) };
}

/** Something here rests upon the number of whom the link is of: it stays, or comes back. */
async function needsNumber(
  { numberNeeds }: ReadingDependencies,
  link: FederatedLink | undefined,
): Promise<boolean> {
  return link !== undefined && (await numberNeeds.of(link.accountId)) !== undefined;
}

/** Who has the number here that the peer has verified. */
async function holderOf(
  deps: ReadingDependencies,
  peer: Peer,
  { claim: { certificate } }: CappedIdentity,
) {
  if (!certificate) return undefined;
  const origin = { source: sourceOf(peer), grade: 'B' } as const;
  const attributes: Attributes = { certificate: { ...origin, value: certificate } };
  return deps.accounts.findByIdentity('naturalPerson', attributes);
}

/** For records; absent what the peer does not say. */
export function recordDetails({
  peer,
  identity,
  arrival,
}: Pick<ReadArrival, 'peer' | 'identity' | 'arrival'>) {
  const { version, origin, statedLevel } = identity;
  return {
    peer: peer.id,
    traceId: arrival.request.traceId,
    statedLevel,
    ...(version === undefined ? {} : { version }),
    ...(origin === undefined ? {} : { origin }),
  };
}
