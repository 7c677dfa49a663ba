// Somebody new, and what is said of somebody: name, contacts, post, department within the own part.
import { z } from 'zod';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { FieldError } from '../../platform/http/view-locals.ts';
import type { DirectoryRefusal, StaffEntry } from '../staff-entry.ts';
import {
  administratorReading,
  administratorSending,
  departmentsFrame,
  isFreshEnough,
  refuse,
} from './departments-access.ts';
import type { Administrator, DepartmentsDependencies } from './departments-access.ts';
import type { DepartmentsRefusal, PersonFormLocals, TypedPerson } from './departments.views.ts';
import { departmentPaths, personPath } from './department-paths.ts';
import { ownPerson, personParams, untouchable } from './person.routes.ts';
import { attributesFrom, personBody, personProblems, typedFrom, typedOf } from './person-form.ts';
import { departmentChoices, nameOf, ownPart } from './present-person.ts';

/** The version that the form was made of. */
const revision = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export function changePersonRoutes(deps: DepartmentsDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: departmentPaths.join,
      name: 'departments.join_form',
      limiter: 'departments',
      input: { query: z.strictObject({ department: z.string().max(64).default('') }) },
      async handle(ctx, { query: { department } }) {
        const at = await administratorReading(deps, ctx, { isFresh: true });
        if (at) await showForm(deps, ctx, { at, typed: { ...EMPTY, department } });
      },
    }),
    defineRoute({
      method: 'POST',
      path: departmentPaths.join,
      name: 'departments.join',
      limiter: 'departments',
      csrf: 'token',
      input: { body: personBody },
      async handle(ctx, { body }) {
        const at = await administratorSending(deps, ctx);
        if (at) await join(deps, ctx, { at, typed: typedOf(body) });
      },
    }),
    defineRoute({
      method: 'GET',
      path: departmentPaths.change,
      name: 'departments.change_form',
      limiter: 'departments',
      input: { params: personParams },
      async handle(ctx, { params: { id } }) {
        const at = await administratorReading(deps, ctx, { isFresh: true });
        const entry = at && (await changeable(deps, ctx, { at, id }));
        if (!at || !entry) return;
        const typed = typedFrom(entry.attributes, entry.placement.departmentId ?? '');
        await showForm(deps, ctx, { at, entry, typed });
      },
    }),
    defineRoute({
      method: 'POST',
      path: departmentPaths.change,
      name: 'departments.change',
      limiter: 'departments',
      csrf: 'token',
      input: { params: personParams, body: personBody.extend({ revision }) },
      async handle(ctx, { params: { id }, body }) {
        const at = await administratorSending(deps, ctx);
        const entry = at && (await changeable(deps, ctx, { at, id }));
        if (!at || !entry) return;
        const typed = { ...typedOf(body), userName: entry.attributes.userName };
        await change(deps, ctx, { at, entry, typed, seen: body.revision });
      },
    }),
  ];
}

const EMPTY: TypedPerson = {
  userName: '',
  name: '',
  staffId: '',
  post: '',
  department: '',
  phone: '',
  email: '',
};

/** Undefined when it has been answered why not. */
export async function changeable(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, id }: { at: Administrator; id: string },
): Promise<StaffEntry | undefined> {
  const entry = await ownPerson(deps, ctx, { at, id });
  const reason = entry && (await untouchable(deps, at, entry));
  if (!entry || reason === undefined) return entry;
  await refuse(deps, ctx, { at, reason, onwardHref: personPath(id) });
  return undefined;
}

interface FormPage {
  at: Administrator;
  entry?: StaffEntry;
  typed: TypedPerson;
  errors?: readonly FieldError[];
  meanwhile?: PersonFormLocals['meanwhile'];
  status?: number;
}

async function showForm(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, entry, typed, errors = [], meanwhile, status = 200 }: FormPage,
): Promise<void> {
  const departments = departmentChoices(ownPart(await deps.reader.departmentList(at.by)));
  const page = entry ? personPath(entry.id, 'change') : departmentPaths.join;
  const fields = entry ? { fields: { revision: String(entry.revision) } } : {};
  const [only, ...more] = departments;
  const chosen = typed.department === '' && more.length === 0 ? (only?.id ?? '') : typed.department;
  ctx.render(
    'departments/person-form',
    {
      ...departmentsFrame(at),
      ...(entry ? { person: { name: nameOf(entry), userName: entry.attributes.userName } } : {}),
      departments,
      typed: { ...typed, department: chosen },
      form: { action: page, ...fields },
      backHref: entry ? personPath(entry.id) : departmentPaths.people,
      isImported: entry?.isImported === true,
      ...(meanwhile ? { meanwhile } : {}),
      ...(status === 401 ? { freshHref: page } : {}),
      errors,
    },
    { status, isError: status >= 400 },
  );
}

