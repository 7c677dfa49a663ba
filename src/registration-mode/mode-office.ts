// Changes the construction mode: by two officers who are two people, as a plan has shown it, and again
// from where it stopped. What people have is followed by their accounts (convert-accounts.ts).
import { PERSON_PRESENT_LEVEL } from '../accounts/account.ts';
import type { Account, AccountRole } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { isSamePerson, mayHaveRoles } from '../roles/role-rules.ts';
import type { ConvertDependencies } from './convert-accounts.ts';
import { convertAccounts } from './convert-accounts.ts';
import { drawUpPlan } from './draw-up-plan.ts';
import type { DrawnPlan, PlanDependencies, WantedMode } from './draw-up-plan.ts';
import type { ModePlan } from './mode-plan.ts';
import type { ModePlanStore } from './mode-plan-store.ts';
import type { Conversion, ModeRecord } from './mode-store.ts';
import { holdsShadows } from './registration-mode.ts';

export interface ModeOfficeDependencies
  extends PlanDependencies, Omit<ConvertDependencies, 'modes'> {
  plans: ModePlanStore;
  accounts: Pick<AccountStore, 'findById' | 'holdStanding'>;
  audit: AuditLog;
  /** What the staff directory has of an account; undefined for who is not in it. */
  staffIdOf: (accountId: string) => Promise<string | undefined>;
}

/** Proven at the terminal just now, with both factors. */
export interface ModeOfficers {
  officer: Account;
  approver: Account;
  address: string;
}

export type ModeRefusal =
  | 'plan_unknown'
  /** Older than a day, or made of another state than the present one. */
  | 'plan_stale'
  /** Something that stops it, then or now. */
  | 'stopped'
  | 'not_system'
  | 'not_security'
  | 'same_officer'
  | 'overtaken';

export type ApplyOutcome =
  | { ok: true; record: ModeRecord; isResumed: boolean }
  | { ok: false; reason: ModeRefusal; now?: DrawnPlan };

const GOOD_FOR_MS = 86_400_000;
const DONE: Conversion = { cursor: null, converted: 0, isDone: true };
const OPEN: Conversion = { cursor: null, converted: 0, isDone: false };

export class ModeOffice {
  readonly #deps: ModeOfficeDependencies;

  constructor(deps: ModeOfficeDependencies) {
    this.#deps = deps;
  }

  /** The rehearsal: nothing but the plan itself is written. */
  async plan(wanted: WantedMode): Promise<DrawnPlan> {
    const drawn = await drawUpPlan(this.#deps, wanted);
    await this.#deps.plans.insert(drawn.plan);
    const { id, to, from, stops } = drawn.plan;
    await this.#deps.audit.record({
      type: 'registration_mode.planned',
      actor: 'operator',
      result: 'done',
      details: { plan: id, from, to, stops: stops.join(' ') },
    });
    return drawn;
  }

  /** @param onProgress after each batch of accounts */
  async apply(
    by: ModeOfficers,
    planId: string,
    onProgress: (conversion: Conversion) => void,
  ): Promise<ApplyOutcome> {
    const outcome = await this.#change(by, planId);
    if (!outcome.ok) return this.#refuse(by, outcome);
    const conversion = await convertAccounts(this.#deps, outcome.record, onProgress);
    return { ...outcome, record: { ...outcome.record, conversion } };
  }

  async #change(by: ModeOfficers, planId: string): Promise<ApplyOutcome> {
    const lack = await this.#lackOf(by);
    if (lack) return { ok: false, reason: lack };
    const plan = await this.#deps.plans.find(planId);
    if (!plan) return { ok: false, reason: 'plan_unknown' };
    const present = await this.#deps.modes.find();
    // It was carried out, and what follows has perhaps not come to its end.
    if (present?.planId === planId) return { ok: true, record: present, isResumed: true };
    const now = await drawUpPlan(this.#deps, plan);
    if (isStale(plan, now.plan)) return { ok: false, reason: 'plan_stale', now };
    if (plan.stops.length + now.plan.stops.length > 0) return { ok: false, reason: 'stopped', now };
    return this.#write(by, plan);
  }

  async #write(by: ModeOfficers, plan: ModePlan): Promise<ApplyOutcome> {
    const { database, modes, audit, clock } = this.#deps;
    const { to, from, provinceId, seen } = plan;
    const { officer, approver, address } = by;
    const change = {
      mode: to,
      provinceId,
      since: clock.now(),
      by: [officer.id, approver.id],
      planId: plan.id,
      conversion: holdsShadows({ mode: to }) ? OPEN : DONE,
    };
    try {
      await database.transaction(async (session) => {
        await this.#holdPower(officer, 'systemAdministrator', session);
        await this.#holdPower(approver, 'securityAdministrator', session);
        if (!(await modes.change(change, seen.mode, session))) throw new Overtaken('the mode');
        await audit.record(
          {
            type: 'registration_mode.changed',
            actor: officer.id,
            address,
            result: 'done',
            details: { plan: plan.id, from, to, approver: approver.id, ...nameOf(provinceId) },
          },
          session,
        );
      });
    } catch (error) {
      if (error instanceof Overtaken) return { ok: false, reason: 'overtaken' };
      throw error;
    }
    const record = await modes.find();
    if (!record) throw new Error('the mode that was just written is not there');
    return { ok: true, record, isResumed: false };
  }

  async #lackOf({ officer, approver }: ModeOfficers): Promise<ModeRefusal | undefined> {
    const { staffIdOf } = this.#deps;
    const one = { account: officer, staffId: await staffIdOf(officer.id) };
    const other = { account: approver, staffId: await staffIdOf(approver.id) };
    if (isSamePerson(one, other)) return 'same_officer';
    if (!holds(officer, 'systemAdministrator')) return 'not_system';
    return holds(approver, 'securityAdministrator') ? undefined : 'not_security';
  }

  /** Still an officer, and until this is done. */
  async #holdPower({ id }: Account, role: AccountRole, session: ClientSession): Promise<void> {
    const { accounts } = this.#deps;
    const isThere = await accounts.holdStanding(id, PERSON_PRESENT_LEVEL, session);
    const now = isThere ? await accounts.findById(id) : undefined;
    if (!now || !holds(now, role)) throw new Overtaken('no longer an officer');
  }

  async #refuse(
    { officer, approver, address }: ModeOfficers,
    outcome: ApplyOutcome & { ok: false },
  ): Promise<ApplyOutcome> {
    const { reason } = outcome;
    const event = { type: 'registration_mode.refused', result: 'refused', reason } as const;
    const details = { approver: approver.id };
    await this.#deps.audit.record({ ...event, actor: officer.id, address, details });
    return outcome;
  }
}

function holds(account: Account, role: AccountRole): boolean {
  return mayHaveRoles(account) && account.roles.includes(role);
}

function nameOf(provinceId: string | undefined): { peer?: string } {
  return provinceId === undefined ? {} : { peer: provinceId };
}

/** Figures change with every sign-in; what a decision rests on does not. */
function isStale(plan: ModePlan, now: ModePlan): boolean {
  const age = now.at.getTime() - plan.at.getTime();
  const isOfAnother = plan.seen.mode !== now.seen.mode || plan.seen.peer !== now.seen.peer;
  return (
    isOfAnother || age > GOOD_FOR_MS || plan.figures.demandedLevel !== now.figures.demandedLevel
  );
}
