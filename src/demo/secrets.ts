// Every secret of a demonstration city: made at first start, kept in `secrets.json` (0600) of the
// data folder, never in the source. A later version only adds what is missing.
import { randomBytes, randomInt } from 'node:crypto';
import { access } from 'node:fs/promises';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { readJson, writeWhole } from './data-folder.ts';
import type { DemoAccount } from './demo-accounts.ts';

const accountSecretSchema = z.object({ password: z.string(), totpSecret: z.string().optional() });

const privateKeySchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});

const secretsSchema = z.object({
  version: z.literal(1),
  masterKey: z.string(),
  smsKey: z.string(),
  /** Of the registers. Both sides learn it at each start: a folder without one needs none kept. */
  registerKey: z.string().default(randomSecret),
  /** Of the notices of the register of legal entities; the same. */
  noticeKey: z.string().default(randomSecret),
  clients: z.object({
    portal: z.string(),
    serviceHall: z.string(),
    testClient: z.string(),
    /** Later than the others: a folder without one is given one at the next start. */
    directory: z.string().default(randomSecret),
    departmentKey: privateKeySchema,
  }),
  accounts: z.record(z.string(), accountSecretSchema),
});

export type DemoSecrets = z.infer<typeof secretsSchema>;
export type DepartmentKey = z.infer<typeof privateKeySchema>;

export type SecretsResult =
  | { ok: true; secrets: DemoSecrets }
  | { ok: false; reason: 'unreadable' | 'lost' };

/**
 * The secrets of this data folder. `lost`: there is a database but no secrets, so its encrypted
 * fields could never be read again; making new ones would only hide that.
 */
export async function loadSecrets(
  folder: DataFolder,
  accounts: readonly DemoAccount[],
): Promise<SecretsResult> {
  const stored = await readJson(folder.secretsFile).catch(() => null);
  if (stored === undefined) {
    if (await exists(folder.databaseFolder)) return { ok: false, reason: 'lost' };
    return save(folder, await makeSecrets(accounts));
  }
  const parsed = secretsSchema.safeParse(stored);
  if (!parsed.success) return { ok: false, reason: 'unreadable' };
  const completed = completeAccounts(parsed.data, accounts);
  if (completed === parsed.data) return { ok: true, secrets: completed };
  return save(folder, completed);
}

async function save(folder: DataFolder, secrets: DemoSecrets): Promise<SecretsResult> {
  await writeWhole(folder.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`);
  return { ok: true, secrets };
}

/** Exported for tests, which need no folder. */
export async function makeSecrets(accounts: readonly DemoAccount[]): Promise<DemoSecrets> {
  const empty: DemoSecrets = {
    version: 1,
    masterKey: randomSecret(),
    smsKey: randomSecret(),
    registerKey: randomSecret(),
    noticeKey: randomSecret(),
    clients: {
      portal: randomSecret(),
      serviceHall: randomSecret(),
      testClient: randomSecret(),
      directory: randomSecret(),
      departmentKey: await makeDepartmentKey(),
    },
    accounts: {},
  };
  return completeAccounts(empty, accounts);
}

function completeAccounts(secrets: DemoSecrets, accounts: readonly DemoAccount[]): DemoSecrets {
  const missing = accounts.filter((account) => {
    const kept = secrets.accounts[account.login];
    return !kept || (account.hasTotp && kept.totpSecret === undefined);
  });
  if (missing.length === 0) return secrets;
  const made = missing.map((account) => {
    const password = secrets.accounts[account.login]?.password ?? makePassword();
    return [
      account.login,
      account.hasTotp ? { password, totpSecret: makeTotpSecret() } : { password },
    ] as const;
  });
  return { ...secrets, accounts: { ...secrets.accounts, ...Object.fromEntries(made) } };
}

async function makeDepartmentKey(): Promise<DepartmentKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = randomBytes(8).toString('hex');
  return privateKeySchema.parse({ ...jwk, kid, alg: 'ES256', use: 'sig' });
}

/** 256 bits. */
function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Four groups that can be read aloud and typed; all four kinds of character, about 75 bits. */
export function makePassword(): string {
  const upper = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
  const lower = 'abcdefghijkmnpqrstuvwxyz';
  const digit = '23456789';
  const any = upper + lower + digit;
  const group = () => pick(upper) + pick(lower) + pick(digit) + pick(any);
  return [group(), group(), group(), group()].join('-');
}

function pick(alphabet: string): string {
  return alphabet.charAt(randomInt(alphabet.length));
}

/** 160 bits in base32, as RFC 4226 recommends. */
function makeTotpSecret(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let secret = '';
  while (secret.length < 32) secret += pick(alphabet);
  return secret;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
