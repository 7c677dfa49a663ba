// Who is signed in and is asked once more shows that he is the same: the page names the account, and
// takes no other's login. Another account would not be what the request was made for.
import { ACCOUNT_CLIENT_ID } from '../account/account-paths.ts';
import type { Account } from '../accounts/account.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';

export interface HeldAccount {
  account: Account;
  /** A system that asks everybody to sign in may be opened by somebody else, too. */
  mayChange: boolean;
  hasPasskey: boolean;
}

const ANYBODY = 'login_prompt';
/** Others, such as the hint of another subject, ask for somebody else. */
const REASONS: ReadonlySet<string> = new Set([ANYBODY, 'max_age', 'level_unmet']);

/** Undefined where nobody is signed in, or another account is wanted. */
export async function heldAccount(
  { accounts, secondFactors }: Pick<InteractionDependencies, 'accounts' | 'secondFactors'>,
  { interaction, client, aim }: OpenInteraction,
): Promise<HeldAccount | undefined> {
  const accountId = interaction.session?.accountId;
  const { reasons } = interaction.prompt;
  if (accountId === undefined || aim === 'other_account') return undefined;
  if (!reasons.every((reason) => REASONS.has(reason))) return undefined;
  const account = await accounts.findById(accountId);
  if (!account?.isActive) return undefined;
  const { hasPasskey } = await secondFactors.ofAccount(accountId);
  const mayChange = client.clientId !== ACCOUNT_CLIENT_ID && reasons.includes(ANYBODY);
  return { account, mayChange, hasPasskey };
}
