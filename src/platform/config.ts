// The whole configuration: read once from the environment, validated, frozen. All problems are
// listed at once; secrets have no default and may come from a file (`NAME_FILE`).
import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { limitsSchema } from './limits-config.ts';
import type { Limits } from './limits-config.ts';
import { processConfig, processSettings, shareCores } from './process-config.ts';
import type { ProcessConfig } from './process-config.ts';

export interface Config {
  readonly mode: 'production' | 'demonstration';
  /** The issuer: scheme, host and port, no path, no trailing slash. */
  readonly issuer: string;
  readonly isSecure: boolean;
  readonly http: {
    /** Loopback for a demonstration that nobody has put a proxy in front of; else every address. */
    readonly host: string | undefined;
    readonly port: number;
    readonly trustedProxies: readonly string[];
  };
  readonly processes: ProcessConfig;
  readonly database: { readonly uri: string };
  /** 32 bytes that wrap every data key. */
  readonly masterKey: Buffer;
  readonly limits: Limits;
  readonly outbound: { readonly allow: readonly string[]; readonly caFile: string | undefined };
  readonly refreshGraceSeconds: number;
  readonly signingKeys: {
    /** How long a key signs before the announced one takes over. */
    readonly rotationDays: number;
    /** How long relying parties may keep the published keys. */
    readonly jwksMaxAgeSeconds: number;
  };
  readonly mail: { readonly smtpUrl: string | undefined; readonly from: string };
  readonly sms: { readonly url: string | undefined; readonly apiKey: string | undefined };
  readonly audit: {
    /** Files outside the database that take the head of the audit chain; absolute paths. */
    readonly anchorFiles: readonly string[];
    /** How long records are kept at least. */
    readonly keptDays: number;
  };
  readonly logLevel: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`configuration: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

const cidr = z.string().refine((value) => ipaddr.isValid(value) || ipaddr.isValidCIDR(value), {
  message: 'must be an address or a CIDR',
});

const listOf = (item: z.ZodType<string, string>) =>
  z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/u).filter(Boolean))
    .pipe(z.array(item));

const outboundRule = z.string().refine(isOutboundRule, {
  message: 'must be CIDR:port, e.g. 127.0.0.0/8:8443 or [::1]/128:8443, port * for all',
});

/** Paths may hold commas and spaces: only what stands before `file:` parts two of them. */
const anchorFiles = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+(?=file:)/u).filter(Boolean))
  .pipe(z.array(z.string().startsWith('file:/', 'must be file: and an absolute path')))
  .transform((texts) => texts.map((text) => text.slice('file:'.length)));

const environmentSchema = z.object({
  HUTONG_MODE: z.enum(['production', 'demonstration']).default('production'),
  HUTONG_PORT: z.coerce.number().int().min(1).max(65_535).default(8100),
  HUTONG_PUBLIC_URL: z.url({ protocol: /^https?$/u }).optional(),
  HUTONG_TRUSTED_PROXIES: listOf(cidr),
  HUTONG_OUTBOUND_ALLOW: listOf(outboundRule),
  HUTONG_OUTBOUND_CA: z.string().optional(),
  HUTONG_LIMITS: z.string().optional(),
  HUTONG_REFRESH_GRACE_SECONDS: z.coerce.number().int().min(0).max(300).default(10),
  HUTONG_SIGNING_KEY_DAYS: z.coerce.number().int().min(7).max(365).default(90),
  HUTONG_JWKS_MAX_AGE_SECONDS: z.coerce.number().int().min(1).max(300).default(300),
  HUTONG_AUDIT_ANCHOR: anchorFiles,
  HUTONG_AUDIT_DAYS: z.coerce.number().int().min(180).max(36_500).default(1095),
  HUTONG_MASTER_KEY: z
    .string()
    .transform((text) => Buffer.from(text, 'base64url'))
    .refine((bytes) => bytes.length === 32, { message: 'must be 32 bytes in base64url' }),
  HUTONG_SMTP_URL: z.url({ protocol: /^smtps?$/u }).optional(),
  HUTONG_MAIL_FROM: z.string().max(200).default('no-reply@localhost'),
  HUTONG_SMS_URL: z.url({ protocol: /^https?$/u }).optional(),
  HUTONG_SMS_KEY: z.string().optional(),
  HUTONG_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  ...processSettings,
  MONGODB_URI: z.string().regex(/^mongodb(\+srv)?:\/\//u, 'must be a mongodb:// address'),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** Pure but for the files that `*_FILE` and HUTONG_LIMITS name. @throws ConfigError with all problems. */
export function loadConfig(env: Environment): Config {
  const problems: string[] = [];
  const parsed = environmentSchema.safeParse(withFiles(env, problems));
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map(describeIssue));
  }
  const limits = loadLimits(env['HUTONG_LIMITS'], problems);
  if (!parsed.success || !limits) throw new ConfigError(problems);
  const values = parsed.data;
  const issuer = (values.HUTONG_PUBLIC_URL ?? `http://localhost:${values.HUTONG_PORT}`).replace(
    /\/$/u,
    '',
  );
  if (new URL(issuer).pathname !== '/') {
    problems.push('HUTONG_PUBLIC_URL: must not have a path');
  }
  const isSecure = issuer.startsWith('https:');
  if (values.HUTONG_MODE === 'production' && !isSecure) {
    problems.push('HUTONG_PUBLIC_URL: production needs an https issuer');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const isLocal = values.HUTONG_MODE === 'demonstration' && values.HUTONG_PUBLIC_URL === undefined;
  const processes = processConfig(values);
  return Object.freeze({
    mode: values.HUTONG_MODE,
    issuer,
    isSecure,
    http: {
      host: isLocal ? '127.0.0.1' : undefined,
      port: values.HUTONG_PORT,
      trustedProxies: values.HUTONG_TRUSTED_PROXIES,
    },
    processes,
    database: { uri: values.MONGODB_URI },
    masterKey: values.HUTONG_MASTER_KEY,
    limits: shareCores(limits, processes.workers),
    outbound: { allow: values.HUTONG_OUTBOUND_ALLOW, caFile: values.HUTONG_OUTBOUND_CA },
    refreshGraceSeconds: values.HUTONG_REFRESH_GRACE_SECONDS,
    signingKeys: {
      rotationDays: values.HUTONG_SIGNING_KEY_DAYS,
      jwksMaxAgeSeconds: values.HUTONG_JWKS_MAX_AGE_SECONDS,
    },
    mail: { smtpUrl: values.HUTONG_SMTP_URL, from: values.HUTONG_MAIL_FROM },
    sms: { url: values.HUTONG_SMS_URL, apiKey: values.HUTONG_SMS_KEY },
    audit: { anchorFiles: values.HUTONG_AUDIT_ANCHOR, keptDays: values.HUTONG_AUDIT_DAYS },
    logLevel: values.HUTONG_LOG_LEVEL,
  });
}

