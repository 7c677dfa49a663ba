// docs/asvs.md speaks of every requirement of ASVS 5.0 level 2 once, and what it names is there: files,
// and in them the names of tests and headings that it quotes.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import requirements from '../fixtures/asvs-5.0-ids.json' with { type: 'json' };

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/asvs.md', root), 'utf8');
/** The standard's own version is no requirement. */
const body = text.slice(text.indexOf('\n'));

const pathOf = (file: string) => fileURLToPath(new URL(file, root));
/** In backticks: with a folder of ours in front, or a file at the root. */
const FILE =
  /`((?:assets|deploy|docs|scripts|src|test|views)\/[\w./-]+|\.?[\w-]+\.(?:json|md|yml)|Dockerfile|\.dockerignore)`/gu;
const QUOTED = new RegExp(`${FILE.source}((?: “[^”]+”,?)+)`, 'gu');

test('every requirement of levels 1 and 2 stands there exactly once', () => {
  const found = body.match(/(?<![\d.])\d{1,2}\.\d{1,2}\.\d{1,2}(?![\d.]|-)/gu) ?? [];
  expect(requirements.ids).toHaveLength(253);
  expect(found.toSorted()).toEqual(requirements.ids.toSorted());
});

test('every file that it cites exists', () => {
  const files = [...body.matchAll(FILE)].map(([, file = '']) => file);
  expect(new Set(files).size).toBeGreaterThan(100);
  expect(files.filter((file) => !existsSync(pathOf(file)))).toEqual([]);
});

test('every test and heading that it quotes stands in that file', () => {
  const quotes = [...body.matchAll(QUOTED)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/“([^”]+)”/gu)].map(([, name = '']) => ({ file, name })),
  );
  expect(quotes.length).toBeGreaterThan(80);
  const missing = quotes.filter(
    ({ file, name }) => !readFileSync(pathOf(file), 'utf8').includes(name),
  );
  expect(missing).toEqual([]);
});
