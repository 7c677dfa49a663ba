// Whom a person may act for, and whether that still counts: asked by the protocol, by the pages on
// which an identity is chosen, and by the APIs of departments. Nothing is kept from one question to
// the next, so that an end counts at once on every process.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { mayActForOthers, mayBeActedFor } from './good-standing.ts';
import { coverageOf, mayAppoint, rankOf } from './mandate.ts';
import type { Mandate, MandateRole, MandateUse } from './mandate.ts';
import type { MandateStore } from './mandate-store.ts';

/** What an authorization is bound to: who acts, and the mandates that his power rests on. */
export interface ActingReference {
  /** Account of the person at the keyboard. */
  personId: string;
  entityId: string;
  /** The one that names the entity first, then the person's own at the agency that holds it. */
  mandateIds: readonly string[];
}

export interface ActingIdentity {
  reference: ActingReference;
  entity: Account;
  role: MandateRole;
  /** The one that names the entity. */
  mandate: Mandate;
  /** Through which the person acts: it holds the mandate, or has passed it on to him. */
  agency?: Account | undefined;
  /** Of the services that were asked about; absent: all of them. */
  services?: readonly string[] | undefined;
  /** When the first of what it rests on ends by itself. */
  expiresAt?: Date | undefined;
}

export const actingRefusals = [
  /** Ended, expired, not begun, or never granted to this person. */
  'mandate_missing',
  'mandate_used',
  'client_missing',
  'service_missing',
  /** Of the organisation: locked, closed, or without a verified identity. */
  'entity_unavailable',
  /** Of the person, or of the agency in between: locked, closed, or not verified in person. */
  'holder_unavailable',
] as const;
export type ActingRefusal = (typeof actingRefusals)[number];

export type ActingAnswer =
  | { ok: true; identity: ActingIdentity }
  | { ok: false; reason: ActingRefusal };

export interface ActingDependencies {
  accounts: Pick<AccountStore, 'findById'>;
  mandates: MandateStore;
}

/**
 * Whether what an authorization is bound to still counts, now, for this use. A mandate for one use
 * counts on for what it was used for.
 * @param usedFor names the authorization
 */
export async function stillActing(
  deps: ActingDependencies,
  reference: ActingReference,
  { use, usedFor }: { use: MandateUse; usedFor?: string },
): Promise<ActingAnswer> {
  const { personId, entityId, mandateIds } = reference;
  // In one turn, so that they are one command.
  const [person, entity, ...found] = await Promise.all([
    deps.accounts.findById(personId),
    deps.accounts.findById(entityId),
    ...mandateIds.map((id) => deps.mandates.find(id)),
  ]);
  if (!person || !mayActForOthers(person)) return { ok: false, reason: 'holder_unavailable' };
  const chain = found.flatMap((mandate) => (mandate ? [mandate] : []));
  const isWhole = chain.length === mandateIds.length && isChain(chain, personId);
  if (!isWhole || chain[0]?.entityId !== entityId) return { ok: false, reason: 'mandate_missing' };
  const answer = await identityOf(deps, { personId, chain, entity });
  return answer.ok ? coveredBy(chain, answer.identity, { use, usedFor }) : answer;
}

/**
 * The best identity of a person for this entity and this use, or why there is none. Agencies are looked
 * at only when the person holds nothing himself that would do.
 * @param usedFor as for `stillActing`
 */
export async function actingFor(
  deps: ActingDependencies,
  {
    personId,
    entityId,
    usedFor,
  }: { personId: string; entityId: string; usedFor?: string | undefined },
  use: MandateUse,
): Promise<ActingAnswer> {
  const [person, entity, direct] = await Promise.all([
    deps.accounts.findById(personId),
    deps.accounts.findById(entityId),
    deps.mandates.over({ entityIds: [entityId], holderIds: [personId] }),
  ]);
  const judge = async (chains: readonly Mandate[][]) =>
    Promise.all(
      chains.map(async (chain): Promise<ActingAnswer> => {
        const [mandate] = chain;
        const coverage = mandate && coverageOf(mandate, use);
        // Whom a mandate is none of the business is told nothing of what it rests on.
        if (coverage && !coverage.ok) return coverage;
        if (!person || !mayActForOthers(person)) return { ok: false, reason: 'holder_unavailable' };
        const answer = await identityOf(deps, { personId, chain, entity });
        return answer.ok ? coveredBy(chain, answer.identity, { use, usedFor }) : answer;
      }),
    );
  const answers = await judge(direct.map((each) => [each]).toSorted(byRank));
  const best = answers.find(({ ok }) => ok);
  if (best) return best;
  const found = await judge((await throughAgencies(deps, personId, entityId)).toSorted(byRank));
  const all = [...answers, ...found];
  return all.find(({ ok }) => ok) ?? all[0] ?? { ok: false, reason: 'mandate_missing' };
}

