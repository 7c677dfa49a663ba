// Takes the number away that a peer has given an account, with what was kept of it as evidence: the peer
// keeps it, and shows it again at each sign-in.
import type { AccountStore } from '../accounts/account-store.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { Peer } from '../peers/peer.ts';
import { sourceOf } from './capped.ts';
import type { FederatedLink } from './link.ts';
import type { LinkStore } from './link-store.ts';
import { linkKey } from './link.ts';

export interface ShadowDependencies {
  accounts: Pick<AccountStore, 'shadow'>;
  evidence: Pick<EvidenceStore, 'forgetNumber'>;
  links: Pick<LinkStore, 'subjectOf'>;
}

/** False where there was no number of the peer's. */
export async function shadowLinked(
  { accounts, evidence, links }: ShadowDependencies,
  { id: linkId, accountId, issuer }: FederatedLink,
  peer: Pick<Peer, 'id'>,
): Promise<boolean> {
  const subject = await links.subjectOf(linkId);
  if (subject === undefined) return false;
  const opaqueId = linkKey({ issuer, subject });
  const outcome = await accounts.shadow(
    accountId,
    { opaqueId, givenBy: sourceOf(peer) },
    {
      actor: 'system',
      reason: 'registration_mode',
      alongside: (session) => evidence.forgetNumber({ linkId, opaqueId }, session),
    },
  );
  return outcome.ok && outcome.hasChanged;
}
