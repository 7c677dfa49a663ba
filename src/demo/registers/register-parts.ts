// What the process of the registers is told: the settings of each.
import type { EntityCredentialsPart } from './entity-credentials/entity-credentials.ts';
import type { FacePart } from './face/face-part.ts';
import type { LegalEntityRegisterPart } from './legal-entities/legal-entity-register.ts';
import type { NetworkPart } from './network-identity/network-part.ts';
import type { RegisterPart } from './register-part.ts';

export type RegisterParts = {
  readonly population: RegisterPart;
  readonly face: FacePart;
  readonly legalEntities: LegalEntityRegisterPart;
  readonly entityCredentials: EntityCredentialsPart;
  readonly corporateBank: RegisterPart;
  readonly sources: RegisterPart;
  readonly networkIdentity: NetworkPart;
};
