// Judges a trust chain (OpenID Federation 1.0, 10.2): from what an entity says of itself over what its
// superiors say of it to an anchor whose keys we were given. Fetches nothing.
import { ownValue } from '../platform/own-value.ts';
import { allowedMetadata, constraintProblem } from './constraints.ts';
import type { Metadata, StatementKeys } from './entity-statement.ts';
import { applyPolicy, levelCapOnly, resolvePolicy } from './metadata-policy.ts';
import { checkSignature, readConfiguration, readSubordinate } from './read-statement.ts';
import type { SignedConfiguration, SignedSubordinate } from './read-statement.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted } from './trust-refusal.ts';

export interface TrustAnchor {
  entityId: string;
  /** Those that it is known by: given by an operator, or announced by it under such a key. */
  keys: StatementKeys;
  /** Real-name level, 1 to 4, above which nobody below it counts. */
  levelCap: number;
}

/** As in the `trust_chain` header parameter (4.3), taken apart. */
export interface ChainStatements {
  configuration: string;
  /** About the subject first; by the anchor last. */
  subordinates: readonly string[];
  anchor: string;
}

export interface TrustChain {
  subject: string;
  anchor: string;
  /** Everybody in it, the subject first and the anchor last. */
  entities: readonly string[];
  /** After metadata of the direct superior, constraints and policy. */
  metadata: Metadata;
  configuration: SignedConfiguration;
  anchorConfiguration: SignedConfiguration;
  subordinates: readonly SignedSubordinate[];
  expiresAt: Date;
}

/** Of intermediates, whatever the anchor allows. */
export const MOST_INTERMEDIATES = 5;

export interface JudgedBy {
  anchors: readonly TrustAnchor[];
  now: Date;
  /** Which role of the subject is asked for: without it there is no use for the chain. */
  entityType: string;
}

export async function judgeChain(
  subject: string,
  statements: ChainStatements,
  by: JudgedBy,
): Promise<Trusted<{ chain: TrustChain }>> {
  const read = readChain(subject, statements, by.now);
  if (!read.ok) return read;
  const { entities, configuration, subordinates, anchorConfiguration } = read;
  const known = by.anchors.find(({ entityId }) => entityId === entities.at(-1));
  if (!known) return refused('anchor_unknown', entities.at(-1) ?? subject);
  const signed = await checkSignatures(read, known);
  if (!signed.ok) return signed;
  const constrained = checkConstraints(read);
  if (!constrained.ok) return constrained;
  const resolved = resolveMetadata(read, { ...by, levelCap: known.levelCap });
  if (!resolved.ok) return resolved;
  const all = [configuration, ...subordinates, anchorConfiguration];
  const expiresAt = new Date(Math.min(...all.map(({ claims }) => claims.exp)) * 1000);
  const { metadata } = resolved;
  const anchor = known.entityId;
  return { ok: true, chain: { ...read, subject, anchor, metadata, expiresAt } };
}

type ReadChain = Pick<
  TrustChain,
  'entities' | 'configuration' | 'subordinates' | 'anchorConfiguration'
>;

/** Everything that one statement shows by itself, and that each is about the issuer of the one before. */
function readChain(subject: string, statements: ChainStatements, now: Date): Trusted<ReadChain> {
  if (statements.subordinates.length > MOST_INTERMEDIATES + 1) {
    return refused('path_too_long', subject);
  }
  const own = readConfiguration(statements.configuration, { entity: subject, now });
  if (!own.ok) return own;
  const subordinates: SignedSubordinate[] = [];
  const entities = [subject];
  for (const jwt of statements.subordinates) {
    const about = entities.at(-1) ?? subject;
    const issuer = issuerOf(jwt);
    if (issuer !== undefined && entities.includes(issuer)) return refused('cycle', issuer);
    const read = readSubordinate(jwt, { issuer: issuer ?? about, subject: about, now });
    if (!read.ok) return read;
    subordinates.push(read.statement);
    entities.push(read.statement.claims.iss);
  }
  const top = entities.at(-1) ?? subject;
  if (subordinates.length === 0) return refused('not_subordinate', subject);
  const anchor = readConfiguration(statements.anchor, { entity: top, now });
  if (!anchor.ok) return anchor;
  const { statement: configuration } = own;
  // The configurations between are not part of a chain: what they hint at was followed when it was built.
  const hinted = configuration.claims.authority_hints ?? [];
  if (!hinted.includes(entities[1] ?? ''))
    return refused('issuer_wrong', subject, 'authority_hints');
  return {
    ok: true,
    entities,
    configuration,
    subordinates,
    anchorConfiguration: anchor.statement,
  };
}

/** Undefined for what is no statement; not believed before its signature is. */
function issuerOf(jwt: string): string | undefined {
  try {
    const text = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { iss } = JSON.parse(text) as { iss?: unknown };
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

/** From the top: what a statement says of keys is believed only once it is signed with believed keys. */
async function checkSignatures(chain: ReadChain, anchor: TrustAnchor): Promise<Trusted<object>> {
  const { configuration, subordinates, anchorConfiguration } = chain;
  const top = await checkSignature(
    { ...anchorConfiguration, entity: anchor.entityId },
    anchor.keys,
  );
  if (!top.ok) return top;
  let keys = anchorConfiguration.claims.jwks;
  for (const statement of subordinates.toReversed()) {
    const checked = await checkSignature({ ...statement, entity: statement.claims.iss }, keys);
    if (!checked.ok) return checked;
    keys = statement.claims.jwks;
  }
  const own = { ...configuration, entity: configuration.claims.sub };
  const bySuperior = await checkSignature(own, keys, 'key_mismatch');
  if (!bySuperior.ok) return bySuperior;
  return checkSignature(own, configuration.claims.jwks, 'key_mismatch');
}

function checkConstraints({ entities, subordinates }: ReadChain): Trusted<object> {
  for (const [index, { claims }] of subordinates.entries()) {
    const below = entities.slice(0, index + 1);
    const problem = claims.constraints && constraintProblem(claims.constraints, below);
    if (problem) return refused(problem, claims.iss);
  }
  return { ok: true };
}

function resolveMetadata(
  { configuration, subordinates }: ReadChain,
  { entityType, levelCap }: { entityType: string; levelCap: number },
): Trusted<{ metadata: Metadata }> {
  const subject = configuration.claims.sub;
  const own = configuration.claims.metadata ?? {};
  if (!Object.hasOwn(own, entityType)) return refused('metadata_missing', subject, entityType);
  const given = subordinates[0]?.claims.metadata ?? {};
  const overridden = Object.fromEntries(
    Object.entries(own).map(([type, parameters]) => [
      type,
      { ...parameters, ...ownValue(given, type) },
    ]),
  );
  const allowed = allowedMetadata(
    overridden,
    subordinates.map(({ claims }) => claims.constraints),
  );
  if (!Object.hasOwn(allowed, entityType)) {
    return refused('entity_type_not_allowed', subject, entityType);
  }
  const downwards = subordinates.toReversed().map(({ claims }) => claims);
  const resolved = resolvePolicy(downwards);
  if (!resolved.ok) {
    const issuer = downwards[resolved.index ?? -1]?.iss ?? subject;
    return refused(resolved.problem, issuer, resolved.place);
  }
  const applied = applyPolicy(resolved.policy, allowed);
  if (!applied.ok) return refused(applied.problem, subject, applied.place);
  // Ours lies on top, so that no chain is without a cap.
  const capped = applyPolicy(levelCapOnly(levelCap), applied.metadata);
  return capped.ok ? capped : refused('policy_violation', subject, capped.place);
}
