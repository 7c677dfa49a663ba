// A guardian adds a child: the registers are asked, then account, ward, evidence, the agreement and
// the records stand or fall together. Who is not confirmed learns nothing of the child: neither
// whether name and number belong together, nor whether there is an account.
import type { Account } from '../accounts/account.ts';
import { draftAccount } from '../accounts/account-draft.ts';
import type { AccountDraft } from '../accounts/account-draft.ts';
import { maskName } from '../accounts/masking.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { EvidenceMethod } from '../verification/evidence.ts';
import { noteUnproven } from '../verification/note-check.ts';
import { takeMatchTry } from '../verification/verification-tries.ts';
import { askFamily } from './ask-family.ts';
import type { FamilyAnswers } from './ask-family.ts';
import type { Child } from './child-form.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { Guardianship } from './guardianship.ts';
import { GUARDIAN_LEVEL, guardianIn } from './ward.ts';
import type { Guardian } from './ward.ts';

export interface AddedChild {
  guardian: Account;
  child: Child;
  /** Of the agreement as it stood on the page. */
  agreement: { version: number; language: Locale; address: string };
}

export type AddChildOutcome =
  | { ok: true; childId: string; isNew: boolean }
  | {
      ok: false;
      reason: 'not_confirmed' | 'unavailable' | 'tries_used_up' | 'agreement_changed';
      /** What was typed, for staff to look at. */
      applicationId?: string | undefined;
    };

/** What shows that it is so: the registers, or staff who looked at papers. */
export interface ChildBasis {
  source: 'population' | 'review';
  method: EvidenceMethod;
  grade: 'A' | 'B' | 'C';
  resultCode: string;
  reference: string;
  validDays: number | undefined;
  /** The reviewer. */
  decidedBy?: string | undefined;
}

/** An account of a child is never more than matched by name and number. */
export const CHILD_LEVEL = 2 as const;
const DAY_SECONDS = 86_400;

export async function addChild(deps: Guardianship, added: AddedChild): Promise<AddChildOutcome> {
  const { guardian, child, agreement } = added;
  const { address } = agreement;
  if (deps.agreements.current(CHILD_AGREEMENT).version !== agreement.version) {
    return { ok: false, reason: 'agreement_changed' };
  }
  const { households, budgets } = deps;
  const type = child.claim.certificate.type;
  if (!households?.config.certificateTypes.includes(type)) {
    return { ok: false, reason: 'not_confirmed' };
  }
  const of = { accountId: guardian.id, claim: child.claim, address };
  const taken = await takeMatchTry(deps, of);
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const answer = await askFamily(deps, { guardian, claim: child.claim });
  if (answer.outcome === 'unavailable') await budgets.giveBack(taken.reservations);
  if (answer.outcome === 'confirmed') {
    const outcome = await enterConfirmed(deps, added, confirmedBasis(households.config, answer));
    if (outcome.ok || outcome.reason !== 'not_confirmed') return outcome;
    return { ...outcome, applicationId: await keepForReview(deps, added, answer.answers) };
  }
  const { outcome: reason, resultCode } = answer;
  const noted = { actor: guardian.id, address, source: 'population', reason, resultCode };
  await noteUnproven(deps, noted);
  const applicationId = await keepForReview(deps, added, answer.answers);
  return { ok: false, reason: answer.outcome, applicationId };
}

function confirmedBasis(
  { validDays }: { validDays?: number | undefined },
  { resultCode, reference }: FamilyAnswers,
): ChildBasis {
  const facts = { source: 'population', method: 'two_element', grade: 'A' } as const;
  return { ...facts, resultCode, reference, validDays };
}

/** Kept until it is sent to staff, or for a week. */
async function keepForReview(
  { applications }: Guardianship,
  { guardian, child }: AddedChild,
  answers: FamilyAnswers['answers'],
): Promise<string | undefined> {
  const { claim, birthDate, relation } = child;
  const former = await applications.ofChild(guardian.id, claim.certificate);
  const content = { ...claim, birthDate, relation, answers };
  return (await applications.put(guardian.id, content, former))?.id;
}

async function enterConfirmed(
  deps: Guardianship,
  added: AddedChild,
  basis: ChildBasis,
): Promise<AddChildOutcome> {
  try {
    const entered = await enterChild(deps, added, { basis });
    if (entered.ok) {
      entered.afterCommit();
      return { ok: true, childId: entered.childId, isNew: true };
    }
    return await ofHolder(deps, added, entered.holderId);
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'agreement_changed' };
    throw error;
  }
}

export type EnterChildOutcome =
  | { ok: true; childId: string; afterCommit: () => void }
  | { ok: false; holderId: string };

/**
 * The account with all that belongs to it, in one transaction: the caller's, if there is one.
 * @throws Overtaken when the agreement or the guardian changed meanwhile
 */
