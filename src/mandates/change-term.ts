// Another last day for a handler's mandate: longer or shorter, by who may appoint, or by who passed it
// on; never by who holds it. What was passed on from it never ends later.
import type { Account } from '../accounts/account.ts';
import { REPRESENTATIVE_LEVEL, mayChangeTerm } from './mandate.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { AppointDependencies } from './appoint.ts';
import { readNewEnd } from './handler-form.ts';
import type { HandlerFormProblem } from './handler-form.ts';
import { holdPower } from './hold-power.ts';
import { importFacts } from './imported.ts';
import type { Imported } from './imported.ts';
import type { Mandate } from './mandate.ts';
import { shownEnd, warningOf } from './mandate-terms.ts';
import { peopleBehind } from './people-behind.ts';
import { mandatesOver, recordRefusedPower, standingOf } from './power.ts';
import { payersFor } from './who-pays.ts';

export interface ChangeableMandate {
  mandate: Mandate;
  /** By which it may be changed. */
  by: Mandate;
  parent?: Mandate | undefined;
  entityName: string;
}

/** The mandate whose term this person may change; a try at one's own is recorded. */
export async function changeableMandate(
  deps: Pick<AppointDependencies, 'mandates' | 'accounts' | 'audit'>,
  person: Account,
  { mandateId, address }: { mandateId: string; address: string },
): Promise<ChangeableMandate | undefined> {
  const mandate = await deps.mandates.findOpen(mandateId);
  if (!mandate) return undefined;
  const { entityId, parentId } = mandate;
  const over = await mandatesOver(deps, { entityId, personId: person.id });
  const isOwn = mandate.holderId === person.id || over.some(({ id }) => id === mandateId);
  const standing = await standingOf(deps, over, person.id);
  const by = isOwn ? undefined : standing.find((each) => mayChangeTerm(each, mandate));
  if (!by) {
    const reason = isOwn ? 'own_mandate' : 'not_entitled';
    const details = { attempt: 'change_term', mandate: mandateId };
    const refused = { actor: person.id, entityId, address, details };
    if (!mandate.isSingleUse) await recordRefusedPower(deps.audit, { ...refused, reason });
    return undefined;
  }
  const parent = parentId === undefined ? undefined : await deps.mandates.find(parentId);
  const { name: entityName = '' } = (await deps.accounts.findById(entityId)) ?? {};
  return { mandate, by, parent, entityName };
}

export type ChangeTermOutcome =
  | { ok: true }
  | { ok: false; error: FieldError<HandlerFormProblem | 'mandates.term.meanwhile'> };

export async function changeTerm(
  deps: AppointDependencies,
  person: Account,
  of: {
    changeable: ChangeableMandate;
    until: string;
    address: string;
    imported?: Imported | undefined;
  },
): Promise<ChangeTermOutcome> {
  const { changeable, until, address, imported } = of;
  const { by } = changeable;
  const { mandateLimits: limits, clock, accounts } = deps;
  const read = readNewEnd(until, { ...changeable, limits, now: clock.now() });
  if (!read.ok) return read;
  const { expiresAt } = read;
  const isTold = await mayTell(deps, changeable.mandate);
  try {
    const told = await deps.database.transaction(async (session) => {
      const isHeld =
        (await holdPower(deps, { by, personId: person.id }, session)) &&
        (await accounts.holdStanding(person.id, REPRESENTATIVE_LEVEL, session));
      if (!isHeld) throw new Overtaken('whoever changes it may do so no more');
      const given = { expiresAt, actor: person.id, address, imported, isTold };
      return change(deps, session, { ...changeable, ...given });
    });
    for (const tell of told) tell();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    return { ok: false, error: { key: 'mandates.term.meanwhile' } };
  }
}

const NOTICES_A_DAY = { attempts: 5, windowSeconds: 86_400 } as const;

/** Whoever changes it to and fro, by form or upload, floods nobody, and spends nobody's messages. */
async function mayTell(
  { budgets }: Pick<AppointDependencies, 'budgets'>,
  { entityId, holderId }: Mandate,
): Promise<boolean> {
  const key = `mandate-term-notice:${JSON.stringify([entityId, holderId])}`;
  return (await budgets.reserve([{ ...NOTICES_A_DAY, key }])).ok;
}

async function change(
  deps: AppointDependencies,
  session: ClientSession,
  of: {
    mandate: Mandate;
    parent?: Mandate | undefined;
    entityName: string;
    expiresAt: Date;
    actor: string;
    address: string;
    imported: Imported | undefined;
    isTold: boolean;
  },
): Promise<(() => void)[]> {
  const { mandate, parent, entityName, expiresAt, actor, address } = of;
  const origin = importFacts(of.imported);
  const { mandates, mandateLimits, notices } = deps;
  const isOfParent = parent === undefined || (await mandates.hold(parent.id, session));
  const warnAt = warningOf({ since: mandate.since, expiresAt }, mandateLimits);
  if (!isOfParent || !(await mandates.changeTerm(mandate, { expiresAt, warnAt }, session))) {
    throw new Overtaken('it has another term, or has ended');
  }
  await deps.audit.record(
    {
      type: 'mandates.changed',
      actor,
      ...origin.facts,
      address,
      subject: mandate.entityId,
      result: 'done',
      details: {
        mandate: mandate.id,
        person: mandate.holderId,
        until: expiresAt.toISOString(),
        ...(mandate.expiresAt ? { formerly: mandate.expiresAt.toISOString() } : {}),
        ...origin.details,
      },
    },
    session,
  );
  const told: (() => void)[] = [];
  const { role } = mandate;
  const paidBy = await payersFor(deps, mandate.entityId, session);
  const people = of.isTold ? await peopleBehind(deps, mandate.holderId, session) : [];
  for (const accountId of people) {
    const notice = { accountId, template: 'mandate_changed', entityName, role, paidBy } as const;
    told.push(await notices.mandateChanged({ ...notice, until: shownEnd(expiresAt) }, session));
  }
  for await (const passedOn of mandates.standing({ parentIds: [mandate.id] }, session)) {
    for (const each of passedOn) {
      if (each.expiresAt && each.expiresAt <= expiresAt) continue;
      // One that has not begun by then has nothing left.
      const isVoid = each.since >= expiresAt;
      const until = isVoid ? new Date(each.since.getTime() + 1) : expiresAt;
      const child = { ...of, mandate: each, parent: undefined, expiresAt: until };
      told.push(...(await change(deps, session, child)));
    }
  }
  return told;
}
