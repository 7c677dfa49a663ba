// Runs dependency-cruiser with the project's rules over any tree, and reads the rules of
// docs/architecture that a dependency graph cannot show: names, sizes, the environment.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import '../../scripts/typescript-6.mjs';
import rules from '../../.dependency-cruiser.mjs';

const LINE_LIMIT = 300;
const VAGUE_NAME = /^(utils?|helpers?|common|misc|managers?)$/;
/** The processes' own starting points: they turn the environment into configuration. */
const ENVIRONMENT_READERS = /^src\/(main|cli|demo\/main|mutual-recognition\/key-holder\/main)\.ts$/;
const ENVIRONMENT = /\bprocess\s*(?:\?\.|\.)\s*env\b|\benv\b[^=;]*\}\s*=\s*process\b/;

/** `rule: file → imported file`, sorted. */
export async function dependencyViolations(baseDir: string, folders: string[]): Promise<string[]> {
  // Loaded only now, after the hook that lets it read TypeScript.
  const { cruise } = await import('dependency-cruiser');
  const { output } = await cruise(folders, {
    ...rules.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: rules.forbidden },
  });
  if (typeof output === 'string') throw new Error('dependency-cruiser gave text, not a result');
  return output.summary.violations
    .map(
      ({ rule, from, to }) => `${rule.name}: ${from} → ${to.replace(/^.*(?=node_modules\/)/, '')}`,
    )
    .toSorted();
}

/** `rule: file`, sorted; for TypeScript files under the given folders. */
export async function fileViolations(baseDir: string, folders: string[]): Promise<string[]> {
  const violations = await Promise.all(
    (await listFiles(baseDir, folders)).map(async (file) =>
      brokenRules(file, await readFile(path.join(baseDir, file), 'utf8')).map(
        (rule) => `${rule}: ${file}`,
      ),
    ),
  );
  return violations.flat().toSorted();
}

async function listFiles(baseDir: string, folders: string[]): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(path.join(baseDir, folder), { recursive: true });
      return entries.map((entry) => path.posix.join(folder, entry.replaceAll(path.sep, '/')));
    }),
  );
  return lists.flat().filter((file) => /\.m?ts$/.test(file));
}

function brokenRules(file: string, content: string): string[] {
  const names = file.replace(/(\.test)?\.m?ts$/, '').split('/');
  const isProduct = file.startsWith('src/') && !file.endsWith('.test.ts');
  const checks: [rule: string, isBroken: boolean][] = [
    ['no-barrel', names.at(-1) === 'index'],
    ['no-vague-name', names.some((name) => VAGUE_NAME.test(name))],
    ['at-most-300-lines', content.trimEnd().split('\n').length > LINE_LIMIT],
    [
      'no-environment',
      isProduct && !ENVIRONMENT_READERS.test(file) && ENVIRONMENT.test(withoutComments(content)),
    ],
  ];
  return checks.filter(([, isBroken]) => isBroken).map(([rule]) => rule);
}

/** Good enough to let prose speak of the environment; a `//` inside a string only hides its rest. */
function withoutComments(content: string): string {
  return content.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
}
