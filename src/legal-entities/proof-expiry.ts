// Background work: thirty days before what an organisation has shown counts no more (a certificate
// that ends), the organisation and whoever may act for it are told, once. Any number of processes may
// do it side by side.
import type { AccountStore } from '../accounts/account-store.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import { entityProofSources } from '../platform/entity-proof-config.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { isLive } from '../verification/evidence.ts';
import type { Evidence } from '../verification/evidence.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';

export interface ProofExpiryDependencies {
  evidence: Pick<EvidenceStore, 'endingBefore' | 'listOfAccount' | 'markEndTold'>;
  mandates: Pick<MandateStore, 'leaders'>;
  accounts: Pick<AccountStore, 'findById'>;
  notices: Pick<SecurityNotices, 'entityProofEnding'>;
  database: Pick<Database, 'transaction'>;
  clock: Clock;
  logger: Logger;
}

const EVERY_MS = 60_000;
const BATCH = 200;
export const PROOF_NOTICE_SECONDS = 30 * 86_400;

export function proofExpiryWork(deps: ProofExpiryDependencies) {
  const options = { name: 'entity proof expiry', everyMs: EVERY_MS, logger: deps.logger };
  return repeatedWork(() => tellOfEndingProofs(deps), options);
}

/** One round; returns of how many was told. */
export async function tellOfEndingProofs(deps: ProofExpiryDependencies): Promise<number> {
  const before = secondsFromNow(deps.clock, PROOF_NOTICE_SECONDS);
  const ending = await deps.evidence.endingBefore(before, {
    sources: entityProofSources,
    limit: BATCH,
  });
  let told = 0;
  for (const each of ending) {
    try {
      if (await tellOf(deps, each)) told += 1;
    } catch (error) {
      // One that cannot be told of must not keep the others from it.
      deps.logger.error({ err: error, account: each.accountId }, 'an end was not told of');
    }
  }
  return told;
}

async function tellOf(deps: ProofExpiryDependencies, ending: Evidence): Promise<boolean> {
  const { accountId: entityId, source, expiresAt: until } = ending;
  const entity = await deps.accounts.findById(entityId);
  if (!until) return false;
  const told = await deps.database.transaction(async (session) => {
    if (!(await deps.evidence.markEndTold(ending.id, session))) return undefined;
    // Shown anew meanwhile, or nobody's any more: marked, and nothing is said.
    const all = await deps.evidence.listOfAccount(entityId, session);
    if (!entity || entity.state === 'closed' || isReplaced(ending, all)) return [];
    const people = await deps.mandates.leaders(entityId, session);
    const tells: (() => void)[] = [];
    for (const accountId of new Set([entityId, ...people.map(({ holderId }) => holderId)])) {
      const of = { accountId, entityName: entity.name ?? '', source, until };
      tells.push(await deps.notices.entityProofEnding(of, session));
    }
    return tells;
  });
  for (const tell of told ?? []) tell();
  return (told ?? []).length > 0;
}

/** Whether what counts for it now ends within the time in which is told of it. */
export async function hasEndingProof(
  { evidence, clock }: Pick<ProofExpiryDependencies, 'evidence' | 'clock'>,
  entityId: string,
): Promise<boolean> {
  const before = secondsFromNow(clock, PROOF_NOTICE_SECONDS);
  const all = await evidence.listOfAccount(entityId);
  return all.some(
    (each) =>
      isLive(each, clock.now()) &&
      entityProofSources.some((source) => source === each.source) &&
      each.expiresAt !== undefined &&
      each.expiresAt <= before &&
      !isReplaced(each, all),
  );
}

/** The same means, and for longer. */
function isReplaced({ id, source, expiresAt }: Evidence, all: readonly Evidence[]): boolean {
  return all.some(
    (each) =>
      each.id !== id &&
      each.source === source &&
      each.revokedAt === undefined &&
      (each.expiresAt === undefined || (expiresAt !== undefined && each.expiresAt > expiresAt)),
  );
}
