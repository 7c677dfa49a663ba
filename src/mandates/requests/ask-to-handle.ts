// Somebody asks to act for an organisation, and takes it back. Who decides for it is told, where it is
// known here; who asks does not learn whether it is.
import type { Account } from '../../accounts/account.ts';
import type { SecurityNotices } from '../../notification/security-notices.ts';
import type { FieldError } from '../../platform/http/view-locals.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import { verifiedClaim } from '../../verification/compare-face.ts';
import type { AppointDependencies } from '../appoint.ts';
import { readTerms } from '../handler-form.ts';
import type { HandlerChoices, HandlerFormProblem, TypedTerms } from '../handler-form.ts';
import { readInvitee } from '../invitee-form.ts';
import { REPRESENTATIVE_LEVEL } from '../mandate.ts';
import { isSent } from './handler-request.ts';
import type { HandlerRequest, RequestWay } from './handler-request.ts';
import { isAskedTwice } from './handler-request-store.ts';
import type { HandlerRequestStore } from './handler-request-store.ts';
import { leadersOf, namedEntity } from './named-entity.ts';

export interface RequestDependencies extends AppointDependencies {
  requests: HandlerRequestStore;
  notices: AppointDependencies['notices'] & Pick<SecurityNotices, 'nobodyAsked'>;
  /** Takes a letter back from staff, in the caller's transaction; absent where staff see none. */
  withdrawLetter?:
    | ((of: { caseId: string; personId: string }, session: ClientSession) => Promise<void>)
    | undefined;
  /** By which somebody without an account ends what he does not want; see `stop-request.ts`. */
  stopLink(this: void, requestId: string, accountId: string): string;
}

export interface TypedRequest extends Omit<TypedTerms, 'maySubdelegate'> {
  /** Of the organisation. */
  name: string;
  number: string;
  /** One of `requestWays`; empty: none was chosen. */
  way: string;
}

export type RequestProblem =
  | HandlerFormProblem
  | `mandates.request.problem.${
      | 'way_missing'
      | 'leads_already'
      | 'asked_already'
      | 'too_many'
      | 'too_often'
      | 'too_wide'}`;

export type AskOutcome =
  | { ok: true; request: HandlerRequest }
  | { ok: false; errors: readonly FieldError<RequestProblem>[] };

const REQUESTS_A_DAY = { attempts: 20, windowSeconds: 86_400 } as const;
/** Of one organisation, whoever asks it. */
const NOTICES_A_DAY = { attempts: 20, windowSeconds: 86_400 } as const;
/** A message says every service that its code is for. */
const MOST_IN_A_MESSAGE = 5;

export async function askToHandle(
  deps: RequestDependencies,
  person: Account,
  given: {
    typed: TypedRequest;
    ways: readonly RequestWay[];
    choices: HandlerChoices;
    address: string;
  },
): Promise<AskOutcome> {
  const { typed, ways, address } = given;
  const claim = verifiedClaim(person);
  const read = readRequest(deps, given);
  if (!read.ok) return read;
  const { entity, terms } = read;
  const way = ways.find((each) => each === typed.way);
  if (!way || !claim) return refused('mandates.request.problem.way_missing', 'way');
  const known = await namedEntity(deps, entity);
  const leaders = await leadersOf(deps, known);
  if (leaders.some(({ holderId }) => holderId === person.id)) {
    return refused('mandates.request.problem.leads_already');
  }
  const key = `handler-requests:${person.id}`;
  const taken = await deps.budgets.reserve([{ ...REQUESTS_A_DAY, key }]);
  if (!taken.ok) return refused('mandates.request.problem.too_often');
  const named = { name: claim.name, number: claim.certificate.number };
  return put(deps, { person, entity, request: { way, person: named, terms }, address });
}

function readRequest(
  { clock, mandateLimits: limits }: RequestDependencies,
  { typed, choices }: { typed: TypedRequest; choices: HandlerChoices },
) {
  const now = clock.now();
  const organisation = { now, ownNumber: undefined, isToOrganisation: true } as const;
  const entity = readInvitee(typed, organisation);
  const terms = readTerms({ ...typed, maySubdelegate: false }, { choices, limits, now });
  const errors: FieldError<RequestProblem>[] = [
    ...(entity.ok ? [] : entity.errors),
    ...(terms.ok ? [] : terms.errors),
  ];
  if (typed.way === '') errors.push({ field: 'way', key: 'mandates.request.problem.way_missing' });
  const { services = [], clients = [] } = terms.ok ? terms.terms : {};
  const isWide = services.length > MOST_IN_A_MESSAGE || clients.length > MOST_IN_A_MESSAGE;
  if (typed.way === 'representative' && isWide) {
    errors.push({ field: 'services', key: 'mandates.request.problem.too_wide' });
  }
  if (!entity.ok || !terms.ok || errors.length > 0) return { ok: false, errors } as const;
  return { ok: true, entity: entity.invitee, terms: terms.terms } as const;
}

