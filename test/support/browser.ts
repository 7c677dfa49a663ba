// A real browser from the npm registry (@sparticuz/chromium), unpacked once into a cache outside
// the work tree. It needs no system Chromium: NSS and expat come with the package, and what is
// left (glibc, libgcc_s) is on every Debian.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const run = promisify(execFile);
const PACKAGE = '@sparticuz/chromium';

/** The package's own list of flags switches web security off, which these tests are about. */
const FLAGS = [
  '--no-sandbox',
  '--no-zygote',
  '--headless=shell',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
];

/**
 * Pages are laid out and never drawn, which is a good part of the work: for what is measured and judged.
 * A click would wait for ever, because it waits for a frame.
 */
export const WITHOUT_FRAMES = [
  '--enable-begin-frame-control',
  '--run-all-compositor-stages-before-draw',
] as const;

/** Starts the browser; the caller closes it. */
export async function launchBrowser(options: { args?: readonly string[] } = {}): Promise<Browser> {
  const folder = await unpackedBrowser();
  const env: Record<string, string> = { LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib') };
  // Without fonts on the machine the package's own are used; Chinese needs fonts-noto-cjk.
  if (!existsSync('/etc/fonts/fonts.conf')) env['FONTCONFIG_PATH'] = path.join(folder, 'fonts');
  return chromium.launch({
    executablePath: path.join(folder, 'chromium'),
    args: [...FLAGS, ...(options.args ?? [])],
    env: { ...inheritedEnvironment(), ...env },
  });
}

/** The folder with the browser; unpacked in a folder beside it and renamed, so never half done. */
async function unpackedBrowser(): Promise<string> {
  const main = createRequire(import.meta.url).resolve(PACKAGE);
  const packageFolder = main.slice(0, main.indexOf(PACKAGE) + PACKAGE.length);
  const manifest: unknown = createRequire(import.meta.url)(`${packageFolder}/package.json`);
  const version = String((manifest as { version: unknown }).version);
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  const folder = path.join(cache, 'hutong', `chromium-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(path.dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}.`);
  try {
    await unpackInto(staging);
    await rename(staging, folder);
  } catch (error) {
    // Another process was first: its result is as good.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return folder;
}

/** The package unpacks into the temporary folder of its process, and its libraries only there. */
async function unpackInto(folder: string): Promise<void> {
  const script = `import(${JSON.stringify(PACKAGE)}).then((m) => m.default.executablePath())`;
  const env = {
    ...inheritedEnvironment(),
    TMPDIR: folder,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
  };
  const cwd = path.dirname(import.meta.filename);
  await run(process.execPath, ['--input-type=module', '-e', script], { cwd, env });
}

function inheritedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
}
