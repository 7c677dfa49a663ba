// What the server says of itself (RFC 7644, 4): what it can do, which resources it has, what they are
// made of. Open to everybody, as it holds nothing of anybody.
import { MAX_RESULTS, listResponse } from './list.ts';
import type { ScimObject } from './resource-body.ts';
import { ScimError } from './scim-error.ts';
import { attribute, groupType, userType } from './scim-schema.ts';
import type { ScimAttribute, ScimResourceType, ScimSchema } from './scim-schema.ts';

export const MAX_BULK_OPERATIONS = 1000;
export const MAX_PAYLOAD_BYTES = 1024 * 1024;

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const READ_ONLY = { mutability: 'readOnly' } as const;

function part(name: string, type: ScimAttribute['type'] = 'string', more: object = {}) {
  return attribute(name, `As RFC 7643 says of ${name}.`, { type, ...READ_ONLY, ...more });
}

function whole(name: string, subAttributes: readonly ScimAttribute[], more: object = {}) {
  return attribute(name, `As RFC 7643 says of ${name}.`, { subAttributes, ...READ_ONLY, ...more });
}

const supported = part('supported', 'boolean', { required: true });
const needed = { required: true } as const;
const exact = { required: true, caseExact: true } as const;

const configSchema: ScimSchema = {
  id: `${CORE}:ServiceProviderConfig`,
  name: 'ServiceProviderConfig',
  description: 'What the server can do (RFC 7643, 5)',
  attributes: [
    part('documentationUri', 'reference', { caseExact: true, referenceTypes: ['external'] }),
    whole('patch', [supported], needed),
    whole(
      'bulk',
      [
        supported,
        part('maxOperations', 'integer', needed),
        part('maxPayloadSize', 'integer', needed),
      ],
      needed,
    ),
    whole('filter', [supported, part('maxResults', 'integer', needed)], needed),
    whole('changePassword', [supported], needed),
    whole('sort', [supported], needed),
    whole('etag', [supported], needed),
    whole(
      'authenticationSchemes',
      [
        part('type', 'string', {
          ...needed,
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
        }),
        part('name', 'string', needed),
        part('description', 'string', needed),
        part('specUri', 'reference', { caseExact: true, referenceTypes: ['external'] }),
        part('documentationUri', 'reference', { caseExact: true, referenceTypes: ['external'] }),
        part('primary', 'boolean'),
      ],
      { ...needed, multiValued: true },
    ),
  ],
};

const resourceTypeSchema: ScimSchema = {
  id: `${CORE}:ResourceType`,
  name: 'ResourceType',
  description: 'A kind of resource (RFC 7643, 6)',
  attributes: [
    part('id'),
    part('name', 'string', needed),
    part('description'),
    part('endpoint', 'reference', { ...needed, caseExact: true, referenceTypes: ['uri'] }),
    part('schema', 'reference', { ...exact, referenceTypes: ['uri'] }),
    whole(
      'schemaExtensions',
      [
        part('schema', 'reference', { ...exact, referenceTypes: ['uri'] }),
        part('required', 'boolean', needed),
      ],
      { multiValued: true },
    ),
  ],
};

const describing = (subAttributes?: readonly ScimAttribute[]) => [
  part('name', 'string', exact),
  part('type', 'string', {
    ...needed,
    canonicalValues: [
      'string',
      'decimal',
      'boolean',
      'integer',
      'dateTime',
      'binary',
      'reference',
      'complex',
    ],
  }),
  part('multiValued', 'boolean', needed),
  part('description'),
  part('required', 'boolean'),
  part('canonicalValues', 'string', { caseExact: true, multiValued: true }),
  part('caseExact', 'boolean'),
  part('mutability', 'string', {
    caseExact: true,
    canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  }),
  part('returned', 'string', {
    caseExact: true,
    canonicalValues: ['always', 'never', 'default', 'request'],
  }),
  part('uniqueness', 'string', {
    caseExact: true,
    canonicalValues: ['none', 'server', 'global'],
  }),
  part('referenceTypes', 'string', { caseExact: true, multiValued: true }),
  ...(subAttributes ? [whole('subAttributes', subAttributes, { multiValued: true })] : []),
];

const schemaSchema: ScimSchema = {
  id: `${CORE}:Schema`,
  name: 'Schema',
  description: 'What resources are made of (RFC 7643, 7)',
  attributes: [
    part('id', 'string', needed),
    part('name', 'string'),
    part('description'),
    whole('attributes', describing(describing()), { ...needed, multiValued: true }),
  ],
};

const types: readonly ScimResourceType[] = [userType, groupType];
const schemas: readonly ScimSchema[] = [
  ...types.flatMap((type) => [type.schema, ...type.extensions]),
  configSchema,
  resourceTypeSchema,
  schemaSchema,
];

export function serviceProviderConfig(base: string): ScimObject {
  return {
    schemas: [configSchema.id],
    patch: { supported: true },
    bulk: {
      supported: true,
      maxOperations: MAX_BULK_OPERATIONS,
      maxPayloadSize: MAX_PAYLOAD_BYTES,
    },
    filter: { supported: true, maxResults: MAX_RESULTS },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth Bearer Token',
        description: `Access token of this provider for ${base} (client_credentials, scope scim)`,
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: {
      resourceType: 'ServiceProviderConfig',
      location: `${base}/ServiceProviderConfig`,
    },
  };
}

/** @throws ScimError `not_found` */
export function resourceTypes(base: string, name: string | undefined): ScimObject {
  const described = types.map((type) => ({
    schemas: [resourceTypeSchema.id],
    id: type.name,
    name: type.name,
    description: type.description,
    endpoint: type.endpoint,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type.name}` },
  }));
  return oneOrAll(described, name);
}

/** @throws ScimError `not_found` */
export function schemaResources(base: string, id: string | undefined): ScimObject {
  const described = schemas.map((schema) => ({
    schemas: [schemaSchema.id],
    ...schema,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema.id}` },
  }));
  return oneOrAll(described, id);
}

function oneOrAll(all: readonly (ScimObject & { id: string })[], id: string | undefined) {
  if (id === undefined) return listResponse(all);
  const found = all.find((each) => each.id.toLowerCase() === id.toLowerCase());
  if (!found) throw new ScimError('not_found');
  return found;
}
