// Values for every attribute that a SCIM server publishes, made of its own schemas.
import type { ScimClient } from './scim-client.ts';

interface Attribute {
  name: string;
  type: string;
  multiValued: boolean;
  mutability: string;
  required: boolean;
  canonicalValues?: string[];
  subAttributes?: Attribute[];
}

export interface ScimSample {
  /** With the id of its schema. */
  path: string;
  name: string;
  /** Id of the extension that it stands in. */
  holder: string | undefined;
  /** Two that differ, where two can. */
  values: [unknown, unknown];
}

/** Ids of resources that there are. */
interface Known {
  person: string;
  department: string;
}

/** Of each attribute that a client may give and leave out. */
export async function scimSamples(
  scim: ScimClient,
  type: string,
  known: Known,
): Promise<ScimSample[]> {
  const { body } = await scim.get(`/ResourceTypes/${type}`);
  const extensions = (body['schemaExtensions'] as { schema: string }[]).map(({ schema }) => schema);
  const schemas = await Promise.all(
    [String(body['schema']), ...extensions].map((id) => scim.get(`/Schemas/${id}`)),
  );
  return schemas.flatMap(({ body: { id, attributes } }) =>
    (attributes as Attribute[])
      .filter(({ mutability, required }) => mutability !== 'readOnly' && !required)
      .map((attribute) => {
        const value = (serial: number) => {
          const one = sample(attribute, serial, known);
          return attribute.multiValued ? [one] : one;
        };
        const holder = extensions.includes(id) ? id : undefined;
        const { name } = attribute;
        return { path: `${id}:${name}`, name, holder, values: [value(0), value(1)] };
      }),
  );
}

function sample(attribute: Attribute, serial: number, known: Known): unknown {
  const { name, type, canonicalValues, subAttributes = [] } = attribute;
  if (name === 'members' || name === 'manager') return { value: known.person };
  if (name === 'parent') return { value: known.department };
  if (type === 'complex') {
    return Object.fromEntries(subAttributes.map((sub) => [sub.name, sample(sub, serial, known)]));
  }
  if (type === 'boolean') return serial === 0;
  if (type === 'reference') return `https://example.com/${serial}`;
  return canonicalValues?.[serial] ?? `${name}-${serial}`;
}

/** A resource of these, without what it must have. */
export function sampleBody(samples: readonly ScimSample[], serial: 0 | 1): object {
  const body: Record<string, unknown> = {};
  for (const { holder, name, values } of samples) {
    if (holder === undefined) body[name] = values[serial];
    else body[holder] = { ...(body[holder] as object | undefined), [name]: values[serial] };
  }
  return body;
}
