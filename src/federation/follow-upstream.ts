// What a peer tells of its people by events: closed, changed, signed out. Whoever it names and whether
// anybody here knows them, the peer learns nothing of it.
import type { RealNameLevel } from '../accounts/account.ts';
import type { Peer } from '../peers/peer.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { withdrawLinkEvidence } from '../verification/withdraw-link-evidence.ts';
import { endLink } from './end-link.ts';
import type { FederationDependencies } from './federation-deps.ts';
import type { FederatedLink } from './link.ts';
import type { UpstreamNotice } from './upstream-notice-store.ts';

export interface UpstreamSubject {
  peer: Peer;
  subject: string;
  traceId?: string | undefined;
}

export interface UpstreamChange {
  version?: string | undefined;
  /** How the peer names the level that it has now, in the order in which they are tried; empty: another thing. */
  levelNames?: readonly string[];
}

export class UpstreamChanges {
  readonly #deps: FederationDependencies;

  constructor(deps: FederationDependencies) {
    this.#deps = deps;
  }

  /** The account there is no more: the link ends, and with it what the peer had vouched for. */
  async closed(of: UpstreamSubject): Promise<void> {
    await this.#note(of, { what: 'closed' });
    const link = await this.#linkOf(of);
    if (!link) return;
    const { peer, traceId } = of;
    await endLink(this.#deps, { link, reason: 'closed_upstream', actor: 'system', traceId, peer });
  }

  /**
   * Something of the person is another there. Where the peer names a lower level, what it has vouched for
   * counts no more at once; that level, and whatever else changed, is read at the next sign-in.
   */
  async changed(of: UpstreamSubject & UpstreamChange): Promise<void> {
    const { peer, version, traceId } = of;
    const level = this.#levelOf(of);
    await this.#note(of, { what: 'changed', version, level });
    const link = await this.#linkOf(of);
    if (!link) return;
    const { accountId, id: linkId, level: from } = link;
    // An older event that comes late raises nothing.
    const lower = level !== undefined && level < from ? level : undefined;
    if (lower !== undefined) {
      await withdrawLinkEvidence(this.#deps, { accountId, linkId });
      // Last: where this process ends before, the event comes again and finds what is left to do.
      await this.#noteWithdrawn(of);
    }
    await this.#deps.audit.record({
      type: 'federation.followed',
      actor: 'system',
      subject: accountId,
      level: lower ?? from,
      result: 'done',
      details: {
        peer: peer.id,
        from,
        ...(version === undefined ? {} : { version }),
        ...(traceId === undefined ? {} : { traceId }),
      },
    });
  }

  /** @param of.sessionId absent: every session there */
  async sessionEnded(of: UpstreamSubject & { sessionId?: string | undefined }): Promise<void> {
    const { sessionId } = of;
    await this.#note(of, { what: 'ended', sessionId });
    const link = await this.#linkOf(of);
    if (!link) return;
    const linkId = link.id;
    const { upstreamSignIns } = this.#deps;
    await upstreamSignIns.markEnded(sessionId === undefined ? { linkId } : { linkId, sessionId });
  }

  /** As at a sign-in that names it so, within the cap; a name that nobody knows counts as registered. */
  #levelOf({ peer, levelNames = [] }: UpstreamSubject & UpstreamChange): RealNameLevel | undefined {
    if (levelNames.length === 0) return undefined;
    const adapter = this.#deps.adapters[peer.connection.protocol];
    const known = levelNames.map((name) => adapter?.levelNamed(peer, name));
    const level = known.find((each) => each !== undefined) ?? 1;
    return Math.min(Math.max(level, 1), peer.levelCap) as RealNameLevel;
  }

  /** Nothing is vouched for by it any more, so that the next sign-in counts whatever it says then. */
  async #noteWithdrawn(of: UpstreamSubject): Promise<void> {
    const { links, database } = this.#deps;
    await database.transaction(async (session) => {
      const present = await this.#linkOf(of, session);
      if (present) await links.note(present, { level: 1 }, session);
    });
  }

  /** Also of those whom nobody knows here: they may be about to arrive. */
  #note({ peer: { issuer }, subject }: UpstreamSubject, notice: UpstreamNotice): Promise<void> {
    return this.#deps.upstreamNotices.note({ issuer, subject }, notice);
  }

  #linkOf(
    { peer: { issuer }, subject }: UpstreamSubject,
    session?: ClientSession,
  ): Promise<FederatedLink | undefined> {
    return this.#deps.links.findLive({ issuer, subject }, session);
  }
}
