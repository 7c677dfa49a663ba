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
  const hasOther = await hasOtherWayIn(deps, visitor, links.length);
  const linked = new Set(links.map(({ issuer }) => issuer));
  const canAdd = deps.signIns.offeredAnew.some(({ issuer }) => !linked.has(issuer));
  ctx.render('federation/links', {
    ...(await accountFrame(deps.visitors, visitor)),
    links: await Promise.all(links.map((each) => linkView(deps, ctx, each))),
    canRemove: hasOther,
    removeForm: { action: accountPaths.removeLink },
    ...(canAdd && account.kind === 'naturalPerson' ? { addHref: accountPaths.addLink } : {}),
  });
}

async function linkView(
  { federation, signIns }: LinkPageDependencies,
  ctx: HttpContext,
  { id, peerId, issuer, state: of, level, linkedAt, usedAt }: FederatedLink,
): Promise<LinkView> {
  const { locale } = ctx.state;
  const found = isTrustedPeerId(peerId) ? await signIns.peerOfIssuer(issuer) : undefined;
  const known = found?.ok === true ? found.peer : federation.peers.find(peerId);
  const isOffered = found?.ok ?? signIns.offered.some((each) => each.id === peerId);
  return {
    id,
    // Of one that nobody vouches for any more, what it said of its name counts no more either.
    peerName: known?.names[locale] ?? URL.parse(issuer)?.host ?? peerId,
    level,
    linkedAt,
    usedAt,
    isFrozen: of === 'frozen',
    isPaused: !isOffered,
  };
}

/** Nobody locks herself out: a password, a passkey, a confirmed contact, or another link stays. */
export async function hasOtherWayIn(
  { visitors }: LinkPageDependencies,
  { account }: Visitor,
  count: number,
): Promise<boolean> {
  const { passwords, passkeys } = visitors.credentials;
  if (count > 1 || confirmedContacts(account).length > 0) return true;
  if (await passwords.find(account.id)) return true;
  return (await passkeys.count(account.id)) > 0;
}
