// A link ends: by its owner, or because the account at the peer is no more. What stood on it ends with it,
// and the level falls to what others vouch for.
import type { Peer } from '../peers/peer.ts';
import { withdrawLinkEvidence } from '../verification/withdraw-link-evidence.ts';
import type { FederationDependencies } from './federation-deps.ts';
import type { FederatedLink, LinkEnd } from './link.ts';

export interface EndingLink {
  link: FederatedLink;
  reason: LinkEnd;
  /** Who did it: the account itself, or `system`. */
  actor: string;
  address?: string | undefined;
  traceId?: string | undefined;
  /** As the person is told of it. */
  peer: Pick<Peer, 'names'> | undefined;
}

/** False when it was over already. */
export async function endLink(deps: FederationDependencies, of: EndingLink): Promise<boolean> {
  const { link, reason, actor, address, traceId, peer } = of;
  const { id: linkId, accountId, peerId } = link;
  let tell: () => void = () => undefined;
  const hasEnded = await deps.database.transaction(async (session) => {
    if (!(await deps.links.end(link, reason, session))) return false;
    if (link.caseId !== undefined) await deps.desk.drop(link.caseId, session);
    // Who removes it herself stays signed in where she has proven herself otherwise.
    const isWhole = reason !== 'removed_by_person';
    await deps.upstreamSignIns.markEnded({ linkId, isWhole }, session);
    await deps.audit.record(
      {
        type: 'federation.unlinked',
        actor,
        ...(actor === accountId ? {} : { subject: accountId }),
        ...(address === undefined ? {} : { address }),
        result: 'done',
        reason,
        details: { peer: peerId, ...(traceId === undefined ? {} : { traceId }) },
      },
      session,
    );
    if (peer) {
      const notice = { accountId, template: 'federation_ended', peer } as const;
      tell = await deps.federationNotices.changed(notice, session);
    }
    return true;
  });
  if (!hasEnded) return false;
  tell();
  await settleLink(deps, link);
  return true;
}

/** Also done by the background work, for a process that ended before it. */
export async function settleLink(
  deps: FederationDependencies,
  { id: linkId, accountId }: Pick<FederatedLink, 'id' | 'accountId'>,
): Promise<void> {
  await withdrawLinkEvidence(deps, { accountId, linkId });
  await deps.links.settle(linkId);
}
