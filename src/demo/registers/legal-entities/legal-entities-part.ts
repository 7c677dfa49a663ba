// What the supervisor tells the process of the register of legal entities.

export type LegalEntitiesPart = {
  readonly port: number;
  readonly publicUrl: string;
  /** What who asks must present as bearer token. */
  readonly key: string;
};
