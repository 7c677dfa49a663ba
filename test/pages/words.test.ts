// Every word a page or a route asks for exists, in both languages, with the same blanks to fill;
// and no words lie about unused.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonsInWords, shownEvents } from '../../src/account/activity.routes.ts';
import { auditProblems } from '../../src/audit/audit-finding.ts';
import { retentionTable } from '../../src/app/retention-table.ts';
import { retentionGrounds, retentionUntil } from '../../src/privacy/retention-rule.ts';
import { auditActors } from '../../src/audit/event-catalogue.ts';
import { auditEvents } from '../../src/audit/events.ts';
import { scopeClaims, scopeNames } from '../../src/oidc/claims/claims.ts';
import {
  endReasons,
  entityEvents,
  rowCounts,
} from '../../src/legal-entities/space/history.routes.ts';
import { errorCodes } from '../../src/platform/errors.ts';
import { exportActors, exportFields, exportWays } from '../../src/privacy/export-section.ts';
import { localesFolder, viewsFolder } from '../../src/platform/http/http-app.ts';
import { peerProblemCodes } from '../../src/peers/peer-problem.ts';
import { reviewFields } from '../../src/review/review-case.ts';
import { locales } from '../../src/platform/http/locale.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import type { Locale } from '../../src/platform/http/locale.ts';
import { apiProblemCodes, fieldProblemCodes } from '../../src/department-api/api-problems.ts';
import { departmentApiRoutes } from '../../src/department-api/department-api-routes.ts';
import type { ApiUseCases } from '../../src/department-api/department-api-routes.ts';
import { openApiDocument } from '../../src/department-api/openapi.ts';

type Tree = { [key: string]: string | Tree };

const SOURCE = join(import.meta.dirname, '../../src');
/** Claims about the sign-in itself, which nobody is asked to allow. */
const PROTOCOL_CLAIMS = new Set<string>(['sub', 'acr', 'amr', 'auth_time']);
const releasedClaims = Object.values(scopeClaims)
  .flat()
  .filter((claim) => !PROTOCOL_CLAIMS.has(claim));
/** What the interface for departments says, and its description asks for. */
const apiWords = [
  ...apiProblemCodes.flatMap((code) => [`problem.${code}.title`, `problem.${code}.detail`]),
  ...fieldProblemCodes.map((code) => `field_problem.${code}`),
  ...wordsOfDescription(),
];

function wordsOfDescription(): string[] {
  const words = loadWords(localesFolder);
  const asked = new Set<string>();
  openApiDocument({
    issuer: 'https://id.example.gov.cn',
    basePath: '/api/v1',
    release: '1',
    routes: departmentApiRoutes({} as ApiUseCases),
    locale: 'zh-CN',
    words: {
      has: (key) => words.has(key),
      translate: (locale, key) => {
        asked.add(key.replace(/^api\./u, ''));
        return words.translate(locale, key);
      },
    },
  });
  return [...asked];
}

/** Families that are named by data: prefix → what may follow it. */
const FAMILIES = new Map<string, readonly string[]>([
  ['error.', errorCodes.flatMap((code) => ['title', 'what', 'next'].map((of) => `${code}.${of}`))],
  ['account-activity.event.', shownEvents.map((type) => type.replaceAll('.', '_'))],
  ['legal-entities.history.event.', entityEvents.map((type) => type.replaceAll('.', '_'))],
  ['legal-entities.history.rows.', rowCounts],
  ['legal-entities.end_reason.', endReasons],
  ['account-activity.reason.', Object.values(reasonsInWords).flat()],
  // Every request has `openid`, which says nothing by itself.
  ['consent.item.', scopeNames.filter((scope) => scope !== 'openid')],
  ['consent.claim.', [...new Set(releasedClaims)]],
  ['review.field.', reviewFields],
  // Asked for by the generated docs.
  ['audit.event.', auditEvents.map((type) => type.replaceAll('.', '_'))],
  ['audit.actor.', auditActors],
  ['api.', apiWords],
  ['cli.audit.problem.', auditProblems],
  ['peers.problem.', peerProblemCodes],
  ['privacy-export.field.', exportFields],
  ['privacy-export.way.', exportWays],
  ['privacy-export.by.', exportActors],
  // In the place of those of a city.
  ['layout.province.', ['here', 'extent']],
  ['retention.', retentionTable.map(({ kind }) => `${kind}.what`)],
  ['retention.closed_accounts.', ['ground']],
  ['retention.audit.', ['ground']],
  ['retention.grounds.', retentionGrounds],
  ['retention.until.', retentionUntil],
  ['retention.page.', ['what', 'period', 'ground']],
]);

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

/** In the simpler words of the elder-friendly version, in place of the ordinary ones. */
const ELDER = /_elder(?=_one$|_other$|$)/u;

/** The keys as code names them: without the suffixes of a plural and of the elder version. */
function namesOf(words: ReadonlyMap<string, string>): Set<string> {
  const isPlural = (stem: string) => words.get(`${stem}_other`)?.includes('{{count}}') === true;
  const nameOf = (key: string) => {
    const ordinary = key.replace(ELDER, '');
    const stem = ordinary.replace(/_(?:one|other)$/u, '');
    return isPlural(stem) ? stem : ordinary;
  };
  return new Set([...words.keys()].map(nameOf));
}

const blanks = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}/gu)]
    .map(([, name = '']) => name)
    .toSorted((a, b) => a.localeCompare(b));

