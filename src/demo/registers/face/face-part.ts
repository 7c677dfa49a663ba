// What the supervisor tells the process of the face service.
import type { RegisterPart } from '../register-part.ts';

/** The key also signs what the city asks. */
export type FacePart = RegisterPart & {
  /** `iss` of its results. */
  readonly issuer: string;
  readonly clientId: string;
  /** Origin that people are sent back to. */
  readonly returnOrigin: string;
};
