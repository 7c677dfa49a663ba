// What a peer tells of its people by events: closed, changed, signed out. Whoever it names and whether
// anybody here knows them, the peer learns nothing of it.
import type { RealNameLevel } from '../accounts/account.ts';
import type { Peer } from '../peers/peer.ts';
import { withdrawLinkEvidence } from '../verification/withdraw-link-evidence.ts';
import { endLink } from './end-link.ts';
import type { FederationDependencies } from './federation-deps.ts';
import type { FederatedLink } from './link.ts';

export interface UpstreamSubject {
  peer: Peer;
  subject: string;
  traceId?: string | undefined;
}

export class UpstreamChanges {
  readonly #deps: FederationDependencies;

  constructor(deps: FederationDependencies) {
    this.#deps = deps;
  }

  /** The account there is no more: the link ends, and with it what the peer had vouched for. */
  async closed(of: UpstreamSubject): Promise<void> {
    const link = await this.#linkOf(of);
    if (!link) return;
    const { peer, traceId } = of;
    await endLink(this.#deps, { link, reason: 'closed_upstream', actor: 'system', traceId, peer });
  }

  /**
   * Something of the person is another there. Its level falls here at once where the peer names a lower
   * one; whatever else changed is read at the next sign-in, which sees another version.
   */
  async changed(
    of: UpstreamSubject & { version?: string | undefined; level?: RealNameLevel | undefined },
  ): Promise<void> {
    const link = await this.#linkOf(of);
    if (!link) return;
    const { peer, level, version, traceId } = of;
    const { links, database, audit } = this.#deps;
    const lower = level !== undefined && level < link.level ? level : undefined;
    // An older event that comes late raises nothing.
    if (lower !== undefined) {
      await withdrawLinkEvidence(this.#deps, { accountId: link.accountId, linkId: link.id });
      await database.transaction((session) => links.note(link, { level: lower }, session));
    }
    await audit.record({
      type: 'federation.followed',
      actor: 'system',
      subject: link.accountId,
      level: lower ?? link.level,
      result: 'done',
      details: {
        peer: peer.id,
        from: link.level,
        ...(version === undefined ? {} : { version }),
        ...(traceId === undefined ? {} : { traceId }),
      },
    });
  }

  /** @param of.sessionId absent: every session there */
  async sessionEnded(of: UpstreamSubject & { sessionId?: string | undefined }): Promise<void> {
    const link = await this.#linkOf(of);
    if (!link) return;
    const { sessionId } = of;
    const linkId = link.id;
    const { upstreamSignIns } = this.#deps;
    await upstreamSignIns.markEnded(sessionId === undefined ? { linkId } : { linkId, sessionId });
  }

  #linkOf({ peer: { issuer }, subject }: UpstreamSubject): Promise<FederatedLink | undefined> {
    return this.#deps.links.findLive({ issuer, subject });
  }
}
