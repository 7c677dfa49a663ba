// One person of a department: what the directory says, what can be done, and what happened.
import { z } from 'zod';
import { holdsPower } from '../../accounts/account.ts';
import { accountAttributesOf } from '../staff-attributes.ts';
import type { AuditEventType } from '../../audit/events.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { StaffEntry } from '../staff-entry.ts';
import { administratorReading, departmentsFrame, refuse } from './departments-access.ts';
import type { Administrator, DepartmentsDependencies } from './departments-access.ts';
import { departmentsDone } from './departments.views.ts';
import type { DepartmentsDone, PersonLocals, StaffEventName } from './departments.views.ts';
import { departmentPaths, personPath } from './department-paths.ts';
import type { PersonStep } from './department-paths.ts';
import { maskedPhoneOf, ownPart, presentPerson } from './present-person.ts';

export const personParams = z.object({ id: z.string().max(64) });

const HISTORY_LENGTH = 30;
/** Words: `departments.event.<name>`. */
const EVENTS = {
  'directory.staff_joined': 'joined',
  'directory.staff_changed': 'changed',
  'directory.staff_left': 'left',
  'directory.staff_returned': 'returned',
  'directory.staff_invited': 'invited',
  'directory.contacts_kept': 'contacts_kept',
  'accounts.locked': 'locked',
  'accounts.unlocked': 'unlocked',
  'accounts.role_granted': 'role_granted',
  'accounts.role_revoked': 'role_revoked',
} as const satisfies Partial<Record<AuditEventType, StaffEventName>>;
const HISTORY = Object.keys(EVENTS) as (keyof typeof EVENTS)[];

export function personRoutes(deps: DepartmentsDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: departmentPaths.person,
      name: 'departments.person',
      limiter: 'departments',
      input: {
        params: personParams,
        query: z.strictObject({ done: z.enum(departmentsDone).optional() }),
      },
      async handle(ctx, { params: { id }, query: { done } }) {
        const at = await administratorReading(deps, ctx);
        if (!at) return;
        const entry = await ownPerson(deps, ctx, { at, id });
        if (entry) await showPerson(deps, ctx, { at, entry, done });
      },
    }),
  ];
}

/** Undefined when it has been answered that there is no such person here. */
export async function ownPerson(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, id }: { at: Administrator; id: string },
): Promise<StaffEntry | undefined> {
  const entry = await deps.reader.staff(id, at.by);
  if (typeof entry !== 'string') return entry;
  await refuse(deps, ctx, { at, reason: 'not_here' });
  return undefined;
}

/** Why this administrator changes nothing of this person. */
export async function untouchable(
  { visitors, reader }: DepartmentsDependencies,
  { by }: Administrator,
  { accountId }: StaffEntry,
): Promise<'own' | 'holds_power' | 'administers_beyond' | undefined> {
  if (by.actor === accountId) return 'own';
  const account = await visitors.accounts.findById(accountId);
  if (!account) return undefined;
  if (holdsPower(account)) return 'holds_power';
  // Who leaves loses the role: nobody takes it from those above, or elsewhere, who work here.
  const administered = await reader.present(account.administers);
  if (administered.length === 0) return undefined;
  const part = ownPart(await reader.departmentList(by));
  return administered.every((id) => part.has(id)) ? undefined : 'administers_beyond';
}

async function showPerson(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, entry, done }: { at: Administrator; entry: StaffEntry; done: DepartmentsDone | undefined },
): Promise<void> {
  const part = ownPart(await deps.reader.departmentList(at.by));
  const [hasSignedIn, isEnding, reason, history] = await Promise.all([
    deps.office.hasSignedIn(entry),
    deps.office.isEnding(entry),
    untouchable(deps, at, entry),
    historyOf(deps, at, entry),
  ]);
  const maskedPhone = maskedPhoneOf(entry);
  const { email } = accountAttributesOf(entry.attributes);
  const steps = reason === undefined ? stepsOf(entry, hasSignedIn) : [];
  ctx.render('departments/person', {
    ...departmentsFrame(at, done),
    person: {
      ...presentPerson(entry, part, isEnding),
      ...(maskedPhone === undefined ? {} : { maskedPhone }),
      ...(email === undefined ? {} : { email }),
      joinedAt: entry.createdAt,
    },
    isImported: entry.isImported === true,
    keepsContacts: entry.keepsContacts === true,
    ...(reason === undefined ? {} : { untouchable: reason }),
    hasSignedIn,
    changeHref: personPath(entry.id, 'change'),
    steps: steps.map((step) => ({ step, href: personPath(entry.id, step) })),
    history,
  });
}

function stepsOf({ isActive }: StaffEntry, hasSignedIn: boolean): PersonStep[] {
  if (!isActive) return ['resume', 'end'];
  return [...(hasSignedIn ? [] : (['invite'] as const)), 'password', 'suspend', 'end'];
}

async function historyOf(
  { visitors }: DepartmentsDependencies,
  { by }: Administrator,
  { accountId }: StaffEntry,
): Promise<PersonLocals['history']> {
  const page = { limit: HISTORY_LENGTH, isSubjectOnly: true };
  const found = await visitors.audit.listBySubject(accountId, HISTORY, page);
  const own = { operator: 'operator', system: 'system', [by.actor]: 'you' } as const;
  return found.map(({ type, at, actor }) => ({
    event: EVENTS[type as keyof typeof EVENTS],
    at,
    by: own[actor] ?? (actor.startsWith('client:') ? 'client' : 'administrator'),
  }));
}
