// Administrators of an entity: offered by who may appoint, accepted by who is named, given up or
// taken back. Nobody gets power over an entity without having said yes in person.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { canonicalNumber, checkCertificate } from '../accounts/identity-number.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { canonicalName } from '../verification/canonical-name.ts';
import { REPRESENTATIVE_LEVEL } from './empower-representative.ts';
import { endMandates } from './end-mandates.ts';
import type { EndMandatesDependencies } from './end-mandates.ts';
import type { Invitation, Invitee } from './invitation-store.ts';
import { mayAppoint, mayEnd } from './mandate.ts';
import type { Mandate } from './mandate.ts';
import { isGrantTaken } from './mandate-store.ts';

export interface AppointDependencies extends EndMandatesDependencies {
  accounts: Pick<AccountStore, 'findById' | 'holdStanding'>;
  budgets: Pick<BudgetStore, 'reserve'>;
  database: Pick<Database, 'transaction'>;
  clock: Clock;
}

export type InviteProblem = `legal-entities.invite.${
  'name_missing' | 'name_wrong' | 'number_missing' | 'number_wrong' | 'own_number' | 'too_many'}`;

export type InviteOutcome =
  { ok: true } | { ok: false; errors: readonly FieldError<InviteProblem>[] };

const NUMBER = /^[A-Z0-9]{5,20}$/u;
const INVITATIONS_A_DAY = { attempts: 30, windowSeconds: 86_400 } as const;

/** Who may act for the entity as a whole; undefined for everybody else. */
export async function appointingMandate(
  { mandates }: Pick<AppointDependencies, 'mandates'>,
  entityId: string,
  personId: string,
): Promise<Mandate | undefined> {
  const mandate = await mandates.between(entityId, personId);
  return mandate && mayAppoint(mandate) ? mandate : undefined;
}

export async function inviteAdministrator(
  deps: AppointDependencies,
  person: Account,
  given: { entityId: string; typed: { name: string; number: string }; address: string },
): Promise<InviteOutcome> {
  const { entityId, typed, address } = given;
  const read = readInvitee(typed, { person, now: deps.clock.now() });
  if (!read.ok) return read;
  const tooMany = { ok: false, errors: [{ key: 'legal-entities.invite.too_many' }] } as const;
  const key = `entity-invitations:${person.id}`;
  const taken = await deps.budgets.reserve([{ ...INVITATIONS_A_DAY, key }]);
  if (!taken.ok) return tooMany;
  return deps.database.transaction(async (session) => {
    const facts = { entityId, role: 'administrator', invitedBy: person.id } as const;
    const invitation = await deps.invitations.put({ ...facts, invitee: read.invitee }, session);
    if (!invitation) return tooMany;
    await deps.audit.record(
      {
        type: 'mandates.invited',
        actor: person.id,
        address,
        subject: entityId,
        result: 'done',
        details: { invitation: invitation.id, role: invitation.role },
      },
      session,
    );
    return { ok: true } as const;
  });
}

function readInvitee(
  typed: { name: string; number: string },
  { person, now }: { person: Account; now: Date },
): { ok: true; invitee: Invitee } | (InviteOutcome & { ok: false }) {
  const errors: FieldError<InviteProblem>[] = [];
  const name = canonicalName(typed.name);
  if (name === undefined) {
    const key = typed.name.trim() === '' ? 'name_missing' : 'name_wrong';
    errors.push({ field: 'name', key: `legal-entities.invite.${key}` });
  }
  const number = canonicalNumber(typed.number);
  const isImpossible =
    !NUMBER.test(number) ||
    (/^\d{17}[\dX]$/u.test(number) &&
      ['111', '553'].every(
        (type) => checkCertificate({ type: type as '111', number }, now).outcome === 'invalid',
      ));
  if (number === '') errors.push({ field: 'number', key: 'legal-entities.invite.number_missing' });
  else if (isImpossible)
    errors.push({ field: 'number', key: 'legal-entities.invite.number_wrong' });
  else if (number === person.certificate?.number) {
    errors.push({ field: 'number', key: 'legal-entities.invite.own_number' });
  }
  return name === undefined || errors.length > 0
    ? { ok: false, errors }
    : { ok: true, invitee: { name, number } };
}

/** Offers to this person, as far as the entity and who offers still are what they were. */
export async function invitationsTo(
  deps: Pick<AppointDependencies, 'invitations' | 'mandates'> & {
    accounts: Pick<AccountStore, 'findById'>;
  },
  person: Account,
): Promise<{ invitation: Invitation; entity: Account }[]> {
  const claim = verifiedClaim(person);
  if (!claim || person.realNameLevel < REPRESENTATIVE_LEVEL) return [];
  const { name, certificate } = claim;
  const offers = await deps.invitations.toPerson({ name, number: certificate.number });
  const standing = await Promise.all(
    offers.map(async (invitation) => {
      const { entityId, invitedBy } = invitation;
      const entity = await deps.accounts.findById(entityId);
      const by = await appointingMandate(deps, entityId, invitedBy);
      const inviter = by && (await deps.accounts.findById(invitedBy));
      return entity?.isActive && inviter?.isActive ? [{ invitation, entity }] : [];
    }),
  );
  return standing.flat();
}

