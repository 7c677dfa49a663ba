// What happened to an organisation and was done for it: who acted at which system, changes of who may
// act, of its level, and of what the register says. From the audit log, newest first, page by page.
import { z } from 'zod';
import { cutPage } from '../../account/cut-page.ts';
import { systemName } from '../../account/system-name.ts';
import { maskName } from '../../accounts/masking.ts';
import type { AuditEvent } from '../../audit/audit-log.ts';
import type { AuditEventType } from '../../audit/events.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { rowStates } from '../../mandate-import/mandate-import.ts';
import { mandateEndReasons, mandateRoles } from '../../mandates/mandate.ts';
import { entityPaths, historyHref } from '../entity-paths.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import type { EntityHistoryView } from './space.views.ts';
import { entityQuery, spaceFrame, spaceVisit } from './space-access.ts';
import type { SpaceVisit } from './space-access.ts';

type Entry = AuditEvent & { at: Date };

const PAGE_SIZE = 20;

/** Each has words `legal-entities.history.event.<type>`. */
export const entityEvents = [
  'accounts.created',
  'accounts.imported',
  'accounts.level_changed',
  'accounts.renamed',
  'accounts.locked',
  'accounts.unlocked',
  'accounts.closed',
  'entities.sub_account_made',
  'entities.sub_account_closed',
  'entities.password_set',
  'entities.password_removed',
  'entities.notice_received',
  'mandates.invited',
  'mandates.granted',
  'mandates.declined',
  'mandates.withdrawn',
  'mandates.request_closed',
  'mandates.changed',
  'mandates.ended',
  'mandates.refused',
  'mandates.import_begun',
  'mandates.import_finished',
  'department_api.mandate_used',
  'verification.checked',
  'oidc.identity_chosen',
  'oidc.identity_switched',
  'oidc.identity_refused',
  'oidc.identity_ended',
  'sign_in.succeeded',
  'sign_in.refused',
  'credentials.password_changed',
  'consent.given',
  'consent.withdrawn',
  'intermediaries.applied',
  'intermediaries.granted',
  'intermediaries.ended',
] as const satisfies readonly AuditEventType[];

/** With words of their own. */
export const endReasons = [...mandateEndReasons, 'suspended', 'ended_by_entity'] as const;

/** Of an upload of mandates; words `legal-entities.history.rows.<count>`. */
export const rowCounts = ['rows', ...rowStates] as const;

/** Milliseconds since the epoch: entries before that instant. */
const query = entityQuery.extend({
  before: z.coerce.number().int().min(0).max(8.64e15).optional().catch(undefined),
});

export function historyRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.history,
      name: 'legal_entities.history',
      input: { query },
      async handle(ctx, { query: { entity, before } }) {
        const visit = await spaceVisit(deps, ctx, entity);
        if (visit) await showHistory(deps, ctx, { visit, before });
      },
    }),
  ];
}

async function showHistory(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visit, before }: { visit: SpaceVisit; before: number | undefined },
): Promise<void> {
  const { visitor, entity, isWhole } = visit;
  const found = await deps.visitors.audit.listBySubject(entity.id, entityEvents, {
    limit: PAGE_SIZE + 1,
    ofEntity: true,
    ...(before === undefined ? {} : { before: new Date(before) }),
    ...(isWhole ? {} : { involving: visitor.account.id }),
  });
  const { entries, olderThan } = cutPage(found, PAGE_SIZE);
  const names = await namesOf(deps, { entries, visit });
  ctx.render('legal-entities/history', {
    ...(await spaceFrame(deps, visit, 'history')),
    isWhole,
    entries: entries.map((entry) => presentEntry(deps, ctx, { entry, names })),
    ...(olderThan === undefined ? {} : { olderHref: historyHref(entity.id, olderThan) }),
  });
}

/** Of everybody on the page once; the organisation itself needs none. */
async function namesOf(
  { legalEntities }: LegalEntitiesPageDependencies,
  { entries, visit }: { entries: readonly Entry[]; visit: SpaceVisit },
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(entries.flatMap((each) => [each.actor, concerned(each)]));
  const names = await Promise.all(
    [...ids].map(async (id) => {
      if (id === undefined || id === visit.entity.id || !isAccountId(id)) return [];
      const account = await legalEntities.accounts.findById(id);
      return account?.name === undefined ? [] : [[id, maskName(account.name)] as const];
    }),
  );
  return new Map(names.flat());
}

function presentEntry(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { entry, names }: { entry: Entry; names: ReadonlyMap<string, string> },
): EntityHistoryView {
  const { at, type, result, actor, clientId, level, details, reason } = entry;
  const by = names.get(actor);
  const whom = names.get(concerned(entry) ?? '');
  const role = mandateRoles.find((each) => each === details?.['role']);
  const isEnd = type === 'mandates.ended' || type === 'oidc.identity_ended';
  const hasEndReason = isEnd && endReasons.some((each) => each === reason);
  return {
    at,
    event: type.replaceAll('.', '_'),
    isRefused: result === 'refused',
    by: by === undefined ? { kind: kindOf(actor) } : { kind: 'person', name: by },
    ...(whom === undefined ? {} : { whom }),
    ...(role === undefined ? {} : { role }),
    ...(hasEndReason && reason !== undefined ? { endReason: reason } : {}),
    ...(type === 'entities.notice_received' && reason !== undefined ? { change: reason } : {}),
    ...countsOf(entry),
    ...(type === 'accounts.level_changed' && level !== undefined ? { level } : {}),
    ...(clientId === undefined
      ? {}
      : { system: systemName(deps.visitors, clientId, ctx.state.locale) }),
  };
}

/** How many rows an upload has, or what came of them. */
function countsOf({ type, details }: Entry): Pick<EntityHistoryView, 'counts' | 'isTrial'> {
  if (type !== 'mandates.import_begun' && type !== 'mandates.import_finished') return {};
  const counts = rowCounts.flatMap((of) => {
    const count = details?.[of];
    return count === undefined ? [] : [{ of, count: Number(count) }];
  });
  return { counts, ...(details?.['dryRun'] === 'true' ? { isTrial: true } : {}) };
}

function kindOf(actor: string): Exclude<EntityHistoryView['by']['kind'], 'person'> {
  if (actor === 'anonymous') return 'system';
  if (actor === 'system' || actor === 'operator') return actor;
  return isAccountId(actor) ? 'account' : 'system';
}

function isAccountId(actor: string): boolean {
  return !['system', 'operator', 'anonymous'].includes(actor) && !actor.startsWith('client:');
}

/** Whom it happened to, where that is not the organisation itself. */
function concerned({ type, subject, details }: Entry): string | undefined {
  if (type === 'oidc.identity_ended') return subject;
  const person = details?.['person'];
  return typeof person === 'string' ? person : undefined;
}
