// What an entity statement holds (OpenID Federation 1.0, 3.1). Claims that only one kind of statement may
// have are refused in the other.
import { z } from 'zod';
import { jwksSchema } from '../clients/client-keys.ts';
import { isEndpoint, isEntityId } from './entity-id.ts';

const entityId = z.string().refine(isEntityId);
const seconds = z.number().positive().max(99_999_999_999);
const name = z.string().min(1).max(200);
/** Of one entity type: parameter → value; null is no value. */
const parameters = z.record(
  z.string().max(200),
  z.unknown().refine((value) => value !== null),
);
const POLICY_DEPTH = 3;
/** Of what every object inherits: nobody needs them as a name, and who uses them is after something. */
const INHERITED: ReadonlySet<string> = new Set(['constructor', 'prototype', '__proto__']);

export const metadataSchema = z.record(name, parameters);
/** Type → parameter → operator → its value. */
export const policySchema = z
  .unknown()
  .refine((policy) => namesOwn(policy, POLICY_DEPTH))
  .pipe(z.record(name, z.record(name, z.record(name, z.unknown()))));
const nonEmpty = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(50);

export const constraintsSchema = z.looseObject({
  max_path_length: z.int().min(0).max(100).optional(),
  naming_constraints: z
    .looseObject({
      permitted: z.array(name).max(200).optional(),
      excluded: z.array(name).max(200).optional(),
    })
    .optional(),
  allowed_entity_types: z
    .array(name.refine((type) => type !== 'federation_entity'))
    .max(50)
    .optional(),
});
export type Constraints = z.output<typeof constraintsSchema>;

const common = {
  iss: entityId,
  sub: entityId,
  iat: seconds,
  exp: seconds,
  jwks: jwksSchema.refine(hasDistinctKeyIds),
  metadata: metadataSchema.optional(),
  crit: nonEmpty(name).optional(),
};

const trustMark = z.looseObject({
  trust_mark_type: z.string().min(1).max(500),
  trust_mark: z.string().max(16_384),
});
export type HeldTrustMark = z.output<typeof trustMark>;

const ofConfiguration = {
  authority_hints: nonEmpty(entityId).optional(),
  trust_anchor_hints: nonEmpty(entityId).optional(),
  trust_marks: z.array(trustMark).max(50).optional(),
  trust_mark_issuers: z.record(z.string().max(500), z.array(entityId).max(200)).optional(),
  trust_mark_owners: z
    .record(z.string().max(500), z.looseObject({ sub: entityId, jwks: jwksSchema }))
    .optional(),
};

const ofSubordinate = {
  constraints: constraintsSchema.optional(),
  metadata_policy: policySchema.optional(),
  metadata_policy_crit: nonEmpty(name).optional(),
  source_endpoint: z.string().refine(isEndpoint).optional(),
};

/** Of explicit registration alone. */
const ofRegistration = { aud: z.never().optional(), trust_anchor: z.never().optional() };

export const configurationSchema = z.looseObject({
  ...common,
  ...ofConfiguration,
  ...forbidden(ofSubordinate),
  ...ofRegistration,
});

export const subordinateSchema = z.looseObject({
  ...common,
  ...ofSubordinate,
  ...forbidden(ofConfiguration),
  ...ofRegistration,
});

export type EntityConfiguration = z.output<typeof configurationSchema>;
export type SubordinateStatement = z.output<typeof subordinateSchema>;
export type StatementKeys = EntityConfiguration['jwks'];
export type Metadata = Record<string, Record<string, unknown>>;
export type MetadataPolicy = z.output<typeof policySchema>;

/** What the specification gives a meaning itself and `crit` must therefore not name. */
export const standardClaims: ReadonlySet<string> = new Set([
  ...Object.keys(common),
  ...Object.keys(ofConfiguration),
  ...Object.keys(ofSubordinate),
  ...Object.keys(ofRegistration),
]);

function forbidden<T extends object>(shape: T) {
  const names = Object.keys(shape).map((each) => [each, z.never().optional()]);
  return Object.fromEntries(names) as { [Name in keyof T]: z.ZodOptional<z.ZodNever> };
}

function namesOwn(given: unknown, depth: number): boolean {
  if (depth === 0 || typeof given !== 'object' || given === null) return true;
  return Object.entries(given).every(
    ([key, value]) => !INHERITED.has(key) && namesOwn(value, depth - 1),
  );
}

function hasDistinctKeyIds({ keys }: z.output<typeof jwksSchema>): boolean {
  const ids = keys.map(({ kid }) => kid);
  return ids.every((kid) => kid !== undefined) && new Set(ids).size === ids.length;
}
