// Whether a person may act for an organisation now, at the client that asks, for one of its services.
// A client learns of persons that it knows and of mandates that reach it; everybody else, and every
// other mandate, looks as if there were none.
import type { AccountStore } from '../accounts/account-store.ts';
import { isCertificateType } from '../accounts/certificate-types.ts';
import { canonicalNumber } from '../accounts/identity-number.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientRegistration } from '../clients/client-registration.ts';
import type { SubjectOf } from '../consent/consent-store.ts';
import { actingFor } from '../mandates/acting.ts';
import type { ActingAnswer, ActingIdentity } from '../mandates/acting.ts';
import { recordRefusedPower } from '../mandates/power.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';
import type { Database } from '../platform/mongo.ts';
import { allOrNothing } from '../platform/overtaken.ts';
import { canonicalName } from '../verification/canonical-name.ts';
import type { EntityFinder } from './find-entity.ts';
import type { PersonFinder } from './find-person.ts';

export const checkRefusals = [
  'no_mandate',
  'service_not_covered',
  'mandate_used',
  'entity_unavailable',
  'holder_unavailable',
] as const;
export type CheckRefusal = (typeof checkRefusals)[number];

export interface MandateCheck {
  person:
    | { sub: string }
    | { name: string; certificate: { type: string; number: string; country?: string | undefined } };
  uscc: string;
  /** What the client calls a branch or department of it; absent: the organisation itself. */
  subAccount?: string | undefined;
  /** One of the client's; absent: any of them. */
  service?: string | undefined;
  /** Takes the one use of a mandate that is for one only; the same key takes it no second time. */
  useKey?: string | undefined;
}

export type CheckResult =
  | { ok: true; identity: ActingIdentity; isUsed: boolean }
  | { ok: false; reason: CheckRefusal };

export interface CheckDependencies {
  accounts: Pick<AccountStore, 'findById' | 'findByIdentity' | 'subAccounts'>;
  mandates: MandateStore;
  entities: EntityFinder;
  people: PersonFinder;
  /** What a client calls the accounts of organisations. */
  entitySubject: (clientId: string, accountId: string) => string;
  database: Pick<Database, 'transaction'>;
  audit: AuditLog;
}

interface Asking {
  client: ClientRegistration;
  subjectOf: SubjectOf;
  address: string;
}

/** Nobody's account: what is looked up for a person that the client does not know. */
const NOBODY = '-';

export async function checkMandate(
  deps: CheckDependencies,
  asking: Asking,
  check: MandateCheck,
): Promise<CheckResult> {
  const { client_id: clientId, services } = asking.client;
  const usedFor = check.useKey === undefined ? undefined : `api:${clientId}:${check.useKey}`;
  const asked = check.service === undefined ? services : [check.service];
  const { of, answer } = await answerTo(deps, asking, { check, usedFor, asked });
  if (!answer.ok) {
    if (answer.reason === 'mandate_used') await recordRefusedUse(deps, asking, of);
    const refusal = await refusalOf(answer, () => actingFor(deps, of, { clientId, services }));
    if (refusal.reason === 'service_not_covered')
      await recordBeyond(deps, asking, { ...of, asked });
    return refusal;
  }
  if (usedFor === undefined) return { ok: true, identity: answer.identity, isUsed: false };
  return takeUse(deps, asking, { identity: answer.identity, usedFor });
}

interface Asked {
  check: MandateCheck;
  usedFor: string | undefined;
  asked: readonly string[];
}

/**
 * Who they most likely are is known from before, so that everything is read at once; it is answered
 * from that only when what was read says that they are.
 */
async function answerTo(deps: CheckDependencies, asking: Asking, { check, usedFor, asked }: Asked) {
  const clientId = asking.client.client_id;
  const use = { clientId, services: asked };
  const { person, uscc, subAccount } = check;
  const guess = {
    personId: 'sub' in person ? deps.people.guess({ clientId, subject: person.sub }) : undefined,
    entityId: subAccount === undefined ? deps.entities.guess(uscc) : undefined,
  };
  const likely = {
    personId: guess.personId ?? NOBODY,
    entityId: guess.entityId ?? NOBODY,
    usedFor,
  };
  const isGuessed = guess.personId !== undefined && guess.entityId !== undefined;
  const [personId, entityId, early] = await Promise.all([
    personOf(deps, asking, check),
    entityOf(deps, clientId, check),
    isGuessed ? actingFor(deps, likely, use) : undefined,
  ]);
  const of = { personId: personId ?? NOBODY, entityId: entityId ?? NOBODY, usedFor };
  const isSame = of.personId === likely.personId && of.entityId === likely.entityId;
  return { of, answer: early && isSame ? early : await actingFor(deps, of, use) };
}

