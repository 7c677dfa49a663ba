// What who is invited to act for an organisation says to it. Neither who offered it nor who takes it
// may lose what it rests on while it is taken, and no limit is passed by two who answer at once.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { AppointDependencies } from './appoint.ts';
import { endMandates } from './end-mandates.ts';
import { mayBeActedFor } from './good-standing.ts';
import { holdLead, holdPower, offeringMandate } from './hold-power.ts';
import { importFacts } from './imported.ts';
import { isSameOrganisation } from './invitee-form.ts';
import type { Invitation, InvitationStore } from './invitation-store.ts';
import { REPRESENTATIVE_LEVEL } from './mandate.ts';
import type { Mandate } from './mandate.ts';
import { isGrantTaken } from './mandate-document.ts';
import type { MandateStore, NewMandate } from './mandate-store.ts';
import { termFrom } from './mandate-terms.ts';
import { peopleBehind } from './people-behind.ts';
import { depthOf, recordRefusedPower } from './power.ts';

/** An offer, with whom it is to: the person, or an organisation that the person may act for. */
export interface Offer {
  invitation: Invitation;
  entity: Account;
  holder: Account;
}

interface OfferDependencies {
  invitations: InvitationStore;
  mandates: MandateStore;
  accounts: Pick<AccountStore, 'findById' | 'subAccounts'>;
}

/** Offers to this person, as far as the entity and who offers still are what they were. */
export async function invitationsTo(deps: OfferDependencies, person: Account): Promise<Offer[]> {
  const claim = verifiedClaim(person);
  if (!claim || person.realNameLevel < REPRESENTATIVE_LEVEL) return [];
  const { name, certificate } = claim;
  const own = await deps.invitations.toPerson({ name, number: certificate.number });
  const offers = [
    ...own.map((invitation) => ({ invitation, holder: person })),
    ...(await toAgencies(deps, person)),
  ];
  const standing = await Promise.all(
    offers.map(async ({ invitation, holder }) => {
      const entity = await deps.accounts.findById(invitation.entityId);
      const isStanding = entity?.isActive && (await mayOffer(deps, invitation));
      return isStanding ? [{ invitation, entity, holder }] : [];
    }),
  );
  return standing.flat();
}

async function toAgencies(deps: OfferDependencies, person: Account) {
  const led = await deps.mandates.led(person.id);
  const found = await Promise.all(
    led.map(async ({ entityId }) => {
      const holder = await deps.accounts.findById(entityId);
      if (!holder?.uscc || !mayBeActedFor(holder)) return [];
      const isNamed = (name: string) => isSameOrganisation(name, holder.name ?? '');
      const offers = await deps.invitations.toOrganisation(holder.uscc, isNamed);
      return offers.map((invitation) => ({ invitation, holder }));
    }),
  );
  return found.flat();
}

/** Whether who offered it may still do so. */
async function mayOffer(
  deps: OfferDependencies,
  { entityId, invitedBy, terms }: Invitation,
): Promise<boolean> {
  const inviter = await deps.accounts.findById(invitedBy);
  if (!inviter?.isActive) return false;
  return (await offeringMandate(deps, { entityId, invitedBy, terms })) !== undefined;
}

export type AnswerOutcome = 'accepted' | 'declined' | 'gone' | 'administrators_full';

interface Answer {
  invitationId: string;
  isAccepted: boolean;
  address: string;
}

export async function answerInvitation(
  deps: AppointDependencies,
  person: Account,
  given: Answer,
): Promise<AnswerOutcome> {
  const { invitationId, isAccepted, address } = given;
  const offers = await invitationsTo(deps, person);
  const offer = offers.find(({ invitation }) => invitation.id === invitationId);
  if (!offer) {
    await recordStranger(deps, person, given);
    return 'gone';
  }
  const answering = { ...offer, person, address };
  try {
    const answered = await deps.database.transaction((session) =>
      isAccepted ? accept(deps, session, answering) : decline(deps, session, answering),
    );
    if (typeof answered === 'string') return answered;
    for (const tell of answered ?? []) tell();
    return answered ? (isAccepted ? 'accepted' : 'declined') : 'gone';
  } catch (error) {
    // Sent twice: the first has made the person what was offered.
    if (isGrantTaken(error)) return 'accepted';
    if (error instanceof Overtaken) return 'gone';
    throw error;
  }
}

/** Of somebody else's offer; one that is over, or never was, is nothing to record. */
async function recordStranger(
  deps: AppointDependencies,
  person: Account,
  { invitationId, isAccepted, address }: Answer,
): Promise<void> {
  const invitation = await deps.invitations.find(invitationId);
  if (!invitation) return;
  const details = { attempt: isAccepted ? 'accept' : 'decline', invitation: invitationId };
  const refused = { actor: person.id, entityId: invitation.entityId, address, details };
  await recordRefusedPower(deps.audit, { ...refused, reason: 'not_named' });
}

interface Answering extends Offer {
  person: Account;
  address: string;
}

type Told = (() => void)[];

