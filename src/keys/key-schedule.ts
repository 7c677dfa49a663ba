// When a signing key may take its next step. All times are the database's, so that no process's
// own clock decides.
import { keyIn, protocolKeys } from './signing-key.ts';
import type { KeySetKind, SigningAlgorithm, SigningKeyRecord } from './signing-key.ts';

export interface KeyPolicy {
  /** How long a key signs before the next one takes over. */
  rotationDays: number;
  /** What the JWKS answer allows caches to keep it for. */
  jwksMaxAgeSeconds: number;
}

/**
 * Of keys that superiors pass on: they read them once in the life of a statement, and what they say then
 * lives as long.
 */
const STATEMENTS_UNTIL_KNOWN = 2;

/** By the settings: how keys of this kind are changed. */
export function keyPolicyOf(
  kind: KeySetKind,
  settings: {
    signingKeys: KeyPolicy;
    federation: { statementSeconds: number } | undefined;
  },
): KeyPolicy {
  if (kind === protocolKeys) return settings.signingKeys;
  const seconds = settings.federation?.statementSeconds ?? settings.signingKeys.jwksMaxAgeSeconds;
  return { ...settings.signingKeys, jwksMaxAgeSeconds: STATEMENTS_UNTIL_KNOWN * seconds };
}

/** Longer than anything lives that a key has signed, offline id_token_hints apart. */
export const RETIRED_DAYS = 14;

const DAY_MS = 86_400_000;
/** What answers under way may take longer than the cache time they carry. */
const CACHE_MARGIN = 1.1;

export type Readiness =
  | { isReady: true }
  /** Not every live process publishes it yet. */
  | { isReady: false; reason: 'unpublished' }
  /** Caches may still hold an answer without it. */
  | { isReady: false; reason: 'publishing'; readyAt: Date };

/** May this announced key be signed with, without any relying party failing? */
export function readinessOf(next: SigningKeyRecord, now: Date, policy: KeyPolicy): Readiness {
  if (!next.publishedAt) return { isReady: false, reason: 'unpublished' };
  const waitMs = policy.jwksMaxAgeSeconds * CACHE_MARGIN * 1000;
  const readyAt = new Date(next.publishedAt.getTime() + waitMs);
  return now >= readyAt ? { isReady: true } : { isReady: false, reason: 'publishing', readyAt };
}

/** When the active key has signed long enough. Keys of the first releases know no activation. */
export function rotationDueAt(active: SigningKeyRecord, policy: KeyPolicy): Date {
  const since = active.activatedAt ?? active.createdAt;
  return new Date(since.getTime() + policy.rotationDays * DAY_MS);
}

/** When a retired key leaves the published set. */
export function removalDueAt(retired: SigningKeyRecord): Date {
  const since = retired.retiredAt ?? retired.createdAt;
  return new Date(since.getTime() + RETIRED_DAYS * DAY_MS);
}

/** The announced key that may take over now from one that has signed long enough. */
export function dueSuccessor(
  keys: readonly SigningKeyRecord[],
  algorithm: SigningAlgorithm,
  moment: { now: Date; policy: KeyPolicy },
): SigningKeyRecord | undefined {
  const active = keyIn(keys, algorithm, 'active');
  const next = keyIn(keys, algorithm, 'next');
  if (!active || !next || moment.now < rotationDueAt(active, moment.policy)) return undefined;
  return readinessOf(next, moment.now, moment.policy).isReady ? next : undefined;
}

export function isRemovalDue(key: SigningKeyRecord, now: Date): boolean {
  return key.state === 'retired' && now >= removalDueAt(key);
}
