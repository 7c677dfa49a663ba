// Who is to act for an organisation: administrators and handlers, offered by who may appoint, or by a
// handler who may pass on what he has. Nobody gets power over an entity without having said yes in
// person.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { MandateLimits } from '../platform/mandates-config.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { EndMandatesDependencies } from './end-mandates.ts';
import { readHandlerForm } from './handler-form.ts';
import type { HandlerChoices, HandlerFormProblem, TypedHandler } from './handler-form.ts';
import { readInvitee } from './invitee-form.ts';
import type { InviteeProblem } from './invitee-form.ts';
import { importFacts } from './imported.ts';
import type { Imported } from './imported.ts';
import type { Invitation, InvitationStore } from './invitation-store.ts';
import { mayAppoint } from './mandate.ts';
import { holdPower, offeringMandate } from './hold-power.ts';
import type { Mandate } from './mandate.ts';
import { peopleBehind } from './people-behind.ts';
import {
  appointingMandate,
  depthOf,
  mandatesOver,
  standingOver,
  mayPassOn,
  recordRefusedPower,
} from './power.ts';
import type { PowerRefusal } from './power.ts';
import { payersFor } from './who-pays.ts';

export interface AppointDependencies extends EndMandatesDependencies {
  accounts: Pick<AccountStore, 'findById' | 'findByLogin' | 'holdStanding' | 'subAccounts'>;
  budgets: Pick<BudgetStore, 'reserve'>;
  database: Pick<Database, 'transaction'>;
  clock: Clock;
  mandateLimits: MandateLimits;
}

export type InviteProblem =
  | InviteeProblem
  | `legal-entities.invite.${'too_many' | 'administrators_full'}`;

export type InviteOutcome<Problem extends string = InviteProblem> =
  | { ok: true }
  | { ok: false; errors: readonly FieldError<Problem>[] };

/** A row of an upload, which has budgets of its own (src/mandate-import). */
export interface ImportedOffer extends Imported {
  /** Part of the offer's transaction. */
  alongside: (offer: Invitation, session: ClientSession) => Promise<void>;
}

const INVITATIONS_A_DAY = { attempts: 200, windowSeconds: 86_400 } as const;

export async function inviteAdministrator(
  deps: AppointDependencies,
  person: Account,
  given: { entityId: string; typed: { name: string; number: string }; address: string },
): Promise<InviteOutcome> {
  const { entityId, typed, address } = given;
  const of = { now: deps.clock.now(), ownNumber: person.certificate?.number };
  const read = readInvitee(typed, { ...of, isToOrganisation: false });
  if (!read.ok) return read;
  const leaders = await deps.mandates.leaders(entityId);
  const present = leaders.filter(({ role }) => role === 'administrator').length;
  if (present >= deps.mandateLimits.administrators) {
    return { ok: false, errors: [{ key: 'legal-entities.invite.administrators_full' }] };
  }
  const facts = { entityId, role: 'administrator', invitedBy: person.id } as const;
  const isSent = await send(deps, { ...facts, invitee: read.invitee }, { address });
  return isSent ? { ok: true } : { ok: false, errors: [{ key: 'legal-entities.invite.too_many' }] };
}

/** By which mandate this person may offer something to a handler; recorded when by none. */
export async function appointerOf(
  deps: Pick<AppointDependencies, 'accounts' | 'mandates' | 'audit' | 'mandateLimits'>,
  person: Pick<Account, 'id'>,
  of: { entityId: string; parentId?: string | undefined; address: string },
): Promise<{ by: Mandate; maySubdelegate: boolean } | undefined> {
  const { entityId, parentId, address } = of;
  const { delegationDepth } = deps.mandateLimits;
  const over = await standingOver(deps, { entityId, personId: person.id });
  const by = over.find(mayAppoint);
  if (by && parentId === undefined) return { by, maySubdelegate: delegationDepth > 0 };
  const parent = over.find((each) => each.id === parentId);
  const depth =
    parent && mayPassOn(parent) ? await depthOf(deps.mandates, parent) : delegationDepth;
  if (parent && depth < delegationDepth) {
    return { by: parent, maySubdelegate: depth + 1 < delegationDepth };
  }
  // A stranger's try leaves nothing at the organisation that he named.
  if (over.length > 0) {
    const reason = parent && mayPassOn(parent) ? 'beyond_depth' : 'not_entitled';
    const details = { attempt: 'appoint', ...(parent ? { mandate: parent.id } : {}) };
    await recordRefusedPower(deps.audit, { actor: person.id, entityId, reason, address, details });
  }
  return undefined;
}

export async function inviteHandler(
  deps: AppointDependencies,
  person: Account,
  given: {
    entity: Pick<Account, 'id' | 'uscc'>;
    by: Mandate;
    choices: HandlerChoices;
    typed: TypedHandler;
    address: string;
    imported?: ImportedOffer;
  },
): Promise<InviteOutcome<HandlerFormProblem>> {
  const { entity, by, choices, typed, address, imported } = given;
  const of = { choices, limits: deps.mandateLimits, now: deps.clock.now() };
  const read = readHandlerForm(typed, { ...of, ownNumber: person.certificate?.number });
  if (!read.ok) {
    const reason = beyondOf(read.errors);
    const details = { attempt: 'appoint', mandate: by.id };
    const refused = { actor: person.id, entityId: entity.id, address, details };
    if (reason) await recordRefusedPower(deps.audit, { ...refused, reason });
    return read;
  }
  const { invitee, isToOrganisation, terms } = read;
  if (isToOrganisation && invitee.number === entity.uscc) {
    return { ok: false, errors: [{ field: 'number', key: 'mandates.form.own_agency' }] };
  }
  const isSent = await send(
    deps,
    {
      entityId: entity.id,
      role: 'handler',
      invitedBy: person.id,
      invitee,
      terms,
      ...(isToOrganisation ? { isToOrganisation } : {}),
    },
    { address, imported },
  );
  return isSent ? { ok: true } : { ok: false, errors: [{ key: 'mandates.form.too_many' }] };
}

