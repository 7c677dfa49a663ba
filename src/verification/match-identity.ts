// The two-element check: a name and a number against the population register. It gives level 2 at
// most, and never takes an identity from anybody.
import type { Account, RealNameLevel } from '../accounts/account.ts';
import type { SourceConfig } from '../platform/verification-config.ts';
import type { IdentityClaim, VerificationProvider } from './provider.ts';
import { recordProof } from './record-proof.ts';
import type { RecordProofDependencies } from './record-proof.ts';
import { takeMatchTry } from './verification-tries.ts';
import type { TriesDependencies } from './verification-tries.ts';

export interface MatchDependencies extends RecordProofDependencies, TriesDependencies {
  register: { provider: VerificationProvider; config: SourceConfig } | undefined;
}

export type MatchOutcome =
  | { ok: true; level: RealNameLevel; hasRisen: boolean }
  | { ok: false; reason: 'mismatched' | 'unavailable' | 'tries_used_up' | 'not_completed' };

export async function matchIdentity(
  deps: MatchDependencies,
  account: Account,
  given: { claim: IdentityClaim; address: string },
): Promise<MatchOutcome> {
  const { register, budgets } = deps;
  if (!register) return { ok: false, reason: 'unavailable' };
  const { claim, address } = given;
  const taken = await takeMatchTry(deps, { accountId: account.id, claim, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const checked = await register.provider.check(claim);
  if (checked.outcome === 'unavailable' || checked.outcome === 'contradictory') {
    await budgets.giveBack(taken.reservations);
  }
  if (checked.outcome !== 'matched') {
    const { outcome, resultCode } = checked;
    await deps.audit.record({
      type: 'verification.checked',
      actor: account.id,
      address,
      result: 'refused',
      reason: outcome,
      details: { source: register.provider.id, resultCode },
    });
    return { ok: false, reason: outcome === 'mismatched' ? 'mismatched' : 'unavailable' };
  }
  const { resultCode, reference } = checked;
  const recorded = await recordProof(deps, account, {
    claim,
    source: 'population',
    method: 'two_element',
    config: register.config,
    grade: 'A',
    resultCode,
    reference,
    address,
  });
  return recorded.ok ? recorded : { ok: false, reason: 'not_completed' };
}
