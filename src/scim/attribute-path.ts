// Names of attributes as clients write them: `userName`, `name.familyName`, and with the id of a
// schema before them (RFC 7644, 3.10). Case does not count.
import { schemasOf } from './resource-body.ts';
import type { ScimObject } from './resource-body.ts';
import { commonAttributes } from './scim-schema.ts';
import type { ScimAttribute, ScimResourceType } from './scim-schema.ts';

/** Where something stands in a resource. */
export interface AttributePlace {
  /** Of an extension, or undefined where the attribute stands in the resource itself. */
  readonly extension: string | undefined;
  /** Undefined: the whole extension is meant. */
  readonly attribute: ScimAttribute | undefined;
  readonly sub: ScimAttribute | undefined;
}

/** Undefined for what no schema of the resource has. */
export function findPlace(type: ScimResourceType, text: string): AttributePlace | undefined {
  const lower = text.toLowerCase();
  for (const schema of schemasOf(type)) {
    const id = schema.id.toLowerCase();
    const isWhole = lower === id;
    if (!isWhole && !lower.startsWith(`${id}:`)) continue;
    const extension = schema === type.schema ? undefined : schema.id;
    if (isWhole) {
      const whole = { extension, attribute: undefined, sub: undefined };
      return extension === undefined ? undefined : whole;
    }
    const attributes = extension === undefined ? coreAttributes(type) : schema.attributes;
    return findIn(attributes, lower.slice(id.length + 1), extension);
  }
  return findIn(coreAttributes(type), lower, undefined);
}

function coreAttributes(type: ScimResourceType): readonly ScimAttribute[] {
  return [...type.schema.attributes, ...commonAttributes];
}

function findIn(
  attributes: readonly ScimAttribute[],
  path: string,
  extension: string | undefined,
): AttributePlace | undefined {
  const [name, subName, ...more] = path.split('.');
  const attribute = attributes.find((each) => each.name.toLowerCase() === name);
  if (!attribute || more.length > 0) return undefined;
  if (subName === undefined) return { extension, attribute, sub: undefined };
  const sub = attribute.subAttributes?.find((each) => each.name.toLowerCase() === subName);
  return sub && { extension, attribute, sub };
}

/** The part of a resource that the place's attribute is a member of; undefined where there is none. */
export function holderOf(resource: ScimObject, { extension }: AttributePlace): ScimObject {
  if (extension === undefined) return resource;
  const part = resource[extension];
  return typeof part === 'object' && part !== null ? (part as ScimObject) : {};
}