async function entityOf(
  { accounts, entities, entitySubject }: CheckDependencies,
  clientId: string,
  { uscc, subAccount }: MandateCheck,
): Promise<string | undefined> {
  const parentId = await entities.find(uscc);
  if (parentId === undefined || subAccount === undefined) return parentId;
  const below = await accounts.subAccounts.of(parentId);
  return below.find(({ id }) => entitySubject(clientId, id) === subAccount)?.id;
}

async function personOf(
  deps: CheckDependencies,
  { client, subjectOf }: Asking,
  { person }: MandateCheck,
): Promise<string | undefined> {
  if ('sub' in person) {
    const of = { clientId: client.client_id, subject: person.sub };
    return deps.people.find(of, subjectOf);
  }
  const { type, country } = person.certificate;
  if (!isCertificateType(type)) return undefined;
  const value = { type, number: canonicalNumber(person.certificate.number), country };
  const certificate = { value, source: 'client', grade: 'D' } as const;
  const found = await deps.accounts.findByIdentity('naturalPerson', { certificate });
  const isSame = found && canonicalName(found.name ?? '') === canonicalName(person.name);
  return isSame ? found.id : undefined;
}

async function refusalOf(
  answer: ActingAnswer & { ok: false },
  forAnyService: () => Promise<ActingAnswer>,
): Promise<CheckResult & { ok: false }> {
  const { reason } = answer;
  if (reason === 'mandate_missing' || reason === 'client_missing') {
    return { ok: false, reason: 'no_mandate' };
  }
  if (reason !== 'service_missing') return { ok: false, reason };
  // Of a mandate for services of others this client need not know.
  return { ok: false, reason: (await forAnyService()).ok ? 'service_not_covered' : 'no_mandate' };
}

async function takeUse(
  deps: CheckDependencies,
  asking: Asking,
  { identity, usedFor }: { identity: ActingIdentity; usedFor: string },
): Promise<CheckResult> {
  const { reference } = identity;
  const chain = await Promise.all(reference.mandateIds.map((id) => deps.mandates.find(id)));
  const single = chain.flatMap((each) => (each?.isSingleUse === true ? [each] : []));
  if (single.length === 0) return { ok: true, identity, isUsed: false };
  const isRepeated = single.every((each) => each.usedFor === usedFor);
  const isTaken = await allOrNothing(deps.database, async (session) => {
    for (const { id } of single) {
      if (!(await deps.mandates.use(id, usedFor, session))) return false;
    }
    if (!isRepeated)
      await deps.audit.record(
        {
          ...useOf(asking, { ...reference, agencyId: identity.agency?.id, used: single }),
          result: 'done',
        },
        session,
      );
    return true;
  });
  if (isTaken) return { ok: true, identity, isUsed: true };
  await recordRefusedUse(deps, asking, reference);
  return { ok: false, reason: 'mandate_used' };
}

async function recordRefusedUse(
  { audit }: CheckDependencies,
  asking: Asking,
  of: { personId: string; entityId: string },
): Promise<void> {
  const reason = 'mandate_used';
  await audit.record({ ...useOf(asking, of), result: 'refused', reason });
}

/** Of a mandate that reaches the client, for a service that it does not. */
async function recordBeyond(
  { audit }: CheckDependencies,
  { client: { client_id: clientId }, address }: Asking,
  of: { personId: string; entityId: string; asked: readonly string[] },
): Promise<void> {
  const { personId: person, entityId, asked } = of;
  await recordRefusedPower(audit, {
    actor: `client:${clientId}`,
    clientId,
    entityId,
    reason: 'service_missing',
    address,
    details: { attempt: 'use', person, service: asked.join(' ') },
  });
}

function useOf(
  { client, address }: Asking,
  {
    personId,
    entityId,
    agencyId,
    used = [],
  }: {
    personId: string;
    entityId: string;
    agencyId?: string | undefined;
    used?: readonly { id: string }[];
  },
) {
  const clientId = client.client_id;
  return {
    type: 'department_api.mandate_used',
    actor: `client:${clientId}`,
    clientId,
    subject: entityId,
    address,
    details: {
      person: personId,
      ...(agencyId === undefined ? {} : { agency: agencyId }),
      ...(used.length === 0 ? {} : { mandate: used.map(({ id }) => id).join(' ') }),
    },
  } as const;
}
