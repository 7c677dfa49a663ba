// Background work: what stands on a sign-in at a peer ends with it, and with the trust in the peer. Any
// number of processes may do it side by side; a suspension takes effect within two rounds.
import { settleLink } from './end-link.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { FederationDependencies } from './federation-deps.ts';

export type EndSignInsDependencies = FederationDependencies & {
  /** Ids of peers that nobody may come from any more. */
  closedPeers: () => readonly string[];
};

const EVERY_MS = 1000;
const BATCH = 200;

export function endUpstreamSignInsWork(deps: EndSignInsDependencies) {
  const { logger } = deps;
  const options = { name: 'sign-ins at peers', everyMs: EVERY_MS, logger };
  return repeatedWork(() => endUpstreamSignIns(deps), options);
}

/** One round; returns how many it has settled. */
export async function endUpstreamSignIns(deps: EndSignInsDependencies): Promise<number> {
  const { upstreamSignIns, logger } = deps;
  for (const peerId of deps.closedPeers())
    await upstreamSignIns.markEnded({ peerId, isWhole: true });
  await endUntrusted(deps);
  for (const link of await deps.links.listUnsettled(BATCH)) await settleLink(deps, link);
  const unsettled = await upstreamSignIns.listUnsettled(BATCH);
  let settled = 0;
  for (const { id, accountId, isWhole } of unsettled) {
    try {
      const options = { reason: 'upstream_ended', actor: 'system' } as const;
      await deps.ending.endAllOfUpstream(id, options);
      await deps.copies.remove([id]);
      if (isWhole) await deps.ending.endAllOfAccount(accountId, options);
      await upstreamSignIns.settle(id);
      settled += 1;
    } catch (error) {
      // One that cannot be ended must not keep the others open.
      logger.error({ err: error }, 'a sign-in at a peer was not ended');
    }
  }
  return settled;
}

/** What came from platforms that the federation does not vouch for any more; silence ends nobody. */
async function endUntrusted({
  upstreamSignIns,
  links,
  resolveTrusted,
}: EndSignInsDependencies): Promise<void> {
  for (const { peerId, linkId } of await upstreamSignIns.livingTrusted()) {
    const issuer = (await links.find(linkId))?.issuer;
    const trusted = issuer === undefined ? undefined : await resolveTrusted?.(issuer);
    if (trusted?.ok === true || trusted?.refusal.reason === 'unreachable') continue;
    await upstreamSignIns.markEnded({ peerId, isWhole: true });
  }
}
