// The data folder of a demonstration city: where each file lies, and writing one so that a reader
// or a sudden end never meets half of it.
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

export type DataFolder = {
  readonly root: string;
  readonly lockFolder: string;
  readonly secretsFile: string;
  readonly demoFile: string;
  readonly runFolder: string;
  readonly logFolder: string;
  readonly databaseFolder: string;
  readonly seedFolder: string;
  /** Compiled code, so that the parts load faster from the second start on. */
  readonly cacheFolder: string;
  readonly inboxFile: string;
  /** What was changed in the register of legal entities, and its notices. */
  readonly registerFile: string;
  /** Of the registers; see registers/verification-file.ts. */
  readonly verificationFile: string;
  /** Of the SMS gateways; see inbox/gateways-file.ts. */
  readonly smsGatewaysFile: string;
  /** The catalogue of services; see demo-services.ts. */
  readonly servicesFile: string;
  /** Outside the database: how far the audit chain went. */
  readonly auditAnchorFile: string;
};

export function describeDataFolder(root: string): DataFolder {
  return {
    root,
    lockFolder: join(root, 'lock'),
    secretsFile: join(root, 'secrets.json'),
    demoFile: join(root, 'demo.json'),
    runFolder: join(root, 'run'),
    logFolder: join(root, 'logs'),
    databaseFolder: join(root, 'database'),
    seedFolder: join(root, 'seed'),
    cacheFolder: join(root, 'cache'),
    inboxFile: join(root, 'inbox', 'messages.jsonl'),
    registerFile: join(root, 'legal-entities.json'),
    verificationFile: join(root, 'verification.json'),
    smsGatewaysFile: join(root, 'sms-gateways.json'),
    servicesFile: join(root, 'services.json'),
    auditAnchorFile: join(root, 'audit-anchor.jsonl'),
  };
}

/** Of the city and of the commands that work on it. */
export function auditAnchor(environment: NodeJS.ProcessEnv, folder: DataFolder): string {
  return environment['HUTONG_AUDIT_ANCHOR'] || `file:${folder.auditAnchorFile}`;
}

/** Makes the folder and its parts; the folder holds secrets, so only its owner may look inside. */
export async function prepareDataFolder(folder: DataFolder): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  await chmod(folder.root, 0o700);
  await Promise.all(
    [
      folder.lockFolder,
      folder.runFolder,
      folder.logFolder,
      folder.seedFolder,
      join(folder.root, 'inbox'),
    ].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
  );
}

/** Replaces a file as a whole, readable by its owner only, and on disk before this returns. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
}

/** Parsed JSON; `undefined` when there is no such file. @throws SyntaxError when it is no JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
