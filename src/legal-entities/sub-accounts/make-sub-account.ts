// A sub-account 子账号 for a branch or department: made by who may act for the organisation as a whole,
// who are all told. Whoever is first has the name, and no limit is passed by two at once.
import { draftAccount } from '../../accounts/account-draft.ts';
import { VERIFIED_LEVEL } from '../../accounts/account.ts';
import type { Account } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { BudgetStore } from '../../credentials/budget-store.ts';
import type { Mandate } from '../../mandates/mandate.ts';
import type { MandateStore } from '../../mandates/mandate-store.ts';
import type { SecurityNotices } from '../../notification/security-notices.ts';
import type { Clock } from '../../platform/clock.ts';
import type { MandateLimits } from '../../platform/mandates-config.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import { Overtaken } from '../../platform/overtaken.ts';
import { leadOf, recordStranger, requireLead } from '../entity-lead.ts';
import { isSameOwnName, ownNameOf, readOwnName, subAccountName } from './sub-account-name.ts';
import type { SubAccountNameProblem } from './sub-account-name.ts';

export interface SubAccountDependencies {
  accounts: Pick<
    AccountStore,
    'findById' | 'holdStanding' | 'insert' | 'close' | 'subAccounts' | 'transaction'
  >;
  mandates: MandateStore;
  budgets: Pick<BudgetStore, 'reserve'>;
  mandateLimits: MandateLimits;
  notices: Pick<SecurityNotices, 'subAccountChanged'>;
  audit: AuditLog;
  clock: Clock;
}

export type SubAccountProblem =
  | SubAccountNameProblem
  | `sub-account.problem.${'taken' | 'full' | 'too_many'}`;

export type MakeSubAccountOutcome =
  | { ok: true; id: string; name: string }
  | { ok: false; problem: SubAccountProblem }
  /** Who asks may not, or not any more, or the organisation cannot have any. */
  | { ok: false; reason: 'not_entitled' };

const MADE_A_DAY = { attempts: 200, windowSeconds: 86_400 } as const;
/** A telephone takes so many messages a day, codes among them: the others stand in the history. */
const NOTICES_A_DAY = { attempts: 10, windowSeconds: 86_400 } as const;
/** How far what was said of it is relied upon: the organisation itself has said it. */
const SAID = { source: 'parent', grade: 'D', areContactsConfirmed: false } as const;

interface Making {
  person: Account;
  entityId: string;
  typed: string;
  address: string;
}

export async function makeSubAccount(
  deps: SubAccountDependencies,
  making: Making,
): Promise<MakeSubAccountOutcome> {
  const { person, entityId, typed, address } = making;
  const entity = await deps.accounts.findById(entityId);
  const by = await leadOf(deps, { entityId, personId: person.id });
  if (!by || !mayHaveSubAccounts(entity)) {
    await recordStranger(deps, { person, entityId, address, attempt: 'make_sub_account' });
    return { ok: false, reason: 'not_entitled' };
  }
  const read = readOwnName(typed, entity.name ?? '');
  if (!read.ok) return { ok: false, problem: read.key };
  const key = `sub-accounts:${entityId}`;
  const taken = await deps.budgets.reserve([{ ...MADE_A_DAY, key }]);
  if (!taken.ok) return { ok: false, problem: 'sub-account.problem.too_many' };
  const mayTell = leadersNotice(deps, { entityId, change: 'made' });
  try {
    const told: (() => void)[] = [];
    const outcome = await deps.accounts.transaction(async (session) => {
      told.length = 0;
      return make(deps, session, { ...making, by, ownName: read.ownName, mayTell, told });
    });
    for (const tell of told) tell();
    return outcome;
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'not_entitled' };
    throw error;
  }
}

/** One level deep, and only below what has an identity of its own. */
export function mayHaveSubAccounts(entity: Account | undefined): entity is Account {
  const { parentId, isActive = false, realNameLevel = 0 } = entity ?? {};
  return parentId === undefined && isActive && realNameLevel >= VERIFIED_LEVEL;
}

