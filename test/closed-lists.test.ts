// Each entry of a closed list has somebody who uses it: a record that is never written, an error
// that is never thrown and a limit that limits nothing are promises that nobody keeps.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditEvents } from '../src/audit/events.ts';
import { errorCodes } from '../src/platform/errors.ts';
import { limiterNames } from '../src/platform/http/limits.ts';

const SOURCE = join(import.meta.dirname, '../src');
/** These name audit events without recording any. */
const READERS = new Set([
  'audit/events.ts',
  'audit/event-catalogue.ts',
  'audit/directory-event-catalogue.ts',
  'audit/entity-event-catalogue.ts',
  'audit/mandate-event-catalogue.ts',
  'audit/recognition-event-catalogue.ts',
  'audit/peer-event-catalogue.ts',
  'account/activity.routes.ts',
  'legal-entities/space/history.routes.ts',
]);

const product = globSync('**/*.ts', { cwd: SOURCE })
  .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('demo/'))
  .map((file) => ({ file, text: readFileSync(join(SOURCE, file), 'utf8') }));

const isWritten = (pattern: RegExp, readers: ReadonlySet<string> = new Set()) =>
  product.some(({ file, text }) => !readers.has(file) && pattern.test(text));

describe('each', () => {
  it.each(auditEvents)('audit event is recorded: %s', (type) => {
    expect(isWritten(new RegExp(`'${type.replace('.', String.raw`\.`)}'`, 'u'), READERS)).toBe(
      true,
    );
  });

  it.each(errorCodes)('error is thrown or answered: %s', (code) => {
    // Thrown by us, told to the error page, or what a status of the framework means.
    expect(isWritten(new RegExp(`(?:AppError\\(|\\bcode: |\\d: )'${code}'`, 'u'))).toBe(true);
  });

  it.each(limiterNames)('limiter limits a route: %s', (name) => {
    expect(
      isWritten(new RegExp(`(?:\\blimiter: |reserve(?:For)?\\(|reserveRequest\\()'${name}'`, 'u')),
    ).toBe(true);
  });
});