/** What was typed stays where it is refused, also for a sign-in that is too old. */
async function problemsOf(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  page: Omit<FormPage, 'errors'>,
): Promise<string | undefined> {
  const { at, entry, typed } = page;
  if (!isFreshEnough(deps, at)) {
    const errors = [{ key: 'departments.problem.not_fresh' }];
    await showForm(deps, ctx, { ...page, errors, status: 401 });
    return undefined;
  }
  const departments = departmentChoices(ownPart(await deps.reader.departmentList(at.by)));
  const errors = personProblems(typed, { departments, isNew: entry === undefined });
  const code = departments.find(({ id }) => id === typed.department)?.code;
  if (errors.length === 0 && code !== undefined) return code;
  await showForm(deps, ctx, { ...page, errors, status: 422 });
  return undefined;
}

async function join(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, typed }: { at: Administrator; typed: TypedPerson },
): Promise<void> {
  const code = await problemsOf(deps, ctx, { at, typed });
  if (code === undefined) return;
  const outcome = await deps.office.join({ attributes: attributesFrom(typed), code }, at.by);
  if (outcome.ok) return redirect(ctx, `${personPath(outcome.entry.id)}?done=joined`);
  const errors = errorsOf(outcome.reason);
  if (errors) return showForm(deps, ctx, { at, typed, errors, status: 422 });
  await refuse(deps, ctx, { at, reason: refusalOf(outcome.reason) });
}

async function change(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  of: { at: Administrator; entry: StaffEntry; typed: TypedPerson; seen: number },
): Promise<void> {
  const { at, entry, typed, seen } = of;
  const code = await problemsOf(deps, ctx, of);
  if (code === undefined) return;
  const { id } = entry;
  const attributesOf = (former: StaffEntry['attributes']) => attributesFrom(typed, former);
  const outcome = await deps.office.change({ id, revision: seen }, { attributesOf, code }, at.by);
  if (outcome.ok) return redirect(ctx, `${personPath(id)}?done=changed`);
  const { reason } = outcome;
  if (reason === 'version_differs') return showConflict(deps, ctx, of);
  const errors = errorsOf(reason);
  if (errors) return showForm(deps, ctx, { at, entry, typed, errors, status: 422 });
  await refuse(deps, ctx, { at, reason: refusalOf(reason), onwardHref: personPath(id) });
}

/** Somebody else was first: both are shown, and sending again writes what was typed over it. */
async function showConflict(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, entry: { id }, typed }: { at: Administrator; entry: StaffEntry; typed: TypedPerson },
): Promise<void> {
  const entry = await ownPerson(deps, ctx, { at, id });
  if (!entry) return;
  const present = typedFrom(entry.attributes, entry.placement.departmentId ?? '');
  const part = ownPart(await deps.reader.departmentList(at.by));
  const names = Object.keys(EMPTY) as (keyof TypedPerson)[];
  const meanwhile = names
    .filter((field) => present[field] !== typed[field])
    .map((field) => ({
      field,
      value: field === 'department' ? (part.get(present.department)?.name ?? '') : present[field],
    }));
  const errors = [{ key: 'departments.problem.version_differs' }];
  await showForm(deps, ctx, { at, entry, typed, errors, meanwhile, status: 409 });
}

function errorsOf(reason: DirectoryRefusal): FieldError[] | undefined {
  if (reason === 'user_name_taken') {
    return [{ field: 'user_name', key: 'departments.problem.user_name_taken' }];
  }
  if (reason === 'phone_taken') {
    return [{ field: 'phone', key: 'departments.problem.phone_taken' }];
  }
  if (reason === 'holds_role') {
    return [{ field: 'phone', key: 'departments.problem.holds_role' }];
  }
  return undefined;
}

/** Whatever is not said otherwise is beyond the own part. */
export function refusalOf(reason: string): DepartmentsRefusal {
  const known: readonly DepartmentsRefusal[] = [
    'own',
    'holds_power',
    'holds_role',
    'has_password',
    'inactive',
    'version_differs',
    'too_often',
  ];
  return known.find((each) => each === reason) ?? 'not_here';
}
