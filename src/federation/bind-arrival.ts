// Links an identity that has arrived to an account whose owner has just proven it, and who agreed. One
// identity belongs to one account: a second one freezes the link and calls the reviewers.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import { isSameCertificate } from '../accounts/proven-identity.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { recordProof } from '../verification/record-proof.ts';
import type { RecordProofOutcome } from '../verification/record-proof.ts';
import type { ArrivalResult } from './arrival.ts';
import { claimFor } from './claim-for.ts';
import { completeArrival, standingResult } from './complete-arrival.ts';
import { isSameName } from './decide-arrival.ts';
import type { ArrivalRefusal } from './decide-arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { freezeConflict, freezeLinked } from './freeze-link.ts';
import { recordDetails } from './read-arrival.ts';
import type { ReadArrival } from './read-arrival.ts';
import { proofOf } from './sign-in-by-link.ts';

export type BindRefusal =
  | ArrivalRefusal
  /** Its number has another name here; the reviewers look at it. */
  | 'conflict'
  /** Verified here as somebody else, or of a number that somebody else has here. */
  | 'other_person'
  /** Of another account; the reviewers look at it. */
  | 'linked_elsewhere'
  /** The account has another identity of this peer. */
  | 'has_other_link'
  | 'changed_meanwhile';

export type BindOutcome = { ok: true; result: ArrivalResult } | { ok: false; reason: BindRefusal };

const RACED: ReadonlySet<BindRefusal> = new Set(['changed_meanwhile', 'other_person']);

interface Binding {
  read: ReadArrival;
  account: Account;
  address: string;
}

export async function bindArrival(
  deps: FederationDependencies,
  binding: Binding,
): Promise<BindOutcome> {
  const { read, account } = binding;
  const refusal = decidedAgainst(binding) ?? (await refusalOf(deps, binding));
  if (refusal) return refuse(deps, binding, refusal);
  const links = await deps.links.listByAccount(account.id);
  if (links.some(({ issuer }) => issuer === read.peer.issuer)) {
    return (await boundBefore(deps, binding)) ?? refuse(deps, binding, 'has_other_link');
  }
  const bound = await bind(deps, binding);
  if (bound.ok || !RACED.has(bound.reason)) return bound;
  const before = await boundBefore(deps, binding);
  if (before) return before;
  // Somebody was first, with the identity or with its number: whose it is now decides.
  const { issuer } = read.peer;
  const link = await deps.links.findLive({ issuer, subject: read.identity.subject });
  if (!link || link.accountId === account.id) return bound;
  await freezeLinked(deps, { ...binding, link });
  return refuse(deps, binding, 'linked_elsewhere');
}

/** The same arrival to the same account, by a form that was sent twice. */
async function boundBefore(
  deps: FederationDependencies,
  { read, account }: Binding,
): Promise<BindOutcome | undefined> {
  const present = await deps.arrivals.find(read.arrival.state);
  const result = present && (await standingResult(deps, present));
  return result?.accountId === account.id ? { ok: true, result } : undefined;
}

/** What was decided of the arrival holds for every account that it is to be linked to. */
function decidedAgainst({ read: { decision }, account }: Binding): BindRefusal | undefined {
  if (!account.isActive || account.kind !== 'naturalPerson') return 'account_unavailable';
  if (decision.outcome === 'refused') return decision.reason;
  return decision.outcome === 'prove' && decision.holderId !== account.id
    ? 'other_person'
    : undefined;
}

/** Conflicts go to the reviewers. */
async function refusalOf(
  deps: FederationDependencies,
  binding: Binding,
): Promise<BindRefusal | undefined> {
  const { read, account, address } = binding;
  const { peer, identity, link, decision } = read;
  if (decision.outcome === 'conflict' && !link) {
    await freezeConflict(deps, { read, ...decision, claimantId: account.id, address });
    return 'conflict';
  }
  if (isOtherPerson(binding)) return 'other_person';
  if (link && link.accountId !== account.id) {
    await freezeLinked(deps, { ...binding, link });
    return 'linked_elsewhere';
  }
  const claimed = { issuer: peer.issuer, subject: identity.subject, accountId: account.id };
  return (await deps.links.findRejected(claimed)) ? 'rejected' : undefined;
}

