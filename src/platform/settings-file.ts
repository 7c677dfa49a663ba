// A setting that names a file of JSON: read and checked once, at the start.
import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/**
 * Undefined with problems, which are appended: never a value, only its place.
 * @param of the setting, whose name begins every problem, and the path that it gives
 */
export function readSettingsFile<Schema extends z.ZodType>(
  of: { name: string; file: string; schema: Schema },
  problems: string[],
): z.output<Schema> | undefined {
  const { name, file, schema } = of;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    problems.push(`${name}: not a readable JSON file`);
    return undefined;
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    problems.push([name, ...(path.length > 0 ? [path.join('.')] : []), message].join(': '));
  }
  return undefined;
}
