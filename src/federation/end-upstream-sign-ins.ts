// Background work: what stands on a sign-in at a peer ends with it, and with the trust in the peer. Any
// number of processes may do it side by side; a suspension takes effect within two rounds.
import { settleLink } from './end-link.ts';
import { repeatedWork } from '../platform/repeat.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { registeredPeer } from './upstream-peer.ts';

export type EndSignInsDependencies = FederationDependencies & {
  /** Ids of peers that nobody may come from any more. */
  closedPeers: () => readonly string[];
};

type EndUntrustedDependencies = Pick<
  FederationDependencies,
  'upstreamSignIns' | 'links' | 'resolveTrusted' | 'deniedEntities' | 'logger'
> & { peers: Pick<FederationDependencies['peers'], 'all'> };

const EVERY_MS = 1000;
const BATCH = 200;
/** Platforms that are asked about side by side. */
const AT_ONCE = 20;

export function endUpstreamSignInsWork(deps: EndSignInsDependencies) {
  const { logger } = deps;
  const options = { name: 'sign-ins at peers', everyMs: EVERY_MS, logger };
  return repeatedWork(() => endUpstreamSignIns(deps), options);
}

/** Apart from the others: while the platforms of a chain are asked, nobody else waits for her end. */
export function endUntrustedWork(deps: EndUntrustedDependencies) {
  const { logger } = deps;
  const options = { name: 'sign-ins by chains of trust', everyMs: EVERY_MS, logger };
  return repeatedWork(() => endUntrusted(deps), options);
}

/** One round; returns how many it has settled. */
export async function endUpstreamSignIns(deps: EndSignInsDependencies): Promise<number> {
  const { upstreamSignIns, logger } = deps;
  for (const peerId of deps.closedPeers())
    await upstreamSignIns.markEnded({ peerId, isWhole: true });
  const isUnsettled = await Promise.all([
    deps.links.isAnyUnsettled(),
    upstreamSignIns.isAnyUnsettled(),
  ]);
  if (!isUnsettled.includes(true)) return 0;
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

/**
 * What came from platforms that the federation does not vouch for any more, or that are registered and not
 * active; silence ends nobody.
 */
export async function endUntrusted(deps: EndUntrustedDependencies): Promise<void> {
  // Also where another chain has taken the place of the one that they came by.
  for (const chain of (await deps.deniedEntities?.()) ?? [])
    await deps.upstreamSignIns.markEnded({ chain, isWhole: true });
  const platforms = (await deps.upstreamSignIns.livingTrusted()).values();
  // From one row: who does not answer keeps one place, and the others go on.
  const places = Array.from({ length: AT_ONCE }, async () => {
    for (const platform of platforms) await endUnlessTrusted(deps, platform);
  });
  await Promise.all(places);
}

async function endUnlessTrusted(
  deps: EndUntrustedDependencies,
  { peerId, linkId }: { peerId: string; linkId: string },
): Promise<void> {
  const { upstreamSignIns, links, logger } = deps;
  try {
    const link = await links.find(linkId);
    if (!link) {
      // Erased with its account: says nothing of the others, of whom the next round finds one.
      await upstreamSignIns.markEnded({ linkId, isWhole: true });
      return;
    }
    if (await mayStay(deps, link.issuer)) return;
    await upstreamSignIns.markEnded({ peerId, isWhole: true });
  } catch (error) {
    // As if it had not answered: what one platform says must not keep the others' sign-ins alive.
    logger.error({ err: error, peerId }, 'the trust in a platform could not be judged');
  }
}

async function mayStay(
  { peers, resolveTrusted }: EndUntrustedDependencies,
  issuer: string,
): Promise<boolean> {
  const registered = registeredPeer(peers, issuer);
  if (registered) return registered.state === 'active' && registered.roles.includes('upstream');
  const trusted = await resolveTrusted?.(issuer);
  return trusted?.ok === true || trusted?.refusal.reason === 'unreachable';
}