const chinese = wordsOf('zh-CN');
const english = wordsOf('en');
const chineseKeys = namesOf(chinese);
const roots = new Set([...chineseKeys].map((key) => key.split('.')[0]));

/** Templates and product code; a prefix that a file keeps in a constant is put in its place. */
function readTexts(): string[] {
  const templates = globSync('**/*.eta', { cwd: viewsFolder }).map((file) =>
    join(viewsFolder, file),
  );
  const sources = globSync('**/*.ts', { cwd: SOURCE, exclude: (name) => name === 'demo' })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => join(SOURCE, file));
  return [...templates, ...sources].map((file) => {
    const text = readFileSync(file, 'utf8');
    const prefix = /const PREFIX = '([\w.-]+)'/u.exec(text)?.[1];
    return prefix === undefined ? text : text.replaceAll('${PREFIX}', prefix);
  });
}

const texts = readTexts();

function matches(pattern: RegExp): string[] {
  return texts
    .flatMap((text) => [...text.matchAll(pattern)])
    .map(([, text = '']) => text)
    .filter((text) => roots.has(text.split('.')[0]));
}

/** Where words are asked for, or handed to a template that will ask. */
const asked = matches(/(?:\bt\(|\bkey: |\btranslate\([\w.]+, )\s*['`]([a-z][\w.-]*\.[\w.-]*)/gu);
/** Every text between quotes that could be a key. */
const used = new Set(matches(/['`]([a-z][\w.-]*\.[\w.-]*)['`]/gu));
/** What other words have in them. */
const nested = [...wordsOf('zh-CN').values(), ...wordsOf('en').values()].flatMap((text) =>
  [...text.matchAll(/\$t\(([\w.]+)\)/gu)].map(([, key = '']) => key),
);
/** Keys that are put together, cut at their blanks: `a.${b}.c` and 'a.' + b + '.c'. */
const composed = [
  ...matches(/`([a-z][\w-]*\.(?:[\w.-]|\$\{[^}]*\})*)`/gu).map((key) => key.split(/\$\{[^}]*\}/u)),
  ...matches(/'([a-z][\w.-]*\.' \+ [\w.]+(?: \+ '\.[\w.-]+')?)/gu).map((key) =>
    key.replace(/'$/u, '').split(/' \+ [\w.]+(?: \+ ')?/u),
  ),
].filter(([head = '', ...rest]) => rest.length > 0 && !FAMILIES.has(head));
/** Each blank is a group. */
const patterns = composed.map(
  (parts) =>
    new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('([\\w.-]+)')}$`, 'u'),
);
/** Single words between quotes: what blanks are filled with. */
const literals = new Set(
  texts.flatMap((text) => [...text.matchAll(/['"]\.?([\w-]+)['"]/gu)].map(([, word]) => word)),
);
/** Beginnings of words that are put together themselves. */
const beginnings = texts.flatMap((text) =>
  [...text.matchAll(/`([a-z]+_)\$\{\w+\}`/gu)].map(([, beginning = '']) => beginning),
);
const isLiteral = (word: string) =>
  /^\d$/u.test(word) ||
  ['', ...beginnings].some(
    (beginning) => word.startsWith(beginning) && literals.has(word.slice(beginning.length)),
  );

function isUsed(key: string): boolean {
  return (
    used.has(key) ||
    nested.includes(key) ||
    [...FAMILIES].some(
      ([prefix, ends]) => key.startsWith(prefix) && ends.includes(key.slice(prefix.length)),
    ) ||
    patterns.some((pattern) => {
      const [, ...blanksFilled] = pattern.exec(key) ?? [''];
      return (
        blanksFilled.length > 0 &&
        blanksFilled.every((filled) => filled.split('.').every(isLiteral))
      );
    })
  );
}

describe('words', () => {
  it('exist for everything that pages and routes name', () => {
    const missing = asked.filter((text) => !text.endsWith('.') && !chineseKeys.has(text));
    expect([...missing, ...nested.filter((key) => !chineseKeys.has(key))]).toEqual([]);
    const empty = asked.filter((text) => text.endsWith('.') && !hasFamily(text));
    expect(empty).toEqual([]);
    expect(asked.length).toBeGreaterThan(200);
  });

  it.each([...FAMILIES])('exist for all of %s', (prefix, ends) => {
    const wanted = ends.map((end) => prefix + end);
    expect(wanted.filter((key) => !chineseKeys.has(key))).toEqual([]);
  });

  it('are all used', () => {
    const unused = [...chineseKeys].filter((key) => !isUsed(key));
    expect(unused).toEqual([]);
  });

  it('are the same in every language', () => {
    const englishKeys = namesOf(english);
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

  it('are simpler for elders only where there are ordinary ones, with none of their own blanks', () => {
    const elder = (words: ReadonlyMap<string, string>) =>
      [...words].filter(([key]) => ELDER.test(key));
    for (const words of [chinese, english]) {
      const wrong = elder(words).filter(([key, text]) => {
        const ordinary = words.get(key.replace(ELDER, ''));
        return (
          ordinary === undefined || blanks(text).some((name) => !blanks(ordinary).includes(name))
        );
      });
      expect(wrong).toEqual([]);
    }
    const names = (words: ReadonlyMap<string, string>) =>
      new Set(elder(words).map(([key]) => key.replace(/_(?:one|other)$/u, '')));
    expect(names(english)).toEqual(names(chinese));
    expect(names(chinese).size).toBeGreaterThan(60);
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

function hasFamily(prefix: string): boolean {
  return [...chineseKeys].some((key) => key.startsWith(prefix));
}
