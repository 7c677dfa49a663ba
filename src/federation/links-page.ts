// The list of identities elsewhere that an account is linked to, and whether one of them may go.
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { accountPaths } from '../account/account-paths.ts';
import { confirmedContacts } from '../credentials/contact-code.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { LinkView } from './federation.views.ts';
import type { FederatedLink } from './link.ts';
import type { AccountCentre } from '../account/account-centre.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import type { Peer } from '../peers/peer.ts';
import { isTrustedPeerId } from './trusted-return.ts';
import type { FederatedSignIn } from './federated-sign-in.ts';
import type { FederationDependencies } from './federation-deps.ts';

export interface LinkPageDependencies {
  visitors: AccountDependencies;
  provenPage: AccountCentre['provenPage'];
  federation: FederationDependencies;
  signIns: FederatedSignIn;
}

export async function showLinks(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { account } = visitor;
  const links = await deps.federation.links.listByAccount(account.id);
  const removable = await removableLinks(deps, visitor, links);
  const linked = new Set(links.map(({ issuer }) => issuer));
  const canAdd = deps.signIns.offeredAnew.some(({ issuer }) => !linked.has(issuer));
  ctx.render('federation/links', {
    ...(await accountFrame(deps.visitors, visitor)),
    links: await Promise.all(
      links.map(async (each) => ({
        ...(await linkView(deps, ctx, each)),
        canRemove: removable.has(each.id),
      })),
    ),
    removeForm: { action: accountPaths.removeLink },
    ...(canAdd && account.kind === 'naturalPerson' ? { addHref: accountPaths.addLink } : {}),
  });
}

async function linkView(
  deps: LinkPageDependencies,
  ctx: HttpContext,
  link: FederatedLink,
): Promise<Omit<LinkView, 'canRemove'>> {
  const { id, peerId, issuer, state: of, level, linkedAt, usedAt } = link;
  const offered = await offeredPeer(deps, link);
  const known = offered ?? deps.federation.peers.find(peerId);
  return {
    id,
    // Of one that nobody vouches for any more, what it said of its name counts no more either.
    peerName: known?.names[ctx.state.locale] ?? URL.parse(issuer)?.host ?? peerId,
    level,
    linkedAt,
    usedAt,
    isFrozen: of === 'frozen',
    isPaused: !offered,
  };
}

/** That people may come from at this moment. */
async function offeredPeer(
  { signIns }: LinkPageDependencies,
  { peerId, issuer }: FederatedLink,
): Promise<Peer | undefined> {
  if (!isTrustedPeerId(peerId)) return signIns.offered.find(({ id }) => id === peerId);
  const found = await signIns.peerOfIssuer(issuer);
  return found.ok ? found.peer : undefined;
}

/**
 * Nobody locks herself out: a password, a passkey, a confirmed contact, or another link that opens the account
 * at this moment stays. @returns the ids of those that may go
 */
export async function removableLinks(
  deps: LinkPageDependencies,
  { account }: Visitor,
  links: readonly FederatedLink[],
): Promise<Set<string>> {
  const { passwords, passkeys } = deps.visitors.credentials;
  const ids = links.map(({ id }) => id);
  if (confirmedContacts(account).length > 0) return new Set(ids);
  if (await passwords.find(account.id)) return new Set(ids);
  if ((await passkeys.count(account.id)) > 0) return new Set(ids);
  const opening = new Set<string>();
  for (const link of links) {
    if (link.state === 'active' && (await offeredPeer(deps, link))) opening.add(link.id);
  }
  return new Set(ids.filter((id) => opening.size > (opening.has(id) ? 1 : 0)));
}
