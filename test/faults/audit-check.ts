// The audit trail after the faults: whatever was acknowledged has its record, and the chain of
// records holds.
import { setTimeout as delay } from 'node:timers/promises';
import { SealStore } from '../../src/audit/seal-store.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import type { TestStorage } from '../support/storage.ts';
import type { Operation, Recorded } from './history.ts';

const SEALING_LIMIT_MS = 60_000;

type AuditCheckDependencies = Pick<TestStorage, 'database' | 'keyring' | 'clock'> & {
  accounts: readonly CityAccount[];
};

export async function auditProblems(
  deps: AuditCheckDependencies,
  records: readonly Recorded[],
): Promise<string[]> {
  return [...(await missingRecords(deps, records)), ...(await chainProblems(deps))];
}

/** What has to be on record, and how often at least. */
const RECORDED: Readonly<Record<string, (own: readonly Recorded[]) => number>> = {
  'sign_in.succeeded': (own) => acknowledged(own, 'sign_in'),
  'accounts.locked': (own) => acknowledged(own, 'lock'),
  'accounts.unlocked': unlocked,
  'sessions.ended': signedOut,
};

function acknowledged(own: readonly Recorded[], op: Operation): number {
  return own.filter((record) => record.op === op && record.outcome === 'ok').length;
}

/** What was acknowledged and had something to undo: the lock before it is known to have been done. */
function unlocked(own: readonly Recorded[]): number {
  const changes = own
    .filter(({ op }) => op === 'lock' || op === 'unlock')
    .toSorted((a, b) => a.began - b.began);
  return changes.filter(({ op, outcome }, at) => {
    const before = changes[at - 1];
    return op === 'unlock' && outcome === 'ok' && before?.op === 'lock' && before.outcome === 'ok';
  }).length;
}

async function missingRecords(
  { database, accounts }: AuditCheckDependencies,
  records: readonly Recorded[],
): Promise<string[]> {
  const written = database.collection<{ _id: string }>('auditRecords');
  const problems: string[] = [];
  for (const { id, login } of accounts) {
    const own = records.filter(({ account }) => account === login);
    for (const [type, leastOf] of Object.entries(RECORDED)) {
      const least = leastOf(own);
      const about = { type, $or: [{ subject: id }, { actor: id }] };
      const count = await written.countDocuments(about);
      if (count < least) problems.push(`audit: ${count} of ${least} ${type} of ${login}`);
    }
  }
  return problems;
}

/** Sessions that were alive until they were signed out of, and by nothing else. */
function signedOut(own: readonly Recorded[]): number {
  const isForced = own.some(({ op }) => op === 'lock' || op === 'sign_out_everywhere');
  if (isForced) return 0;
  const entered = new Set(
    own.flatMap((each) => (each.op === 'sign_in' && each.outcome === 'ok' ? [each.session] : [])),
  );
  const left = own.flatMap((each) =>
    each.op === 'logout' && each.outcome === 'ok' && entered.has(each.session)
      ? [each.session]
      : [],
  );
  return new Set(left).size;
}

async function chainProblems({ database, keyring, clock }: AuditCheckDependencies) {
  const seals = new SealStore(database);
  const deadline = performance.now() + SEALING_LIMIT_MS;
  while ((await seals.pending(1)).length > 0 && performance.now() < deadline) await delay(250);
  const verify = { anchorFiles: [], onProgress: () => undefined };
  const { finding, checkedCount } = await verifyAudit({ seals, keyring, clock }, verify);
  if (finding) return [`audit: ${JSON.stringify(finding)}`];
  return checkedCount > 0 ? [] : ['audit: nothing was sealed'];
}
