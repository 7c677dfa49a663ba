// The form with what the certificate says: for a new application, a renewal, or one that is changed.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import { applicationField } from '../papers/paper-files-pages.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Locale } from '../platform/http/locale.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import {
  beginApplication,
  caseOf,
  isRenewable,
  rewriteApplication,
} from './apply-qualification.ts';
import { applying, ownApplication, ownEntity } from './intermediaries-access.ts';
import type { IntermediaryPageDependencies } from './intermediaries-access.ts';
import type { QualificationFormLocals } from './intermediaries.views.ts';
import {
  applyHref,
  changeHref,
  intermediaryPaths,
  listHref,
  papersHref,
  statusHref,
} from './intermediary-paths.ts';
import { isStanding } from './qualification.ts';
import type { Qualification } from './qualification.ts';
import { readQualificationForm } from './qualification-form.ts';
import type { TypedQualification } from './qualification-form.ts';

const id = z.string().max(100).default('');
const typedFields = {
  kind: z.string().max(40).default(''),
  number: z.string().max(200).default(''),
  authority: z.string().max(300).default(''),
  valid_from: z.string().max(20).default(''),
  valid_until: z.string().max(20).default(''),
};
const applyBody = z.object({ entity: id, renews: id, ...typedFields });
const changeBody = z.object({ application: applicationField, ...typedFields });

export function applyRoutes(deps: IntermediaryPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: intermediaryPaths.apply,
      name: 'intermediaries.apply_page',
      input: { query: z.object({ entity: id, renews: id }) },
      async handle(ctx, { query }) {
        const page = await newPage(deps, ctx, { does: 'reads', ...query });
        if (page) await showForm(deps, ctx, { ...page, typed: empty(page.renews), errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: intermediaryPaths.apply,
      name: 'intermediaries.apply',
      limiter: 'account',
      csrf: 'token',
      input: { body: applyBody },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = applyHref(body.entity, body.renews || undefined);
        const page = await newPage(deps, ctx, { does: 'sends', ...body });
        if (page) await save(deps, ctx, { page, typed: typedOf(body) });
      },
    }),
    ...changeRoutes(deps),
  ];
}

function changeRoutes(deps: IntermediaryPageDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: intermediaryPaths.change,
      name: 'intermediaries.change_page',
      input: { query: z.object({ application: applicationField }) },
      async handle(ctx, { query }) {
        const page = await changePage(deps, ctx, { does: 'reads', ...query });
        if (page)
          await showForm(deps, ctx, { ...page, typed: asWritten(page.changes), errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: intermediaryPaths.change,
      name: 'intermediaries.change',
      limiter: 'account',
      csrf: 'token',
      input: { body: changeBody },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = changeHref(body.application);
        const page = await changePage(deps, ctx, { does: 'sends', ...body });
        if (page) await save(deps, ctx, { page, typed: typedOf(body) });
      },
    }),
  ];
}

interface FormPage {
  person: Visitor;
  entity: Account;
  /** The one that is to be renewed. */
  renews?: Qualification | undefined;
  /** The one that is under way. */
  changes?: Qualification | undefined;
}

async function newPage(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  of: { does: 'reads' | 'sends'; entity: string; renews: string },
): Promise<FormPage | undefined> {
  const person = await applying(deps, ctx, of.does);
  const own = person && (await ownEntity(deps, ctx, { person, entityId: of.entity }));
  if (!person || !own) return undefined;
  const { entity, mayApply } = own;
  const { qualifications, clock } = deps.intermediaries;
  const former = of.renews === '' ? undefined : await qualifications.find(of.renews);
  const canRenew = former?.entityId === entity.id && isRenewable(former, clock.now());
  if (mayApply && (of.renews === '' || canRenew)) return { person, entity, renews: former };
  redirect(ctx, listHref(entity.id));
  return undefined;
}

/** What staff look at is not changed under their eyes. */
async function changePage(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  { does, application }: { does: 'reads' | 'sends'; application: string },
): Promise<(FormPage & { changes: Qualification }) | undefined> {
  const person = await applying(deps, ctx, does);
  const own = person && (await ownApplication(deps, ctx, { person, application }));
  if (!person || !own) return undefined;
  const { of, entity } = own;
  const present = await caseOf(deps.intermediaries, of);
  if (of.state === 'draft' || present?.state === 'more_needed') {
    return { person, entity, changes: of };
  }
  redirect(ctx, of.caseId === undefined ? listHref(entity.id) : statusHref(of.id));
  return undefined;
}

