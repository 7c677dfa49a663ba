// Gathers what decides the next page of a sign-in: what was proven, why it is asked, what for.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AgreementName } from '../agreements/agreement-book.ts';
import { confirmedContacts } from '../credentials/contact-code.ts';
import { contactConfirmedAt } from '../credentials/sign-in-code.ts';
import { MAIL_CODE_AMR, RECOVERY_CODE_AMR, SMS_CODE_AMR } from '../oidc/claims/assurance.ts';
import { clientExtras } from '../oidc/claims/client-extras.ts';
import { demandOf, isFactorStale } from '../oidc/claims/demand.ts';
import type { Demand } from '../oidc/claims/demand.ts';
import { FRESH_SIGN_IN_SECONDS } from '../oidc/lifetimes.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { readProgress } from './sign-in-progress.ts';
import type { SignInProgress } from './sign-in-progress.ts';
import type { AccountFactors } from './interaction-deps.ts';
import { standingAtProvince } from './province-standing.ts';
import { isFactorDue, MEANS_AMR } from './sign-in-steps.ts';
import type { PasswordDue, SignInSituation } from './sign-in-steps.ts';

/** What everybody who signs in by themselves has agreed to. */
export const SIGN_IN_AGREEMENT: AgreementName = 'real-name-registration';

export interface GatheredSituation extends SignInSituation {
  account: Account | undefined;
  factors: AccountFactors;
  /** Only what is still worth something. */
  progress: SignInProgress;
  /** Authentication time of the living session, epoch seconds. */
  sessionLoginTs: number | undefined;
  /** When a second factor was given last, epoch seconds; in this interaction or the living session. */
  factorAt: number | undefined;
  /** All of what the request demands; `demand` is its level. */
  demanded: Demand;
}

/** A password that this very request has verified, with what was read for it. */
export interface VerifiedPassword {
  password: NonNullable<SignInProgress['password']>;
  account: Account;
  due: PasswordDue | undefined;
}

/** Begins anew with `verified`: what was proven before for another account counts no more. */
export async function gatherSituation(
  deps: InteractionDependencies,
  open: OpenInteraction,
  verified?: VerifiedPassword,
): Promise<GatheredSituation> {
  const { interaction } = open;
  const kept = readProgress(interaction, epochSeconds(deps.clock));
  const progress: TrustedProgress = verified ?? (await trustedProgress(deps, kept));
  const session = interaction.session?.uid
    ? await deps.sessions.findByUid(interaction.session.uid)
    : undefined;
  const accountId = provenAccount(progress) ?? session?.accountId;
  const account =
    verified?.account ??
    (accountId === undefined ? undefined : await deps.accounts.findById(accountId));
  const isSame = session?.accountId !== undefined && session.accountId === accountId;
  // Waits for an account, whoever is proven.
  const { arrival } = kept;
  const proven = provenOf(progress, { account, accountId });
  const progressOfAccount = arrival ? { ...proven, arrival } : proven;
  const isBindingDue = arrival?.isToBind === true && account?.kind === 'naturalPerson';
  const { passkey, organisation, contact, code, upstream } = progressOfAccount;
  const begun = [progress.password, passkey, organisation, code, upstream];
  const isFresh = begun.some((piece) => piece !== undefined);
  // A password or a passkey begins a sign-in; anything else adds to the living session.
  const living = isSame && !isFresh ? (session.amr ?? []) : [];
  const amr = [...new Set([...living, ...methodsOf(progressOfAccount)])];
  const demanded = demandOfInteraction(deps, open);
  const demand = demanded.level;
  const factorAt = latestFactor(progressOfAccount, isSame ? session.factorAt : undefined);
  const isStale = isFactorStale(demanded, { amr, factorAt });
  const isDue = isBindingDue || isFactorDue({ account, amr, demand, isFactorStale: isStale });
  const factors = account && isDue ? await deps.secondFactors.ofAccount(account.id) : NO_FACTORS;
  return {
    account,
    amr,
    reasons: interaction.prompt.reasons,
    isFresh,
    isRecent: isSame && isRecent(deps, session),
    isByCode: code !== undefined && !progress.password && !passkey && !organisation && !upstream,
    isCodeConfirmed: await isCodeConfirmed(deps, account, progressOfAccount),
    demand,
    demanded,
    entityDemand: demanded.entityLevel,
    organisationMeans: deps.organisations.offered,
    isFactorStale: isStale,
    factorAt,
    factors,
    hasSecondFactor: factors.hasTotp || factors.hasPasskey,
    hasConfirmedContact: account !== undefined && confirmedContacts(account).length > 0,
    isContactProven: contact !== undefined,
    passwordDue: progress.due,
    isAgreementDue: isFresh && (await isAgreementDue(deps, account)),
    isClosing: account?.isClosing === true,
    isBindingDue,
    atProvince: await standingAtProvince(deps, account, { ...progressOfAccount, isFresh }),
    progress: progressOfAccount,
    sessionLoginTs: isSame ? session.loginTs : undefined,
  };
}

/** Staff agree to nothing of their own: their organisation opened the account. */
async function isAgreementDue(
  { agreements }: InteractionDependencies,
  account: Account | undefined,
): Promise<boolean> {
  if (!account || account.kind === 'civilServant') return false;
  return agreements.isDue(account.id, SIGN_IN_AGREEMENT);
}

