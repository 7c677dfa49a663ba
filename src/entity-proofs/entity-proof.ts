// What an organisation has shown by a means of its own: that it is the one with this code, and when
// that ends to count. Who presented it is known from the sign-in.
import type { AttributeGrade } from '../accounts/account.ts';
import type { EntityProofSource } from '../platform/entity-proof-config.ts';

export interface EntityProof {
  source: EntityProofSource;
  grade: AttributeGrade;
  /** The highest level that it supports alone. */
  cap: number;
  uscc: string;
  /** As it stands there; the register's spelling counts. */
  name: string;
  resultCode: string;
  reference: string;
  /** When it counts no more: what it rests on, or the operator's term, whichever is first. */
  expiresAt?: Date | undefined;
}