// The organisation's account first: all of its sub-accounts are made, renamed and closed in turn.
async function make(
  deps: SubAccountDependencies,
  session: ClientSession,
  of: Making & {
    by: Mandate;
    ownName: string;
    mayTell: () => Promise<boolean>;
    told: (() => void)[];
  },
): Promise<MakeSubAccountOutcome> {
  const { person, entityId, by, ownName, address, mayTell, told } = of;
  const { accounts } = deps;
  await requireLead(deps, session, { person, entityId, by });
  const [parent, present] = await Promise.all([
    accounts.findById(entityId),
    accounts.subAccounts.of(entityId, session),
  ]);
  if (present.length >= deps.mandateLimits.subAccounts) {
    return { ok: false, problem: 'sub-account.problem.full' };
  }
  if (present.some((each) => isSameOwnName(ownNameOf(each.name ?? ''), ownName))) {
    return { ok: false, problem: 'sub-account.problem.taken' };
  }
  const name = subAccountName(parent?.name ?? '', ownName);
  const fields = { kind: 'legalEntity', name, realNameLevel: VERIFIED_LEVEL } as const;
  const drafted = draftAccount(fields, { ...SAID, now: deps.clock.now() });
  if (!drafted.ok) throw new Error('a name was read that cannot be');
  const draft = { ...drafted.draft, parentId: entityId };
  const made = await accounts.insert(draft, { actor: person.id, address, within: session });
  if (!made.ok) throw new Error('what has no login was taken');
  const { id } = made.account;
  await noteChange(deps, session, {
    id,
    name,
    parentId: entityId,
    change: 'made',
    person,
    address,
  });
  told.push(...(await tellLeaders(deps, session, { entityId, name, change: 'made', mayTell })));
  return { ok: true, id, name };
}

const EVENTS = {
  made: 'entities.sub_account_made',
  closed: 'entities.sub_account_closed',
} as const;

export async function noteChange(
  { audit }: Pick<SubAccountDependencies, 'audit'>,
  session: ClientSession,
  of: {
    id: string;
    name: string;
    parentId: string;
    change: 'made' | 'closed';
    person: Account;
    address: string;
  },
): Promise<void> {
  const { id, parentId, change, person, address } = of;
  const facts = { actor: person.id, address, subject: parentId, result: 'done' } as const;
  await audit.record({ type: EVENTS[change], ...facts, details: { account: id } }, session);
}

/**
 * Whoever makes and closes many silences no telephone of those who are told. It is taken when first asked
 * for, so never for what came to nothing, and once, however often the transaction has to begin again.
 */
export function leadersNotice(
  { budgets }: Pick<SubAccountDependencies, 'budgets'>,
  { entityId, change }: { entityId: string; change: 'made' | 'closed' },
): () => Promise<boolean> {
  const rule = { ...NOTICES_A_DAY, key: `sub-account-notices:${change}:${entityId}` };
  let taken: Promise<{ ok: boolean }> | undefined;
  return async () => (await (taken ??= budgets.reserve([rule]))).ok;
}

/** Everybody who may act for the organisation as a whole, whoever of them it was. */
export async function tellLeaders(
  { mandates, notices }: Pick<SubAccountDependencies, 'mandates' | 'notices'>,
  session: ClientSession,
  of: {
    entityId: string;
    name: string;
    change: 'made' | 'closed';
    mayTell: () => Promise<boolean>;
  },
): Promise<(() => void)[]> {
  const { entityId, name: entityName, change } = of;
  if (!(await of.mayTell())) return [];
  const leaders = await mandates.leaders(entityId, session);
  const paidBy = [{ kind: 'organisation', id: entityId }] as const;
  const told: (() => void)[] = [];
  for (const accountId of new Set(leaders.map(({ holderId }) => holderId))) {
    told.push(await notices.subAccountChanged({ accountId, entityName, change, paidBy }, session));
  }
  return told;
}
