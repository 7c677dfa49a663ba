// The qualifications of an organisation: what stands, what is under way, and how to begin or renew.
import { z } from 'zod';
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { entityHref } from '../legal-entities/entity-paths.ts';
import { personReading } from '../legal-entities/legal-entities-access.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { isRenewable } from './apply-qualification.ts';
import { certificateView, ownEntity } from './intermediaries-access.ts';
import type { IntermediaryPageDependencies, OwnEntity } from './intermediaries-access.ts';
import type { QualificationView } from './intermediaries.views.ts';
import { applyHref, intermediaryPaths, papersHref, statusHref } from './intermediary-paths.ts';
import { endsAt, isStanding, shownState } from './qualification.ts';
import type { Qualification } from './qualification.ts';
import { NOTICE_SECONDS } from './qualification-expiry.ts';

/** Take forms only; opened by themselves they lead to the list. */
const formPaths = [
  ['remove_file', intermediaryPaths.removeFile],
  ['send', intermediaryPaths.send],
  ['withdraw', intermediaryPaths.withdraw],
] as const;

export function qualificationsRoutes(deps: IntermediaryPageDependencies): Route[] {
  return [
    ...formPaths.map(([name, path]) =>
      defineRoute({
        method: 'GET',
        path,
        name: `intermediaries.form_${name}`,
        handle: (ctx) => redirect(ctx, intermediaryPaths.list),
      }),
    ),
    defineRoute({
      method: 'GET',
      path: intermediaryPaths.list,
      name: 'intermediaries.list',
      input: { query: z.object({ entity: z.string().max(100).default('') }) },
      async handle(ctx, { query }) {
        const person = await personReading(deps, ctx);
        const own = person && (await ownEntity(deps, ctx, { person, entityId: query.entity }));
        if (person && own) await showList(deps, ctx, { person, own });
      },
    }),
  ];
}

async function showList(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  { person, own }: { person: Visitor; own: OwnEntity },
): Promise<void> {
  const { qualifications, desk } = deps.intermediaries;
  const { entity, mayApply } = own;
  const [all, cases] = await Promise.all([
    qualifications.ofEntity(entity.id),
    desk.statusOf(entity.id),
  ]);
  const asked = new Set(cases.flatMap(({ id, state }) => (state === 'more_needed' ? [id] : [])));
  ctx.render('intermediaries/qualifications', {
    ...(await accountFrame(deps.visitors, person)),
    entityName: entity.name ?? '',
    entityHref: entityHref(entity.id),
    items: all.map((of) => {
      const isAsked = of.caseId !== undefined && asked.has(of.caseId);
      const view = viewOf(deps, ctx, { of, all });
      const shown =
        of.state === 'sent' && isAsked ? { ...view, state: 'more_needed' as const } : view;
      return mayApply ? { ...shown, ...waysOn(deps, of, all) } : shown;
    }),
    ...(mayApply ? { applyHref: applyHref(entity.id) } : {}),
  });
}

function viewOf(
  { intermediaries: { clock } }: IntermediaryPageDependencies,
  ctx: HttpContext,
  { of, all }: { of: Qualification; all: readonly Qualification[] },
): QualificationView {
  const now = clock.now();
  const { id, decidedAt, endedFor } = of;
  const isRenewed = isStanding(of, now) && hasSuccessor(of, all);
  const endsSoon = endsAt(of) <= secondsFromNow(clock, NOTICE_SECONDS);
  return {
    id,
    ...certificateView(of, ctx.state.locale),
    state: shownState(of, now),
    ...(decidedAt && (of.state === 'active' || of.state === 'ended') ? { decidedAt } : {}),
    ...(endedFor && endedFor !== 'expired' ? { endedFor } : {}),
    isEndingSoon: isStanding(of, now) && endsSoon && !isRenewed,
    isRenewed,
  };
}

function waysOn(
  { intermediaries: { clock, kinds } }: IntermediaryPageDependencies,
  of: Qualification,
  all: readonly Qualification[],
): Pick<QualificationView, 'goOnHref' | 'statusHref' | 'renewHref'> {
  const { id, entityId, kind, state, caseId } = of;
  if (state === 'draft') return { goOnHref: papersHref(id) };
  const isOffered = kinds.some((each) => each.id === kind);
  const isUnderWay = all.some(
    (other) => other.kind === kind && (other.state === 'draft' || other.state === 'sent'),
  );
  const canRenew =
    isOffered && !isUnderWay && isRenewable(of, clock.now()) && !hasSuccessor(of, all);
  return {
    ...(caseId === undefined ? {} : { statusHref: statusHref(id) }),
    ...(canRenew ? { renewHref: applyHref(entityId, id) } : {}),
  };
}

/** Approved in its line, and for longer. */
function hasSuccessor(of: Qualification, all: readonly Qualification[]): boolean {
  return all.some(
    (other) => other.lineId === of.lineId && other.state === 'active' && endsAt(other) > endsAt(of),
  );
}
