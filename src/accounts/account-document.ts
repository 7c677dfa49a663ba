// The stored form of an account: sealed attributes, keyed blind indexes, and facts in the clear.
// A blind index is a list with one MAC per index key, so that a key rotation writes the old and
// the new one side by side and uniqueness never rests.
import { Account, VERIFIED_LEVEL, attributeNames } from './account.ts';
import type {
  AccountClosing,
  AccountFacts,
  AccountKind,
  AccountRole,
  Attribute,
  AttributeName,
  AttributeOrigin,
  Attributes,
  RealNameLevel,
} from './account.ts';
import type { AccountDraft } from './account-draft.ts';
import type { LoginReadings } from './login-name.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

export interface SealedAttribute extends AttributeOrigin {
  /** JSON of the value, encrypted under `accounts.<attribute>:<account id>`. */
  sealed: Buffer;
}

export type SealedAttributes = { [Name in AttributeName]?: SealedAttribute | undefined };

export interface BlindIndexes {
  /** User name; unique over all accounts. */
  loginIndex?: Buffer[] | undefined;
  /** Confirmed phone; unique per kind. */
  phoneIndex?: Buffer[] | undefined;
  /** Verified identity with kind, type and country; unique. */
  identityIndex?: Buffer[] | undefined;
  /** The bare verified number, which opens the account; not unique. */
  numberIndex?: Buffer[] | undefined;
}

export interface AccountDocument
  extends Omit<AccountFacts, 'id' | 'roles' | 'closing' | 'parent'>, BlindIndexes {
  _id: string;
  closing?: (AccountClosing & { cancelKey: string }) | undefined;
  /** Of a closed account: since when it holds nothing personal any more. */
  erasedAt?: Date | undefined;
  /** Missing: none. */
  roles?: AccountRole[] | undefined;
  attributes: SealedAttributes;
  /** Numbers of the keys that its blind indexes are written under; missing: of the first key. */
  indexKeys?: number[] | undefined;
  schemaVersion: 1;
}

export type IndexName = keyof BlindIndexes;

export const indexNames = ['loginIndex', 'phoneIndex', 'identityIndex', 'numberIndex'] as const;

const INDEX_LABELS = {
  loginIndex: 'accounts.login',
  phoneIndex: 'accounts.phone',
  identityIndex: 'accounts.identity',
  numberIndex: 'accounts.number',
} as const satisfies Record<IndexName, string>;

/** To be found by later: under every key that counts. Only in a fenced transaction. */
export function indexMacs(keyring: Keyring, index: IndexName, values: readonly string[]): Buffer[] {
  return values.flatMap((value) => keyring.indexMacs(INDEX_LABELS[index], value));
}

/** To find somebody by now. */
function lookUpMacs(keyring: Keyring, index: IndexName, values: readonly string[]): Buffer[] {
  return values.flatMap((value) => keyring.macs('blindIndex', INDEX_LABELS[index], value));
}

/** What the account is found by, from its attributes and level. Missing lists mean: not at all. */
export function blindIndexes(
  keyring: Keyring,
  of: { kind: AccountKind; realNameLevel: RealNameLevel; attributes: Attributes },
): BlindIndexes {
  const { login, phone } = of.attributes;
  const isVerified = of.realNameLevel >= VERIFIED_LEVEL;
  const list = (index: IndexName, values: readonly string[]) =>
    values.length > 0 ? { [index]: indexMacs(keyring, index, values) } : {};
  return {
    ...list('loginIndex', login ? [login.value] : []),
    ...list('phoneIndex', phone?.verifiedAt ? [phone.value] : []),
    ...list('identityIndex', isVerified ? identities(of.kind, of.attributes) : []),
    ...list('numberIndex', isVerified ? numbers(of.attributes) : []),
  };
}

function identities(kind: AccountKind, { certificate, uscc, opaqueId }: Attributes): string[] {
  const result: string[] = [];
  if (certificate) {
    const { type, country = '', number } = certificate.value;
    result.push(JSON.stringify([kind, type, country, number]));
  }
  if (uscc) result.push(JSON.stringify([kind, '001', '', uscc.value]));
  if (opaqueId) result.push(JSON.stringify([kind, 'opaque', '', opaqueId.value]));
  return result;
}

function numbers({ certificate, uscc }: Attributes): string[] {
  return [certificate?.value.number, uscc?.value].filter((number) => number !== undefined);
}

/** The MACs under which a typed login would be found. */
export function loginMacs(
  keyring: Keyring,
  readings: LoginReadings,
): Required<Record<'loginIndex' | 'phoneIndex' | 'numberIndex', Buffer[]>> {
  return {
    loginIndex: lookUpMacs(keyring, 'loginIndex', [readings.name]),
    phoneIndex: lookUpMacs(keyring, 'phoneIndex', readings.phones),
    numberIndex: lookUpMacs(keyring, 'numberIndex', [readings.number]),
  };
}

