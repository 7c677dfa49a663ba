// An organisation applies to be recognised as an intermediary, through whoever may act for it as a
// whole: what the certificate says, its papers to staff, and back again. The application is the
// organisation's: any of those people goes on with it, and it outlives the mandate of who began it.
import type { Account } from '../accounts/account.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import { mayAppoint } from '../mandates/mandate.ts';
import { caseSentWith } from '../papers/applicant-case.ts';
import { remarkText, sendPapers, takeBack } from '../papers/hand-in.ts';
import type { SendPapersOutcome } from '../papers/hand-in.ts';
import { missingSlots } from '../papers/paper-files.ts';
import type { PaperPlace, SlotRule } from '../papers/paper-files.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { FieldTexts, NewReviewCase } from '../review/review-case.ts';
import type { ApplicantCase } from '../review/review-desk.ts';
import { answersTo } from './check-applicant.ts';
import type { Intermediaries, QualificationSlot } from './intermediaries.ts';
import { tellPeople } from './end-qualifications.ts';
import type { Told } from './end-qualifications.ts';
import { ENTITY_LEVEL, endsAt, isStanding } from './qualification.ts';
import type { Qualification, QualificationFacts } from './qualification.ts';

export const slotRules: readonly SlotRule<QualificationSlot>[] = [
  { slot: 'qualification_certificate', isRequired: true },
  { slot: 'qualification_letter', isRequired: true },
  { slot: 'qualification_other', isRequired: false },
];

const KIND = 'intermediary';

export type WriteOutcome =
  | { ok: true; qualification: Qualification }
  /** One of this kind is with staff; or another form was first. */
  | { ok: false; reason: 'under_way'; id: string }
  | { ok: false; reason: 'changed_meanwhile' };

/** Begins an application, in place of a draft of the same kind. @param of `renews`: the id of one that stands */
export async function beginApplication(
  { qualifications, clock }: Pick<Intermediaries, 'qualifications' | 'clock'>,
  entityId: string,
  of: { facts: QualificationFacts; renews?: string | undefined },
): Promise<WriteOutcome> {
  const { facts, renews } = of;
  const open = await qualifications.openOf(entityId, facts.kind);
  if (open) {
    if (open.state === 'sent') return { ok: false, reason: 'under_way', id: open.id };
    return rewriteApplication({ qualifications }, open, facts);
  }
  const former = renews === undefined ? undefined : await qualifications.find(renews);
  const isOfLine =
    former?.entityId === entityId && former.kind === facts.kind && isRenewable(former, clock.now());
  const lineId = isOfLine ? former.lineId : undefined;
  const inserted = await qualifications.insert({ entityId, facts, lineId });
  if (inserted) return { ok: true, qualification: inserted };
  const first = await qualifications.openOf(entityId, facts.kind);
  return first
    ? { ok: false, reason: 'under_way', id: first.id }
    : { ok: false, reason: 'changed_meanwhile' };
}

/** Other facts of the same kind; of one with staff only while they ask for more. */
export async function rewriteApplication(
  { qualifications }: Pick<Intermediaries, 'qualifications'>,
  of: Qualification,
  facts: QualificationFacts,
): Promise<WriteOutcome> {
  const isSameKind = facts.kind === of.kind;
  const rewritten = isSameKind ? await qualifications.rewrite(of, facts) : undefined;
  return rewritten
    ? { ok: true, qualification: rewritten }
    : { ok: false, reason: 'changed_meanwhile' };
}

/** Approved: whether its term runs or was over a short while ago. */
export function isRenewable(
  of: Pick<Qualification, 'state' | 'endedFor' | 'validUntil'>,
  now: Date,
): boolean {
  return isStanding(of, now) || of.state === 'active' || of.endedFor === 'expired';
}

export function placeOf({ id, entityId }: Qualification): PaperPlace {
  return { ownerId: entityId, purpose: id };
}

/** The case it was sent with; undefined before that. */
export function caseOf(
  { desk }: Pick<Intermediaries, 'desk'>,
  { entityId, caseId }: Qualification,
): Promise<ApplicantCase | undefined> {
  return caseSentWith(desk, { applicantId: entityId, caseId });
}

export interface SentApplication {
  person: Account;
  remark: string;
  address: string;
}

/** Opens a case, or answers what was asked for in an open one. */
export async function sendApplication(
  deps: Intermediaries,
  of: Qualification,
  sent: SentApplication,
): Promise<SendPapersOutcome<QualificationSlot> | { ok: false; reason: 'term_over' }> {
  const [present, papers, entity] = await Promise.all([
    caseOf(deps, of),
    deps.papers.waiting(placeOf(of)),
    deps.accounts.findById(of.entityId),
  ]);
  const isAsked = present?.state === 'more_needed';
  if (!entity || (!isAsked && of.state !== 'draft')) {
    return { ok: false, reason: 'changed_meanwhile' };
  }
  if (endsAt(of) <= deps.clock.now()) return { ok: false, reason: 'term_over' };
  const slots = missingSlots(slotRules, papers);
  if (!isAsked && slots.length > 0) {
    // Another form of it may have taken them along.
    const now = await deps.qualifications.find(of.id);
    const isSame = now?.revision === of.revision;
    return isSame
      ? { ok: false, reason: 'files_missing', slots }
      : { ok: false, reason: 'changed_meanwhile' };
  }
  const seen = await answersTo(deps, { of, entity });
  const { person, address } = sent;
  const handed = {
    applicantId: of.entityId,
    actorId: person.id,
    claimed: claimedTexts(of, { entity, remark: sent.remark }),
    fileIds: papers.map(({ id }) => id),
    to: isAsked ? { caseId: present.id, involvedIds: seen.involvedIds } : newCase(deps, of, seen),
    consent: { item: 'intermediary_review', address },
  };
  return sendPapers({ ...deps, database: deps.accounts }, handed, (session, caseId) =>
    submit(deps, { of, sent, caseId, alike: seen.alike }, session),
  );
}

