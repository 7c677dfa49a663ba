// `npm run hutong -- …`: the operator's commands, at this terminal and in this environment.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCommand } from './cli/run.ts';
import { runningCityEnvironment } from './demo/running-city.ts';
import { defaultLocale, loadWords, matchLocale } from './platform/http/locale.ts';
import { askSecretly } from './platform/terminal.ts';
import type { AskingTerminal } from './platform/terminal.ts';

const workTree = fileURLToPath(new URL('../', import.meta.url));

/** The environment; when it names no database, that of the demonstration city of this folder. */
async function settings(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const own = ['MONGODB_URI', 'HUTONG_MASTER_KEY'].flatMap((name) => [name, `${name}_FILE`]);
  if (own.some((name) => env[name])) return env;
  return (await runningCityEnvironment(env, workTree)) ?? env;
}

function openTerminal(env: NodeJS.ProcessEnv): AskingTerminal {
  const words = loadWords(fileURLToPath(new URL('../locales', import.meta.url)));
  const language = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  const locale = matchLocale([language]) ?? defaultLocale;
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    askSecretly,
    read: (file) => (file === '-' ? text(process.stdin) : readFile(file, 'utf8')),
    t: (key, values) => words.translate(locale, key, values),
  };
}

const terminal = openTerminal(process.env);
process.exitCode = await runCommand(process.argv.slice(2), {
  terminal,
  settings: () => settings(process.env),
});
