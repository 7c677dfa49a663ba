// An organisation says yes or no to who asks to act for it, in the person of who may appoint.
import type { Account } from '../../accounts/account.ts';
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import { Overtaken } from '../../platform/overtaken.ts';
import { holdPower } from '../hold-power.ts';
import { isSameOrganisation } from '../invitee-form.ts';
import { REPRESENTATIVE_LEVEL } from '../mandate.ts';
import type { Mandate } from '../mandate.ts';
import { isGrantTaken } from '../mandate-document.ts';
import { appointingMandate, recordRefusedPower } from '../power.ts';
import { closeRequest } from './ask-to-handle.ts';
import type { RequestDependencies } from './ask-to-handle.ts';
import { grantRequested } from './grant-requested.ts';
import type { GrantRefusal } from './grant-requested.ts';
import { isSent } from './handler-request.ts';
import type { HandlerRequest } from './handler-request.ts';
import { namedEntity } from './named-entity.ts';

/** Open ones to this organisation that it may see. */
export async function requestsTo(
  { requests }: Pick<RequestDependencies, 'requests'>,
  { uscc, name = '' }: Pick<Account, 'uscc' | 'name'>,
): Promise<HandlerRequest[]> {
  if (uscc === undefined) return [];
  const found = await requests.toEntity(uscc, (named) => isSameOrganisation(named, name));
  return found.filter(isSent);
}

export interface AnswerableRequest {
  request: HandlerRequest;
  entity: Account;
  by: Mandate;
}

/** Undefined for who may not, which is recorded where there is something to answer. */
export async function answerableRequest(
  deps: RequestDependencies,
  leader: Pick<Account, 'id'>,
  { requestId, address }: { requestId: string; address: string },
): Promise<AnswerableRequest | undefined> {
  const request = await deps.requests.find(requestId);
  if (!request || !deps.requests.isOpen(request) || !isSent(request)) return undefined;
  const entity = await namedEntity(deps, request.entity);
  if (!entity) return undefined;
  const by = await appointingMandate(deps, entity.id, leader.id);
  if (by && request.personId !== leader.id) return { request, entity, by };
  const details = { attempt: 'answer_request', request: requestId };
  const refused = { actor: leader.id, entityId: entity.id, address, details };
  const reason = by ? 'own_mandate' : 'not_entitled';
  await recordRefusedPower(deps.audit, { ...refused, reason });
  return undefined;
}

export type AnswerRequestOutcome = 'confirmed' | 'declined' | GrantRefusal;

export async function answerRequest(
  deps: RequestDependencies,
  leader: Pick<Account, 'id'>,
  given: { requestId: string; isConfirmed: boolean; address: string },
): Promise<AnswerRequestOutcome> {
  const found = await answerableRequest(deps, leader, given);
  if (!found) return 'gone';
  const { isConfirmed, address } = given;
  const answering = { ...found, leader, address };
  return isConfirmed ? confirm(deps, answering) : decline(deps, answering);
}

interface Answering extends AnswerableRequest {
  leader: Pick<Account, 'id'>;
  address: string;
}

async function confirm(
  deps: RequestDependencies,
  { request, entity, by, leader, address }: Answering,
): Promise<AnswerRequestOutcome> {
  try {
    const outcome = await deps.database.transaction(async (session) => {
      const isHeld =
        (await deps.accounts.holdStanding(entity.id, VERIFIED_LEVEL, session)) &&
        (await holdPower(deps, { by, personId: leader.id }, session)) &&
        (await deps.accounts.holdStanding(leader.id, REPRESENTATIVE_LEVEL, session));
      if (!isHeld) throw new Overtaken('whoever says yes may do so no more');
      const { id: actor } = leader;
      const { caseId, personId } = request;
      const facts = { request, entity, grantedBy: actor, proof: 'administrator' } as const;
      const granted = await grantRequested(deps, session, { ...facts, actor, address });
      // Staff need not look at it any more.
      if (granted.ok && caseId !== undefined) {
        await deps.withdrawLetter?.({ caseId, personId }, session);
      }
      return granted;
    });
    if (!outcome.ok) return outcome.reason;
    for (const tell of outcome.told) tell();
    return 'confirmed';
  } catch (error) {
    // Sent twice, or answered by another: the first has decided.
    if (error instanceof Overtaken || isGrantTaken(error)) return 'gone';
    throw error;
  }
}

async function decline(
  deps: RequestDependencies,
  { request, entity, leader, address }: Answering,
): Promise<AnswerRequestOutcome> {
  const facts = { request, outcome: 'declined', actor: leader.id, entityId: entity.id } as const;
  const told = await deps.database.transaction(async (session) => {
    if (!(await closeRequest(deps, session, { ...facts, address }))) return undefined;
    return tellDeclined(deps, { request, entity }, session);
  });
  told?.();
  return told ? 'declined' : 'gone';
}

/** Part of the caller's transaction. */
export function tellDeclined(
  { notices }: Pick<RequestDependencies, 'notices'>,
  { request, entity }: Pick<AnswerableRequest, 'request' | 'entity'>,
  session: Parameters<RequestDependencies['notices']['mandateChanged']>[1],
): Promise<() => void> {
  const { personId: accountId } = request;
  const notice = { accountId, template: 'mandate_request_declined', role: 'handler' } as const;
  return notices.mandateChanged({ ...notice, entityName: entity.name ?? '' }, session);
}
