// What every source of identity checks looks like to the rest: what it checks, how far its word
// goes, and an answer that is always a value.
import type { Certificate } from '../accounts/identity-number.ts';
import type { PersonSource } from '../platform/verification-config.ts';
import type { CallFailure } from './connector-runner.ts';

export interface IdentityClaim {
  name: string;
  certificate: Certificate;
}

export type CheckOutcome =
  | { outcome: 'matched'; resultCode: string; reference: string }
  | { outcome: 'mismatched'; resultCode: string; reference: string }
  | CallFailure;

export interface VerificationProvider {
  readonly id: PersonSource;
  readonly checks: 'name_and_number';
  /** The highest level that its word alone supports. */
  readonly cap: number;
  check(claim: IdentityClaim): Promise<CheckOutcome>;
}
