// Every word a page or a route asks for exists, in both languages, with the same blanks to fill;
// and no words lie about unused.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/platform/errors.ts';
import { localesFolder, viewsFolder } from '../../src/platform/http/http-app.ts';
import { locales } from '../../src/platform/http/locale.ts';
import type { Locale } from '../../src/platform/http/locale.ts';

type Tree = { [key: string]: string | Tree };

const SOURCE = join(import.meta.dirname, '../../src');
/** Families whose last part is data: scopes, claims, events, reasons for refused rows. */
const FAMILIES = [
  'accounts-command.',
  'consent.item.',
  'consent.claim.',
  'consent.resource',
  'account-activity.event.',
  'account-security.password.problem.',
];

function wordsOf(locale: Locale): Map<string, string> {
  const files = globSync('*.json', { cwd: join(localesFolder, locale) });
  const entries = files.flatMap((file) => {
    const tree = JSON.parse(readFileSync(join(localesFolder, locale, file), 'utf8')) as Tree;
    return flatten(tree, file.replace(/\.json$/u, ''));
  });
  return new Map(entries);
}

function flatten(tree: Tree, prefix: string): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${prefix}.${key}`, value]] : flatten(value, `${prefix}.${key}`),
  );
}

/** The key as code names it: without the plural's suffix. */
const base = (key: string) => key.replace(/_(?:one|other)$/u, '');
const blanks = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}/gu)]
    .map(([, name = '']) => name)
    .toSorted((a, b) => a.localeCompare(b));

const chinese = wordsOf('zh-CN');
const english = wordsOf('en');
const chineseKeys = new Set([...chinese.keys()].map(base));
const roots = new Set([...chineseKeys].map((key) => key.split('.')[0]));

function matches(pattern: RegExp): string[] {
  const templates = globSync('**/*.eta', { cwd: viewsFolder }).map((file) =>
    join(viewsFolder, file),
  );
  const sources = globSync('**/*.ts', { cwd: SOURCE, exclude: (name) => name === 'demo' })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => join(SOURCE, file));
  return [...templates, ...sources]
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(pattern)])
    .map(([, text = '']) => text)
    .filter((text) => roots.has(text.split('.')[0]));
}

/** Where words are asked for, or handed to a template that will ask. */
const asked = matches(/(?:\bt\(|\bkey: |\btranslate\([\w.]+, )\s*['`]([a-z][\w.-]*\.[\w.-]*)/gu);
/** Every text between quotes that could be a key. */
const used = matches(/['`]([a-z][\w.-]*\.[\w.-]*)/gu);
const prefixes = new Set([...used.filter((text) => text.endsWith('.')), ...FAMILIES]);
const isUsed = (key: string) =>
  used.includes(key) || [...prefixes].some((prefix) => key.startsWith(prefix));

describe('words', () => {
  it('exist for everything that pages and routes name', () => {
    const missing = asked.filter((text) => !text.endsWith('.') && !chineseKeys.has(text));
    expect(missing).toEqual([]);
    const empty = asked.filter((text) => text.endsWith('.') && !hasFamily(text));
    expect(empty).toEqual([]);
    expect(asked.length).toBeGreaterThan(200);
  });

  it('exist for every error', () => {
    const wanted = errorCodes.flatMap((code) =>
      ['title', 'what', 'next'].map((part) => `error.${code}.${part}`),
    );
    expect(wanted.filter((key) => !chineseKeys.has(key))).toEqual([]);
  });

  it('are all used', () => {
    const unused = [...chineseKeys].filter((key) => !isUsed(key) && !isOfError(key));
    expect(unused).toEqual([]);
  });

  it('are the same in every language', () => {
    const englishKeys = new Set([...english.keys()].map(base));
    expect([...englishKeys].filter((key) => !chineseKeys.has(key))).toEqual([]);
    expect([...chineseKeys].filter((key) => !englishKeys.has(key))).toEqual([]);
  });

  it('leave the same blanks to fill in every language', () => {
    const differing = [...chinese].filter(([key, text]) => {
      const other = english.get(key);
      return other !== undefined && blanks(text).join() !== blanks(other).join();
    });
    expect(differing).toEqual([]);
  });

  it.each(locales)('are not empty, and use the punctuation of %s', (locale) => {
    const words = locale === 'en' ? english : chinese;
    expect([...words].filter(([, text]) => text === '')).toEqual([]);
    const foreign = locale === 'en' ? /[，。：；？！（）]/u : /[一-鿿][,;:?!]/u;
    // The prefix of error titles is settled as it stands.
    const wrong = [...words].filter(
      ([key, text]) => key !== 'layout.error_prefix' && foreign.test(text),
    );
    expect(wrong).toEqual([]);
  });
});

function isOfError(key: string): boolean {
  return errorCodes.some((code) => key.startsWith(`error.${code}.`));
}

function hasFamily(prefix: string): boolean {
  return [...chineseKeys].some((key) => key.startsWith(prefix));
}