async function save(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  { page, typed }: { page: FormPage; typed: TypedQualification },
): Promise<void> {
  const { intermediaries } = deps;
  const { entity, renews, changes } = page;
  const { kinds, clock } = intermediaries;
  const fixed = changes?.kind ?? renews?.kind;
  const whole = fixed === undefined ? typed : { ...typed, kind: fixed };
  const read = readQualificationForm(whole, { kinds, now: clock.now() });
  if (!read.ok) return showForm(deps, ctx, { ...page, typed: whole, errors: read.errors });
  const { facts } = read;
  const outcome = changes
    ? await rewriteApplication(intermediaries, changes, facts)
    : await beginApplication(intermediaries, entity.id, { facts, renews: renews?.id });
  if (outcome.ok) {
    const to = papersHref(outcome.qualification.id);
    const notice = 'account.notice.qualification_saved';
    return confirmOn(deps.visitors, ctx, { visitor: page.person, page: to, notice });
  }
  // One of this kind is with staff, or was begun in another window.
  if (outcome.reason === 'under_way') return redirect(ctx, statusHref(outcome.id));
  const errors = [{ key: 'intermediary.form.changed_meanwhile' }] as const;
  await showForm(deps, ctx, { ...page, typed: whole, errors, status: 409 });
}

async function showForm(
  deps: IntermediaryPageDependencies,
  ctx: HttpContext,
  of: FormPage & {
    typed: TypedQualification;
    errors: QualificationFormLocals['errors'];
    status?: number;
  },
): Promise<void> {
  const { person, entity, renews, changes, typed, errors, status = 422 } = of;
  const { locale } = ctx.state;
  const known = changes ?? renews;
  const { kinds, qualifications, clock } = deps.intermediaries;
  const held = known ? [] : await qualifications.ofEntity(entity.id);
  ctx.render(
    'intermediaries/apply',
    {
      ...(await accountFrame(deps.visitors, person)),
      entityName: entity.name ?? '',
      form: changes
        ? { action: intermediaryPaths.change, fields: { application: changes.id } }
        : {
            action: intermediaryPaths.apply,
            fields: { entity: entity.id, ...(renews ? { renews: renews.id } : {}) },
          },
      typed,
      ...(known
        ? {
            kind: {
              name: known.names.kind[locale],
              department: known.names.department[locale],
              isRenewal: changes === undefined,
            },
          }
        : {
            held: heldOf(held, { now: clock.now(), locale }),
            kinds: kinds.map((each) => ({
              id: each.id,
              name: each.name[locale],
              department: each.department[locale],
            })),
          }),
      isChange: changes !== undefined,
      backHref: changes ? papersHref(changes.id) : listHref(entity.id),
      errors,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

function typedOf(body: Omit<z.output<typeof applyBody>, 'entity' | 'renews'>): TypedQualification {
  const { kind, number, authority, valid_from: validFrom, valid_until: validUntil } = body;
  return { kind, number, authority, validFrom, validUntil };
}

function asWritten(of: Qualification): TypedQualification {
  const { kind, number = '', authority, validFrom, validUntil } = of;
  return { kind, number, authority, validFrom, validUntil };
}

/** Number and authority of a renewal mostly stay; its term never does. */
function empty(renews: Qualification | undefined): TypedQualification {
  const blank = { validFrom: '', validUntil: '' };
  if (renews) return { ...asWritten(renews), ...blank };
  return { kind: '', number: '', authority: '', ...blank };
}

/** Whoever has one renews it: applying anew would leave a gap, or two. */
function heldOf(
  all: readonly Qualification[],
  { now, locale }: { now: Date; locale: Locale },
): NonNullable<QualificationFormLocals['held']> {
  return all
    .filter((each) => isStanding(each, now))
    .map((each) => ({
      name: each.names.kind[locale],
      until: each.validUntil,
      ...(isRenewable(each, now) ? { renewHref: applyHref(each.entityId, each.id) } : {}),
    }));
}