export type AnswerOutcome = 'accepted' | 'declined' | 'gone';

export async function answerInvitation(
  deps: AppointDependencies,
  person: Account,
  given: { invitationId: string; isAccepted: boolean; address: string },
): Promise<AnswerOutcome> {
  const { invitationId, isAccepted, address } = given;
  const offers = await invitationsTo(deps, person);
  const offer = offers.find(({ invitation }) => invitation.id === invitationId);
  if (!offer) return 'gone';
  const { invitation, entity } = offer;
  const accepting = { person, invitation, entityName: entity.name ?? '', address };
  try {
    const answered = await deps.database.transaction(async (session) => {
      if (isAccepted && !(await stillStands(deps, session, accepting))) return undefined;
      if (!(await deps.invitations.take(invitation.id, session))) return undefined;
      if (isAccepted) return accept(deps, session, accepting);
      const facts = { type: 'mandates.declined', actor: person.id, address } as const;
      const subject = invitation.entityId;
      await deps.audit.record({ ...facts, subject, result: 'done' }, session);
      return () => undefined;
    });
    answered?.();
    return answered ? (isAccepted ? 'accepted' : 'declined') : 'gone';
  } catch (error) {
    // Sent twice: the first has made the person administrator.
    if (isGrantTaken(error)) return 'accepted';
    throw error;
  }
}

/** Neither who offered it nor who takes it may lose what it rests on while it is taken. */
async function stillStands(
  { mandates, accounts }: AppointDependencies,
  session: ClientSession,
  { person, invitation }: { person: Account; invitation: Invitation },
): Promise<boolean> {
  const { entityId, invitedBy } = invitation;
  const by = await mandates.between(entityId, invitedBy, session);
  if (!by || !mayAppoint(by) || !(await mandates.hold(by.id, session))) return false;
  for (const id of new Set([person.id, invitedBy])) {
    if (!(await accounts.holdStanding(id, REPRESENTATIVE_LEVEL, session))) return false;
  }
  return accounts.holdStanding(entityId, VERIFIED_LEVEL, session);
}

async function accept(
  deps: AppointDependencies,
  session: ClientSession,
  of: { person: Account; invitation: Invitation; entityName: string; address: string },
): Promise<() => void> {
  const { person, invitation, entityName, address } = of;
  const { entityId, role, invitedBy } = invitation;
  const mandate = { entityId, personId: person.id, role, grantedBy: invitedBy };
  const granted = await deps.mandates.grant(mandate, session);
  if (!granted) return () => undefined;
  await deps.audit.record(
    {
      type: 'mandates.granted',
      actor: person.id,
      address,
      subject: entityId,
      result: 'done',
      details: { mandate: granted.id, person: person.id, role, grantedBy: invitedBy },
    },
    session,
  );
  const told: (() => void)[] = [];
  for (const accountId of new Set([person.id, invitedBy])) {
    const template = accountId === person.id ? 'mandate_granted' : 'mandate_accepted';
    told.push(
      await deps.notices.mandateChanged({ accountId, template, entityName, role }, session),
    );
  }
  return () => {
    for (const tell of told) tell();
  };
}

export async function withdrawInvitation(
  deps: AppointDependencies,
  person: Account,
  { invitationId, address }: { invitationId: string; address: string },
): Promise<boolean> {
  const invitation = await deps.invitations.find(invitationId);
  const by = invitation && (await appointingMandate(deps, invitation.entityId, person.id));
  if (!by) return false;
  return deps.database.transaction(async (session) => {
    if (!(await deps.invitations.take(invitationId, session))) return false;
    const facts = { type: 'mandates.declined', actor: person.id, address } as const;
    const subject = invitation.entityId;
    await deps.audit.record({ ...facts, subject, reason: 'withdrawn', result: 'done' }, session);
    return true;
  });
}

/** The mandate that this person may end, with the entity's name. */
export async function endableMandate(
  deps: Pick<AppointDependencies, 'mandates'> & { accounts: Pick<AccountStore, 'findById'> },
  person: Account,
  mandateId: string,
): Promise<{ mandate: Mandate; entityName: string; isOwn: boolean } | undefined> {
  const mandate = await deps.mandates.find(mandateId);
  const by = mandate && (await deps.mandates.between(mandate.entityId, person.id));
  if (!by || !mayEnd(by, mandate)) return undefined;
  const entity = await deps.accounts.findById(mandate.entityId);
  return { mandate, entityName: entity?.name ?? '', isOwn: mandate.personId === person.id };
}

export async function endMandate(
  deps: AppointDependencies,
  person: Account,
  { mandateId, address }: { mandateId: string; address: string },
): Promise<boolean> {
  const found = await endableMandate(deps, person, mandateId);
  if (!found) return false;
  const { mandate, entityName, isOwn } = found;
  const reason = isOwn ? 'resigned' : 'removed';
  const tell = await deps.database.transaction((session) =>
    endMandates(deps, [mandate], { entityName, reason, actor: person.id, address, session }),
  );
  tell();
  return true;
}
