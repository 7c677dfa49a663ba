/** What an object has itself under a name that somebody else chose; nothing that all objects inherit. */
export function ownValue<Value>(
  of: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined;
}
