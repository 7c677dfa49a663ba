// Notes a sign-in at a peer, and where the peer keeps the number, a copy of what it said for as long as
// the sign-in lasts: systems that may have the number get it from there.
import type { ClientSession } from '../platform/mongo.ts';
import type { FederationDependencies } from './federation-deps.ts';
import type { ReadArrival } from './read-arrival.ts';

export async function insertSignIn(
  deps: Pick<FederationDependencies, 'upstreamSignIns' | 'copies'>,
  { read, ...of }: { read: ReadArrival; linkId: string; accountId: string },
  session: ClientSession,
): Promise<string> {
  const { peer, identity, arrival, capped, isOfShadows } = read;
  const { sessionId } = identity;
  const { idToken } = arrival;
  const signIn = { ...of, peerId: peer.id, sessionId, idToken };
  const signInId = await deps.upstreamSignIns.insert(signIn, session);
  const { certificate } = capped.claim;
  if (isOfShadows && certificate) {
    const { accountId, linkId } = of;
    const copy = { accountId, linkId, peerId: peer.id, certificate };
    await deps.copies.insert(signInId, copy, session);
  }
  return signInId;
}
