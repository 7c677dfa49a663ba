// An organisation that signs in by itself: with its electronic licence or its certificate. Nothing is
// looked up before one of these was shown, so nobody learns here which organisations have an account.
import type { AccountStore } from '../accounts/account-store.ts';
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ChallengeOf } from '../entity-proofs/challenge-store.ts';
import type { ElectronicLicences, LicenceProblem } from '../entity-proofs/electronic-licences.ts';
import type { PresentedLicence } from '../entity-proofs/licence-platform.ts';
import type {
  CertificateProblem,
  OrganisationCertificates,
  SigningCertificate,
} from '../entity-proofs/organisation-certificates.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import { canonicalName } from '../verification/canonical-name.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { takeShowingTry } from '../verification/verification-tries.ts';
import type { TriesDependencies } from '../verification/verification-tries.ts';
import type { EntityMeans, EntitySignInStore, NewEntitySignIn } from './entity-sign-in-store.ts';
import { decidesFor } from './decides-for.ts';
import type { Operator } from './operator.ts';

export interface ProveOrganisationDependencies extends TriesDependencies {
  accounts: Pick<AccountStore, 'findById' | 'findByIdentity'>;
  mandates: Pick<MandateStore, 'between'>;
  signIns: EntitySignInStore;
  licences: ElectronicLicences | undefined;
  certificates: OrganisationCertificates | undefined;
  audit: AuditLog;
}

/** Told only to who has shown that he is the organisation. */
type AccountProblem =
  /** It has no account that was ever verified. */
  | 'entity_unknown'
  | 'entity_unavailable'
  /** Another one is signing in on this page. */
  | 'other_organisation';

export type SignInLicenceProblem = LicenceProblem | AccountProblem | 'tries_used_up';
export type SignInCertificateProblem =
  | CertificateProblem
  | AccountProblem
  | 'missing'
  | 'over'
  | 'tries_used_up';

export interface ProvenOrganisation {
  account: Account;
  means: EntityMeans;
  /** By which what stands on it is found again (entity-sign-in-store.ts). */
  signInId: string;
  operator?: Operator | undefined;
}

export type ProveOrganisationOutcome<Problem extends string> =
  | { ok: true; proven: ProvenOrganisation }
  | { ok: false; reason: Problem };

/** Where it is shown: a page of a sign-in, which its browser alone can open. */
export interface SignInPlace {
  uid: string;
  /** That is signing in, where that is known already. */
  accountId?: string | undefined;
  address: string;
}

const NOBODY = 'entity-sign-in';

export function licenceRequester(uid: string) {
  return { accountId: NOBODY, sid: uid };
}

/** @param system the name of what is signed in to, for whoever reads what he signs */
export function signInChallenge(uid: string, system: string): ChallengeOf {
  return { accountId: NOBODY, sid: uid, purpose: 'sign_in', system };
}

export type BeginLicenceOutcome =
  | { ok: true; state: string }
  | { ok: false; reason: 'tries_used_up' | 'platform_unavailable' };

