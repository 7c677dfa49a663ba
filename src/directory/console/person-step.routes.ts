// What is asked for once more before it is done: suspend, resume, end, another invitation, a first
// password to hand over.
import { z } from 'zod';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { StaffEntry } from '../staff-entry.ts';
import { changeable, refusalOf } from './change-person.routes.ts';
import {
  administratorReading,
  administratorSending,
  departmentsFrame,
  isFreshEnough,
  refuse,
} from './departments-access.ts';
import type { Administrator, DepartmentsDependencies } from './departments-access.ts';
import { departmentPaths, peoplePath, personPath, personSteps } from './department-paths.ts';
import type { PersonStep } from './department-paths.ts';
import { nameOf, ownPart, presentPerson } from './present-person.ts';

const stepParams = z.object({ id: z.string().max(64), step: z.enum(personSteps) });
const revision = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

interface Stepping {
  at: Administrator;
  entry: StaffEntry;
  step: PersonStep;
}

export function personStepRoutes(deps: DepartmentsDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: departmentPaths.step,
      name: 'departments.step_form',
      limiter: 'departments',
      input: { params: stepParams },
      async handle(ctx, { params: { id, step } }) {
        const at = await administratorReading(deps, ctx, { isFresh: true });
        const entry = at && (await changeable(deps, ctx, { at, id }));
        if (at && entry) await showStep(deps, ctx, { at, entry, step });
      },
    }),
    defineRoute({
      method: 'POST',
      path: departmentPaths.step,
      name: 'departments.step',
      limiter: 'departments',
      csrf: 'token',
      input: { params: stepParams, body: z.object({ revision }) },
      async handle(ctx, { params: { id, step }, body }) {
        const at = await administratorSending(deps, ctx);
        const entry = at && (await changeable(deps, ctx, { at, id }));
        if (!at || !entry) return;
        // Nothing was typed that could be lost.
        if (!isFreshEnough(deps, at)) return redirect(ctx, personPath(id, step));
        await take(deps, ctx, { at, entry, step, seen: body.revision });
      },
    }),
  ];
}

async function showStep(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, entry, step }: Stepping,
): Promise<void> {
  const part = ownPart(await deps.reader.departmentList(at.by));
  const { name, userName, department } = presentPerson(entry, part);
  ctx.render('departments/step', {
    ...departmentsFrame(at),
    step,
    person: { name, userName, department },
    form: {
      action: personPath(entry.id, step),
      fields: { revision: String(entry.revision) },
    },
    backHref: personPath(entry.id),
  });
}

async function take(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  of: Stepping & { seen: number },
): Promise<void> {
  const { at, entry, step, seen } = of;
  if (step === 'password') return handOver(deps, ctx, of);
  const { office } = deps;
  const { id } = entry;
  const seenEntry = { id, revision: seen };
  const outcome = await {
    suspend: () => office.setActive(seenEntry, false, at.by),
    resume: () => office.setActive(seenEntry, true, at.by),
    end: () => office.end(seenEntry, at.by),
    invite: () => office.invite(entry, at.by),
  }[step]();
  if (!outcome.ok) {
    const reason = refusalOf(outcome.reason);
    return refuse(deps, ctx, { at, reason, onwardHref: personPath(id) });
  }
  redirect(
    ctx,
    step === 'end' ? peoplePath({ done: 'ended' }) : `${personPath(id)}?done=${DONE[step]}`,
  );
}

const DONE = {
  suspend: 'suspended',
  resume: 'resumed',
  invite: 'invited',
} as const;

/** Shown once, on the answer itself. */
async function handOver(
  deps: DepartmentsDependencies,
  ctx: HttpContext,
  { at, entry }: Stepping,
): Promise<void> {
  const outcome = await deps.office.handOver(entry, at.by);
  const backHref = personPath(entry.id);
  if (!outcome.ok) {
    const reason = refusalOf(outcome.reason);
    return refuse(deps, ctx, { at, reason, onwardHref: backHref });
  }
  const { password, validUntil } = outcome.prepared;
  const person = { name: nameOf(entry), userName: entry.attributes.userName };
  ctx.set('Cache-Control', 'no-store');
  ctx.render('departments/first-password', {
    ...departmentsFrame(at),
    person,
    password,
    validUntil,
    backHref,
  });
}
