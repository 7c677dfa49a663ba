// Who may use power over an organisation, and over which organisations anybody may.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import { REPRESENTATIVE_LEVEL } from './mandate.ts';

type Standing = Pick<Account, 'kind' | 'isActive' | 'realNameLevel' | 'parent'>;

/** A person who was verified in person, and whose account is open. */
export function mayActForOthers({ kind, isActive, realNameLevel }: Standing): boolean {
  return kind === 'naturalPerson' && isActive && realNameLevel >= REPRESENTATIVE_LEVEL;
}

/** An organisation with a verified identity, whose account is open, and that above it likewise. */
export function mayBeActedFor({ kind, isActive, realNameLevel, parent }: Standing): boolean {
  if (parent && !mayBeActedFor(parent)) return false;
  return kind === 'legalEntity' && isActive && realNameLevel >= VERIFIED_LEVEL;
}