function byRank([a]: readonly Mandate[], [b]: readonly Mandate[]): number {
  return a && b ? rankOf(a.role) - rankOf(b.role) : 0;
}

/** What agencies that a person acts for as a whole hold for one entity. */
async function throughAgencies(
  { mandates }: ActingDependencies,
  personId: string,
  entityId: string,
): Promise<Mandate[][]> {
  const led = await mandates.led(personId);
  const holderIds = [...new Set(led.map((each) => each.entityId))];
  const held = await mandates.over({ entityIds: [entityId], holderIds });
  return held.flatMap((each) =>
    led.filter((by) => by.entityId === each.holderId).map((by) => [each, by]),
  );
}

function isChain(chain: readonly Mandate[], personId: string): boolean {
  return chain.every((mandate, at) => {
    const next = chain[at + 1];
    // An agency acts through who may act for it as a whole.
    if (next && !mayAppoint(next)) return false;
    return mandate.holderId === (next ? next.entityId : personId);
  });
}

/** An organisation; a branch or department with what it rests on, as far as that is known. */
export async function actedFor(
  deps: Pick<ActingDependencies, 'accounts'>,
  entityId: string,
): Promise<Account | undefined> {
  return withParent(deps, await deps.accounts.findById(entityId));
}

async function withParent(
  { accounts }: Pick<ActingDependencies, 'accounts'>,
  entity: Account | undefined,
): Promise<Account | undefined> {
  if (entity?.parentId === undefined) return entity;
  const parent = await accounts.findById(entity.parentId);
  return parent ? entity.under(parent) : undefined;
}

/** `entity`: the organisation that the first of the chain names, when it has just been read. */
export async function identityOf(
  deps: ActingDependencies,
  of: { personId: string; chain: readonly Mandate[]; entity?: Account | undefined },
): Promise<ActingAnswer> {
  const { accounts } = deps;
  const { personId, chain } = of;
  const [mandate] = chain;
  const [entity, ...agencies] = await Promise.all(
    chain.map(async ({ entityId }, at) => {
      const isRead = entityId === of.entity?.id;
      const read = isRead ? of.entity : await accounts.findById(entityId);
      return at === 0 ? withParent(deps, read) : read;
    }),
  );
  if (!mandate || !entity || !mayBeActedFor(entity)) {
    return { ok: false, reason: 'entity_unavailable' };
  }
  if (!agencies.every((agency) => agency && mayBeActedFor(agency))) {
    return { ok: false, reason: 'holder_unavailable' };
  }
  const parent = await parentOf(deps, mandate);
  if (!parent.ok) return parent;
  const ends = chain.flatMap(({ expiresAt }) => (expiresAt ? [expiresAt.getTime()] : []));
  const reference = { personId, entityId: entity.id, mandateIds: chain.map(({ id }) => id) };
  const expiresAt = ends.length > 0 ? { expiresAt: new Date(Math.min(...ends)) } : {};
  const { role, services } = mandate;
  const agency = agencies[0] ?? parent.agency;
  const identity = {
    reference,
    entity,
    role,
    mandate,
    ...expiresAt,
    ...(agency ? { agency } : {}),
  };
  return { ok: true, identity: services ? { ...identity, services } : identity };
}

/** What was passed on counts while that counts which it came from, and can be used by its holder. */
async function parentOf(
  deps: ActingDependencies,
  { parentId }: Mandate,
): Promise<
  | { ok: true; /** The last organisation that passed it on. */ agency?: Account | undefined }
  | { ok: false; reason: ActingRefusal }
> {
  if (parentId === undefined) return { ok: true };
  const parent = await deps.mandates.find(parentId);
  if (!parent) return { ok: false, reason: 'mandate_missing' };
  const holder = await deps.accounts.findById(parent.holderId);
  if (!holder || !(mayActForOthers(holder) || mayBeActedFor(holder))) {
    return { ok: false, reason: 'holder_unavailable' };
  }
  const above = await parentOf(deps, parent);
  return above.ok && holder.kind === 'legalEntity' ? { ok: true, agency: holder } : above;
}

export function coveredBy(
  chain: readonly Mandate[],
  identity: ActingIdentity,
  { use, usedFor }: { use: MandateUse; usedFor?: string | undefined },
): ActingAnswer {
  const isUsed = chain.some((each) => each.isSingleUse && each.usedFor && each.usedFor !== usedFor);
  if (isUsed) return { ok: false, reason: 'mandate_used' };
  const coverage = coverageOf(identity.mandate, use);
  if (!coverage.ok) return coverage;
  const { services: _all, ...rest } = identity;
  const { services } = coverage;
  return { ok: true, identity: services ? { ...rest, services } : rest };
}
