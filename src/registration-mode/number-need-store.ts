// Why the number of somebody stays here although the province keeps it: the register of organisations is asked
// about representatives by it, and reviewers compare it with what a case claims (docs/decisions/0030).
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { ReviewKind } from '../review/review-case.ts';

/** Words `mode-command.need.<name>`. */
export type NumberNeed = 'representative' | 'case';

/** Decided without a look at the applicant's number. */
const NUMBERLESS_KINDS: readonly ReviewKind[] = ['data_request', 'federation'];

export class NumberNeeds {
  readonly #deps: { database: Database };

  constructor(deps: { database: Database }) {
    this.#deps = deps;
  }

  /** Undefined where nothing here rests upon the number. */
  async of(accountId: string, session?: ClientSession): Promise<NumberNeed | undefined> {
    const { database } = this.#deps;
    const options = session ? { session } : {};
    const mandate = await database
      .collection('mandates')
      .findOne({ personId: accountId, ...REPRESENTING }, options);
    if (mandate) return 'representative';
    const of = { $or: [{ applicantId: accountId }, { involvedIds: accountId }] };
    const found = await database
      .collection('reviewCases')
      .findOne({ ...of, ...OPEN_CASES }, { ...options, projection: { _id: 1 } });
    return found ? 'case' : undefined;
  }
}

/** Mandates of representatives that have not ended. */
export const REPRESENTING = { isActive: true, role: 'legalRepresentative' } as const;

/** Cases that are not closed, and look at numbers. */
export const OPEN_CASES = { state: { $ne: 'closed' }, kind: { $nin: NUMBERLESS_KINDS } };
