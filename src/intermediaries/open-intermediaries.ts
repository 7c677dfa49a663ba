// Puts the parts of this domain together: the kinds that the city knows, applications, decisions of
// staff, and the ends of terms.
import { PaperFiles } from '../papers/paper-files.ts';
import type { Words } from '../platform/http/locale.ts';
import type { IntermediaryKindConfig } from '../platform/intermediaries-config.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import { qualificationDecisions } from './decide-qualification.ts';
import { qualificationSlots } from './intermediaries.ts';
import type { Intermediaries } from './intermediaries.ts';
import { namedKinds } from './intermediary-kinds.ts';
import { qualificationExpiryWork } from './qualification-expiry.ts';
import { QualificationStore } from './qualification-store.ts';
import type { QualificationStoreDependencies } from './qualification-store.ts';

export interface OpenIntermediariesDependencies
  extends
    Omit<Intermediaries, 'kinds' | 'qualifications' | 'papers' | 'database'>,
    QualificationStoreDependencies {
  desk: Intermediaries['desk'] & Pick<ReviewDesk, 'handle'>;
  words: Words;
}

/** What stands goes on and ends where nothing is offered (any more), too. */
export function openIntermediaries(
  deps: OpenIntermediariesDependencies,
  kinds: readonly IntermediaryKindConfig[],
) {
  const intermediaries: Intermediaries = {
    ...deps,
    kinds: namedKinds(kinds, deps.words),
    qualifications: new QualificationStore(deps),
    papers: new PaperFiles(deps.files, qualificationSlots),
  };
  deps.desk.handle('intermediary', qualificationDecisions(intermediaries, deps.files));
  return { intermediaries, work: qualificationExpiryWork(intermediaries) };
}
