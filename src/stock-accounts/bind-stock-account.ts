// Joins a proven old account to an account, once: token, old account, identity, evidence, notices
// and audit record in one transaction. What the old system verified counts up to its cap, and takes
// an identity from nobody: an old password is no proof that a person is there.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account, RealNameLevel } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import type { LevelPolicy } from '../platform/verification-config.ts';
import { levelOf } from '../verification/evidence.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { IdentityCaseStore } from '../verification/identity-case-store.ts';
import { trustedLevel } from './stock-account.ts';
import type { StockAccount } from './stock-account.ts';
import type { StockAccountStore } from './stock-account-store.ts';
import type { StockMigration, StockMigrationStore } from './stock-migration-store.ts';

export interface BindStockAccountDependencies {
  accounts: Pick<AccountStore, 'proveIdentity'>;
  stock: Pick<StockAccountStore, 'bind'>;
  migrations: Pick<StockMigrationStore, 'use'>;
  evidence: EvidenceStore;
  cases: IdentityCaseStore;
  notices: Pick<SecurityNotices, 'levelChanged' | 'stockAccountBound'>;
  database: Pick<Database, 'transaction'>;
  audit: AuditLog;
  clock: Clock;
  policy: LevelPolicy;
}

export type BindOutcome =
  | { ok: true; level: RealNameLevel; hasRisen: boolean }
  /** The token was used, or the old account taken over, by another form. */
  | { ok: false; reason: 'used' }
  /** Not proven enough, the identity another's, or the account somebody else's: nobody is told which. */
  | { ok: false; reason: 'not_completed' };

export interface Binding {
  migration: StockMigration;
  old: StockAccount;
  source: StockSource;
  account: Account;
  address: string;
}

export async function bindStockAccount(
  deps: BindStockAccountDependencies,
  binding: Binding,
): Promise<BindOutcome> {
  const { old, source, account } = binding;
  const level = trustedLevel(old.details, source, account);
  if (level === undefined) return refuse(deps, binding, 'not_proven');
  try {
    return level >= VERIFIED_LEVEL
      ? await bindVerified(deps, binding, level)
      : await bindPlain(deps, binding);
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'used' };
    throw error;
  }
}

async function refuse(
  { audit }: BindStockAccountDependencies,
  { account, source, address }: Binding,
  reason: string,
): Promise<BindOutcome> {
  await audit.record({
    type: 'stock_accounts.not_bound',
    actor: account.id,
    address,
    result: 'refused',
    reason,
    details: { source: source.id },
  });
  return { ok: false, reason: 'not_completed' };
}

async function bindPlain(
  deps: BindStockAccountDependencies,
  binding: Binding,
): Promise<BindOutcome> {
  const { realNameLevel: level } = binding.account;
  const wake = await deps.database.transaction((session) =>
    take(deps, binding, { session, level }),
  );
  wake();
  return { ok: true, level, hasRisen: false };
}

async function bindVerified(
  deps: BindStockAccountDependencies,
  binding: Binding,
  trusted: RealNameLevel,
): Promise<BindOutcome> {
  const { account, source, old, address } = binding;
  const { name, certificate } = old.details;
  if (name === undefined || certificate === undefined)
    return { ok: false, reason: 'not_completed' };
  let told: (() => void)[] = [];
  let level: RealNameLevel = account.realNameLevel;
  const origin = {
    source: `stock:${source.id}`,
    grade: 'B',
    verifiedAt: deps.clock.now(),
  } as const;
  const proven = await deps.accounts.proveIdentity(
    account.id,
    // Whoever holds the identity keeps it.
    { name, certificate, origin, provenLevel: VERIFIED_LEVEL },
    {
      actor: account.id,
      address,
      grade: async (session, present) => {
        told = [];
        level = await grade(deps, { present, binding, trusted }, session);
        told.push(await take(deps, binding, { session, level }));
        if (level > present.realNameLevel) {
          const of = { accountId: account.id, template: 'level_raised', level } as const;
          told.push(await deps.notices.levelChanged(of, session));
        }
        return level;
      },
      onDisplaced: () => Promise.reject(new Error('an old account displaces nobody')),
      onHeld: (session, holderId) =>
        deps.cases.noteHeld({ accountId: account.id, holderId, source: 'stock' }, session),
    },
  );
  if (!proven.ok) return refuse(deps, binding, proven.reason);
  for (const tell of told) tell();
  return { ok: true, level, hasRisen: level > proven.formerLevel };
}

/** What the old system has verified joins the evidence; a proof lowers nothing. */
async function grade(
  { evidence, policy, clock }: BindStockAccountDependencies,
  of: { present: Account; binding: Binding; trusted: RealNameLevel },
  session: ClientSession,
): Promise<RealNameLevel> {
  const { present, binding, trusted } = of;
  const { id, realNameLevel } = present;
  const { name, certificate } = binding.old.details;
  if (name === undefined || certificate === undefined) return realNameLevel;
  if (realNameLevel >= VERIFIED_LEVEL) await evidence.carryOver(id, realNameLevel, session);
  else await evidence.revokeOthers(id, { certificate }, session);
  await evidence.insert(
    id,
    {
      source: 'stock',
      method: 'stock_account',
      terminal: 'online',
      resultCode: binding.source.id,
      grade: 'B',
      level: trusted,
      details: { name, certificate },
    },
    session,
  );
  const reached = levelOf(await evidence.listOfAccount(id, session), policy, clock.now());
  return reached > realNameLevel ? reached : realNameLevel;
}

/** @throws Overtaken when another form was first */
async function take(
  { migrations, stock, notices, audit }: BindStockAccountDependencies,
  { migration, old, source, account, address }: Binding,
  { session, level }: { session: ClientSession; level: RealNameLevel },
): Promise<() => void> {
  const isFirst = await migrations.use(migration.key, account.id, session);
  if (!isFirst || !(await stock.bind(old.id, account.id, session))) {
    throw new Overtaken('the old account has been taken over');
  }
  await audit.record(
    {
      type: 'stock_accounts.bound',
      actor: account.id,
      address,
      level,
      result: 'done',
      details: { source: source.id },
    },
    session,
  );
  const system = source.name['zh-CN'];
  const { phone } = old.details;
  const oldPhone = phone === account.phone ? undefined : phone;
  return notices.stockAccountBound({ accountId: account.id, system, oldPhone }, session);
}