/** What nobody can tick in the form that he was shown. */
function beyondOf(errors: readonly FieldError<HandlerFormProblem>[]): PowerRefusal | undefined {
  const keys = new Set<string>(errors.map(({ key }) => key));
  if (keys.has('mandates.form.services_beyond') || keys.has('mandates.form.clients_beyond')) {
    return 'beyond_scope';
  }
  if (keys.has('mandates.form.until_beyond')) return 'beyond_term';
  return keys.has('mandates.form.subdelegate_beyond') ? 'beyond_depth' : undefined;
}

/** False when there are too many. */
async function send(
  deps: AppointDependencies,
  given: Parameters<InvitationStore['put']>[0],
  { address, imported }: { address: string; imported?: ImportedOffer | undefined },
): Promise<boolean> {
  const { invitedBy, entityId, role } = given;
  const key = `entity-invitations:${invitedBy}`;
  const taken = imported ?? (await deps.budgets.reserve([{ ...INVITATIONS_A_DAY, key }]));
  if ('ok' in taken && !taken.ok) return false;
  const origin = importFacts(imported);
  const invitation = { ...given, ...origin.source };
  const entity = await deps.accounts.findById(entityId);
  const isTold = await mayTell(deps, invitation);
  const told = await deps.database.transaction(async (session) => {
    // All of an organisation's in turn: no limit is passed by two at once.
    if (!(await deps.accounts.holdStanding(entityId, VERIFIED_LEVEL, session))) return undefined;
    const by = await offeringMandate(deps, invitation, session);
    if (!by || !(await holdPower(deps, { by, personId: invitedBy }, session))) return undefined;
    const most = imported && deps.mandateLimits.importedOffers;
    const put = await deps.invitations.put(invitation, session, most);
    if (!put) return undefined;
    await imported?.alongside(put, session);
    await deps.audit.record(
      {
        type: 'mandates.invited',
        actor: invitedBy,
        ...origin.facts,
        address,
        subject: entityId,
        result: 'done',
        details: { invitation: put.id, role, ...origin.details },
      },
      session,
    );
    if (!isTold) return [];
    return tellInvited(deps, session, { invitation: put, entityName: entity?.name ?? '' });
  });
  for (const tell of told ?? []) tell();
  return told !== undefined;
}

/** Of one organisation, once a day; counted alike whether anybody is there to be told. */
async function mayTell(
  { budgets }: AppointDependencies,
  { entityId, invitee }: Pick<Invitation, 'entityId' | 'invitee'>,
): Promise<boolean> {
  const key = `entity-invitation-notice:${JSON.stringify([entityId, invitee.number, invitee.name])}`;
  return (await budgets.reserve([{ attempts: 1, windowSeconds: 86_400, key }])).ok;
}

/** Whoever has an account here reads of it; who invites does not learn whether anybody did. */
async function tellInvited(
  deps: AppointDependencies,
  session: ClientSession,
  { invitation, entityName }: { invitation: Invitation; entityName: string },
): Promise<(() => void)[]> {
  const { invitee, isToOrganisation, role, expiresAt: until } = invitation;
  const kind = isToOrganisation ? 'legalEntity' : 'naturalPerson';
  const holder = await deps.accounts.findByLogin(invitee.number, { kind });
  const isNamed = holder?.isActive && holder.kind === kind;
  const isSame = isToOrganisation ? holder?.uscc === invitee.number : holder?.name === invitee.name;
  if (!isNamed || !isSame) return [];
  const paidBy = await payersFor(deps, invitation.entityId, session);
  const told: (() => void)[] = [];
  for (const accountId of await peopleBehind(deps, holder.id, session)) {
    const notice = { accountId, template: 'mandate_offered', entityName, role, until } as const;
    told.push(await deps.notices.mandateChanged({ ...notice, paidBy }, session));
  }
  return told;
}

export async function withdrawInvitation(
  deps: AppointDependencies,
  person: Account,
  of: { invitationId: string; address: string; imported?: Imported | undefined },
): Promise<boolean> {
  const { invitationId, address } = of;
  const invitation = await deps.invitations.find(invitationId);
  if (!invitation) return false;
  const { entityId } = invitation;
  const by = await appointingMandate(deps, entityId, person.id);
  if (!by && !(await isOwnOffer(deps, person, invitation))) {
    const details = { attempt: 'withdraw', invitation: invitationId };
    const refused = { actor: person.id, entityId, address, details };
    await recordRefusedPower(deps.audit, { ...refused, reason: 'not_entitled' });
    return false;
  }
  return deps.database.transaction(async (session) => {
    if (!(await deps.invitations.close(invitationId, 'withdrawn', session))) return false;
    const origin = importFacts(of.imported);
    const event = { type: 'mandates.withdrawn', actor: person.id, address } as const;
    const details = { invitation: invitationId, role: invitation.role, ...origin.details };
    const facts = { subject: entityId, result: 'done', details } as const;
    await deps.audit.record({ ...event, ...origin.facts, ...facts }, session);
    return true;
  });
}

/** Of a handler who passes on, or of the agency that he acts for. */
async function isOwnOffer(
  deps: AppointDependencies,
  person: Account,
  { entityId, invitedBy, terms }: Invitation,
): Promise<boolean> {
  if (invitedBy !== person.id || terms?.parentId === undefined) return false;
  const over = await mandatesOver(deps, { entityId, personId: person.id });
  return over.some((each) => each.id === terms.parentId);
}
