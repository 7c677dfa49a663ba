// What the pages of organisations work with.
import type { EntityProofs } from '../entity-proofs/open-entity-proofs.ts';
import type { AppointDependencies } from './appoint.ts';
import type { CheckEntityDependencies } from './check-entity.ts';
import type { EntityReview } from './entity-review.ts';
import type { RegisterEntityDependencies } from './register-entity.ts';

export type LegalEntities = Omit<RegisterEntityDependencies, 'register'> &
  CheckEntityDependencies &
  AppointDependencies &
  EntityProofs & {
    entityReview: EntityReview | undefined;
    /** Where organisations apply as intermediaries, where they can. */
    qualificationPath: string | undefined;
  };
