// Gathers what decides the next page of a sign-in: what was proven, why it is asked, what for.
import type { Account } from '../accounts/account.ts';
import { demandedLevel } from '../oidc/assurance.ts';
import { clientExtras } from '../oidc/client-extras.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { readProgress } from './sign-in-progress.ts';
import type { SignInProgress } from './sign-in-progress.ts';
import type { SignInSituation } from './sign-in-steps.ts';

export interface GatheredSituation extends SignInSituation {
  progress: SignInProgress | undefined;
  /** Authentication time of the living session, epoch seconds. */
  sessionLoginTs: number | undefined;
}

export async function gatherSituation(
  deps: InteractionDependencies,
  open: OpenInteraction,
): Promise<GatheredSituation> {
  const { interaction, client } = open;
  const progress = readProgress(interaction, epochSeconds(deps.clock));
  const session = interaction.session?.uid
    ? await deps.sessions.findByUid(interaction.session.uid)
    : undefined;
  const accountId = progress?.accountId ?? session?.accountId;
  const account = accountId === undefined ? undefined : await deps.accounts.findById(accountId);
  const isSame = session?.accountId !== undefined && session.accountId === accountId;
  return {
    account,
    amr: progress?.amr ?? (isSame ? (session.amr ?? []) : []),
    reasons: interaction.prompt.reasons,
    isFresh: progress !== undefined,
    demand: demandedLevel({
      acrValues: textParam(interaction.params, 'acr_values'),
      acrClaim: acrClaim(interaction.params),
      minimumLevel: clientExtras(client).minimumLevel,
    }),
    hasSecondFactor: account ? await deps.secondFactors.isEnrolled(account.id) : false,
    progress,
    sessionLoginTs: isSame ? session.loginTs : undefined,
  };
}

export function textParam(params: Record<string, unknown>, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' ? value : undefined;
}

function acrClaim(params: Record<string, unknown>): { essential?: boolean; value?: unknown } | null {
  const text = textParam(params, 'claims');
  if (text === undefined) return null;
  // The library has parsed it before and would have refused anything else.
  const claims = JSON.parse(text) as { id_token?: Record<string, object | null> };
  return claims.id_token?.['acr'] ?? null;
}

/** The account of a situation whose step needs one. @throws Error when there is none. */
export function accountOf(situation: SignInSituation): Account {
  if (!situation.account) throw new Error('this step needs an account');
  return situation.account;
}