function newCase(
  { approvals }: Pick<Intermediaries, 'approvals'>,
  of: Qualification,
  seen: Awaited<ReturnType<typeof answersTo>>,
): Omit<NewReviewCase, 'applicantId' | 'claimed' | 'fileIds' | 'openedBy'> {
  const { answers, involvedIds, isDisputed } = seen;
  return {
    kind: KIND,
    involvedIds,
    answers,
    approvals: isDisputed ? 2 : approvals,
    uniqueKey: `${KIND}:${of.id}`,
  };
}

/** All that has to hold when it goes to staff, in the transaction in which it does. */
async function submit(
  deps: Intermediaries,
  given: {
    of: Qualification;
    sent: SentApplication;
    caseId: string;
    alike: readonly Qualification[];
  },
  session: ClientSession,
): Promise<false | (() => void)> {
  const { of, sent, caseId, alike } = given;
  const { person, address } = sent;
  if (!(await mayApply(deps, { entityId: of.entityId, personId: person.id }, session))) {
    return false;
  }
  const to = { state: 'sent', caseId, sentBy: person.id } as const;
  if (!(await deps.qualifications.change(of, to, session))) return false;
  await deps.audit.record(
    {
      type: 'intermediaries.applied',
      actor: person.id,
      address,
      subject: of.entityId,
      result: 'done',
      details: { qualification: of.id, kind: of.kind, case: caseId },
    },
    session,
  );
  // Once for each application: what is supplied later is no news to them.
  const told = of.state === 'draft' ? await tellHolders(deps, { of, alike }, session) : [];
  return () => told.forEach((tell) => tell());
}

/** Whoever has this number approved learns that somebody else claims it, and not who. */
export async function tellHolders(
  deps: Pick<Intermediaries, 'accounts' | 'mandates' | 'notices' | 'audit'>,
  { of, alike }: { of: Pick<Qualification, 'kind'>; alike: readonly Qualification[] },
  session: ClientSession,
): Promise<Told> {
  const told: Told = [];
  for (const holder of alike.filter(({ state }) => state === 'active')) {
    await deps.audit.record(
      {
        type: 'intermediaries.claimed',
        actor: 'system',
        subject: holder.entityId,
        result: 'done',
        details: { qualification: holder.id, kind: of.kind },
      },
      session,
    );
    told.push(...(await tellPeople(deps, holder, { what: 'claimed', session })));
  }
  return told;
}

/** Until the transaction ends nobody takes away what it rests on. */
export async function mayApply(
  { mandates, accounts }: Pick<Intermediaries, 'mandates' | 'accounts'>,
  { entityId, personId }: { entityId: string; personId: string },
  session: ClientSession,
): Promise<boolean> {
  const mandate = await mandates.between(entityId, personId, session);
  return (
    mandate !== undefined &&
    mayAppoint(mandate) &&
    (await mandates.hold(mandate.id, session)) &&
    (await accounts.holdStanding(personId, REPRESENTATIVE_LEVEL, session)) &&
    (await accounts.holdStanding(entityId, ENTITY_LEVEL, session))
  );
}

/** Taken back before a decision; a draft is thrown away. False when it was decided meanwhile. */
export async function giveUpApplication(
  deps: Intermediaries,
  of: Qualification,
  by: { personId: string; address: string },
): Promise<boolean> {
  const { caseId, entityId } = of;
  if (caseId === undefined) return false;
  const facts = { caseId, applicantId: by.personId };
  return takeBack({ ...deps, database: deps.accounts }, facts, async (session) => {
    const person = { entityId, personId: by.personId };
    if (!(await mayApply(deps, person, session))) return false;
    const end = { state: 'given_up', endedAt: deps.clock.now() } as const;
    if (!(await deps.qualifications.change(of, end, session))) return false;
    await deps.audit.record(
      {
        type: 'intermediaries.given_up',
        actor: by.personId,
        address: by.address,
        subject: entityId,
        result: 'done',
        details: { qualification: of.id, kind: of.kind, case: caseId },
      },
      session,
    );
    return true;
  });
}

/** What staff compare; the approving department is told from the list of the city. */
export function claimedTexts(
  of: QualificationFacts,
  { entity, remark }: { entity: Account; remark: string },
): FieldTexts {
  const { name = '', uscc = '', subtype } = entity;
  return {
    entityName: name,
    uscc,
    ...(subtype === undefined ? {} : { entityType: subtype }),
    qualification: of.names.kind['zh-CN'],
    ...(of.number === undefined ? {} : { qualificationNumber: of.number }),
    issuingAuthority: of.authority,
    approvingDepartment: of.names.department['zh-CN'],
    validFrom: of.validFrom,
    validUntil: of.validUntil,
    ...remarkText(remark),
  };
}
