// The sign-in form: empty, or for who is signed in and is asked once more.
import { displayName } from '../account/account-access.ts';
import type { AccountKind } from '../accounts/account.ts';
import { checkSocialCreditCode } from '../accounts/social-credit-code.ts';
import type { SignInProblem } from '../credentials/credentials.views.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { heldAccount } from './held-account.ts';
import type { HeldAccount } from './held-account.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies, ProofForm } from './interaction-deps.ts';
import { epochSeconds } from '../platform/clock.ts';
import { readProgress } from './sign-in-progress.ts';
import { presentSignIn, servedKinds } from './sign-in-page.ts';
import type { SignInPage } from './sign-in-page.ts';
import { textParam } from './sign-in-situation.ts';

interface ShownSignIn {
  open: OpenInteraction;
  /** Chosen: whoever is signed in, a login is to be typed. */
  kind?: AccountKind | undefined;
  /** Where people sign in at the province: chosen, an account of ours. */
  isLocal?: boolean | undefined;
  errors?: readonly FieldError<SignInProblem>[];
  status?: number;
}

/** The empty form, or the form again after an error. */
export async function showSignIn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, kind: chosen, isLocal = false, errors = [], status = 200 }: ShownSignIn,
): Promise<void> {
  const held = await heldAccount(deps, open);
  const isOther = held?.mayChange === true && chosen !== undefined;
  if (held && !isOther) return showHeld(deps, ctx, { open, held, errors, status });
  const { login, kind: hinted } = hintOf(open);
  const proof = login ? await deps.passwords.proofFor({ login, address: ctx.ip }) : undefined;
  const served = servedKinds(open);
  const kinds = served.filter((each) => each === (chosen ?? kindOfAim(open.aim) ?? hinted));
  const isRegistered = served.includes('naturalPerson') && (await deps.registered.isWaiting(ctx));
  const kind = kinds[0] ?? served[0] ?? 'naturalPerson';
  const isRecovered = await deps.recovered.isWaiting(ctx);
  const present = await presentAccount(deps, open);
  const organisationMeans = deps.organisations.offered;
  const { arrival } = readProgress(open.interaction, epochSeconds(deps.clock));
  const hasElsewhere = deps.findHome !== undefined;
  const { offered } = deps.federation;
  // Other cities are found by the person's number there: a province has too many for buttons.
  const upstreams = hasElsewhere ? offered.filter((peer) => peer.kind !== 'cityNode') : offered;
  const isToBind = arrival?.isToBind === true;
  const elsewhere = { upstreams, isToBind, hasElsewhere };
  const entry = { kind, login, proof, isRegistered, isRecovered, ...elsewhere };
  const province = provinceFirst(deps, { isLocal: isLocal || isRecovered || isRegistered });
  const page = { ...entry, province, errors, present, organisationMeans };
  ctx.render('credentials/sign-in', presentSignIn(open, page), { status });
}

/** Undefined where we register people ourselves. */
export function provinceFirst(
  { mode }: Pick<InteractionDependencies, 'mode'>,
  { isLocal }: { isLocal: boolean },
): SignInPage['province'] {
  const { province, activeProvince } = mode;
  if (mode.mode === 'independent' || !province) return undefined;
  const isAlone = mode.mode === 'centralized' && !isLocal;
  return { peer: province, isActive: activeProvince !== undefined, isAlone };
}

/** The form for who is signed in: the account stands on it. */
export async function showHeld(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: {
    open: OpenInteraction;
    held: HeldAccount;
    errors: readonly FieldError<SignInProblem>[];
    proof?: ProofForm | undefined;
    status: number;
  },
): Promise<void> {
  const { open, held, errors, proof, status } = of;
  const isRecovered = await deps.recovered.isWaiting(ctx);
  const organisationMeans = deps.organisations.offered;
  const { kind, id } = held.account;
  const upstreams =
    kind === 'naturalPerson' ? await deps.federation.peersOf(id, deps.federation.offeredAnew) : [];
  const kept = await deps.residents.keptOf(held.account);
  const isAlone = kept?.means.has('password') === true;
  const province = isAlone ? { peer: kept.province, isActive: true, isAlone } : undefined;
  const means = { organisationMeans, upstreams, province };
  const page = { kind, login: '', held, isRecovered, ...means, errors, proof };
  ctx.render('credentials/sign-in', presentSignIn(open, page), { status });
}

/** Of a resident: some are numbers of organisations by their check digits, too. */
const RESIDENT = /^\d{17}[\dX]$/iu;

/** Whose name the client suggests; the number of an organisation is one of its own sign-in. */
function hintOf({ interaction: { params } }: OpenInteraction): {
  login: string;
  kind?: AccountKind | undefined;
} {
  const login = textParam(params, 'login_hint')?.slice(0, 100) ?? '';
  const isOfOrganisation = checkSocialCreditCode(login).outcome !== 'invalid';
  return isOfOrganisation && !RESIDENT.test(login) ? { login, kind: 'legalEntity' } : { login };
}

/** Staff alone go to the console. */
function kindOfAim(aim: OpenInteraction['aim']): AccountKind | undefined {
  return aim === 'review' ? 'civilServant' : undefined;
}

/** Who is signed in, and is not whose password is wanted. */
export async function presentAccount(
  { accounts }: InteractionDependencies,
  { interaction, aim }: OpenInteraction,
): Promise<string | undefined> {
  const accountId = aim === 'other_account' ? interaction.session?.accountId : undefined;
  const account = accountId === undefined ? undefined : await accounts.findById(accountId);
  return account && displayName(account);
}
