// A second guardian by invitation: the first shows a code to the other in person, who types it in an
// account of their own and agrees for themself. One code at a time for each child, for a day; what
// decides is the ward's revision, so that one code makes one guardian.
import { secondsFromNow } from '../platform/clock.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { takeMatchTry } from '../verification/verification-tries.ts';
import type { AddedChild } from './add-child.ts';
import { inTransaction } from './change-consent.ts';
import { CHILD_AGREEMENT } from './guardianship.ts';
import type { Guardianship } from './guardianship.ts';
import { joinWard } from './join-ward.ts';
import { guardianIn, isOfAge, MOST_GUARDIANS, suffices } from './ward.ts';
import type { Guardian, Relation, Ward } from './ward.ts';

/** Digits, so that it can be read out and typed on any telephone. */
const CODE_DIGITS = 12;
const CODE_GROUP = 4;
const VALID_SECONDS = 86_400;
const GUESSES = { attempts: 10, windowSeconds: 86_400 } as const;

export type InviteOutcome = { ok: true; code: string; expiresAt: Date } | { ok: false };

/** Whether there is room for another, in an account that is in use. */
export function canInvite({ state, guardians }: Pick<Ward, 'state' | 'guardians'>): boolean {
  return state === 'active' && guardians.length < MOST_GUARDIANS;
}

/** In place of the one before. */
export async function inviteGuardian(
  deps: Guardianship,
  ward: Ward,
  by: { guardianId: string; address: string },
): Promise<InviteOutcome> {
  if (!canInvite(ward)) return { ok: false };
  const { guardianId: actor, address } = by;
  const code = deps.random.digits(CODE_DIGITS);
  const expiresAt = secondsFromNow(deps.clock, VALID_SECONDS);
  const isDone = await inTransaction(deps, async (session) => {
    const patch = { invitation: { code, by: actor, expiresAt } };
    if (!(await deps.wards.change(ward, patch, session))) return undefined;
    const facts = { type: 'guardianship.invited', actor, address, result: 'done' } as const;
    await deps.audit.record({ ...facts, subject: ward.id }, session);
    return () => undefined;
  });
  return isDone ? { ok: true, code: grouped(code), expiresAt } : { ok: false };
}

/** False when it was used meanwhile, or there is none. */
export async function revokeInvitation(
  deps: Guardianship,
  ward: Ward,
  by: { guardianId: string; address: string },
): Promise<boolean> {
  if (!ward.invitation) return false;
  const { guardianId: actor, address } = by;
  return inTransaction(deps, async (session) => {
    if (!(await deps.wards.change(ward, { invitation: null }, session))) return undefined;
    const facts = { type: 'guardianship.invited', actor, address, reason: 'revoked' } as const;
    await deps.audit.record({ ...facts, subject: ward.id, result: 'done' }, session);
    return () => undefined;
  });
}

export type JoinOutcome =
  | { ok: true; childId: string }
  /** `code_wrong`: unknown, used, revoked or expired: nobody learns which. */
  | { ok: false; reason: 'code_wrong' | 'tries_used_up' | 'not_confirmed' | 'unavailable' };

export interface Joining extends Pick<AddedChild, 'guardian' | 'agreement'> {
  code: string;
  relation: Relation;
}

export async function joinByInvitation(
  deps: Guardianship,
  { guardian, agreement, code, relation }: Joining,
): Promise<JoinOutcome> {
  const guess = { ...GUESSES, key: `guardian-code:${guardian.id}` };
  if (!(await deps.budgets.reserve([guess])).ok) return { ok: false, reason: 'tries_used_up' };
  const ward = await deps.wards.ofInvitation(readCode(code));
  if (!ward || !(await isStanding(deps, ward))) return { ok: false, reason: 'code_wrong' };
  if (guardianIn(ward, guardian.id)) return { ok: true, childId: ward.id };
  const asked = await askRegister(deps, ward, { guardian, agreement });
  if (!asked.ok) return asked;
  const { childName, basis } = asked;
  const joining = { ward, childName, guardian, relation, agreement, basis, actor: guardian.id };
  const isDone = await inTransaction(deps, (session) => joinWard(deps, session, joining));
  return isDone ? { ok: true, childId: ward.id } : { ok: false, reason: 'code_wrong' };
}

/** The invitation is worth what its guardian is worth, and the child is one still. */
async function isStanding({ accounts, clock }: Guardianship, ward: Ward): Promise<boolean> {
  const { invitation } = ward;
  if (!invitation || !canInvite(ward) || isOfAge(ward, clock.now())) return false;
  const inviter = guardianIn(ward, invitation.by);
  return inviter !== undefined && suffices(await accounts.findById(invitation.by));
}

type AskedRegister =
  | { ok: true; childName: string; basis: Guardian['basis'] }
  | (JoinOutcome & { ok: false });

/** Where the register can answer: its no is a no, and what it does not know the invitation says. */
async function askRegister(
  deps: Guardianship,
  ward: Ward,
  { guardian, agreement }: Pick<Joining, 'guardian' | 'agreement'>,
): Promise<AskedRegister> {
  const { households, budgets } = deps;
  const child = await deps.accounts.findById(ward.id);
  const claim = child && verifiedClaim(child);
  const own = verifiedClaim(guardian);
  if (!child?.isActive || !claim || !own) return { ok: false, reason: 'code_wrong' };
  const known: readonly string[] = households?.config.certificateTypes ?? [];
  const isAskable = [own, claim].every(({ certificate }) => known.includes(certificate.type));
  if (!households || !isAskable) return { ok: true, childName: claim.name, basis: 'invitation' };
  const { address } = agreement;
  const taken = await takeMatchTry(deps, { accountId: guardian.id, claim, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const answer = await households.household.ask(own, claim);
  switch (answer.outcome) {
    case 'match':
      return { ok: true, childName: claim.name, basis: 'register' };
    case 'unknown':
      return { ok: true, childName: claim.name, basis: 'invitation' };
    case 'no_match':
      return { ok: false, reason: 'not_confirmed' };
    case 'unavailable':
    case 'contradictory':
      await budgets.giveBack(taken.reservations);
      return { ok: false, reason: 'unavailable' };
  }
}

/** The agreement as it stands now. */
export function isAgreementCurrent({ agreements }: Guardianship, version: number): boolean {
  return agreements.current(CHILD_AGREEMENT).version === version;
}

function readCode(text: string): string {
  return text.normalize('NFKC').replaceAll(/[\s\p{Pd}]/gu, '');
}

function grouped(code: string): string {
  return code.replaceAll(new RegExp(String.raw`(\d{${CODE_GROUP}})(?=\d)`, 'gu'), '$1 ');
}
