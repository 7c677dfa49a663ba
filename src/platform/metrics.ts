// What the product counts, as narrow as each place uses it. Labels are closed lists or names of our
// own making: never a person, never a value that a client chose, no client ids.

/** Of one sign-in form that was sent, or of the sign-in it belongs to. */
export type SignInOutcome =
  | 'succeeded'
  | 'credentials_wrong'
  | 'proof_of_work_required'
  | 'budget_exhausted'
  | 'overloaded'
  | 'upstream_failed'
  | 'passkey_refused'
  | 'code_wrong'
  | 'second_factor_wrong'
  | 'second_factor_exhausted';

export interface Metrics {
  signIn(outcome: SignInOutcome): void;
  /** `outcome`: `success` or an error code of RFC 6749 and its kin. */
  grant(type: string, outcome: string): void;
  /** `outcome`: `success` or an error code. */
  authorization(outcome: string): void;
  request(request: { route: string; status: number; seconds: number }): void;
  /** `code` of the closed list of errors.ts. */
  error(code: string): void;
  /** A command to the database, by its name: `find`, `update`. */
  databaseCommand(name: string, seconds: number, isOk: boolean): void;
  /** Read whenever figures are asked for. */
  observe(observation: Observation): void;
}

/** One figure: its labels, in the order of the observation's, and its value. */
export type Sample = readonly [labels: readonly string[], value: number];

export interface Observation {
  /** With its unit: `hutong_hashing_waiting`, `…_seconds`, `…_total`. */
  name: string;
  help: string;
  labels?: readonly string[];
  /** `counter`: only ever grows while the process lives. */
  kind: 'gauge' | 'counter';
  /**
   * `process`: a fact of this process. `shared`: of the database, so every process says the same;
   * such a figure is asked for at most once in a while.
   */
  scope: 'process' | 'shared';
  /** May fail: then the figure is absent, and the others are there. */
  read: () => readonly Sample[] | Promise<readonly Sample[]>;
}
