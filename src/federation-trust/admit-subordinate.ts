// A city joins with one signed statement: what it says of itself is checked and becomes the record by which
// this hub speaks of it. Two officers take part in what widens trust; one is enough to end it at once.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { EntityConfiguration } from './entity-statement.ts';
import { fetchConfiguration, readOwnConfiguration } from './statement-source.ts';
import type { StatementSourceDependencies } from './statement-source.ts';
import { checkSignature } from './read-statement.ts';
import type { SignedConfiguration } from './read-statement.ts';
import { holdOfficers } from './hold-officers.ts';
import type { HoldOfficersDependencies, Officers } from './hold-officers.ts';
import { termsProblem } from './subordinate.ts';
import type { Subordinate, SubordinateState, SubordinateTerms } from './subordinate.ts';
import type { SubordinateStore } from './subordinate-store.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted } from './trust-refusal.ts';

export interface AdmitDependencies extends StatementSourceDependencies, HoldOfficersDependencies {
  issuer: string;
  subordinates: Pick<SubordinateStore, 'get' | 'save' | 'transaction'>;
  audit: AuditLog;
  clock: Clock;
}

export type AdmitOutcome =
  | { ok: true; subordinate: Subordinate; change: 'admitted' | 'changed' }
  | { ok: false; reason: 'changed_meanwhile' }
  | Extract<Trusted<object>, { ok: false }>;

/** What an entity that wants to join says of itself: handed over as it is signed, or at its address. */
export async function readApplicant(
  deps: AdmitDependencies,
  of: { entity: string; jwt?: string | undefined },
): Promise<Trusted<{ statement: SignedConfiguration }>> {
  const now = deps.clock.now();
  const read = await (of.jwt === undefined
    ? fetchConfiguration(deps, of.entity, now)
    : readOwnConfiguration(of.jwt, of.entity, now));
  if (!read.ok) return read;
  const { authority_hints: hints = [] } = read.statement.claims;
  // Else no chain could be built over us, and it has not said that it wants one.
  return hints.includes(deps.issuer) ? read : refused('issuer_wrong', of.entity, 'authority_hints');
}

export async function admitSubordinate(
  deps: AdmitDependencies,
  { statement, terms }: { statement: SignedConfiguration; terms: SubordinateTerms },
  officers: Officers,
): Promise<AdmitOutcome> {
  const { claims } = statement;
  const entity = claims.sub;
  if (entity === deps.issuer) return refused('cycle', entity);
  const problem = termsProblem(terms, claims.metadata ?? {});
  if (problem) return refused(problem.problem, entity, problem.place);
  const before = await deps.subordinates.get(entity);
  const isKnown = before !== undefined && before.state !== 'removed';
  if (isKnown) {
    // Another holder of the address could otherwise take its place.
    const same = await checkSignature({ ...statement, entity }, before.keys, 'key_mismatch');
    if (!same.ok) return same;
  }
  const subordinate: Subordinate = {
    entityId: entity,
    terms,
    ...learnt(claims),
    state: isKnown ? before.state : 'active',
    readAt: deps.clock.now(),
    revision: (before?.revision ?? 0) + 1,
  };
  const change = isKnown ? 'changed' : 'admitted';
  const details = { levelCap: terms.levelCap, keys: keyIds(subordinate) };
  const isSaved = await saveRecorded(deps, subordinate, { change, officers, details });
  return isSaved ? { ok: true, subordinate, change } : { ok: false, reason: 'changed_meanwhile' };
}

export type MoveOutcome = 'done' | 'unknown' | 'already' | 'changed_meanwhile';

const EVENT_OF_STATE = {
  active: 'resumed',
  suspended: 'suspended',
  removed: 'removed',
} as const;

/** From the commit on nobody gets a statement about it that is not active. */
export async function moveSubordinate(
  deps: Pick<AdmitDependencies, 'subordinates' | 'audit' | 'accounts'>,
  to: { entityId: string; state: SubordinateState; reason?: string | undefined },
  officers: Officers,
): Promise<MoveOutcome> {
  const before = await deps.subordinates.get(to.entityId);
  if (!before || before.state === 'removed') return 'unknown';
  if (before.state === to.state) return 'already';
  const after = { ...before, state: to.state, revision: before.revision + 1 };
  const change = EVENT_OF_STATE[to.state];
  const details = to.reason === undefined ? {} : { grounds: to.reason };
  return (await saveRecorded(deps, after, { change, officers, details }))
    ? 'done'
    : 'changed_meanwhile';
}

/** What its configuration teaches. */
export function learnt(
  claims: EntityConfiguration,
): Pick<Subordinate, 'keys' | 'entityTypes' | 'isIntermediate' | 'issuedAt'> {
  const { metadata = {} } = claims;
  return {
    keys: claims.jwks,
    entityTypes: Object.keys(metadata),
    isIntermediate: metadata['federation_entity']?.['federation_fetch_endpoint'] !== undefined,
    issuedAt: claims.iat,
  };
}

export function keyIds({ keys }: Pick<Subordinate, 'keys'>): string {
  return keys.keys.map(({ kid }) => kid).join(',');
}

function saveRecorded(
  deps: Pick<AdmitDependencies, 'subordinates' | 'audit' | 'accounts'>,
  after: Subordinate,
  of: {
    change: 'admitted' | 'changed' | 'resumed' | 'suspended' | 'removed';
    officers: Officers;
    details: Record<string, string | number>;
  },
): Promise<boolean> {
  const { subordinates, audit } = deps;
  const { decidedBy: actor, approvedBy } = of.officers;
  return subordinates.transaction(async (session) => {
    if (!(await subordinates.save(after, session))) return false;
    await holdOfficers(deps, of.officers, session);
    const officer = approvedBy === undefined ? {} : { approvedBy };
    const details = { entity: after.entityId, ...of.details, ...officer };
    await audit.record(
      { type: `federation_trust.subordinate_${of.change}`, actor, result: 'done', details },
      session,
    );
    return true;
  });
}
