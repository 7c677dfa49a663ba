// A conflict: the same number under another name, or one identity for two accounts. Nobody signs in by the
// link until two reviewers have decided; whoever it concerns is told, and keeps every other way in.
import type { Account } from '../accounts/account.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { FieldTexts, SourceAnswer } from '../review/review-case.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { disputeKey } from './link.ts';
import type { FederatedLink, LinkConflict } from './link.ts';
import type { ReadArrival } from './read-arrival.ts';

interface Conflicting {
  read: ReadArrival;
  conflict: LinkConflict;
  /** Whose account it is about, as the accounts here have it. */
  holderId: string;
  /** Who claims the identity, where somebody is known to. */
  claimantId?: string | undefined;
  /** Absent: it has none yet, and gets a frozen one. */
  link?: FederatedLink | undefined;
  address: string;
}

/** A second account wants the identity of a link. Harmless when it is frozen already. */
export async function freezeLinked(
  deps: FederationDependencies,
  of: { read: ReadArrival; account: Account; link: FederatedLink; address: string },
): Promise<void> {
  const { read, account, link, address } = of;
  const conflict = 'linked_elsewhere';
  const about = { holderId: link.accountId, claimantId: account.id };
  await freezeConflict(deps, { read, conflict, ...about, link, address });
}

/** One case for each link, however many arrivals find the conflict. */
export async function freezeConflict(
  deps: FederationDependencies,
  of: Conflicting,
): Promise<FederatedLink | undefined> {
  const holder = await deps.accounts.findById(of.holderId);
  if (!holder) return undefined;
  let tell: () => void = () => undefined;
  try {
    const link = await deps.database.transaction(async (session) => {
      const frozen = await freeze(deps, session, of);
      const caseId = await openCase(deps, session, { of, holder, link: frozen });
      await deps.links.noteCase(frozen, caseId, session);
      await deps.upstreamSignIns.markEnded({ linkId: frozen.id, isWhole: true }, session);
      await record(deps, session, { of, caseId });
      const { peer } = of.read;
      const notice = { accountId: holder.id, template: 'federation_frozen', peer } as const;
      tell = await deps.federationNotices.changed(notice, session);
      return frozen;
    });
    tell();
    return link;
  } catch (error) {
    // Frozen by another arrival, which told everybody.
    if (error instanceof Overtaken) return undefined;
    throw error;
  }
}

/** @throws Overtaken when it is frozen already */
async function freeze(
  deps: FederationDependencies,
  session: ClientSession,
  { read, conflict, holderId, link }: Conflicting,
): Promise<FederatedLink> {
  const disputed = disputeKey(read.capped.claim);
  if (link) {
    if (await deps.links.freeze(link, { conflict, disputed }, session))
      return { ...link, state: 'frozen' };
    throw new Overtaken('the link is frozen or over');
  }
  const { peer, identity, capped } = read;
  const { subject, version, origin } = identity;
  const named = { peerId: peer.id, issuer: peer.issuer, accountId: holderId, subject };
  const stated = { level: capped.level, version, origin };
  const facts = { ...stated, hasMadeAccount: false, conflict, disputed };
  const id = deps.random.id();
  const made = await deps.links.insert({ id, ...named, ...facts }, session);
  if (!made) throw new Overtaken('the identity is linked');
  return made;
}

function openCase(
  { desk, clock }: FederationDependencies,
  session: ClientSession,
  about: { of: Conflicting; holder: Account; link: FederatedLink },
): Promise<string> {
  const { of, holder, link } = about;
  const { identity, capped, peer } = of.read;
  const isHolder = of.claimantId === holder.id;
  const claimed: FieldTexts = {
    source: peer.names['zh-CN'],
    realNameLevel: String(capped.level),
    ...(identity.name === undefined ? {} : { name: identity.name }),
    ...(identity.certificate ? { certificateNumber: identity.certificate.number } : {}),
  };
  const said: SourceAnswer = {
    source: 'account',
    outcome: 'different',
    resultCode: of.conflict,
    at: clock.now(),
    values: {
      ...(holder.name === undefined ? {} : { name: holder.name }),
      ...(holder.certificate ? { certificateNumber: holder.certificate.number } : {}),
    },
  };
  return desk.open(
    {
      kind: 'federation',
      applicantId: holder.id,
      involvedIds: of.claimantId === undefined || isHolder ? [] : [of.claimantId],
      claimed,
      answers: [said],
      fileIds: [],
      approvals: 2,
      uniqueKey: `federation:${link.id}`,
      openedBy: 'system',
    },
    session,
  );
}

function record(
  { audit }: FederationDependencies,
  session: ClientSession,
  { of, caseId }: { of: Conflicting; caseId: string },
): Promise<void> {
  const { peer, arrival } = of.read;
  const { traceId } = arrival.request;
  return audit.record(
    {
      type: 'federation.link_frozen',
      actor: of.claimantId ?? 'system',
      subject: of.holderId,
      address: of.address,
      result: 'done',
      reason: of.conflict,
      details: { peer: peer.id, traceId, case: caseId },
    },
    session,
  );
}
