// What the pages of organisations work with.
import type { EntityProofs } from '../entity-proofs/open-entity-proofs.ts';
import type { AppointDependencies } from '../mandates/appoint.ts';
import type { ChoiceDependencies } from '../mandates/mandate-choices.ts';
import type { MandateRecordStore } from '../mandates/mandate-record-store.ts';
import type { RequestWay } from '../mandates/requests/handler-request.ts';
import type { LetterReview } from '../mandates/requests/letter-review.ts';
import type { CodeProofDependencies } from '../mandates/requests/prove-by-code.ts';
import type { openStopLinks } from '../mandates/requests/stop-request.ts';
import type { CheckEntityDependencies } from './check-entity.ts';
import type { EntityReview } from './entity-review.ts';
import type { EntitySignInStore } from '../entity-sign-in/entity-sign-in-store.ts';
import type { RegisterEntityDependencies } from './register-entity.ts';
import type { SubAccountDependencies } from './sub-accounts/make-sub-account.ts';

export type LegalEntities = Omit<RegisterEntityDependencies, 'register'> &
  CheckEntityDependencies &
  AppointDependencies &
  CodeProofDependencies &
  SubAccountDependencies &
  EntityProofs & {
    mandateRecords: MandateRecordStore;
    readStop: ReturnType<typeof openStopLinks>['readStop'];
    /** How an organisation can say yes to who asks to act for it. */
    requestWays: readonly RequestWay[];
    /** Where staff look at letters of authority. */
    letterReview: LetterReview | undefined;
    /** What a handler can be limited to. */
    choices: ChoiceDependencies;
    entityReview: EntityReview | undefined;
    entitySignIns: EntitySignInStore;
    /** Where organisations apply as intermediaries, where they can. */
    qualificationPath: string | undefined;
  };
