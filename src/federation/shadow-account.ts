// Takes the number away that a peer has given an account, with what was kept of it as evidence: the peer
// keeps it, and shows it again at each sign-in.
import type { AccountStore } from '../accounts/account-store.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { NumberNeeds } from '../registration-mode/number-need-store.ts';
import type { Peer } from '../peers/peer.ts';
import { sourceOf } from './capped.ts';
import type { FederatedLink } from './link.ts';
import type { LinkStore } from './link-store.ts';
import { linkKey } from './link.ts';

export interface ShadowDependencies {
  accounts: Pick<AccountStore, 'shadow'>;
  evidence: Pick<EvidenceStore, 'forgetNumber'>;
  links: Pick<LinkStore, 'subjectOf'>;
  /** Why the number has to stay, if it has to. */
  numberNeeds: Pick<NumberNeeds, 'of'>;
}

/** `kept`: something here rests upon the number. `unchanged`: there was none of the peer's. */
export type Shadowing = 'shadowed' | 'kept' | 'unchanged';

export async function shadowLinked(
  deps: ShadowDependencies,
  { id: linkId, accountId, issuer }: FederatedLink,
  peer: Pick<Peer, 'id'>,
): Promise<Shadowing> {
  const { accounts, evidence, links, numberNeeds } = deps;
  const subject = await links.subjectOf(linkId);
  if (subject === undefined) return 'unchanged';
  if (await numberNeeds.of(accountId)) return 'kept';
  const opaqueId = linkKey({ issuer, subject });
  const alongside = async (session: ClientSession) => {
    // Whoever is made a representative holds the account meanwhile: one of both is second, and sees it.
    if (await numberNeeds.of(accountId, session)) throw new Overtaken('the number is needed');
    await evidence.forgetNumber({ linkId, opaqueId }, session);
  };
  const by = { actor: 'system', reason: 'registration_mode', alongside };
  try {
    const outcome = await accounts.shadow(accountId, { opaqueId, givenBy: sourceOf(peer) }, by);
    return outcome.ok && outcome.hasChanged ? 'shadowed' : 'unchanged';
  } catch (error) {
    if (error instanceof Overtaken) return 'kept';
    throw error;
  }
}
