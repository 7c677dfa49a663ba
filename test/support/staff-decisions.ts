// A reviewer of a test city, who decides without the console.
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import { CaseWork } from '../../src/review/case-work.ts';
import type { DecisionInput } from '../../src/review/case-work.ts';
import type { CityNode } from './city-node.ts';

export interface Staff {
  /** Claims and decides; `login` is an account of the city. */
  decide(login: string, caseId: string, input: DecisionInput): Promise<void>;
}

/** For a city whose decisions take effect at once (HUTONG_REVIEW_UNDO_SECONDS 0). */
export async function employ(city: CityNode, logins: readonly string[]): Promise<Staff> {
  const ids = logins.map((login) => city.account(login).id);
  await city.storage.database
    .collection<{ _id: string }>('accounts')
    .updateMany({ _id: { $in: ids } }, { $set: { roles: ['reviewer'] } });
  const work = new CaseWork({
    ...city.storage,
    accounts: city.accountStore,
    cases: new ReviewCaseStore(city.storage),
    settings: city.config.review,
    handlerOf: () => undefined,
    // The console is what shows it.
    hasRead: () => Promise.resolve(true),
    hasRevealed: () => Promise.resolve(true),
  });
  return {
    async decide(login, caseId, input) {
      const by = { id: city.account(login).id, address: '192.0.2.9' };
      const claimed = await work.claim(caseId, by);
      const outcome = claimed.ok ? await work.decide(caseId, by, input) : claimed;
      if (!outcome.ok) throw new Error(outcome.reason);
    },
  };
}
