// The rehearsal of a change of the construction mode: whom it concerns, and what stops it.
import type { PeerLook } from '../peers/look-at-peer.ts';
import type { Peer } from '../peers/peer.ts';
import type { Conversion } from './mode-store.ts';
import type { ConstructionMode } from './registration-mode.ts';
import type { RegistrationMode } from '../platform/registration-mode-config.ts';

/** Natural persons alone: staff and organisations keep their ways in every mode. */
export interface ModeFigures {
  /** Open accounts of natural persons. */
  people: number;
  /** Of them with a link to the province that counts. */
  linked: number;
  notLinked: number;
  /** Links that reviewers are deciding about. */
  frozen: number;
  locked: number;
  /** Under 14, opened by a guardian. */
  children: number;
  /** Made by a link to the province. */
  made: number;
  /** Of them without a number. */
  shadows: number;
  /** Registrations here that have not ended. */
  signUps: number;
  /** Verifications of people with the reviewers. */
  verifications: number;
  /** Highest level that a client demands of everybody. */
  demandedLevel: number;
}

/** Nothing is changed while one of these holds. */
export type ModeStop =
  | 'unchanged'
  | 'province_missing'
  | 'province_not_wanted'
  | 'peer_unknown'
  | 'peer_not_active'
  | 'peer_not_upstream'
  | 'peer_unreachable'
  | 'level_cap_low'
  /** An earlier change has not reached all accounts. */
  | 'conversion_open';

/** To be known, and no reason against it. */
export type ModeWarning = 'not_linked' | 'sign_ups' | 'verifications' | 'frozen' | 'children';

export interface ModePlan {
  id: string;
  to: RegistrationMode;
  provinceId?: string | undefined;
  from: RegistrationMode;
  /** Revisions that it was made of. */
  seen: { mode: number; peer: number };
  figures: ModeFigures;
  stops: readonly ModeStop[];
  warnings: readonly ModeWarning[];
  at: Date;
}

export interface ModeFacts {
  present: ConstructionMode;
  conversion: Conversion | undefined;
  to: RegistrationMode;
  provinceId?: string | undefined;
  peer: Peer | undefined;
  look: PeerLook | undefined;
  figures: ModeFigures;
}

export function stopsOf(facts: ModeFacts): ModeStop[] {
  const { present, to, provinceId, conversion } = facts;
  const stops: ModeStop[] = [];
  if (present.mode === to && present.provinceId === provinceId) stops.push('unchanged');
  if (conversion?.isDone === false) stops.push('conversion_open');
  if (to === 'independent') {
    if (provinceId !== undefined) stops.push('province_not_wanted');
    return stops;
  }
  return [...stops, ...(provinceId === undefined ? ['province_missing' as const] : ofPeer(facts))];
}

/** Nobody could register, or reach a service, where the province does not answer for people. */
function ofPeer({ peer, look, figures }: ModeFacts): ModeStop[] {
  if (!peer) return ['peer_unknown'];
  const stops: ModeStop[] = [];
  if (peer.state !== 'active') stops.push('peer_not_active');
  if (!peer.roles.includes('upstream')) stops.push('peer_not_upstream');
  if (!look || look.problems.length > 0) stops.push('peer_unreachable');
  if (peer.levelCap < figures.demandedLevel) stops.push('level_cap_low');
  return stops;
}

export function warningsOf({ to, figures }: Pick<ModeFacts, 'to' | 'figures'>): ModeWarning[] {
  const { notLinked, signUps, verifications, frozen, children } = figures;
  const counted: readonly (readonly [ModeWarning, number])[] = [
    ['not_linked', to === 'centralized' ? notLinked : 0],
    ['sign_ups', to === 'independent' ? 0 : signUps],
    ['verifications', to === 'independent' ? 0 : verifications],
    ['frozen', to === 'centralized' ? frozen : 0],
    ['children', to === 'centralized' ? children : 0],
  ];
  return counted.filter(([, count]) => count > 0).map(([warning]) => warning);
}
