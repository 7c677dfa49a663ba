// When a person has to be asked something. The library's checks, except that levels are compared
// by our rule and that a session whose account or level no longer bears it ends first.
import { interactionPolicy } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ServiceCatalogue } from '../../clients/service-catalogue.ts';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import { suspicionOf } from '../../platform/http/forwarded.ts';
import { acrOf, assuranceLevel, levelOfAcr } from './assurance.ts';
import { clientExtras } from './client-extras.ts';
import { CHOOSE_IDENTITY } from '../identity/identity-demand.ts';
import { demandOf, isEntitySufficient, isMet, suspicion, SUSPICION_PARAMETER } from './demand.ts';
import type { Demand } from './demand.ts';
import { provenFactorAt, requestMemo } from '../storage/request-memo.ts';
import type { SignedInAccount } from './signed-in-account.ts';

const { Check, Prompt, base } = interactionPolicy;
const { REQUEST_PROMPT, NO_NEED_TO_PROMPT } = Check;

export interface PolicyDependencies {
  clock: Clock;
  services: ServiceCatalogue;
}

export function buildInteractionPolicy(deps: PolicyDependencies) {
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
      (ctx) => isDemandUnmet(deps, ctx),
      (ctx) => ({ demandedLevel: requestDemand(deps, ctx).level }),
    ),
  );
  policy.add(
    new Prompt(
      { name: CHOOSE_IDENTITY, requestable: true },
      new Check(
        'identity_unserved',
        'the client does not serve this kind of account',
        'access_denied',
        (ctx) => requestMemo(ctx).identity?.state === 'unserved',
      ),
      new Check(
        'identity_needed',
        'the person has to choose an identity',
        'interaction_required',
        (ctx) => requestMemo(ctx).identity?.state === 'ask',
        (ctx) => ({ refusal: refusalOf(ctx) }),
      ),
    ),
    1,
  );
  return policy;
}

/** Why the identity that was chosen before cannot be used. */
function refusalOf(ctx: KoaContextWithOIDC): string | undefined {
  const { identity } = requestMemo(ctx);
  return identity?.state === 'ask' ? identity.refusal : undefined;
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

function isDemandUnmet(deps: PolicyDependencies, ctx: KoaContextWithOIDC): boolean {
  keepSuspicion(deps, ctx);
  const account = accountOf(ctx);
  const { session } = ctx.oidc;
  if (!account || !session?.accountId) return NO_NEED_TO_PROMPT;
  const { realNameLevel } = account;
  const proven = { realNameLevel, amr: session.amr ?? [], factorAt: provenFactorAt(ctx) };
  const demand = requestDemand(deps, ctx);
  // What is wanted of organisations is wanted of one that signs in by itself, too.
  const isEnough = account.kind !== 'legalEntity' || isEntitySufficient(demand, realNameLevel);
  return isEnough && isMet(demand, proven) ? NO_NEED_TO_PROMPT : REQUEST_PROMPT;
}

function requestDemand(deps: PolicyDependencies, ctx: KoaContextWithOIDC): Demand {
  const { params, client } = ctx.oidc;
  return demandOf({ params: { ...params }, client: clientExtras(client ?? {}) }, deps.services);
}

// With the parameters it comes along through all pages of the interaction and back.
function keepSuspicion(
  { clock }: PolicyDependencies,
  { req, oidc: { params } }: KoaContextWithOIDC,
) {
  const reason = suspicionOf(req);
  if (reason === undefined || !params || params[SUSPICION_PARAMETER] !== undefined) return;
  params[SUSPICION_PARAMETER] = suspicion(reason, epochSeconds(clock));
}
