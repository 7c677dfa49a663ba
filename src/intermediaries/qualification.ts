// A qualification 资质 that makes an organisation an intermediary 中介机构: of which kind, by which
// certificate, for which term, and by whose word. It counts from the first to the last day of its term
// by the city's calendar, whether or not anything ran on the day after.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Locale } from '../platform/http/locale.ts';

export type Names = Readonly<Record<Locale, string>>;

/** A kind as the city knows it, with its words. */
export interface IntermediaryKind {
  id: string;
  name: Names;
  /** 主管部门 */
  department: Names;
  hasNumber: boolean;
  mostYears: number;
}

/** `sent`: staff have it, or wait for more. `given_up`: by the organisation, before a decision. */
export const qualificationStates = [
  'draft',
  'sent',
  'active',
  'refused',
  'given_up',
  'ended',
] as const;
export type QualificationState = (typeof qualificationStates)[number];

export const qualificationEnds = [
  'expired',
  /** By the approving department. */
  'withdrawn',
  /** The certificate was found to be another organisation's. */
  'displaced',
  /** What the organisation's account lost. */
  'entity_level_fell',
  'entity_displaced',
  'entity_closed',
] as const;
export type QualificationEnd = (typeof qualificationEnds)[number];

/** What the certificate says. */
export interface QualificationFacts {
  kind: string;
  /** As they were called when it was applied for: a city may drop a kind later. */
  names: { kind: Names; department: Names };
  /** Canonical; absent for a kind whose certificate has none. */
  number?: string | undefined;
  authority: string;
  /** YYYY-MM-DD, both within the term. */
  validFrom: string;
  validUntil: string;
}

export interface Qualification extends QualificationFacts {
  id: string;
  entityId: string;
  state: QualificationState;
  /** The first of those that renew each other. */
  lineId: string;
  /** Of the review; absent before it was sent. */
  caseId?: string | undefined;
  /** Account of the person who sent it last. */
  sentBy?: string | undefined;
  createdAt: Date;
  decidedAt?: Date | undefined;
  /** Accounts of the reviewers. */
  decidedBy?: readonly string[] | undefined;
  endedAt?: Date | undefined;
  endedFor?: QualificationEnd | undefined;
  /** The authority's number, that only one organisation holds at a time. */
  numberKey?: string | undefined;
  isHolder?: boolean | undefined;
  endToldAt?: Date | undefined;
  revision: string;
}

/** The first instant of the term. */
export function startsAt({ validFrom }: Pick<QualificationFacts, 'validFrom'>): Date {
  return new Date(`${validFrom}T00:00:00+08:00`);
}

/** The first instant after the term. */
export function endsAt({ validUntil }: Pick<QualificationFacts, 'validUntil'>): Date {
  return new Date(Date.parse(`${validUntil}T00:00:00+08:00`) + 86_400_000);
}

/** What people read; `upcoming`: approved, and its term has not begun. */
export type ShownState =
  | Exclude<QualificationState, 'ended'>
  | 'upcoming'
  | 'expired'
  | 'withdrawn'
  | 'lost';

export function shownState(
  of: Pick<Qualification, 'state' | 'endedFor' | 'validFrom' | 'validUntil'>,
  now: Date,
): ShownState {
  if (of.state === 'ended') {
    return of.endedFor === 'expired' || of.endedFor === 'withdrawn' ? of.endedFor : 'lost';
  }
  if (of.state !== 'active') return of.state;
  if (endsAt(of) <= now) return 'expired';
  return startsAt(of) > now ? 'upcoming' : 'active';
}

/** Approved, and its term is not over. */
export function isStanding(of: Pick<Qualification, 'state' | 'validUntil'>, now: Date): boolean {
  return of.state === 'active' && endsAt(of) > now;
}

export const ENTITY_LEVEL = VERIFIED_LEVEL;

/** Two ways of writing one authority and number are one. */
export function numberKeyOf(of: QualificationFacts): string | undefined {
  if (of.number === undefined) return undefined;
  const plain = (text: string) =>
    text
      .normalize('NFKC')
      .replaceAll(/[\s\p{P}\p{S}]/gu, '')
      .toUpperCase();
  return JSON.stringify([of.kind, plain(of.authority), plain(of.number)]);
}
