// An account: one way into the system for one subject. Its attributes lie encrypted; they are
// opened when they are read, so that a look-up that needs none opens none.
import type { Certificate } from './identity-number.ts';

export const accountKinds = ['naturalPerson', 'legalEntity', 'civilServant'] as const;
export type AccountKind = (typeof accountKinds)[number];

export const accountStates = ['active', 'locked', 'closed'] as const;
export type AccountState = (typeof accountStates)[number];

export const legalEntitySubtypes = [
  'enterprise',
  'individualBusiness',
  'institution',
  'governmentBody',
  'socialOrganization',
  'intermediary',
  'other',
] as const;
export type LegalEntitySubtype = (typeof legalEntitySubtypes)[number];

/**
 * What makes an organisation an intermediary 中介机构 from the first instant of its term until before
 * `endsAt`; the whole of it is in src/intermediaries.
 */
export interface HeldQualification {
  id: string;
  /** As in HUTONG_INTERMEDIARIES. */
  kind: string;
  startsAt: Date;
  endsAt: Date;
}

/** What an account may do beside what everybody may; src/roles says who decides about it. */
export const accountRoles = [
  'reviewer',
  /** Of the departments it `administers`, with all that is below them. */
  'departmentAdministrator',
  'systemAdministrator',
  'securityAdministrator',
  'auditAdministrator',
] as const;
export type AccountRole = (typeof accountRoles)[number];

/** 三员: no account holds two of them, and only two officers together give or take one. */
export const powers: ReadonlySet<AccountRole> = new Set([
  'systemAdministrator',
  'securityAdministrator',
  'auditAdministrator',
]);

/** Of the three powers, in effect or not. */
export function holdsPower({ roles }: Pick<AccountFacts, 'roles'>): boolean {
  return roles.some((role) => powers.has(role));
}

export const realNameLevels = [0, 1, 2, 3, 4] as const;
export type RealNameLevel = (typeof realNameLevels)[number];

/** 国办函〔2016〕108号: A issued by an authority, B checked by staff, C uploaded, D declared. */
export const attributeGrades = ['A', 'B', 'C', 'D'] as const;
export type AttributeGrade = (typeof attributeGrades)[number];

/** From this level on an identity counts as verified: unique, and a login. */
export const VERIFIED_LEVEL = 2;
/** From this level on a proof shows that the person was there. */
export const PERSON_PRESENT_LEVEL = 3;

export interface AttributeValues {
  login: string;
  name: string;
  /** E.164; confirmed when it has `verifiedAt`. */
  phone: string;
  email: string;
  certificate: Certificate;
  uscc: string;
  /** 网号: verified, and says nothing about the person. */
  opaqueId: string;
}
export type AttributeName = keyof AttributeValues;

export const attributeNames = [
  'login',
  'name',
  'phone',
  'email',
  'certificate',
  'uscc',
  'opaqueId',
] as const satisfies readonly AttributeName[];

/** Where an attribute comes from and how far it can be relied upon. */
export interface AttributeOrigin {
  /** e.g. `import`, `person`, `register:population`, `window`. */
  source: string;
  grade: AttributeGrade;
  verifiedAt?: Date | undefined;
  expiresAt?: Date | undefined;
}

export type Attribute<Name extends AttributeName> = AttributeOrigin & {
  value: AttributeValues[Name];
};

export type Attributes = { [Name in AttributeName]?: Attribute<Name> | undefined };

/**
 * `begun`: asked for, and what was open is being ended; `waiting`: until `dueAt`, and may be taken
 * back; `ending`: nobody may use the account any more, and what it holds is being erased.
 */
export const closingStages = ['begun', 'waiting', 'ending'] as const;

export interface AccountClosing {
  stage: (typeof closingStages)[number];
  requestedAt: Date;
  dueAt: Date;
}

export interface AccountFacts {
  readonly id: string;
  readonly kind: AccountKind;
  readonly subtype: LegalEntitySubtype | undefined;
  readonly state: AccountState;
  readonly realNameLevel: RealNameLevel;
  readonly realNameVerifiedAt: Date | undefined;
  /** Locked at the owner's word since then: the owner's recovery opens it, no operator is needed. */
  readonly frozenAt?: Date | undefined;
  /** A child's account that no guardian answers for since then. */
  readonly restingAt?: Date | undefined;
  /** An operator has locked one that rests. */
  readonly isLockedBesides?: boolean | undefined;
  /** The person has asked for the end of the account. */
  readonly closing?: AccountClosing | undefined;
  /** Accounts of the same person that went into this one, oldest first. */
  readonly formerIds?: readonly string[] | undefined;
  /** Of somebody under 14, who acts with the consent of a guardian (src/guardianship). */
  readonly isWard?: boolean | undefined;
  /** Of an organisation. Read by `qualificationsAt`, which knows what counts. */
  readonly qualifications?: readonly HeldQualification[] | undefined;
  /** Of a branch's or department's account: the organisation that it rests on, and has its identity of. */
  readonly parentId?: string | undefined;
  /** The same, where it was read together with it; see `under`. */
  readonly parent?: Account | undefined;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly roles: readonly AccountRole[];
  /** Department ids, each the head of a subtree. */
  readonly administers?: readonly string[] | undefined;
}