function isOtherPerson({ read: { identity, capped }, account }: Binding): boolean {
  if (identity.kind !== 'naturalPerson') return true;
  if (account.realNameLevel < VERIFIED_LEVEL) return false;
  const { certificate } = capped.claim;
  const isOther =
    account.certificate && certificate && !isSameCertificate(account.certificate, certificate);
  return isOther === true || !isSameName(account, capped);
}

async function refuse(
  { audit }: FederationDependencies,
  { read, account, address }: Binding,
  reason: BindRefusal,
): Promise<BindOutcome> {
  const { traceId } = read.arrival.request;
  await audit.record({
    type: 'federation.not_linked',
    actor: account.id,
    address,
    result: 'refused',
    reason,
    details: { peer: read.peer.id, traceId },
  });
  return { ok: false, reason };
}

async function bind(deps: FederationDependencies, binding: Binding): Promise<BindOutcome> {
  const { read, account, address } = binding;
  const { level } = read.capped;
  const claim = claimFor(read, account);
  const linkId = deps.random.id();
  let result: ArrivalResult | undefined;
  const link = async (session: ClientSession): Promise<() => void> => {
    const taken = await takeLink(deps, session, { ...binding, linkId });
    ({ result } = taken);
    return taken.tell;
  };
  const outcome = (): BindOutcome =>
    result ? { ok: true, result } : { ok: false, reason: 'changed_meanwhile' };
  try {
    // An identity without a number lifts nobody who has one.
    if (level < VERIFIED_LEVEL || !claim) {
      (await deps.database.transaction(link))();
      return outcome();
    }
    const proof = proofOf(read, { claim, linkId, address });
    const recorded = await recordProof(deps, account, { ...proof, alongside: link });
    if (recorded.ok) return outcome();
    return await refuse(deps, binding, refusalOfProof(recorded.reason));
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
}

function refusalOfProof(reason: (RecordProofOutcome & { ok: false })['reason']): BindRefusal {
  switch (reason) {
    case 'identity_differs':
    case 'identity_held':
      return 'other_person';
    case 'account_unknown':
    case 'account_closed':
    case 'guardian_needed':
      return 'account_unavailable';
    default:
      return reason satisfies never;
  }
}

/** @throws Overtaken when the identity or the arrival is taken */
async function takeLink(
  deps: FederationDependencies,
  session: ClientSession,
  { read, account, address, linkId }: Binding & { linkId: string },
): Promise<{ result: ArrivalResult; tell: () => void }> {
  const { peer, identity, capped } = read;
  // What is stored fits the mode that counts when it is stored.
  if ((await deps.mode.isOfShadowsNow(peer.id, session)) !== read.isOfShadows) {
    throw new Overtaken('the construction mode has changed');
  }
  const { version, origin, subject } = identity;
  const named = { peerId: peer.id, issuer: peer.issuer, accountId: account.id };
  const facts = { level: capped.level, version, origin, hasMadeAccount: false };
  const link = await deps.links.insert({ id: linkId, subject, ...named, ...facts }, session);
  if (!link) throw new Overtaken('the identity is linked');
  const result = await completeArrival(deps, { read, linkId, accountId: account.id }, session);
  await deps.audit.record(
    {
      type: 'federation.linked',
      actor: account.id,
      address,
      level: capped.level,
      result: 'done',
      reason: 'bound',
      details: recordDetails(read),
    },
    session,
  );
  const notice = { accountId: account.id, template: 'federation_linked', peer } as const;
  return { result, tell: await deps.federationNotices.changed(notice, session) };
}
