// What one officer asks for and another one decides: a role for an account, or its end.
import { createHash } from 'node:crypto';
import type { AccountRole } from '../accounts/account.ts';
import type { Random } from '../platform/random.ts';

export interface RoleChangeWanted {
  change: 'grant' | 'revoke';
  role: AccountRole;
  accountId: string;
  /** Of a department administrator: the head of the subtree. */
  departmentId: string | undefined;
}

export interface RoleRequest extends RoleChangeWanted {
  /** `BDFG-KLMN`: told by telephone, typed at a terminal. */
  id: string;
  requestedBy: string;
  reason: string | undefined;
  requestedAt: Date;
  /** Nobody can approve it from then on. */
  expiresAt: Date;
}

/** Long enough for a colleague of the next shift, too short to be forgotten. */
export const REQUEST_SECONDS = 24 * 3600;

const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const WRITTEN = /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/u;

/** No secret: an officer proves himself besides. */
export function newRequestId(random: Random): string {
  const bytes = createHash('sha256').update(random.id()).digest();
  const letters = Array.from(bytes.subarray(0, LENGTH), (byte) => LETTERS[byte % LETTERS.length]);
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}

/** As it was typed, in either case, with or without the dash; undefined for what cannot be one. */
export function readRequestId(typed: string): string | undefined {
  const letters = typed.normalize('NFKC').toUpperCase().replaceAll(/[\s-]/gu, '');
  const written = `${letters.slice(0, 4)}-${letters.slice(4)}`;
  return WRITTEN.test(written) ? written : undefined;
}