type OpenAttribute = <Name extends AttributeName>(name: Name) => Attribute<Name> | undefined;

export class Account implements AccountFacts {
  readonly id: string;
  readonly kind: AccountKind;
  readonly subtype: LegalEntitySubtype | undefined;
  readonly state: AccountState;
  readonly realNameLevel: RealNameLevel;
  readonly realNameVerifiedAt: Date | undefined;
  readonly frozenAt: Date | undefined;
  readonly restingAt: Date | undefined;
  readonly isLockedBesides: boolean;
  readonly closing: AccountClosing | undefined;
  readonly formerIds: readonly string[];
  readonly isWard: boolean;
  readonly qualifications: readonly HeldQualification[];
  readonly parentId: string | undefined;
  readonly parent: Account | undefined;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly roles: readonly AccountRole[];
  readonly administers: readonly string[];
  readonly #facts: AccountFacts;
  readonly #open: OpenAttribute;
  readonly #opened: Attributes = {};

  /** `open` decrypts one attribute; it is called once per attribute at most. */
  constructor(facts: AccountFacts, open: OpenAttribute) {
    this.id = facts.id;
    this.kind = facts.kind;
    this.subtype = facts.subtype;
    this.state = facts.state;
    this.realNameLevel = facts.realNameLevel;
    this.realNameVerifiedAt = facts.realNameVerifiedAt;
    this.frozenAt = facts.frozenAt;
    this.restingAt = facts.restingAt;
    this.isLockedBesides = facts.isLockedBesides === true;
    this.closing = facts.closing;
    this.formerIds = facts.formerIds ?? [];
    this.isWard = facts.isWard === true;
    this.qualifications = facts.qualifications ?? [];
    this.parentId = facts.parentId;
    this.parent = facts.parent;
    this.revision = facts.revision;
    this.createdAt = facts.createdAt;
    this.updatedAt = facts.updatedAt;
    this.roles = facts.roles;
    this.administers = facts.administers ?? [];
    this.#facts = facts;
    this.#open = open;
  }

  /** A sub-account with what it has of its parent: how far it was verified. */
  under(parent: Account): Account {
    const { realNameLevel, realNameVerifiedAt } = parent;
    const facts = { ...this.#facts, realNameLevel, realNameVerifiedAt, parent };
    return new Account(facts, (name) => this.attribute(name));
  }

  /** Verified under an opaque name: the number is known elsewhere, or to nobody. */
  get isShadow(): boolean {
    const isVerified = this.kind === 'naturalPerson' && this.realNameLevel >= VERIFIED_LEVEL;
    return isVerified && !this.certificate && this.attribute('opaqueId') !== undefined;
  }

  /** A shadow with the number that whoever gave its opaque name states of it. */
  withNumber(value: Certificate): Account {
    const { source = 'person', grade = 'B' } = this.attribute('opaqueId') ?? {};
    const given = { source, grade, value };
    const open = <Name extends AttributeName>(name: Name) =>
      (name === 'certificate' ? given : this.attribute(name)) as Attribute<Name> | undefined;
    return new Account(this.#facts, open);
  }

  get isActive(): boolean {
    return this.state === 'active';
  }

  get isFrozen(): boolean {
    return this.state === 'locked' && this.frozenAt !== undefined;
  }

  get isResting(): boolean {
    return this.state === 'locked' && this.restingAt !== undefined;
  }

  /** The person has asked for its end and may still take that back. */
  get isClosing(): boolean {
    return this.isActive && this.closing !== undefined && this.closing.stage !== 'ending';
  }

  get login(): string | undefined {
    return this.attribute('login')?.value;
  }

  get name(): string | undefined {
    return this.attribute('name')?.value;
  }

  get phone(): string | undefined {
    return this.attribute('phone')?.value;
  }

  get email(): string | undefined {
    return this.attribute('email')?.value;
  }

  get certificate(): Certificate | undefined {
    return this.attribute('certificate')?.value;
  }

  get uscc(): string | undefined {
    return this.attribute('uscc')?.value;
  }

  /** Those whose term runs, as long as the organisation has a verified identity. */
  qualificationsAt(now: Date): readonly HeldQualification[] {
    if (this.state === 'closed' || this.realNameLevel < VERIFIED_LEVEL) return [];
    return this.qualifications.filter(({ startsAt, endsAt }) => startsAt <= now && now < endsAt);
  }

  /** 中介机构: beside its legal form, which `subtype` tells, or by the word of an import. */
  isIntermediaryAt(now: Date): boolean {
    return this.subtype === 'intermediary' || this.qualificationsAt(now).length > 0;
  }

  /** An attribute with its origin; undefined when the account has none. */
  attribute<Name extends AttributeName>(name: Name): Attribute<Name> | undefined {
    if (!(name in this.#opened)) {
      Object.assign(this.#opened, { [name]: this.#open(name) });
    }
    const opened: Attributes = this.#opened;
    return opened[name];
  }
}
