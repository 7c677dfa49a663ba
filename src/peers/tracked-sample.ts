// Which fields of a sample nobody has read: a reader is handed the sample with every look at it noted.

/** @returns what `read` returns, and the paths of the values that it left alone: `userobj.area` */
export function trackReading<T>(
  sample: unknown,
  read: (tracked: unknown) => T,
): { result: T; leftAlone: string[] } {
  const seen = new Set<string>();
  const result = read(tracked(sample, '', seen));
  return { result, leftAlone: leavesOf(sample, '').filter((path) => !seen.has(path)) };
}

function tracked(value: unknown, path: string, seen: Set<string>): unknown {
  if (!isObject(value)) return value;
  return new Proxy(value, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver);
      if (typeof name === 'symbol' || !Object.hasOwn(target, name)) return found;
      const own = join(path, name);
      if (!isObject(found)) seen.add(own);
      return tracked(found, own, seen);
    },
  });
}

function leavesOf(value: unknown, path: string): string[] {
  if (!isObject(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, join(path, name)));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
