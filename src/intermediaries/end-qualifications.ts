// The end of what makes an organisation an intermediary, whatever ends it: its record, what the account
// carries of it, and the notices, in the caller's transaction.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { Clock } from '../platform/clock.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { endsAt, isStanding, startsAt } from './qualification.ts';
import type { Qualification, QualificationEnd } from './qualification.ts';
import type { QualificationStore } from './qualification-store.ts';

export interface EndQualificationsDependencies {
  qualifications: Pick<QualificationStore, 'change' | 'ofEntity'>;
  accounts: Pick<AccountStore, 'findById' | 'noteQualifications'>;
  mandates: Pick<MandateStore, 'leaders'>;
  notices: Pick<SecurityNotices, 'qualificationChanged'>;
  audit: AuditLog;
  clock: Clock;
}

export interface QualificationEnding {
  reason: QualificationEnd;
  /** An account id, `operator` or `system`. */
  actor: string;
  /** Who agreed, and why, for the record. */
  details?: Readonly<Record<string, string>> | undefined;
  /** Another one goes on in its place: nobody need be told. */
  isSilent?: boolean;
}

/** What is to be called after the commit. */
export type Told = (() => void)[];

/** @throws Overtaken when one of them is not as it was read: nothing may be committed then */
export async function endQualifications(
  deps: EndQualificationsDependencies,
  doomed: readonly Qualification[],
  by: QualificationEnding & { session: ClientSession },
): Promise<Told> {
  const { reason, actor, details, isSilent = false, session } = by;
  const told: Told = [];
  for (const each of doomed) {
    const end = { state: 'ended', endedAt: deps.clock.now(), endedFor: reason } as const;
    if (!(await deps.qualifications.change(each, end, session))) {
      throw new Overtaken('a qualification has changed');
    }
    await deps.audit.record(
      {
        type: 'intermediaries.ended',
        actor,
        subject: each.entityId,
        reason,
        result: 'done',
        details: { ...details, qualification: each.id, kind: each.kind },
      },
      session,
    );
    if (!isSilent) told.push(...(await tellPeople(deps, each, { what: { reason }, session })));
  }
  // A closed account carries nothing that could count.
  if (reason === 'entity_closed') return told;
  for (const entityId of new Set(doomed.map((each) => each.entityId))) {
    await noteStanding(deps, entityId, session);
  }
  return told;
}

/** The account carries what stands, so that a token for it needs no other look-up. */
export async function noteStanding(
  deps: Pick<EndQualificationsDependencies, 'qualifications' | 'accounts' | 'clock'>,
  entityId: string,
  session: ClientSession,
): Promise<void> {
  const now = deps.clock.now();
  const all = await deps.qualifications.ofEntity(entityId, session);
  const held = all
    .filter((each) => isStanding(each, now))
    .map((each) => ({
      id: each.id,
      kind: each.kind,
      startsAt: startsAt(each),
      endsAt: endsAt(each),
    }));
  await deps.accounts.noteQualifications(entityId, held, session);
}

/** The organisation, and whoever may act for it as a whole. */
export async function peopleToTell(
  { mandates }: Pick<EndQualificationsDependencies, 'mandates'>,
  entityId: string,
  session: ClientSession,
): Promise<string[]> {
  const people = await mandates.leaders(entityId, session);
  return [...new Set([entityId, ...people.map(({ holderId }) => holderId)])];
}

export async function tellPeople(
  deps: Pick<EndQualificationsDependencies, 'accounts' | 'mandates' | 'notices'>,
  of: Pick<Qualification, 'entityId' | 'names' | 'validUntil'>,
  by: { what: { reason: QualificationEnd } | 'ending' | 'claimed'; session: ClientSession },
): Promise<Told> {
  const { what, session } = by;
  const { entityId, names, validUntil: until } = of;
  const { name: entityName = '' } = (await deps.accounts.findById(entityId)) ?? {};
  const qualification = names.kind[defaultLocale];
  const told: Told = [];
  for (const accountId of await peopleToTell(deps, entityId, session)) {
    const facts = { accountId, entityName, qualification };
    const notice =
      what === 'ending'
        ? ({ ...facts, template: 'qualification_ending', until } as const)
        : what === 'claimed'
          ? ({ ...facts, template: 'qualification_claimed' } as const)
          : ({ ...facts, template: 'qualification_ended', reason: what.reason } as const);
    told.push(await deps.notices.qualificationChanged(notice, session));
  }
  return told;
}
