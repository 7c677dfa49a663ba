// By what an identity was verified, and who vouches for it: for systems that take it over from us.
import type { RealNameLevel } from '../accounts/account.ts';
import type { Clock } from '../platform/clock.ts';
import { isLive } from './evidence.ts';
import type { EvidenceMethod } from './evidence.ts';
import type { EvidenceStore } from './evidence-store.ts';

export interface Provenance {
  methods: readonly { method: EvidenceMethod; level: RealNameLevel; at: Date }[];
  /** Our issuer, or the trust source by whose word alone the highest of these levels stands. */
  origin: string;
}

export interface ProvenanceDependencies {
  issuer: string;
  clock: Clock;
  evidence: Pick<EvidenceStore, 'listOfAccount'>;
  /** Of what another platform vouches for: whose word it is. */
  originOfLink(linkId: string): Promise<string | undefined>;
}

/** Of what counts now, newest last. */
export async function provenanceOf(
  deps: ProvenanceDependencies,
  accountId: string,
): Promise<Provenance> {
  const { issuer, clock, evidence } = deps;
  const all = await evidence.listOfAccount(accountId);
  const live = all.filter((each) => isLive(each, clock.now()));
  const highest = Math.max(0, ...live.map(({ level }) => level));
  const deciding = live.filter(({ level }) => level === highest);
  const linkId = deciding.find((each) => each.linkId !== undefined)?.linkId;
  const isOurs = linkId === undefined || deciding.some((each) => each.linkId === undefined);
  const origin = isOurs ? issuer : ((await deps.originOfLink(linkId)) ?? issuer);
  return { methods: live.map(({ method, level, at }) => ({ method, level, at })), origin };
}
