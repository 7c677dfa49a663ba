// When a person has to be asked something. The library's checks, except that levels are compared
// by our rule and that a session whose account or level no longer bears it ends first.
import { interactionPolicy } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { acrOf, assuranceLevel, demandedLevel, levelOfAcr } from './assurance.ts';
import { clientExtras } from './client-extras.ts';
import { requestMemo } from '../storage/request-memo.ts';
import type { SignedInAccount } from './signed-in-account.ts';

const { Check, base } = interactionPolicy;
const { REQUEST_PROMPT, NO_NEED_TO_PROMPT } = Check;

export function buildInteractionPolicy() {
  const policy = base();
  const login = policy.get('login');
  if (!login) throw new Error('the library has no login prompt');
  login.checks.remove('essential_acrs');
  login.checks.remove('essential_acr');
  login.checks.add(
    new Check('session_ended', 'the session is no longer valid', 'login_required', endUnfitSession),
    0,
  );
  login.checks.add(
    new Check(
      'level_unmet',
      'the requested authentication level is not reached',
      'unmet_authentication_requirements',
      isLevelUnmet,
      (ctx) => ({ demandedLevel: demandOf(ctx) }),
    ),
  );
  return policy;
}

/** The account of this request as `findAccount` made it. */
function accountOf(ctx: KoaContextWithOIDC): SignedInAccount | undefined {
  return ctx.oidc.account as SignedInAccount | undefined;
}

// Runs first. An account that was closed, locked or deleted under a living session would make the
// library fail; a level that fell must not be re-labelled. Either way everything that the session
// opened ends, and the person signs in again.
async function endUnfitSession(ctx: KoaContextWithOIDC): Promise<boolean> {
  const { session } = ctx.oidc;
  if (!session?.accountId) return NO_NEED_TO_PROMPT;
  const account = accountOf(ctx);
  const recorded = levelOfAcr(session.acr) ?? 0;
  const isFit = account !== undefined && account.realNameLevel >= recorded;
  if (isFit) {
    refreshAcr(ctx, account);
    return NO_NEED_TO_PROMPT;
  }
  requestMemo(ctx).endReason = account ? 'level_fell' : 'account_unavailable';
  delete session.accountId;
  await session.destroy();
  return REQUEST_PROMPT;
}

function refreshAcr(ctx: KoaContextWithOIDC, account: SignedInAccount): void {
  const { session } = ctx.oidc;
  if (!session) return;
  const acr = acrOf(assuranceLevel(account.realNameLevel, session.amr ?? []));
  if (acr !== undefined && session.acr !== acr) session.acr = acr;
}

function isLevelUnmet(ctx: KoaContextWithOIDC): boolean {
  const account = accountOf(ctx);
  if (!account || !ctx.oidc.session?.accountId) return NO_NEED_TO_PROMPT;
  const level = assuranceLevel(account.realNameLevel, ctx.oidc.session.amr ?? []);
  return level >= demandOf(ctx) ? NO_NEED_TO_PROMPT : REQUEST_PROMPT;
}

/** The level this request demands, 0 for none. */
export function demandOf(ctx: KoaContextWithOIDC): number {
  const { params, claims, client } = ctx.oidc;
  return demandedLevel({
    acrValues: params?.['acr_values'] as string | undefined,
    acrClaim: claims.id_token?.['acr'],
    minimumLevel: client ? clientExtras(client).minimumLevel : undefined,
  });
}
