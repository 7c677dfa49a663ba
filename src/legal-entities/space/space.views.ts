// What the pages of an organisation's space are given; `ctx.render` is checked against it.
import type { AccountFrame } from '../../account/account.views.ts';
import type { AttributeGrade, LegalEntitySubtype } from '../../accounts/account.ts';
import type { MandateRole } from '../../mandates/mandate.ts';
import type {
  ClosedInvitationView,
  MandateFacts,
  MandateView,
} from '../../mandates/mandates.views.ts';
import type { RequestView } from '../../mandates/requests/requests.views.ts';
import type { EntityProofSource } from '../../platform/entity-proof-config.ts';
import type { FormTarget, ItemView } from '../../platform/http/view-locals.ts';
import type { EntityStatus } from '../entity-register.ts';

/** Pages of the space of an organisation, in the order of its menu. */
export type SpacePlace = 'profile' | 'people' | 'services' | 'sub-accounts' | 'history';

/** What every page of a space shows around its content. */
export interface EntitySpace {
  name: string;
  uscc: string;
  /** Of the visitor; absent: the organisation itself is signed in. */
  role?: MandateRole;
  /** Of a branch or department: the organisation above it. */
  parent?: { name: string; uscc: string; /** Where the visitor may see it. */ href?: string };
  /** The role is at the organisation above it. */
  isFromAbove?: boolean;
  places: readonly { name: SpacePlace; href: string; isCurrent: boolean }[];
}

export interface SpaceFrame extends AccountFrame {
  space: EntitySpace;
}

export interface EntityFactView {
  name: 'name' | 'uscc';
  value: string;
  source: EntityProofSource | 'legalEntities' | 'review' | 'window' | 'import' | 'parent' | 'other';
  grade: AttributeGrade;
  verifiedAt?: Date;
}

export interface EntityLocals extends SpaceFrame {
  facts: readonly EntityFactView[];
  /** The last one first. */
  formerNames: readonly { name: string; until: Date }[];
  subtype?: LegalEntitySubtype;
  realNameLevel: number;
  verifiedAt?: Date;
  /** Absent for one that the register was not asked about. */
  record?: { status: EntityStatus; checkedAt: Date };
  /** What makes it an intermediary 中介机构, where that can be applied for. */
  qualifications?: { href: string; isIntermediary: boolean };
  /** By which it signs in by itself; absent for who is told nothing of it. */
  password?: {
    /** Absent: there is none. */
    changedAt?: Date;
    /** For who represents it. */
    href?: string;
  };
  /** Ways to show more; absent for who may not, and where there is no more to show. */
  raising?: {
    certificateHref?: string;
    licenceHref?: string;
    transferHref?: string;
    /** What it has shown counts no more within thirty days. */
    isEnding: boolean;
  };
}

export interface EntityPeopleLocals extends SpaceFrame {
  people: readonly MandateView[];
  /** Of all, on this page and others. */
  total: number;
  newerHref?: string;
  olderHref?: string;
  /** That have ended, the last ones. */
  ended: readonly MandateView[];
  /** False for a handler, who sees himself and who decides. */
  isWhole: boolean;
  /** Absent for who may not appoint. */
  appointing?: {
    inviteHref: string;
    inviteHandlerHref: string;
    invitations: readonly {
      id: string;
      maskedName: string;
      maskedNumber: string;
      until: Date;
      facts: MandateFacts;
    }[];
    /** Posts `invitation=<id>`. */
    withdrawForm: FormTarget;
    /** Who asks to act for it. */
    requests: readonly (RequestView & {
      maskedName: string;
      maskedNumber: string;
      answerHref: string;
      declineHref: string;
    })[];
    /** That came to nothing. */
    closed: readonly ClosedInvitationView[];
  };
}

/** What somebody has open at a system for the organisation, or upon the power that it has. */
export interface EntityConnectionView {
  clientId: string;
  system: string;
  personId: string;
  /** For whom. */
  entityId: string;
  /** Its name, when it is another: a branch, or whom it acts for as an agency. */
  otherName?: string;
  personName: string;
  isSelf: boolean;
  since: Date;
  /** What the system received of the person; empty: nothing but who it is. */
  items: readonly ItemView[];
}

export interface EntityServicesLocals extends SpaceFrame {
  connections: readonly EntityConnectionView[];
  /** Used for it before, the last one first. */
  former: readonly { system: string; lastAt: Date }[];
  /** Posts `connection=<client> <person> <organisation>`; absent for who may not end any. */
  endForm?: FormTarget;
  isWhole: boolean;
}

export interface EntityHistoryView {
  at: Date;
  /** Words `legal-entities.history.event.<event>`. */
  event: string;
  isRefused: boolean;
  /** `account`: the organisation itself, or somebody whose account is gone. */
  by: { kind: 'person'; name: string } | { kind: 'account' | 'system' | 'operator' };
  whom?: string;
  role?: MandateRole;
  endReason?: string;
  /** As the register gives notice of it. */
  change?: string;
  level?: number;
  system?: string;
  /** Of an upload of mandates: its rows, or what came of them. */
  counts?: readonly { of: string; count: number }[];
  isTrial?: boolean;
}

export interface EntityHistoryLocals extends SpaceFrame {
  entries: readonly EntityHistoryView[];
  /** False for a handler, who sees what concerns him. */
  isWhole: boolean;
  olderHref?: string;
}

declare module '../../platform/http/view-locals.ts' {
  interface ViewLocals {
    'legal-entities/entity': EntityLocals;
    'legal-entities/people': EntityPeopleLocals;
    'legal-entities/history': EntityHistoryLocals;
    'legal-entities/services': EntityServicesLocals;
  }
}