function refused(key: RequestProblem, field?: string): AskOutcome {
  return { ok: false, errors: [field === undefined ? { key } : { field, key }] };
}

async function put(
  deps: RequestDependencies,
  of: {
    person: Account;
    entity: HandlerRequest['entity'];
    request: Pick<HandlerRequest, 'way' | 'person' | 'terms'>;
    address: string;
  },
): Promise<AskOutcome> {
  const { person, entity, address } = of;
  const request = { ...of.request, personId: person.id, entity };
  const mayTell = leadersNotice(deps, request);
  try {
    const done = await deps.database.transaction(async (session) => {
      // All of a person's in turn: no limit is passed by two at once.
      const isHeld = await deps.accounts.holdStanding(person.id, REPRESENTATIVE_LEVEL, session);
      const asked = isHeld ? await deps.requests.put(request, session) : 'too_many';
      if (typeof asked === 'string') return asked;
      await deps.audit.record(
        {
          type: 'mandates.requested',
          actor: person.id,
          address,
          result: 'done',
          details: { request: asked.id, way: asked.way },
        },
        session,
      );
      return {
        asked,
        told: isSent(asked) ? await tellLeaders(deps, asked, { mayTell, session }) : [],
      };
    });
    if (typeof done === 'string') return refused(`mandates.request.problem.${done}`);
    for (const tell of done.told) tell();
    return { ok: true, request: done.asked };
  } catch (error) {
    if (!isAskedTwice(error)) throw error;
    return refused('mandates.request.problem.asked_already');
  }
}

/**
 * Once a day for each who asks, and not without end: nobody can flood an organisation. It is taken
 * when first asked for, and once, however often the transaction around it has to begin again.
 */
export function leadersNotice(
  { budgets }: Pick<RequestDependencies, 'budgets'>,
  { entity, person }: Pick<HandlerRequest, 'entity' | 'person'>,
): () => Promise<boolean> {
  const key = `handler-request-notice:${JSON.stringify([entity.number, person.number])}`;
  let taken: Promise<boolean> | undefined;
  const take = async () => {
    const ofBoth = { attempts: 1, windowSeconds: 86_400, key };
    const ofAll = { ...NOTICES_A_DAY, key: `handler-request-notices:${entity.number}` };
    return (await budgets.reserve([ofBoth, ofAll])).ok;
  };
  return () => (taken ??= take());
}

export async function tellLeaders(
  deps: RequestDependencies,
  { id, entity: named, person }: HandlerRequest,
  { mayTell, session }: { mayTell: () => Promise<boolean>; session: ClientSession },
): Promise<(() => void)[]> {
  const isTold = await mayTell();
  const entity = await namedEntity(deps, named);
  const leaders = await leadersOf(deps, entity);
  if (!isTold) return [];
  if (!entity || leaders.length === 0) {
    const about = { entityName: named.name, who: person.name };
    return [await deps.notices.nobodyAsked(about, session)];
  }
  const told: (() => void)[] = [];
  for (const accountId of new Set(leaders.map(({ holderId }) => holderId))) {
    const notice = { accountId, template: 'mandate_requested', role: 'handler' } as const;
    const about = {
      entityName: entity.name ?? '',
      who: person.name,
      link: deps.stopLink(id, accountId),
    };
    told.push(await deps.notices.mandateChanged({ ...notice, ...about }, session));
  }
  return told;
}

/** By who asked. False when it was answered meanwhile, or is another's. */
export async function withdrawRequest(
  deps: RequestDependencies,
  person: Pick<Account, 'id'>,
  { requestId, address }: { requestId: string; address: string },
): Promise<boolean> {
  const request = await deps.requests.find(requestId);
  if (request?.personId !== person.id) return false;
  return deps.database.transaction((session) =>
    closeRequest(deps, session, { request, outcome: 'withdrawn', actor: person.id, address }),
  );
}

/** False when it was closed already, or is over. */
export async function closeRequest(
  deps: Pick<RequestDependencies, 'requests' | 'audit' | 'withdrawLetter'>,
  session: ClientSession,
  of: {
    request: HandlerRequest;
    outcome: 'declined' | 'withdrawn' | 'refused';
    actor: string;
    entityId?: string | undefined;
    address?: string | undefined;
  },
): Promise<boolean> {
  const { request, outcome, actor, entityId, address } = of;
  const { id, personId, caseId } = request;
  if (!(await deps.requests.close(id, { outcome }, session))) return false;
  if (caseId !== undefined && outcome !== 'refused') {
    await deps.withdrawLetter?.({ caseId, personId }, session);
  }
  await deps.audit.record(
    {
      type: 'mandates.request_closed',
      actor,
      ...(entityId === undefined ? {} : { subject: entityId }),
      ...(address === undefined ? {} : { address }),
      result: 'done',
      reason: outcome,
      details: { request: id, person: personId },
    },
    session,
  );
  return true;
}
