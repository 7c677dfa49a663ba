// Who is at the pages of a department: a civil servant who administers one, signed in with two factors.
// Whoever else comes is refused, and so is whoever reaches beyond the own part; both is on record.
import { displayName } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import type { AccountDependencies } from '../../account/account-deps.ts';
import { accountPaths } from '../../account/account-paths.ts';
import { isFreshSignIn, strongSender, strongVisitor } from '../../account/staff-access.ts';
import type { SparingLog } from '../../audit/sparing-log.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import type { DirectoryReader } from '../directory-reader.ts';
import type { DirectoryActor } from '../staff-entry.ts';
import type { StaffOffice } from '../staff-office.ts';
import { departmentPaths } from './department-paths.ts';
import type { DepartmentsDone, DepartmentsFrame, DepartmentsRefusal } from './departments.views.ts';

export interface DepartmentsDependencies {
  visitors: AccountDependencies;
  reader: DirectoryReader;
  office: StaffOffice;
  sparing: SparingLog;
}

export interface Administrator {
  visitor: Visitor;
  by: DirectoryActor & { within: readonly string[] };
}

/** For a page; undefined when the answer is given. */
export async function administratorReading(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  options: { isFresh?: boolean } = {},
): Promise<Administrator | undefined> {
  const visitor = await strongVisitor(deps.visitors, ctx, options);
  return visitor && onlyAdministrator(deps, ctx, visitor);
}

/** For a form; undefined when the answer is given. */
export async function administratorSending(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
): Promise<Administrator | undefined> {
  const visitor = await strongSender(deps.visitors, ctx);
  return visitor && onlyAdministrator(deps, ctx, visitor);
}

/** Both factors were given minutes ago. */
export function isFreshEnough(
  { visitors }: DepartmentsDependencies,
  { visitor }: Administrator,
): boolean {
  return isFreshSignIn(visitors, visitor);
}

async function onlyAdministrator(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<Administrator | undefined> {
  const { kind, roles, administers, id } = visitor.account;
  const isOne = kind === 'civilServant' && roles.includes('departmentAdministrator');
  const within = isOne ? await deps.reader.present(administers) : [];
  if (within.length > 0) return { visitor, by: { actor: id, address: ctx.ip, within } };
  await noteRefusal(deps, { actor: id, address: ctx.ip }, 'not_administrator');
  ctx.render('departments/not-administrator', { homeHref: accountPaths.overview }, { status: 403 });
  return undefined;
}

export function noteRefusal(
  { sparing }: DepartmentsDependencies,
  { actor, address }: Pick<DirectoryActor, 'actor' | 'address'>,
  reason: string,
): Promise<void> {
  return sparing.record({ type: 'directory.refused', actor, address, result: 'refused', reason });
}

export function departmentsFrame(
  { visitor }: Administrator,
  done?: DepartmentsDone,
): DepartmentsFrame {
  return {
    maskedName: displayName(visitor.account),
    signOutForm: { action: accountPaths.signOut },
    ...(done === undefined ? {} : { done }),
  };
}

const STATUS: Readonly<Record<DepartmentsRefusal, number>> = {
  not_here: 404,
  own: 403,
  holds_power: 403,
  administers_beyond: 403,
  holds_role: 403,
  has_password: 409,
  inactive: 409,
  version_differs: 409,
  too_often: 429,
};

/** Somebody of another department and somebody who does not exist are refused alike. */
export async function refuse(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  of: { at: Administrator; reason: DepartmentsRefusal; onwardHref?: string },
): Promise<void> {
  const { at, reason, onwardHref = departmentPaths.people } = of;
  const isReaching = reason === 'not_here' || STATUS[reason] === 403;
  if (isReaching)
    await noteRefusal(deps, at.by, reason === 'not_here' ? 'outside_subtree' : reason);
  ctx.render(
    'departments/refused',
    { ...departmentsFrame(at), reason, onwardHref },
    { status: STATUS[reason], isError: true },
  );
}
