// Looks at everything that a change of the construction mode meets, and changes nothing.
import type { LookProblem, PeerLook } from '../peers/look-at-peer.ts';
import type { Peer } from '../peers/peer.ts';
import type { PeerStore } from '../peers/peer-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { takeCensus } from './mode-census-store.ts';
import { stopsOf, warningsOf } from './mode-plan.ts';
import type { ModePlan } from './mode-plan.ts';
import type { ModeStore } from './mode-store.ts';
import type { RegistrationMode } from '../platform/registration-mode-config.ts';

export interface PlanDependencies {
  modes: ModeStore;
  peers: Pick<PeerStore, 'find'>;
  look: (peer: Peer) => Promise<PeerLook>;
  /** The highest level that a client demands of natural persons; 0 for none. */
  demandedLevel: () => Promise<number>;
  database: Database;
  clock: Clock;
  random: Random;
}

export interface WantedMode {
  to: RegistrationMode;
  provinceId?: string | undefined;
}

export interface DrawnPlan {
  plan: ModePlan;
  /** What the look at the peer has found. */
  problems: readonly LookProblem[];
}

export async function drawUpPlan(deps: PlanDependencies, wanted: WantedMode): Promise<DrawnPlan> {
  const { to, provinceId } = wanted;
  const record = await deps.modes.find();
  const present = record ?? deps.modes.initial;
  const found = provinceId === undefined ? undefined : await deps.peers.find(provinceId);
  const peer = found?.isRemoved === false ? found.peer : undefined;
  const look = peer && (await deps.look(peer));
  // Going back concerns the people of the province that registers now.
  const { provinceId: formerId } = present;
  const former = formerId === undefined ? undefined : await deps.peers.find(formerId);
  const issuer = (found ?? former)?.peer.issuer;
  const [{ openCases, ...census }, demandedLevel] = await Promise.all([
    takeCensus(deps, issuer),
    deps.demandedLevel(),
  ]);
  const figures = { ...census, demandedLevel };
  const facts = {
    present,
    conversion: record?.conversion,
    peer,
    former: former?.isRemoved === false ? former.peer : undefined,
    look,
    figures,
    to,
    provinceId,
  };
  const plan: ModePlan = {
    id: deps.random.id(),
    ...wanted,
    from: present.mode,
    seen: { mode: present.revision, peer: peer?.revision ?? 0 },
    figures,
    ...(to === 'independent' ? {} : { openCases }),
    stops: stopsOf(facts),
    warnings: warningsOf(facts),
    at: deps.clock.now(),
  };
  return { plan, problems: look?.problems ?? [] };
}
