// `npm run docs`: writes the pages of docs/ that are made from code. With `--check` it writes nothing
// and fails when one of them is stale.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'oxfmt';
import { loadWords } from '../src/platform/http/locale.ts';
import { auditEventsPage } from './docs/audit-events.ts';
import { configurationPage } from './docs/configuration.ts';
import { errorsPage } from './docs/errors.ts';
import { openApiFile } from './docs/openapi.ts';
import { retentionPage } from './docs/retention.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = loadWords(path.join(root, 'locales'));

/** Each gives its page as Markdown, where tables need not be aligned, or as JSON. */
const pages: Readonly<Record<string, () => string>> = {
  'docs/audit-events.md': () => auditEventsPage(words),
  'docs/configuration.md': configurationPage,
  'docs/errors.md': () => errorsPage(words),
  'docs/openapi.json': () => openApiFile(words),
  'docs/retention.md': () => retentionPage(words),
};

const layout = JSON.parse(await readFile(path.join(root, '.oxfmtrc.json'), 'utf8'));
const isCheck = process.argv.includes('--check');
for (const [name, make] of Object.entries(pages)) {
  const file = path.join(root, name);
  const { code: page, errors } = await format(file, make(), layout);
  if (errors.length > 0) throw new Error(`${name}: ${JSON.stringify(errors)}`);
  const present = await readFile(file, 'utf8').catch(() => '');
  if (page === present) continue;
  if (isCheck) {
    console.log(`${name} is stale: npm run docs`);
    process.exitCode = 1;
  } else {
    await writeFile(file, page);
    console.log(`${name} written`);
  }
}
