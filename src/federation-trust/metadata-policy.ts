// The metadata policy of a trust chain: resolved from the most superior statement downwards, so that a
// subordinate can restrict and never loosen, then applied (OpenID Federation 1.0, 6.1.4).
import { ownValue } from '../platform/own-value.ts';
import type { Metadata, MetadataPolicy } from './entity-statement.ts';
import { areCompatible, LEVEL_CAP_OPERATOR, operators } from './policy-operators.ts';
import type { Operators, PolicyProblem } from './policy-operators.ts';

/** The parameter of `openid_provider`: up to which real-name level its assertions count, 1 to 4. */
export const LEVEL_CAP_PARAMETER = 'real_name_level_cap';
const LEVEL_CAP_PLACE = `openid_provider.${LEVEL_CAP_PARAMETER}`;

export interface PolicyStatement {
  metadata_policy?: MetadataPolicy | undefined;
  metadata_policy_crit?: readonly string[] | undefined;
}

type ParameterPolicies = Record<string, Operators>;
export type ResolvedPolicy = Record<string, ParameterPolicies>;

export type PolicyFailure = {
  ok: false;
  problem: PolicyProblem | 'policy_crit_unknown' | 'policy_violation';
  /** `type.parameter`, or an operator. */
  place: string;
  /** Of the statement whose policy does not fit. */
  index?: number;
};

/** @param statements from the most superior one down to the one about the subject */
export function resolvePolicy(
  statements: readonly PolicyStatement[],
): { ok: true; policy: ResolvedPolicy } | PolicyFailure {
  const policy = named<ParameterPolicies>();
  for (const [index, { metadata_policy_crit: critical = [] }] of statements.entries()) {
    const unknown = critical.find((name) => !Object.hasOwn(operators, name));
    if (unknown !== undefined) {
      return { ok: false, problem: 'policy_crit_unknown', place: unknown, index };
    }
  }
  for (const [index, { metadata_policy: own = {} }] of statements.entries()) {
    const problem = addPolicy(policy, own);
    if (problem) return { ok: false, ...problem, index };
  }
  return { ok: true, policy };
}

/** Inherits nothing: what strangers name is found only where somebody has put it. */
function named<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

type Problem = { problem: PolicyProblem; place: string };

function addPolicy(policy: ResolvedPolicy, own: MetadataPolicy): Problem | undefined {
  for (const [type, parameters] of Object.entries(own)) {
    const known = (policy[type] ??= named<Operators>());
    for (const [parameter, given] of Object.entries(parameters)) {
      const place = `${type}.${parameter}`;
      const added = prepare(given, parameter);
      const merged = added && merge(known[parameter] ?? {}, added);
      if (!merged) return { problem: 'policy_conflict', place };
      if ('problem' in merged) return { problem: merged.problem, place };
      if (!areCompatible(added)) return { problem: conflictAt(place), place };
      if (!areCompatible(merged.value)) return { problem: conflictAt(place), place };
      known[parameter] = merged.value;
    }
  }
  return undefined;
}

/** Whatever does not fit a cap above it tries to get around it. */
function conflictAt(place: string): PolicyProblem {
  return place === LEVEL_CAP_PLACE ? 'level_cap_raised' : 'policy_conflict';
}

/** The operators that are understood; undefined when one has a value that it cannot have. */
function prepare(given: Operators, parameter: string): Operators | undefined {
  const known = Object.entries(given)
    .filter(([name]) => Object.hasOwn(operators, name))
    .map(([name, value]) => [name, parameter === 'scope' ? toList(value) : value] as const);
  return known.every(([name, value]) => operators[name]?.isValue(value) === true)
    ? Object.fromEntries(known)
    : undefined;
}

function merge(
  superior: Operators,
  subordinate: Operators,
): { value: Operators } | { problem: PolicyProblem } {
  const merged: Record<string, unknown> = { ...superior };
  for (const [name, value] of Object.entries(subordinate)) {
    const isNew = !Object.hasOwn(merged, name);
    const result = isNew ? undefined : operators[name]?.merge(merged[name], value);
    if (result?.ok === false) return { problem: result.problem };
    merged[name] = result ? result.value : value;
  }
  return { value: merged };
}

export function applyPolicy(
  policy: ResolvedPolicy,
  metadata: Metadata,
): { ok: true; metadata: Metadata } | PolicyFailure {
  const result: Metadata = {};
  for (const [type, given] of Object.entries(metadata)) {
    const parameters = Object.assign(named<unknown>(), given);
    for (const [parameter, own] of Object.entries(ownValue(policy, type) ?? {})) {
      const applied = applyTo(parameters[parameter], own, parameter === 'scope');
      if (!applied.ok) {
        return { ok: false, problem: 'policy_violation', place: `${type}.${parameter}` };
      }
      if (applied.value === undefined) delete parameters[parameter];
      else parameters[parameter] = applied.value;
    }
    result[type] = { ...parameters };
  }
  return { ok: true, metadata: result };
}

function applyTo(
  given: unknown,
  own: Operators,
  isScope: boolean,
): { ok: true; value: unknown } | { ok: false } {
  let value = isScope ? toList(given) : given;
  for (const [name, operator] of Object.entries(operators)) {
    if (!Object.hasOwn(own, name)) continue;
    const applied = operator.apply(value, own[name]);
    if (!applied.ok) return applied;
    value = applied.value;
  }
  return { ok: true, value: isScope && Array.isArray(value) ? value.join(' ') : value };
}

/** `scope` is a list in the form of a text. */
function toList(value: unknown): unknown {
  return typeof value === 'string' ? value.split(' ').filter(Boolean) : value;
}

/** A policy that does nothing but lower the level. */
export function levelCapOnly(cap: number): ResolvedPolicy {
  return { openid_provider: { [LEVEL_CAP_PARAMETER]: { [LEVEL_CAP_OPERATOR]: cap } } };
}
