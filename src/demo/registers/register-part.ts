// What the supervisor tells the process of the registers.

/** What every register is told. */
export type RegisterPart = {
  readonly port: number;
  readonly publicUrl: string;
  /** What who asks must present as bearer token. */
  readonly key: string;
};