export async function enterChild(
  deps: Guardianship,
  added: AddedChild,
  { basis, within }: { basis: ChildBasis; within?: ClientSession },
): Promise<EnterChildOutcome> {
  const { guardian, agreement } = added;
  let told: (() => void)[] = [];
  const entered = await deps.accounts.enterIdentity(draftOf(deps, added, basis), {
    actor: basis.decidedBy ?? guardian.id,
    ...(basis.decidedBy === undefined ? { address: agreement.address } : {}),
    ...(within ? { within } : {}),
    alongside: async (session, childId) => {
      told = [await complete(deps, session, { added, basis, childId })];
    },
    onDisplaced: () => Promise.reject(new Error('a child displaces nobody')),
    onHeld: async () => undefined,
  });
  if (!entered.ok) return { ok: false, holderId: entered.holderId };
  return {
    ok: true,
    childId: entered.account.id,
    afterCommit: () => {
      for (const tell of told) tell();
    },
  };
}

function draftOf({ clock }: Guardianship, { child }: AddedChild, basis: ChildBasis): AccountDraft {
  const { name, certificate } = child.claim;
  const { source, grade } = basis;
  const drafted = draftAccount(
    {
      kind: 'naturalPerson',
      name,
      certificateType: certificate.type,
      certificateNumber: certificate.number,
      certificateCountry: certificate.country,
      realNameLevel: CHILD_LEVEL,
    },
    {
      source: source === 'review' ? source : `register:${source}`,
      grade,
      areContactsConfirmed: false,
      now: clock.now(),
    },
  );
  if (!drafted.ok) throw new Error('somebody confirmed what cannot be');
  return { ...drafted.draft, isWard: true };
}

async function complete(
  deps: Guardianship,
  session: ClientSession,
  of: { added: AddedChild; basis: ChildBasis; childId: string },
): Promise<() => void> {
  const { added, basis, childId } = of;
  const { guardian, child } = added;
  const { source, method, grade, resultCode, reference, validDays } = basis;
  const entry = guardianOf(deps, added, source === 'review' ? source : 'register');
  await deps.wards.insert({ id: childId, birthDate: child.birthDate, guardian: entry }, session);
  const expiresAt =
    validDays === undefined
      ? {}
      : { expiresAt: secondsFromNow(deps.clock, validDays * DAY_SECONDS) };
  const facts = { source, method, terminal: 'online', resultCode, grade, level: CHILD_LEVEL };
  const details = { ...child.claim, reference };
  await deps.evidence.insert(childId, { ...facts, ...expiresAt, details } as const, session);
  await recordConsent(deps, session, { ...added, childId });
  const childName = maskName(child.claim.name);
  const template = 'guardianship_begun' as const;
  return deps.notices.guardianshipChanged({ accountId: guardian.id, template, childName }, session);
}

/** The entry of a guardian who has just agreed. */
export function guardianOf(
  { clock }: Pick<Guardianship, 'clock'>,
  { guardian, child, agreement }: Omit<AddedChild, 'child'> & { child: Pick<Child, 'relation'> },
  basis: Guardian['basis'],
): Guardian {
  const { version, language } = agreement;
  const now = clock.now();
  const consent = { version, language, at: now };
  return { accountId: guardian.id, relation: child.relation, basis, since: now, consent };
}

/** @throws Overtaken when the agreement changed meanwhile, or the guardian does not suffice any more */
export async function recordConsent(
  { accounts, agreements, audit }: Pick<Guardianship, 'accounts' | 'agreements' | 'audit'>,
  session: ClientSession,
  of: Pick<AddedChild, 'guardian' | 'agreement'> & { childId: string },
): Promise<void> {
  const { guardian, agreement, childId } = of;
  const { version, language, address } = agreement;
  // What the page saw was before the registers were asked.
  if (!(await accounts.holdStanding(guardian.id, GUARDIAN_LEVEL, session))) {
    throw new Overtaken('the guardian does not suffice any more');
  }
  const accepted = await agreements.acceptWithin(session, {
    accountId: guardian.id,
    name: CHILD_AGREEMENT,
    ...agreement,
  });
  if (!accepted.ok) throw new Overtaken('the agreement has changed');
  await audit.record(
    {
      type: 'guardianship.consented',
      actor: guardian.id,
      subject: childId,
      address,
      result: 'done',
      details: { agreement: CHILD_AGREEMENT, version, language },
    },
    session,
  );
}

/** There is an account: the guardian's own ward, or somebody else's, who is told that it was asked for. */
async function ofHolder(
  deps: Guardianship,
  { guardian, child, agreement }: AddedChild,
  holderId: string,
): Promise<AddChildOutcome> {
  const ward = await deps.wards.find(holderId);
  if (ward && guardianIn(ward, guardian.id)) return { ok: true, childId: holderId, isNew: false };
  const told = await deps.accounts.transaction(async (session) => {
    const { address } = agreement;
    await deps.audit.record(
      {
        type: 'guardianship.claimed',
        actor: guardian.id,
        subject: holderId,
        address,
        result: 'refused',
        reason: 'identity_held',
      },
      session,
    );
    const childName = maskName(child.claim.name);
    const template = 'guardianship_claimed' as const;
    const tells: (() => void)[] = [];
    for (const { accountId } of ward?.guardians ?? []) {
      const notice = { accountId, template, childName };
      tells.push(await deps.notices.guardianshipChanged(notice, session));
    }
    return tells;
  });
  for (const tell of told) tell();
  return { ok: false, reason: 'not_confirmed' };
}
