// What the supervisor tells the process of the network identity service.
import type { RegisterPart } from '../register-part.ts';

/** The key is the secret of the city as a client. */
export type NetworkPart = RegisterPart & {
  /** `iss` of its answers and results. */
  readonly issuer: string;
  readonly clientId: string;
  /** Origin that people are sent back to. */
  readonly returnOrigin: string;
};
