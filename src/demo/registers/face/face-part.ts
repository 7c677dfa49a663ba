// What the supervisor tells the process of the face service.

export type FacePart = {
  readonly port: number;
  readonly publicUrl: string;
  /** `iss` of its results. */
  readonly issuer: string;
  readonly clientId: string;
  /** Signs what the city asks, and lets it fetch results. */
  readonly key: string;
  /** Origin that people are sent back to. */
  readonly returnOrigin: string;
};