/** Whom the first of what was proven here names. */
function provenAccount({ password, passkey, organisation, code, upstream }: SignInProgress) {
  return (password ?? passkey ?? organisation ?? upstream ?? code)?.accountId;
}

/** Only what was proven of this account, and is still true of it. */
function provenOf(
  progress: TrustedProgress,
  { account, accountId }: { account: Account | undefined; accountId: string | undefined },
): SignInProgress {
  const { password, otp, recoveryCode, passkey, organisation, contact, code, upstream, later } =
    progress;
  const isOf = (piece: { accountId: string } | undefined) => piece?.accountId === accountId;
  return {
    ...(password ? { password } : {}),
    ...(otp && isOf(otp) ? { otp } : {}),
    ...(recoveryCode && isOf(recoveryCode) ? { recoveryCode } : {}),
    ...(passkey && isOf(passkey) ? { passkey } : {}),
    ...(organisation && isOf(organisation) ? { organisation } : {}),
    ...(upstream && isOf(upstream) ? { upstream } : {}),
    ...(later && isOf(later) ? { later } : {}),
    ...(contact && isOf(contact) ? { contact } : {}),
    ...(code && isOf(code) && isContactOf(account, code) ? { code } : {}),
  };
}

function isRecent(
  { clock }: InteractionDependencies,
  { loginTs }: { loginTs?: number | undefined },
) {
  return loginTs !== undefined && epochSeconds(clock) - loginTs <= FRESH_SIGN_IN_SECONDS;
}

/** RFC 8176; a passkey: possession of a key, and the user verification that its device vouches for. */
function methodsOf(progress: SignInProgress): string[] {
  const { password, otp, recoveryCode, passkey, organisation, code, upstream } = progress;
  return [
    ...(upstream?.methods ?? []),
    ...(code ? [CODE_AMR[code.channel]] : []),
    ...(password ? ['pwd'] : []),
    ...(otp ? ['otp'] : []),
    ...(recoveryCode ? [RECOVERY_CODE_AMR] : []),
    ...(passkey ? ['hwk', 'user'] : []),
    ...(organisation ? [MEANS_AMR[organisation.means]] : []),
  ];
}

const CODE_AMR = { sms: SMS_CODE_AMR, mail: MAIL_CODE_AMR } as const;

/** A contact that has gone to somebody else since, or was confirmed anew, proves nothing. */
function isContactOf(account: Account | undefined, code: SignInProgress['code']): boolean {
  if (!account || !code) return false;
  return contactConfirmedAt(account, code.channel) === code.contactSince;
}

/**
 * A code opens by itself what never rested on more than the contact, and what this device has opened
 * before. Numbers are given to strangers again: anything else wants a second proof; so does every
 * organisation, since the people at its devices come and go.
 */
async function isCodeConfirmed(
  deps: InteractionDependencies,
  account: Account | undefined,
  { code, password, passkey, otp, recoveryCode, upstream }: SignInProgress,
): Promise<boolean> {
  if (!code || !account) return false;
  if (password || passkey || otp || recoveryCode || upstream) return true;
  if (account.kind !== 'naturalPerson') return false;
  if (code.isKnownDevice) return true;
  if (account.realNameLevel >= VERIFIED_LEVEL) return false;
  const { hasTotp, hasPasskey } = await deps.secondFactors.ofAccount(account.id);
  return !hasTotp && !hasPasskey;
}

function demandOfInteraction(
  { services }: InteractionDependencies,
  { interaction: { params }, client }: OpenInteraction,
): Demand {
  return demandOf({ params, client: clientExtras(client) }, services);
}

function latestFactor(
  { otp, recoveryCode, passkey, organisation }: SignInProgress,
  ofSession: number | undefined,
): number | undefined {
  const times = [otp?.at, recoveryCode?.at, passkey?.at, organisation?.at, ofSession];
  const given = times.filter((at) => at !== undefined);
  return given.length > 0 ? Math.max(...given) : undefined;
}

const NO_FACTORS: AccountFactors = {
  hasTotp: false,
  hasPasskey: false,
  hasRecoveryCodes: false,
};

type TrustedProgress = SignInProgress & { due?: PasswordDue | undefined };

/** A password that was changed since it was verified here, or a passkey that was removed, counts no more. */
async function trustedProgress(
  deps: InteractionDependencies,
  { password, passkey, organisation, upstream, ...others }: SignInProgress,
): Promise<TrustedProgress> {
  const isThere = passkey && (await deps.passkeys.has(passkey.accountId, passkey.id));
  const isLinked = upstream && (await deps.federation.isLive(upstream.signInId));
  const isLive = organisation && (await deps.organisations.isLive(organisation.signInId));
  const pieces = {
    ...others,
    ...(isThere ? { passkey } : {}),
    ...(isLive ? { organisation } : {}),
    ...(isLinked ? { upstream } : {}),
  };
  if (!password) return pieces;
  const state = await deps.passwords.stateOf(password.accountId);
  return state?.revision === password.revision ? { ...pieces, password, due: state.due } : pieces;
}

export function textParam(params: Record<string, unknown>, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' ? value : undefined;
}

/** The account of a situation whose step needs one. @throws Error when there is none. */
export function accountOf(situation: GatheredSituation): Account {
  if (!situation.account) throw new Error('this step needs an account');
  return situation.account;
}
