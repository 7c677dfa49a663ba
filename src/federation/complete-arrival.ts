// An arrival ends in a sign-in or a link: noted with it in one transaction, so that a browser whose answer was
// lost goes on with what it has come to. Where the peer keeps the number, a copy of what it said is kept for as
// long as the sign-in lasts: systems that may have the number get it from there.
import { epochSeconds } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { Arrival, ArrivalResult } from './arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { requireUntouched } from './read-arrival.ts';
import type { ReadArrival } from './read-arrival.ts';

type CompletingDependencies = Pick<
  FederationDependencies,
  'arrivals' | 'upstreamNotices' | 'upstreamSignIns' | 'copies' | 'clock'
>;

/** @throws Overtaken when the arrival is used, or the peer has told something else since */
export async function completeArrival(
  deps: CompletingDependencies,
  { read, linkId, accountId }: { read: ReadArrival; linkId: string; accountId: string },
  session: ClientSession,
): Promise<ArrivalResult> {
  const { identity, capped, arrival } = read;
  const { authenticatedAt } = identity;
  const result: ArrivalResult = {
    accountId,
    linkId,
    signInId: await insertSignIn(deps, { read, linkId, accountId }, session),
    at: epochSeconds(deps.clock),
    ...(authenticatedAt ? { authenticatedAt: Math.floor(authenticatedAt.getTime() / 1000) } : {}),
    methods: capped.methods,
  };
  if (!(await deps.arrivals.move(arrival, { stage: 'done', result }, session))) {
    throw new Overtaken('the arrival is used');
  }
  await requireUntouched(deps, read, session);
  return result;
}

async function insertSignIn(
  deps: CompletingDependencies,
  { read, ...of }: { read: ReadArrival; linkId: string; accountId: string },
  session: ClientSession,
): Promise<string> {
  const { peer, identity, arrival, capped, chain, isOfShadows } = read;
  const { sessionId } = identity;
  const { idToken } = arrival;
  const signIn = { ...of, peerId: peer.id, chain, sessionId, idToken };
  const signInId = await deps.upstreamSignIns.insert(signIn, session);
  const { certificate } = capped.claim;
  if (isOfShadows && certificate) {
    const { accountId, linkId } = of;
    const copy = { accountId, linkId, peerId: peer.id, certificate };
    await deps.copies.insert(signInId, copy, session);
  }
  return signInId;
}

/** What it has ended in, as long as that counts: of a sign-in that sign-in, of a link the link alone. */
export async function standingResult(
  {
    links,
    accounts,
    upstreamSignIns,
  }: Pick<FederationDependencies, 'links' | 'accounts' | 'upstreamSignIns'>,
  { result, place }: Pick<Arrival, 'result' | 'place'>,
): Promise<ArrivalResult | undefined> {
  if (!result) return undefined;
  const link = await links.find(result.linkId);
  if (link?.state !== 'active' || link.accountId !== result.accountId) return undefined;
  if (!(await accounts.findById(result.accountId))?.isActive) return undefined;
  if (place.kind === 'link') return result;
  return (await upstreamSignIns.has(result.signInId)) ? result : undefined;
}
