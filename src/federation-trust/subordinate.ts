// An entity below this hub: what we know of it, and what we say of it to everybody.
import { z } from 'zod';
import { ownValue } from '../platform/own-value.ts';
import { constraintsSchema, metadataSchema, policySchema } from './entity-statement.ts';
import type { Metadata, MetadataPolicy, StatementKeys } from './entity-statement.ts';
import { applyPolicy, LEVEL_CAP_PARAMETER, resolvePolicy } from './metadata-policy.ts';
import type { PolicyFailure } from './metadata-policy.ts';
import { LEVEL_CAP_OPERATOR } from './policy-operators.ts';

/** Given by those who admit it. */
export const termsSchema = z.strictObject({
  /** Real-name level, 1 to 4, above which nobody from it or below it counts. */
  levelCap: z.int().min(1).max(4),
  metadata_policy: policySchema.default({}),
  /** Without `max_path_length` it may be nobody's superior. */
  constraints: constraintsSchema.optional(),
  /** In place of what it says itself. */
  metadata: metadataSchema.optional(),
  /** Types of the marks that it gets from us. */
  trustMarks: z.array(z.string().min(1).max(500)).max(20).default([]),
});
export type SubordinateTerms = z.output<typeof termsSchema>;

export const subordinateStates = ['active', 'suspended', 'removed'] as const;
export type SubordinateState = (typeof subordinateStates)[number];

export interface Subordinate {
  entityId: string;
  terms: SubordinateTerms;
  keys: StatementKeys;
  entityTypes: readonly string[];
  isIntermediate: boolean;
  state: SubordinateState;
  /** Of its configuration, in seconds: an older one changes nothing. */
  issuedAt: number;
  readAt: Date;
  /** Why its configuration could not be read again, since `readAt`. */
  problem?: string | undefined;
  revision: number;
}

/** What of a statement about it is ours to say. */
export function statedTerms(terms: SubordinateTerms): Record<string, unknown> {
  const { constraints, metadata } = terms;
  return {
    metadata_policy: policyOf(terms),
    metadata_policy_crit: [LEVEL_CAP_OPERATOR],
    // Else whoever is admitted could vouch for others, by nothing but a word in its own configuration.
    constraints: { max_path_length: 0, ...constraints },
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function policyOf({ levelCap, metadata_policy: given }: SubordinateTerms): MetadataPolicy {
  const { openid_provider: own = {} } = given;
  const level = { ...own[LEVEL_CAP_PARAMETER], [LEVEL_CAP_OPERATOR]: levelCap };
  return { ...given, openid_provider: { ...own, [LEVEL_CAP_PARAMETER]: level } };
}

/** Whether its own metadata could be used under these terms: a contradiction is told when they are made. */
export function termsProblem(
  terms: SubordinateTerms,
  metadata: Metadata,
): PolicyFailure | undefined {
  const resolved = resolvePolicy([{ metadata_policy: policyOf(terms) }]);
  if (!resolved.ok) return resolved;
  const overridden = Object.entries(metadata).map(([type, parameters]) => {
    return [type, { ...parameters, ...ownValue(terms.metadata, type) }] as const;
  });
  const applied = applyPolicy(resolved.policy, Object.fromEntries(overridden));
  return applied.ok ? undefined : applied;
}