function withFiles(env: Environment, problems: string[]): Record<string, string | undefined> {
  const result: Record<string, string | undefined> = { ...env };
  for (const name of ['HUTONG_MASTER_KEY', 'HUTONG_SMS_KEY', 'HUTONG_SMTP_URL', 'MONGODB_URI']) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) problems.push(`${name}: given both directly and as ${name}_FILE`);
    try {
      result[name] = readFileSync(file, 'utf8').trim();
    } catch {
      problems.push(`${name}_FILE: cannot be read`);
    }
  }
  return result;
}

function loadLimits(file: string | undefined, problems: string[]): Limits | undefined {
  let content: unknown = {};
  if (file) {
    try {
      content = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      problems.push('HUTONG_LIMITS: not a readable JSON file');
      return undefined;
    }
  }
  const parsed = limitsSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  problems.push(...parsed.error.issues.map((issue) => `HUTONG_LIMITS: ${describeIssue(issue)}`));
  return undefined;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`;
}

/** `CIDR:port`; IPv6 in brackets before the prefix length (`[fd00::]/8:443`); port `*` for all. */
function isOutboundRule(text: string): boolean {
  const match =
    /^(?:\[(?<v6>[^\]]+)\](?<v6prefix>\/\d+)?|(?<v4>[\d.]+(?:\/\d+)?)):(?<port>\d{1,5}|\*)$/u.exec(
      text,
    );
  if (!match?.groups) return false;
  const { v6, v6prefix, v4, port } = match.groups;
  const range = v4 ?? `${v6}${v6prefix ?? ''}`;
  return (
    (ipaddr.isValid(range) || ipaddr.isValidCIDR(range)) && (port === '*' || Number(port) <= 65_535)
  );
}
