// A request is granted, whoever said yes in whichever way: the same limits, the same record, and both
// sides are told; who decides for the organisation with a link by which it ends at once.
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Account } from '../../accounts/account.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import { Overtaken } from '../../platform/overtaken.ts';
import { endMandates } from '../end-mandates.ts';
import { REPRESENTATIVE_LEVEL } from '../mandate.ts';
import type { MandateProof } from '../mandate.ts';
import { termFrom } from '../mandate-terms.ts';
import type { RequestDependencies } from './ask-to-handle.ts';
import { isOfApplicant } from './handler-request.ts';
import type { HandlerRequest } from './handler-request.ts';

const grantRefusals = [
  /** Answered, or over. */
  'gone',
  /** Not verified in person any more, or somebody else by now. */
  'applicant_not_verified',
  'entity_not_verified',
  /** Nothing is left of its term. */
  'term_over',
] as const;
export type GrantRefusal = (typeof grantRefusals)[number];

export function isGrantRefusal<Of extends { reason: string }>(
  outcome: Of,
): outcome is Extract<Of, { reason: GrantRefusal }> {
  return grantRefusals.some((each) => each === outcome.reason);
}

export interface Granting {
  request: HandlerRequest;
  entity: Account;
  /** An account, or `review`. */
  grantedBy: string;
  proof: MandateProof;
  actor: string;
  address?: string | undefined;
}

/** Nothing is written unless all of it is, when it is refused. */
export async function grantRequested(
  deps: RequestDependencies,
  session: ClientSession,
  granting: Granting,
): Promise<{ ok: true; told: (() => void)[] } | { ok: false; reason: GrantRefusal }> {
  const { request, entity, proof, grantedBy, actor, address } = granting;
  const { accounts, clock, mandateLimits: limits, requests, mandates } = deps;
  const { id, personId, terms } = request;
  const person = await accounts.findById(personId);
  const term = termFrom(terms, { now: clock.now(), limits });
  if (!term) return { ok: false, reason: 'term_over' };
  if (!person || !isOfApplicant(person, request)) {
    return { ok: false, reason: 'applicant_not_verified' };
  }
  if (!(await accounts.holdStanding(entity.id, VERIFIED_LEVEL, session))) {
    return { ok: false, reason: 'entity_not_verified' };
  }
  if (!(await accounts.holdStanding(personId, REPRESENTATIVE_LEVEL, session))) {
    return { ok: false, reason: 'applicant_not_verified' };
  }
  const open = await requests.find(id, session);
  if (!open || !requests.isOpen(open)) return { ok: false, reason: 'gone' };
  const { services, clients, isSingleUse } = terms;
  const mandate = {
    entityId: entity.id,
    holderId: personId,
    role: 'handler',
    grantedBy,
    proof,
    ...term,
    ...(services === undefined ? {} : { services }),
    ...(clients === undefined ? {} : { clients }),
    ...(isSingleUse ? { isSingleUse } : {}),
  } as const;
  const entityName = entity.name ?? '';
  const former = await mandates.same(mandate, session);
  const end = { entityName, reason: 'replaced', actor, address, session } as const;
  const told = [await endMandates(deps, former, end)];
  const granted = await mandates.grant(mandate, session);
  if (!granted) throw new Error('the same was ended in this transaction');
  const answer = { outcome: 'granted', mandateId: granted.id } as const;
  if (!(await requests.close(id, answer, session)))
    throw new Overtaken('it was answered meanwhile');
  const details = { mandate: granted.id, person: personId, role: granted.role, grantedBy, proof };
  await deps.audit.record(
    {
      type: 'mandates.granted',
      actor,
      ...(address === undefined ? {} : { address }),
      subject: entity.id,
      result: 'done',
      details: { ...details, request: id },
    },
    session,
  );
  return { ok: true, told: [...told, ...(await tellBoth(deps, session, granting))] };
}

async function tellBoth(
  deps: RequestDependencies,
  session: ClientSession,
  { request, entity, proof, actor }: Granting,
): Promise<(() => void)[]> {
  const { id, personId, person } = request;
  const about = { entityName: entity.name ?? '', role: 'handler' } as const;
  const own = { accountId: personId, template: 'mandate_granted', ...about } as const;
  const told = [await deps.notices.mandateChanged(own, session)];
  const leaders = await deps.mandates.leaders(entity.id, session);
  for (const accountId of new Set(leaders.map(({ holderId }) => holderId))) {
    if (accountId === actor) continue;
    const notice = { accountId, template: 'mandate_given', ...about } as const;
    const whom = { who: person.name, proof, link: deps.stopLink(id, accountId) };
    told.push(await deps.notices.mandateChanged({ ...notice, ...whom }, session));
  }
  return told;
}