async function decline(
  deps: AppointDependencies,
  session: ClientSession,
  { invitation, entity, person, address }: Answering,
): Promise<Told | undefined> {
  if (!(await deps.invitations.close(invitation.id, 'declined', session))) return undefined;
  const facts = { type: 'mandates.declined', actor: person.id, address } as const;
  await deps.audit.record({ ...facts, subject: entity.id, result: 'done' }, session);
  const { invitedBy: accountId, role } = invitation;
  const notice = { accountId, template: 'mandate_declined', role } as const;
  const entityName = entity.name ?? '';
  return [await deps.notices.mandateChanged({ ...notice, entityName }, session)];
}

async function accept(
  deps: AppointDependencies,
  session: ClientSession,
  answering: Answering,
): Promise<Told | 'administrators_full' | undefined> {
  const { invitation, entity, holder, address, person } = answering;
  const by = await holdAll(deps, session, answering);
  if (!by) return undefined;
  if (await isFull(deps, session, invitation)) return 'administrators_full';
  const mandate = await mandateFrom(deps, session, { invitation, holder, by });
  if (!mandate || !(await deps.invitations.take(invitation.id, session))) return undefined;
  const told: Told = [];
  if (invitation.role === 'handler') {
    const former = await deps.mandates.same(mandate, session);
    const end = { entityName: entity.name ?? '', reason: 'replaced', actor: person.id } as const;
    told.push(await endMandates(deps, former, { ...end, address, session }));
  }
  const granted = await deps.mandates.grant(mandate, session);
  if (!granted) return told;
  const origin = importFacts(invitation);
  await deps.audit.record(
    {
      type: 'mandates.granted',
      actor: person.id,
      ...origin.facts,
      address,
      subject: entity.id,
      result: 'done',
      details: {
        mandate: granted.id,
        person: holder.id,
        role: granted.role,
        grantedBy: granted.grantedBy,
        ...origin.details,
      },
    },
    session,
  );
  return [...told, ...(await tellBoth(deps, session, answering))];
}

/** One after the other: all of an organisation's are decided in turn. */
async function holdAll(
  deps: AppointDependencies,
  session: ClientSession,
  { invitation, entity, holder, person }: Answering,
): Promise<Mandate | undefined> {
  const { accounts } = deps;
  if (!(await accounts.holdStanding(entity.id, VERIFIED_LEVEL, session))) return undefined;
  const by = await offeringMandate(deps, invitation, session);
  const personId = invitation.invitedBy;
  if (!by || !(await holdPower(deps, { by, personId }, session))) return undefined;
  const isAgency = holder.id !== person.id;
  if (
    isAgency &&
    !(await holdLead(deps, { organisationId: holder.id, personId: person.id }, session))
  )
    return undefined;
  for (const id of new Set([person.id, invitation.invitedBy])) {
    if (!(await accounts.holdStanding(id, REPRESENTATIVE_LEVEL, session))) return undefined;
  }
  return by;
}

async function isFull(
  { mandates, mandateLimits }: AppointDependencies,
  session: ClientSession,
  { entityId, role }: Invitation,
): Promise<boolean> {
  if (role !== 'administrator') return false;
  const leaders = await mandates.leaders(entityId, session);
  const present = leaders.filter((each) => each.role === 'administrator').length;
  return present >= mandateLimits.administrators;
}

/** Undefined when nothing would be left of it. */
async function mandateFrom(
  { mandates, mandateLimits: limits, clock }: AppointDependencies,
  session: ClientSession,
  { invitation, holder, by }: { invitation: Invitation; holder: Account; by: Mandate },
): Promise<NewMandate | undefined> {
  const { entityId, role, invitedBy, terms = {} } = invitation;
  const { services, clients, isSingleUse, maySubdelegate, parentId } = terms;
  const limited = { ...terms, ...earliest(terms.expiresAt, parentId && by.expiresAt) };
  const term = termFrom(limited, { now: clock.now(), limits });
  if (!term) return undefined;
  const depth = parentId === undefined ? 0 : (await depthOf(mandates, by, session)) + 1;
  if (depth > limits.delegationDepth) return undefined;
  return {
    entityId,
    holderId: holder.id,
    role,
    grantedBy: invitedBy,
    proof: 'administrator',
    ...term,
    ...(services === undefined ? {} : { services }),
    ...(clients === undefined ? {} : { clients }),
    ...(isSingleUse ? { isSingleUse } : {}),
    ...(maySubdelegate && depth < limits.delegationDepth ? { maySubdelegate } : {}),
    ...(parentId === undefined ? {} : { parentId }),
  };
}

/** What is passed on ends with what it came from, also when that was made shorter since. */
function earliest(own: Date | undefined, parents: Date | '' | undefined) {
  if (!parents) return undefined;
  return { expiresAt: own && own < parents ? own : parents };
}

async function tellBoth(
  deps: AppointDependencies,
  session: ClientSession,
  { invitation, entity, holder }: Answering,
): Promise<Told> {
  const { invitedBy, role } = invitation;
  const entityName = entity.name ?? '';
  const told: Told = [];
  for (const accountId of new Set(await peopleBehind(deps, holder.id, session))) {
    const notice = { accountId, template: 'mandate_granted', entityName, role } as const;
    told.push(await deps.notices.mandateChanged(notice, session));
  }
  const notice = { accountId: invitedBy, template: 'mandate_accepted', entityName, role } as const;
  return [...told, await deps.notices.mandateChanged(notice, session)];
}
