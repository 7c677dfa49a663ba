// What the pages of a sign-in need of people who come from a peer.
import type { Account } from '../accounts/account.ts';
import type { MaySearch } from '../federation-trust/trust-resolver.ts';
import { peerKinds } from '../peers/peer.ts';
import type { Peer } from '../peers/peer.ts';
import { actorOf } from './arrival.ts';
import { beginArrival } from './begin-arrival.ts';
import type { BeginOutcome, WantedArrival } from './begin-arrival.ts';
import { bindArrival } from './bind-arrival.ts';
import type { BindOutcome } from './bind-arrival.ts';
import { createFederated } from './create-federated.ts';
import type { CreateOutcome } from './create-federated.ts';
import { freezeConflict } from './freeze-link.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { noteUntrusted } from './note-untrusted.ts';
import type { ReadArrival } from './read-arrival.ts';
import { redeemArrival } from './redeem-arrival.ts';
import type { Redeeming, RedeemOutcome } from './redeem-arrival.ts';
import { upstreamOfIssuer } from './upstream-peer.ts';
import type { Upstream } from './upstream-peer.ts';
import { signInByLink } from './sign-in-by-link.ts';
import type { LinkSignIn } from './sign-in-by-link.ts';

export class FederatedSignIn {
  readonly #deps: FederationDependencies;

  constructor(deps: FederationDependencies) {
    this.#deps = deps;
  }

  /** Whom people may come from, in the order in which they are offered: the own province first. */
  get offered(): Peer[] {
    const rank = ({ kind }: Peer) => peerKinds.indexOf(kind);
    return this.#deps.peers.allActive('upstream').toSorted((one, other) => rank(one) - rank(other));
  }

  /** Those of them at which somebody can be asked to sign in anew. */
  get offeredAnew(): Peer[] {
    const { adapters } = this.#deps;
    return this.offered.filter(({ connection: { protocol } }) => adapters[protocol]?.canForce);
  }

  /** False for what was ended, or whose peer is not trusted any more. */
  isLive(signInId: string): Promise<boolean> {
    return this.#deps.upstreamSignIns.has(signInId);
  }

  /** Peers that the account is linked to. */
  async peersOf(accountId: string, among: readonly Peer[] = this.offered): Promise<Peer[]> {
    const links = await this.#deps.links.listByAccount(accountId);
    const issuers = new Set(links.map(({ issuer }) => issuer));
    return among.filter(({ issuer }) => issuers.has(issuer));
  }

  /**
   * The platform of a stranger's home, if people may come from it.
   * @param maySearch for an issuer that anybody may name
   */
  peerOfIssuer(issuer: string, maySearch?: MaySearch): Promise<Upstream<{ peer: Peer }>> {
    return upstreamOfIssuer(this.#deps, issuer, maySearch);
  }

  /** Records why the federation does not vouch for a platform that somebody wanted to come from. */
  noteUntrusted(of: Parameters<typeof noteUntrusted>[1]): Promise<void> {
    return noteUntrusted(this.#deps, of);
  }

  begin(wanted: WantedArrival): Promise<BeginOutcome> {
    return beginArrival(this.#deps, wanted);
  }

  /** What has come back, and what becomes of it; asked again it is looked at anew. */
  redeem(at: Redeeming): Promise<RedeemOutcome> {
    return redeemArrival(this.#deps, at);
  }

  signIn(
    read: ReadArrival,
    link: Parameters<typeof signInByLink>[1]['link'],
    address: string,
  ): Promise<LinkSignIn> {
    return signInByLink(this.#deps, { read, link, address });
  }

  create(read: ReadArrival, address: string): Promise<CreateOutcome> {
    return createFederated(this.#deps, { read, address });
  }

  bind(read: ReadArrival, account: Account, address: string): Promise<BindOutcome> {
    return bindArrival(this.#deps, { read, account, address });
  }

  /** Nobody signs in by it until reviewers have decided. @param claimantId who wants it linked */
  async freeze(read: ReadArrival, address: string, claimantId?: string): Promise<void> {
    if (read.decision.outcome !== 'conflict') return;
    await freezeConflict(this.#deps, { read, ...read.decision, claimantId, address });
  }

  /** The person does not agree: nothing of it is kept. */
  async decline(read: ReadArrival, address: string): Promise<void> {
    const { arrivals, audit } = this.#deps;
    const { arrival, peer } = read;
    const nothing = { identity: undefined, idToken: undefined } as const;
    if (!(await arrivals.move({ ...arrival, ...nothing }, { stage: 'done' }))) return;
    const { traceId } = arrival.request;
    await audit.record({
      type: 'federation.declined',
      actor: actorOf(arrival),
      address,
      result: 'refused',
      details: { peer: peer.id, traceId },
    });
  }
}
