// What an organisation's account loses (its identity, its level, itself) takes its qualifications
// along, in that very transaction; what it has under way with staff is withdrawn.
import type { OnStandingLost } from '../accounts/account-writer-store.ts';
import type { EvidenceFileStore } from '../evidence-files/evidence-file-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { endQualifications } from './end-qualifications.ts';
import type { EndQualificationsDependencies } from './end-qualifications.ts';
import { ENTITY_LEVEL } from './qualification.ts';

export interface LapseQualificationsDependencies extends EndQualificationsDependencies {
  /** Closes a review that was not carried out yet; false when there is nothing to close. */
  withdraw(caseId: string, session: ClientSession): Promise<boolean>;
  files: Pick<EvidenceFileStore, 'endCase'>;
}

const REASONS = {
  level_fell: 'entity_level_fell',
  displaced: 'entity_displaced',
  closed: 'entity_closed',
} as const;

/** Before mandates lapse: those who hold them are told. */
export function qualificationLapse(deps: () => LapseQualificationsDependencies): OnStandingLost {
  return async ({ accountId, cause, level }, session) => {
    if (level >= ENTITY_LEVEL || cause === 'locked') return;
    const all = await deps().qualifications.ofEntity(accountId, session);
    for (const each of all) {
      if (each.state !== 'sent' && each.state !== 'draft') continue;
      const { files, qualifications, clock } = deps();
      if (each.caseId !== undefined && (await deps().withdraw(each.caseId, session))) {
        await files.endCase(each.caseId, 0, session);
      }
      await qualifications.change(each, { state: 'given_up', endedAt: clock.now() }, session);
    }
    const doomed = all.filter(({ state }) => state === 'active');
    const by = { reason: REASONS[cause], actor: 'system', session } as const;
    // Told by the worker of messages, soon after the commit.
    await endQualifications(deps(), doomed, by);
  };
}
