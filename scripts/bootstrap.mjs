// Runs before `npm start` and `npm test`: installs the packages when they are missing or not those of
// package-lock.json, and finds or fetches the database server. Has to run on Node 20 without any package.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './file-lock.mjs';
import { defaultCacheDir, findMongod, MongodNotFoundError } from './mongod.mjs';

const OLDEST_NODE_MAJOR = 20;
const root = fileURLToPath(new URL('..', import.meta.url));

/** Something the person at the terminal can mend; printed without a stack. */
class SetupError extends Error {}

/** @param {string} line */
const say = (line) => console.log(`[hutong] ${line}`);

async function bootstrap() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE_MAJOR) {
    throw new SetupError(
      `Node.js ${OLDEST_NODE_MAJOR} or later is needed, this is ${process.version}.`,
    );
  }
  if (!(await isInstalled())) {
    // The lock lives outside node_modules, because npm removes that folder first.
    const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
    await withLock(path.join(defaultCacheDir(), `install-${name}.lock`), installPackages, {
      onWait: () => say('Another run is installing the packages; waiting for it …'),
    });
  }
  await findMongod({ say });
}

async function installPackages() {
  if (await isInstalled()) return;
  say('Installing packages (npm ci) …');
  const npm = npmCommand();
  const code = await run(npm.file, [
    ...npm.args,
    'ci',
    '--no-audit',
    '--no-fund',
    // It compares what packages need with the Node.js that it runs on itself; they run on the 24 that
    // is one of them. Errors are still said.
    '--loglevel=error',
    // `node` brings its program by an install script; newer npm limits this further to that one
    // (allowScripts in package.json).
    '--ignore-scripts=false',
  ]);
  if (code !== 0) {
    throw new SetupError(
      `"npm ci" failed (exit code ${code}); its own words are above. It needs the npm registry or a ` +
        'mirror of it (npm config set registry <address>). Then run the same command again.',
    );
  }
  if (!(await isInstalled())) {
    throw new SetupError(
      'The packages are installed, but the Node.js 24 that comes with them is not: install scripts ' +
        `seem to be blocked, or there is none for ${process.platform} ${process.arch}. ` +
        'Try "npm config delete ignore-scripts", or install Node.js 24 yourself.',
    );
  }
}

/**
 * Compares what npm says it has installed with what the lock file asks for, by content: times change
 * with every checkout, and a needless `npm ci` would pull the packages from under other processes.
 */
async function isInstalled() {
  const [wanted, installed, hasRuntime] = await Promise.all([
    readLock(path.join(root, 'package-lock.json')),
    readLock(path.join(root, 'node_modules', '.package-lock.json')),
    hasRightNode(),
  ]);
  if (wanted === undefined) throw new SetupError('package-lock.json is missing or unreadable.');
  if (installed === undefined || !hasRuntime) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    const isElsewhere = installed[place] === undefined && (entry.optional || entry.peer);
    return place === '' || isElsewhere || installed[place]?.integrity === entry.integrity;
  });
}

/** @returns {Promise<boolean>} whether `node` in npm scripts will be 24 or later */
async function hasRightNode() {
  const bundled = path.join(root, 'node_modules', 'node', 'bin', 'node');
  if (Number.parseInt(process.versions.node, 10) >= 24) return true;
  return access(bundled).then(
    () => true,
    () => false,
  );
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, { integrity?: string, optional?: boolean, peer?: boolean }> | undefined>}
 */
async function readLock(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that runs us, started by the Node it runs on: ours may be the one that npm is replacing. */
function npmCommand() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  if (script?.endsWith('npm-cli.js')) return { file: node ?? process.execPath, args: [script] };
  return { file: 'npm', args: [] };
}

/**
 * @param {string} file
 * @param {string[]} args
 * @returns {Promise<number | null>}
 */
function run(file, args) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit' });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(null);
    });
    child.on('close', resolve);
  });
}

try {
  await bootstrap();
} catch (error) {
  if (!(error instanceof SetupError || error instanceof MongodNotFoundError)) throw error;
  console.error(`\n[hutong] ${error.message}\n`);
  process.exitCode = 1;
}