/** The MACs under which a verified identity would be found. */
export function identityMacs(
  keyring: Keyring,
  of: { kind: AccountKind; attributes: Attributes },
): Buffer[] {
  return lookUpMacs(keyring, 'identityIndex', identities(of.kind, of.attributes));
}

/** All of an account's attributes, as if `origin` had vouched for them. */
export function provenAttributes(account: Account, origin: AttributeOrigin): Attributes {
  const attributes: Record<string, unknown> = {};
  for (const name of attributeNames) {
    const attribute = account.attribute(name);
    if (attribute) attributes[name] = { value: attribute.value, ...origin };
  }
  return attributes;
}

export function sealAttribute<Name extends AttributeName>(
  keyring: Keyring,
  place: { id: string; name: Name },
  { value, ...origin }: Attribute<Name>,
): SealedAttribute {
  return { ...origin, sealed: keyring.encryptJson(value, context(place.name, place.id)) };
}

export function sealAttributes(
  keyring: Keyring,
  id: string,
  attributes: Attributes,
): SealedAttributes {
  const sealed: SealedAttributes = {};
  for (const name of attributeNames) {
    const attribute = attributes[name];
    if (attribute) sealed[name] = sealAttribute(keyring, { id, name }, attribute);
  }
  return sealed;
}

export function documentOf(
  keyring: Keyring,
  { id, draft, now }: { id: string; draft: AccountDraft; now: Date },
): AccountDocument {
  return {
    _id: id,
    kind: draft.kind,
    subtype: draft.subtype,
    ...(draft.isWard === true ? { isWard: true } : {}),
    ...(draft.parentId === undefined ? {} : { parentId: draft.parentId }),
    state: 'active',
    realNameLevel: draft.realNameLevel,
    realNameVerifiedAt: draft.realNameVerifiedAt,
    attributes: sealAttributes(keyring, id, draft.attributes),
    ...blindIndexes(keyring, draft),
    indexKeys: keyring.writingNumbers('blindIndex'),
    revision: 1,
    createdAt: now,
    updatedAt: now,
    schemaVersion: 1,
  };
}

export function accountOf(keyring: Keyring, document: AccountDocument): Account {
  const id = document._id;
  return new Account(
    {
      id,
      kind: document.kind,
      subtype: document.subtype,
      state: document.state,
      realNameLevel: document.realNameLevel,
      realNameVerifiedAt: document.realNameVerifiedAt,
      frozenAt: document.frozenAt,
      restingAt: document.restingAt,
      isLockedBesides: document.isLockedBesides,
      closing: document.closing && closingOf(document.closing),
      formerIds: document.formerIds,
      isWard: document.isWard,
      qualifications: document.qualifications,
      parentId: document.parentId,
      revision: document.revision,
      createdAt: document.createdAt,
      updatedAt: document.updatedAt,
      roles: document.roles ?? [],
      administers: document.administers,
    },
    (name) => openAttribute(keyring, { id, name }, document.attributes[name]),
  );
}

function closingOf({ stage, requestedAt, dueAt }: AccountClosing): AccountClosing {
  return { stage, requestedAt, dueAt };
}

function openAttribute<Name extends AttributeName>(
  keyring: Keyring,
  place: { id: string; name: Name },
  attribute: SealedAttribute | undefined,
): Attribute<Name> | undefined {
  if (!attribute) return undefined;
  const { sealed, ...origin } = attribute;
  // The value was sealed by `sealAttribute` under this very name; the context proves it.
  const value = keyring.decryptJson(
    sealed,
    context(place.name, place.id),
  ) as Attribute<Name>['value'];
  return { ...origin, value };
}

function context(name: AttributeName, id: string): string {
  return `accounts.${name}:${id}`;
}

/** Everything sealed in an account, for the rotation of keys. */
export const sealedInAccounts: SealedPlace = {
  collection: 'accounts',
  fields: attributeNames.map((name) => `attributes.${name}.sealed`),
  valuesOf: ({ _id, attributes }) =>
    attributeNames.flatMap((name) => {
      const sealed = (attributes as SealedAttributes | undefined)?.[name]?.sealed;
      const path = `attributes.${name}.sealed`;
      return sealed ? [{ path, sealed, context: context(name, String(_id)) }] : [];
    }),
};

/** An update in which what is undefined is taken away. */
export function setOrUnset(fields: Record<string, unknown>): { $set: object; $unset?: object } {
  const entries = Object.entries(fields);
  const unset = entries.filter(([, value]) => value === undefined).map(([name]) => [name, 1]);
  return {
    $set: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    ...(unset.length > 0 ? { $unset: Object.fromEntries(unset) } : {}),
  };
}
