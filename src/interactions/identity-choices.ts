// What the page of a choice offers: the identities that a person has, those that the client can serve
// first, and for the others why not and whom to ask.
import type { Account } from '../accounts/account.ts';
import { maskName } from '../accounts/masking.ts';
import type { ActingIdentity } from '../mandates/acting.ts';
import { leadersOver } from '../mandates/leaders-over.ts';
import { identitiesInTurn, identitiesOver, identityNamed } from '../mandates/list-identities.ts';
import { rankOf } from '../mandates/mandate.ts';
import { identityAt, useAt } from '../oidc/identity/identity-at-client.ts';
import type { IdentityRefusal, IdentityUse } from '../oidc/identity/identity-at-client.ts';
import { identityDemandOf, identityKey } from '../oidc/identity/identity-demand.ts';
import type { IdentityDemand } from '../oidc/identity/identity-demand.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';

export interface UnusableIdentity {
  identity: ActingIdentity;
  reason: IdentityRefusal;
}

export interface IdentityChoices {
  demand: IdentityDemand;
  /** As himself, or as the account that is signed in. */
  offersSelf: boolean;
  usable: readonly ActingIdentity[];
  unusable: readonly UnusableIdentity[];
  /** There may be more, which are found by their number. */
  isCut: boolean;
}

type ChoiceDependencies = Pick<
  InteractionDependencies,
  'accounts' | 'mandates' | 'services' | 'suggestions'
>;

/** Whoever has more finds the others by their number. */
const MOST_LISTED = 200;
/** Branches and departments of what was asked for. */
const MOST_BELOW = 50;

/** @param sought what the reader looks for: a whole number of an organisation finds it beyond the list */
export async function identityChoices(
  deps: ChoiceDependencies,
  { client, interaction }: OpenInteraction,
  { account, sought }: { account: Account; sought: string },
): Promise<IdentityChoices> {
  const params = interaction.params as Record<string, unknown>;
  const demand = identityDemandOf(client, params);
  const none = { demand, usable: [], unusable: [], isCut: false };
  if (account.kind !== 'naturalPerson') return { ...none, offersSelf: true };
  const offersSelf = isSelfOffered(demand);
  if (!demand.offersEntities) return { ...none, offersSelf };
  const { clientId } = client;
  const at = { clientId, client, params };
  const personId = account.id;
  const named = [
    ...(await lastHere(deps, { personId, clientId })),
    ...(await ofNumber(deps, personId, demand.usccHint)),
    ...(await ofNumber(deps, personId, sought)),
  ];
  const listed = await some(identitiesInTurn(deps, { personId, use: useAt(at) }));
  const reached = await judge(deps, at, [...named, ...listed]);
  const isCut = listed.length === MOST_LISTED;
  const all = isCut ? [] : await some(identitiesInTurn(deps, { personId }));
  const known = new Set([...named, ...listed].map(({ reference }) => identityKey(reference)));
  const others = all.filter(({ reference }) => !known.has(identityKey(reference)));
  const unreached = (await judge(deps, at, others)).unusable;
  const unusable = [...reached.unusable, ...unreached];
  const usable = reached.usable.toSorted((a, b) => rankOf(a.role) - rankOf(b.role));
  return { demand, offersSelf, usable, unusable, isCut };
}

async function some(identities: AsyncIterable<ActingIdentity>): Promise<ActingIdentity[]> {
  const found: ActingIdentity[] = [];
  for await (const each of identities) {
    found.push(each);
    if (found.length === MOST_LISTED) break;
  }
  return found;
}

/** Each once, in their order. */
async function judge(
  deps: ChoiceDependencies,
  at: IdentityUse,
  identities: readonly ActingIdentity[],
): Promise<Pick<IdentityChoices, 'usable' | 'unusable'>> {
  const own = [...new Map(identities.map((each) => [identityKey(each.reference), each])).values()];
  const answers = await Promise.all(own.map(({ reference }) => identityAt(deps, reference, at)));
  const usable = answers.flatMap((answer) => (answer.ok ? [answer.identity] : []));
  const unusable = answers.flatMap((answer, index) => {
    const identity = own[index];
    return answer.ok || !identity ? [] : [{ identity, reason: answer.reason }];
  });
  return { usable, unusable };
}

/** As whom the person was here before. */
async function lastHere(
  deps: ChoiceDependencies,
  { personId, clientId }: { personId: string; clientId: string },
): Promise<ActingIdentity[]> {
  const last = await deps.suggestions.find(personId, clientId);
  const { mandateIds = [] } = last?.reference ?? {};
  const identity = await identityNamed(deps, { personId, mandateIds });
  return identity ? [identity] : [];
}

/** The person's own for the organisation of this number, and for what is below it. */
async function ofNumber(
  deps: ChoiceDependencies,
  personId: string,
  text: string | undefined,
): Promise<ActingIdentity[]> {
  const number = text?.trim().toUpperCase() ?? '';
  if (!WHOLE_NUMBER.test(number)) return [];
  const said = { value: number, source: 'person', grade: 'D' } as const;
  const entity = await deps.accounts.findByIdentity('legalEntity', { uscc: said });
  if (!entity) return [];
  const below = await deps.accounts.subAccounts.of(entity.id);
  const ids = below.slice(0, MOST_BELOW).map(({ id }) => id);
  return identitiesOver(deps, { personId, entityIds: [entity.id, ...ids] });
}

/** GB 32100: 18 characters. */
const WHOLE_NUMBER = /^[0-9A-Z]{18}$/u;

/**
 * The identity that a form names by its mandates, wherever in the list it stands. Of the person's own
 * only: what somebody else has is answered like what is not there.
 */
export async function chosenIdentity(
  deps: ChoiceDependencies,
  { client, interaction }: OpenInteraction,
  { account, key }: { account: Account; key: string },
): Promise<ActingIdentity | undefined> {
  const params = interaction.params as Record<string, unknown>;
  if (account.kind !== 'naturalPerson') return undefined;
  if (!identityDemandOf(client, params).offersEntities) return undefined;
  const named = await identityNamed(deps, { personId: account.id, mandateIds: key.split('.') });
  if (!named) return undefined;
  const { clientId } = client;
  const answer = await identityAt(deps, named.reference, { clientId, client, params });
  return answer.ok ? answer.identity : undefined;
}

/** Whether the person may choose himself here, or the account that is signed in. */
export function maySelfBeChosen(
  { client, interaction }: OpenInteraction,
  account: Account,
): boolean {
  if (account.kind !== 'naturalPerson') return true;
  return isSelfOffered(identityDemandOf(client, interaction.params as Record<string, unknown>));
}

/** The masked names of who can change a mandate, for whoever misses something in his. */
export async function whomToAsk(
  { accounts, mandates }: Pick<ChoiceDependencies, 'accounts' | 'mandates'>,
  { entity, reference }: ActingIdentity,
): Promise<string[]> {
  const leaders = await leadersOver({ accounts, mandates }, entity.id);
  const holders = leaders.map(({ holderId }) => holderId);
  const others = [...new Set(holders)]
    .filter((id) => id !== reference.personId)
    .slice(0, MAX_NAMED);
  const found = await Promise.all(others.map((id) => accounts.findById(id)));
  return found.flatMap((account) => {
    if (account?.name === undefined) return [];
    return account.kind === 'legalEntity' ? [account.name] : [maskName(account.name)];
  });
}

const MAX_NAMED = 3;

function isSelfOffered({ offersSelf, wanted }: IdentityDemand): boolean {
  return offersSelf && wanted !== 'legal_entity';
}
