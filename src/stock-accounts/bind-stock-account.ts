// Joins a proven old account to an account, once: token, old account, identity, evidence, notices
// and audit record in one transaction. What the old system verified counts up to its cap, and takes
// an identity from nobody: an old password is no proof that a person is there.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account, RealNameLevel } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { recordProof } from '../verification/record-proof.ts';
import type { Proof, RecordProofDependencies } from '../verification/record-proof.ts';
import { trustedLevel } from './stock-account.ts';
import type { StockAccount } from './stock-account.ts';
import type { StockAccountStore } from './stock-account-store.ts';
import type { StockMigration, StockMigrationStore } from './stock-migration-store.ts';

export interface BindStockAccountDependencies extends RecordProofDependencies {
  stock: Pick<StockAccountStore, 'bind'>;
  migrations: Pick<StockMigrationStore, 'use' | 'noteRefused'>;
  notices: RecordProofDependencies['notices'] & Pick<SecurityNotices, 'stockAccountBound'>;
  database: Pick<Database, 'transaction'>;
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
  { audit, migrations }: BindStockAccountDependencies,
  { migration, account, source, address }: Binding,
  reason: string,
): Promise<BindOutcome> {
  await migrations.noteRefused(migration.key, reason);
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
    take(deps, session, { binding, level }),
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
  if (name === undefined || certificate === undefined) {
    return refuse(deps, binding, 'not_proven');
  }
  const proof: Proof = {
    claim: { name, certificate },
    source: 'stock',
    attributedTo: `stock:${source.id}`,
    method: 'stock_account',
    config: { cap: trusted },
    grade: 'B',
    resultCode: source.id,
    address,
    displacesNobody: true,
    alongside: (session, level) => take(deps, session, { binding, level }),
  };
  const recorded = await recordProof(deps, account, proof);
  return recorded.ok ? recorded : refuse(deps, binding, recorded.reason);
}

/** @throws Overtaken when another form was first */
async function take(
  deps: BindStockAccountDependencies,
  session: ClientSession,
  { binding, level }: { binding: Binding; level: RealNameLevel },
): Promise<() => void> {
  const { migration, account } = binding;
  const isFirst = await deps.migrations.use(migration.key, account.id, session);
  if (!isFirst) throw new Overtaken('the old account has been taken over');
  return joinOldAccount(deps, session, { ...binding, actor: account.id, level });
}

interface Joining {
  old: StockAccount;
  source: StockSource;
  account: Account;
  /** The person, or who decided. */
  actor: string;
  /** Of the person's browser. */
  address?: string | undefined;
  level: RealNameLevel;
}

/**
 * Part of a transaction; call what it returns after it.
 * @throws Overtaken when the old account is not free any more
 */
export async function joinOldAccount(
  {
    stock,
    notices,
    audit,
  }: {
    stock: Pick<StockAccountStore, 'bind'>;
    notices: Pick<SecurityNotices, 'stockAccountBound'>;
    audit: AuditLog;
  },
  session: ClientSession,
  { old, source, account, actor, address, level }: Joining,
): Promise<() => void> {
  if (!(await stock.bind(old.id, account.id, session))) {
    throw new Overtaken('the old account has been taken over');
  }
  await audit.record(
    {
      type: 'stock_accounts.bound',
      actor,
      ...(actor === account.id ? {} : { subject: account.id }),
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
