// What the supervisor tells the process of the population register.

export type PopulationPart = {
  readonly port: number;
  readonly publicUrl: string;
  /** What who asks must present as bearer token. */
  readonly key: string;
};
