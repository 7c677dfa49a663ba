// What a superior allows below itself (OpenID Federation 1.0, 6.2). Each statement's constraints count by
// themselves.
import type { Constraints, Metadata } from './entity-statement.ts';

export type ConstraintProblem = 'max_path_length' | 'naming_constraint';

/**
 * @param below whom the statement is about and all entities under it, the subject of the chain first
 */
export function constraintProblem(
  { max_path_length: longest, naming_constraints: naming }: Constraints,
  below: readonly string[],
): ConstraintProblem | undefined {
  // Of those between who constrains and the subject of the chain.
  if (longest !== undefined && below.length - 1 > longest) return 'max_path_length';
  const { permitted, excluded = [] } = naming ?? {};
  const isNamed = (host: string, names: readonly string[]) =>
    names.some((name) => matches(host, name.toLowerCase()));
  const isWrong = below.some((entity) => {
    const host = new URL(entity).hostname;
    return isNamed(host, excluded) || (permitted !== undefined && !isNamed(host, permitted));
  });
  return isWrong ? 'naming_constraint' : undefined;
}

/** RFC 5280, 4.2.1.10: with a leading dot all hosts below, without one that host alone. */
function matches(host: string, name: string): boolean {
  return name.startsWith('.') ? host.endsWith(name) && host.length > name.length : host === name;
}

/** Of the metadata what every superior allows; `federation_entity` always. */
export function allowedMetadata(
  metadata: Metadata,
  constraints: readonly (Constraints | undefined)[],
): Metadata {
  const isAllowed = (type: string) =>
    type === 'federation_entity' ||
    constraints.every((each) => each?.allowed_entity_types?.includes(type) ?? true);
  return Object.fromEntries(Object.entries(metadata).filter(([type]) => isAllowed(type)));
}
