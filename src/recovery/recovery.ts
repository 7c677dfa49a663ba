// Puts the parts of this domain together: the pages of a recovery, and who comes out of it.
import type { ContactCodeDependencies } from '../credentials/contact-code.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { keepingFiles } from '../evidence-files/keeping-files.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Route } from '../platform/http/route.ts';
import type { Database } from '../platform/mongo.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { Verification } from '../verification/open-verification.ts';
import { codeRoutes } from './code.routes.ts';
import { contactRoutes } from './contact.routes.ts';
import { faceRoutes } from './face.routes.ts';
import { newlyRecovered } from './hand-over.ts';
import type { NewlyRecovered } from './hand-over.ts';
import { linkRoutes } from './link.routes.ts';
import { passwordRoutes } from './password.routes.ts';
import { PendingRecoveryStore } from './pending-recovery-store.ts';
import { proofRoutes } from './proof.routes.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { provinceRoutes } from './province.routes.ts';
import { RecoveryReview } from './recovery-review.ts';
import { RecoveryStore } from './recovery-store.ts';
import { reviewRoutes } from './review.routes.ts';
import { waitRoutes } from './wait.routes.ts';

export interface OpenRecoveryOptions extends Omit<
  RecoveryDependencies,
  'recoveries' | 'pending' | 'codes' | 'review' | 'verification'
> {
  verification: RecoveryDependencies['verification'] & Pick<Verification, 'review'>;
  /** Where reviewers decide, and the files they look at. */
  review: { desk: ReviewDesk };
  evidenceFiles: EvidenceFiles;
  database: Database;
  keyring: Keyring;
  sendCode: ContactCodeDependencies['sendCode'];
}

export function openRecovery(options: OpenRecoveryOptions): {
  routes: Route[];
  recovered: NewlyRecovered;
} {
  const { credentials, sendCode } = options;
  const stores = {
    recoveries: new RecoveryStore({ ...credentials, ...options }),
    pending: new PendingRecoveryStore(options),
  };
  const review = openRecoveryReview(options, stores);
  const deps: RecoveryDependencies = {
    ...options,
    ...stores,
    review,
    codes: { ...credentials, sendCode },
  };
  return {
    routes: [
      ...contactRoutes(deps),
      ...codeRoutes(deps),
      ...proofRoutes(deps),
      ...faceRoutes(deps),
      ...reviewRoutes(deps),
      ...waitRoutes(deps),
      ...passwordRoutes(deps),
      ...provinceRoutes(deps),
      ...linkRoutes(deps),
    ],
    recovered: newlyRecovered(deps),
  };
}

/** Its decisions are carried out wherever the work of reviews runs. */
function openRecoveryReview(
  { review: { desk }, evidenceFiles: files, ...options }: OpenRecoveryOptions,
  stores: Pick<RecoveryDependencies, 'recoveries' | 'pending'>,
): RecoveryReview | undefined {
  if (!options.verification.review) return undefined;
  const { random } = options.credentials;
  const review = new RecoveryReview({ ...options, ...stores, random, desk, files });
  desk.handle('recovery', keepingFiles(files, review.handler));
  return review;
}
