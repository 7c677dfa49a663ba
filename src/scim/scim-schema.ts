// Attributes of SCIM resources as RFC 7643 describes them (section 7), and the schemas that this
// server speaks. What stands here is published at /Schemas and decides what a body may hold.

export type ScimType = 'string' | 'boolean' | 'integer' | 'dateTime' | 'reference' | 'complex';

/** RFC 7643, 7; names as published. */
export interface ScimAttribute {
  readonly name: string;
  readonly type: ScimType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable';
  readonly returned: 'always' | 'default';
  readonly uniqueness: 'none' | 'server';
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly ScimAttribute[];
}

export interface ScimSchema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly ScimAttribute[];
}

type Characteristics = Partial<Omit<ScimAttribute, 'name' | 'description'>>;

const DEFAULTS = {
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
} as const;

/** An attribute with the defaults of RFC 7643, 2.2, for what is not said. */
export function attribute(
  name: string,
  description: string,
  characteristics: Characteristics = {},
): ScimAttribute {
  const subAttributes = characteristics.subAttributes;
  const type = subAttributes ? { type: 'complex' as const } : {};
  return { name, description, ...DEFAULTS, ...type, ...characteristics };
}

const isPrimary = attribute('primary', 'Whether it is the preferred one; true at most once.', {
  type: 'boolean',
});

function several(
  name: string,
  description: string,
  { types, type = 'What it is used for.' }: { types?: readonly string[]; type?: string },
): ScimAttribute {
  return attribute(name, description, {
    multiValued: true,
    subAttributes: [
      attribute('value', 'The value itself.'),
      attribute('type', type, types ? { canonicalValues: types } : {}),
      isPrimary,
    ],
  });
}

const name = attribute('name', 'The parts of the person’s name.', {
  subAttributes: [
    attribute('formatted', 'The whole name, as it is shown.'),
    attribute('familyName', 'Family name 姓.'),
    attribute('givenName', 'Given name 名.'),
    attribute('middleName', 'Middle name.'),
    attribute('honorificPrefix', 'Title before the name.'),
    attribute('honorificSuffix', 'What follows the name.'),
  ],
});

const addresses = attribute('addresses', 'Where the person works.', {
  multiValued: true,
  subAttributes: [
    ...['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'].map((part) =>
      attribute(part, 'Part of the address.'),
    ),
    attribute('type', 'What it is used for.', { canonicalValues: ['work', 'home', 'other'] }),
    isPrimary,
  ],
});

const groups = attribute('groups', 'Departments that the person belongs to.', {
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: [
    attribute('value', 'Id of the department.', { mutability: 'readOnly' }),
    attribute('$ref', 'Address of the department.', {
      type: 'reference',
      caseExact: true,
      referenceTypes: ['Group'],
      mutability: 'readOnly',
    }),
    attribute('display', 'Name of the department.', { mutability: 'readOnly' }),
    attribute('type', 'Always direct.', { mutability: 'readOnly', canonicalValues: ['direct'] }),
  ],
});

export const userSchema: ScimSchema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A member of staff 工作人员',
  attributes: [
    attribute('userName', 'What the person signs in with; unique in the city.', {
      required: true,
      uniqueness: 'server',
    }),
    name,
    attribute('displayName', 'The name that is shown; without it the formatted name.'),
    attribute('nickName', 'How the person is called.'),
    attribute('profileUrl', 'A page about the person.', {
      type: 'reference',
      caseExact: true,
      referenceTypes: ['external'],
    }),
    attribute('title', 'The post 职务.'),
    attribute('userType', 'Kind of employment.'),
    attribute('preferredLanguage', 'Language of the person.'),
    attribute('locale', 'Form of dates and numbers.'),
    attribute('timezone', 'Time zone of the person.'),
    attribute('active', 'False: the person cannot sign in, and what was open has ended.', {
      type: 'boolean',
    }),
    several('emails', 'Mail addresses.', { types: ['work', 'home', 'other'] }),
    several('phoneNumbers', 'Telephone numbers; the mobile one receives codes.', {
      types: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
    }),
    several('roles', 'All posts 职务, where there are several; without them the title.', {
      type: 'Code of the department, where it is another than the person’s own.',
    }),
    addresses,
    groups,
  ],
};

export const enterpriseSchema: ScimSchema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'Where the person works (RFC 7643, 4.3)',
  attributes: [
    attribute('employeeNumber', 'The staff number 工号: the same person for ever.'),
    attribute('costCenter', 'Cost centre.'),
    attribute('organization', 'Organisation.'),
    attribute('division', 'Division.'),
    attribute('department', 'Code of the department; it counts once such a department exists.'),
    attribute('manager', 'Who leads the person.', {
      subAttributes: [
        attribute('value', 'Id of the leader.', { caseExact: true }),
        attribute('$ref', 'Address of the leader.', {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['User'],
        }),
      ],
    }),
  ],
};

export const groupSchema: ScimSchema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'A department 部门',
  attributes: [
    attribute('displayName', 'Name of the department.', { required: true }),
    attribute('members', 'People of the department.', {
      multiValued: true,
      subAttributes: [
        attribute('value', 'Id of the person.', { caseExact: true, mutability: 'immutable' }),
        attribute('$ref', 'Address of the person.', {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['User'],
          mutability: 'immutable',
        }),
        attribute('type', 'Always User.', { canonicalValues: ['User'], mutability: 'immutable' }),
      ],
    }),
  ],
};

export const departmentSchema: ScimSchema = {
  id: 'urn:hutong:params:scim:schemas:extension:department:1.0:Group',
  name: 'Department',
  description: 'Place of a department in the tree of the city',
  attributes: [
    attribute('code', 'Code of the department, as people name it in `department`.', {
      caseExact: true,
      uniqueness: 'server',
    }),
    attribute('parent', 'The department above; without it one at the top.', {
      subAttributes: [
        attribute('value', 'Id of the department above.', { caseExact: true }),
        attribute('$ref', 'Address of the department above.', {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['Group'],
        }),
      ],
    }),
  ],
};

export interface ScimResourceType {
  readonly name: 'User' | 'Group';
  readonly endpoint: '/Users' | '/Groups';
  readonly description: string;
  readonly schema: ScimSchema;
  readonly extensions: readonly ScimSchema[];
}

export const userType: ScimResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: userSchema.description,
  schema: userSchema,
  extensions: [enterpriseSchema],
};

export const groupType: ScimResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: groupSchema.description,
  schema: groupSchema,
  extensions: [departmentSchema],
};

/** Of every resource (RFC 7643, 3.1); not listed in any schema. */
export const commonAttributes: readonly ScimAttribute[] = [
  attribute('schemas', 'Schemas of the resource.', { multiValued: true, returned: 'always' }),
  attribute('id', 'Identifier.', { caseExact: true, mutability: 'readOnly', returned: 'always' }),
  attribute('externalId', 'Identifier of the client.', { caseExact: true }),
  attribute('meta', 'About the resource.', {
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'Type.', { caseExact: true, mutability: 'readOnly' }),
      attribute('created', 'When it was made.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When it changed.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'Address.', { type: 'reference', mutability: 'readOnly' }),
      attribute('version', 'Version.', { caseExact: true, mutability: 'readOnly' }),
    ],
  }),
];
