// What the province has of who was proven in a sign-in, where people sign in there.
import type { Account } from '../accounts/account.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import type { SignInProgress } from './sign-in-progress.ts';
import type { SignInSituation } from './sign-in-steps.ts';

/** Undefined where people may sign in here, or have just come from the province. */
export async function standingAtProvince(
  { mode, federation, residents }: InteractionDependencies,
  account: Account | undefined,
  { upstream, later, isFresh }: SignInProgress & { isFresh: boolean },
): Promise<SignInSituation['atProvince']> {
  const { activeProvince: province } = mode;
  if (mode.mode !== 'centralized' || !province || account?.kind !== 'naturalPerson')
    return undefined;
  if (upstream?.peerId === province.id || later?.accountId === account.id) return undefined;
  const kept = await residents.keptOf(account);
  // Signed in already: the province is asked again only for what it can show beyond that.
  if (!isFresh) return kept?.means.has('factors') === true ? 'stronger' : undefined;
  if (kept) return 'linked';
  // With the reviewers: whoever has such a link keeps every other way in.
  const peers = await federation.peersOf(account.id);
  if (account.isWard || peers.some(({ id }) => id === province.id)) return undefined;
  return 'link_due';
}
