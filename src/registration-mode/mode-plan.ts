// The rehearsal of a change of the construction mode: whom it concerns, and what stops it.
import type { PeerLook } from '../peers/look-at-peer.ts';
import type { Peer } from '../peers/peer.ts';
import type { Conversion } from './mode-store.ts';
import type { ConstructionMode } from './registration-mode.ts';
import type { RegistrationMode } from '../platform/registration-mode-config.ts';

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
  /** Of those that a link has made: mandates that they hold, which stay as they are. */
  mandates: number;
  /** Of those: who represents an organisation, and keeps the number for its register. */
  representatives: number;
  /** Of those: guardians of children. */
  guardians: number;
  /** Of those with a number: cases in which reviewers look at it. */
  cases: number;
  /** Whom a change leaves as they are: organisations, their sub-accounts, intermediaries, and staff. */
  organisations: number;
  subAccounts: number;
  intermediaries: number;
  staff: number;
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
  /** Reviewers compare numbers that would go: they decide first. */
  | 'cases_open'
  /** An earlier change has not reached all accounts. */
  | 'conversion_open';

/** To be known, and no reason against it. */
export type ModeWarning =
  | 'not_linked'
  | 'sign_ups'
  | 'verifications'
  | 'frozen'
  | 'children'
  | 'representatives'
  /** The province's sign-in never counts for two factors, and a system demands them of everybody. */
  | 'strength_cap_low'
  /** Shadows, who get their number back at their next sign-in at the province. */
  | 'shadows'
  /** The same, and nobody can come from there now. */
  | 'shadows_stranded';

export interface ModePlan {
  id: string;
  to: RegistrationMode;
  provinceId?: string | undefined;
  from: RegistrationMode;
  /** Revisions that it was made of. */
  seen: { mode: number; peer: number };
  figures: ModeFigures;
  /** Ids of the cases that stop it, some of them where they are many. */
  openCases?: readonly string[];
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
  /** Whom people came from until now. */
  former: Peer | undefined;
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
  if (facts.figures.cases > 0) stops.push('cases_open');
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

/** From this level on a system demands two factors. */
const TWO_FACTORS_LEVEL = 3;

export function warningsOf({ to, figures, peer, former }: WarnedOf): ModeWarning[] {
  const { notLinked, signUps, verifications, frozen, children, representatives } = figures;
  const { shadows } = figures;
  const isBack = to === 'independent';
  const isConnected = former?.state === 'active' && former.roles.includes('upstream');
  const isStrong = figures.demandedLevel < TWO_FACTORS_LEVEL || (peer?.strengthCap ?? 1) > 1;
  const counted: readonly (readonly [ModeWarning, number])[] = [
    ['not_linked', to === 'centralized' ? notLinked : 0],
    ['sign_ups', isBack ? 0 : signUps],
    ['verifications', isBack ? 0 : verifications],
    ['frozen', to === 'centralized' ? frozen : 0],
    ['children', to === 'centralized' ? children : 0],
    ['representatives', isBack ? 0 : representatives],
    ['strength_cap_low', isBack || isStrong ? 0 : 1],
    ['shadows', isBack ? shadows : 0],
    ['shadows_stranded', isBack && !isConnected ? shadows : 0],
  ];
  return counted.filter(([, count]) => count > 0).map(([warning]) => warning);
}

type WarnedOf = Pick<ModeFacts, 'to' | 'figures' | 'peer' | 'former'>;