export async function beginLicenceSignIn(
  deps: ProveOrganisationDependencies,
  { uid, address }: SignInPlace,
): Promise<BeginLicenceOutcome> {
  const taken = await takeShowingTry(deps, { accountId: uid, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const state = await deps.licences?.begin(licenceRequester(uid), undefined, 'sign_in');
  if (state !== undefined) return { ok: true, state };
  await deps.budgets.giveBack(taken.reservations);
  return { ok: false, reason: 'platform_unavailable' };
}

/** What may be asked again says nothing against anybody. */
const UNDECIDED: ReadonlySet<string> = new Set(['waiting', 'over', 'platform_unavailable']);

export async function proveByLicence(
  deps: ProveOrganisationDependencies,
  place: SignInPlace & { state: string },
): Promise<ProveOrganisationOutcome<SignInLicenceProblem>> {
  const { licences } = deps;
  const by = licenceRequester(place.uid);
  const request = await licences?.find(place.state, by);
  if (!licences || !request) return { ok: false, reason: 'over' };
  const checked = await licences.checkSigningIn(request);
  if (!checked.ok) {
    if (!UNDECIDED.has(checked.reason))
      await noteRefused(deps, place, { reason: `licence_${checked.reason}` });
    return checked;
  }
  const { licence } = checked;
  const found = await accountFor(deps, place, { uscc: licence.uscc, means: 'licence' });
  if (!found.ok) return found;
  // Of two tabs at once one goes on; the other reads that it is over.
  if (!(await licences.use(place.state, by))) return { ok: false, reason: 'over' };
  const { account } = found;
  const operator = await operatorOf(deps, licence);
  const person = operator.accountId;
  // Who has power over the organisation here loses with it what was signed in by him.
  const isTied = person !== undefined && (await decidesFor(deps, account.id, person));
  const reference = operator.accountId ?? `${licence.presenter.number} ${licence.presenter.name}`;
  const signInId = await deps.signIns.note({
    entityId: account.id,
    means: 'licence',
    reference,
    path: [],
    ...(isTied ? { personId: person } : {}),
  });
  return { ok: true, proven: { account, means: 'licence', signInId, operator } };
}

/** What says that nothing was looked at: it costs no try. */
const UNREAD: ReadonlySet<string> = new Set(['unreadable', 'revocation_unknown']);

export async function proveByCertificate(
  deps: ProveOrganisationDependencies,
  given: SignInPlace & { of: ChallengeOf; challengeId: string; signature: Buffer },
): Promise<ProveOrganisationOutcome<SignInCertificateProblem>> {
  const { certificates, budgets } = deps;
  const { uid, address, of, challengeId, signature } = given;
  if (signature.length === 0) return { ok: false, reason: 'missing' };
  const challenge = await certificates?.challenges.find(of, challengeId);
  if (!certificates || !challenge) return { ok: false, reason: 'over' };
  const taken = await takeShowingTry(deps, { accountId: uid, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const checked = await certificates.checkSigningIn({}, challenge, signature);
  if (!checked.ok) {
    await noteRefused(deps, given, { reason: `certificate_${checked.reason}` });
    if (UNREAD.has(checked.reason)) await budgets.giveBack(taken.reservations);
    return checked;
  }
  const { signed } = checked;
  const found = await accountFor(deps, given, { uscc: signed.uscc, means: 'certificate' });
  if (!found.ok) return found;
  if (!(await certificates.challenges.use(of, challengeId))) return { ok: false, reason: 'over' };
  await budgets.giveBack(taken.reservations);
  const signInId = await deps.signIns.note(certificateNote(found.account, signed));
  const { holder } = signed;
  const operator =
    holder === undefined ? undefined : { name: holder, source: 'certificate' as const };
  return { ok: true, proven: { account: found.account, means: 'certificate', signInId, operator } };
}

function certificateNote(account: Account, signed: SigningCertificate): NewEntitySignIn {
  const { path, endsAt, fingerprint } = signed;
  const means = 'certificate' as const;
  return { entityId: account.id, means, reference: fingerprint, path, endsAt };
}

async function accountFor(
  deps: ProveOrganisationDependencies,
  place: SignInPlace,
  { uscc, means }: { uscc: string; means: EntityMeans },
): Promise<{ ok: true; account: Account } | { ok: false; reason: AccountProblem }> {
  const attribute = { value: uscc, source: means, grade: 'A' } as const;
  const account = await deps.accounts.findByIdentity('legalEntity', { uscc: attribute });
  const reason = problemOf(account, place.accountId);
  if (account && !reason) return { ok: true, account };
  await noteRefused(deps, place, {
    reason: `${means}_${reason ?? 'entity_unknown'}`,
    subject: account?.id,
  });
  return { ok: false, reason: reason ?? 'entity_unknown' };
}

function problemOf(
  account: Account | undefined,
  expectedId: string | undefined,
): AccountProblem | undefined {
  if (!account || account.state === 'closed') return 'entity_unknown';
  if (expectedId !== undefined && expectedId !== account.id) return 'other_organisation';
  return account.isActive ? undefined : 'entity_unavailable';
}

/** Whom the platform names, with the account that is verified as that very person. */
async function operatorOf(
  { accounts }: ProveOrganisationDependencies,
  { presenter, role }: PresentedLicence,
): Promise<Operator> {
  const number = presenter.number.toUpperCase();
  const certificate = { value: { type: '111', number }, source: 'licence', grade: 'A' } as const;
  const found = await accounts.findByIdentity('naturalPerson', { certificate });
  const own = found?.isActive ? verifiedClaim(found) : undefined;
  const isOwn = own?.name === canonicalName(presenter.name);
  return {
    name: presenter.name,
    source: 'licence',
    ...(role === 'handler' ? {} : { role }),
    ...(found && isOwn ? { accountId: found.id } : {}),
  };
}

async function noteRefused(
  { audit }: ProveOrganisationDependencies,
  { address }: SignInPlace,
  of: { reason: string; subject?: string | undefined },
): Promise<void> {
  const facts = { actor: 'anonymous', address, result: 'refused' } as const;
  await audit.record({ type: 'sign_in.refused', ...facts, ...of });
}
