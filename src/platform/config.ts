// The whole configuration: read once from the environment, validated, frozen. All problems are
// listed at once; secrets have no default and may come from a file (`NAME_FILE`).
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { loadAppearance } from './appearance-config.ts';
import type { Appearance } from './appearance-config.ts';
import { readSettingsFile } from './settings-file.ts';
import type { FederationConfig } from './federation-config.ts';
import { loadIntermediaryKinds } from './intermediaries-config.ts';
import type { IntermediaryKindConfig } from './intermediaries-config.ts';
import { loadMandateLimits } from './mandates-config.ts';
import type { MandateLimits } from './mandates-config.ts';
import { limitsSchema } from './limits-config.ts';
import type { Limits } from './limits-config.ts';
import { peopleFrom } from './people-config.ts';
import { processConfig, shareCores } from './process-config.ts';
import type { ProcessConfig } from './process-config.ts';
import { productionProblems } from './production-rules.ts';
import type { ReviewSettings } from './review-config.ts';
import type { RecognitionConfig, RecognitionHubConfig } from './recognition-config.ts';
import type { InitialMode } from './registration-mode-config.ts';
import { loadServices } from './services-config.ts';
import type { ServiceConfig } from './services-config.ts';
import { fileSettings, settings } from './settings.ts';
import type { SettingValues } from './settings.ts';
import type { StaffDirectoryConfig } from './staff-directory-config.ts';
import type { StockSource } from './stock-sources-config.ts';
import { insecureGateways, loadSms } from './sms-config.ts';
import type { SmsConfig } from './sms-config.ts';
import { insecureSources, loadVerification } from './verification-config.ts';
import type { VerificationConfig } from './verification-config.ts';

export interface Config {
  readonly mode: 'production' | 'demonstration';
  /** The issuer: scheme, host and port, no path, no trailing slash. */
  readonly issuer: string;
  readonly isSecure: boolean;
  /** Of all its pages. */
  readonly appearance: Appearance;
  /** Of all its cookies; empty where the platform has its host for itself. */
  readonly cookiePrefix: string;
  readonly http: {
    /** Loopback for a demonstration that nobody has put a proxy in front of; else every address. */
    readonly host: string | undefined;
    readonly port: number;
    readonly trustedProxies: readonly string[];
    /** In lower case. */
    readonly suspicionHeader: string | undefined;
  };
  readonly processes: ProcessConfig;
  readonly database: { readonly uri: string };
  /** 32 bytes that wrap every data key. */
  readonly masterKey: Buffer;
  /** The one before, until `hutong data-keys rewrap` is done. */
  readonly previousMasterKey: Buffer | undefined;
  readonly limits: Limits;
  /** Undefined: identities are verified at windows only. */
  readonly verification: VerificationConfig | undefined;
  /** Old systems whose accounts may be imported and taken over. */
  readonly stockSources: readonly StockSource[];
  /** Undefined: staff are not imported at an interval. */
  readonly staffDirectory: StaffDirectoryConfig | undefined;
  /** What an organisation may be as an intermediary 中介机构. */
  readonly intermediaryKinds: readonly IntermediaryKindConfig[];
  /** The catalogue of services 事项. */
  readonly services: readonly ServiceConfig[];
  readonly mandateLimits: MandateLimits;
  /** Undefined: this is no hub of mutual recognition. */
  readonly recognitionHub: RecognitionHubConfig | undefined;
  /** Undefined: strangers are not looked up. */
  readonly recognition: RecognitionConfig | undefined;
  /** Where people register until officers change it. */
  readonly initialMode: InitialMode;
  /** Undefined: this platform belongs to no federation. */
  readonly federation: FederationConfig | undefined;
  readonly outbound: { readonly allow: readonly string[]; readonly caFile: string | undefined };
  readonly refreshGraceSeconds: number;
  readonly signingKeys: {
    /** How long a key signs before the announced one takes over. */
    readonly rotationDays: number;
    /** How long relying parties may keep the published keys. */
    readonly jwksMaxAgeSeconds: number;
  };
  readonly mail: { readonly smtpUrl: string | undefined; readonly from: string };
  readonly sms: SmsConfig;
  readonly audit: {
    /** Files outside the database that take the head of the audit chain; absolute paths. */
    readonly anchorFiles: readonly string[];
    /** How long records are kept at least. */
    readonly keptDays: number;
  };
  readonly evidenceFiles: {
    /** How long they are kept after the decision. */
    readonly keptDays: number;
  };
  readonly closing: {
    /** From the request until nothing can be taken back. */
    readonly closingDays: number;
    /** How long what the law keeps of a closed account is kept. */
    readonly closedKeptDays: number;
  };
  readonly retention: {
    /** How long review cases, proofs and mandates are kept after they ended. */
    readonly closedCaseDays: number;
    /** How long an imported account waits for its owner. */
    readonly unclaimedDays: number;
  };
  /** Days of the year that differ from an ordinary week. */
  readonly calendar: { readonly off: ReadonlySet<string>; readonly on: ReadonlySet<string> };
  /** Texts in place of the supplied ones. */
  readonly agreements: { readonly folder: string | undefined };
  readonly review: ReviewSettings;
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

type Environment = Readonly<Record<string, string | undefined>>;

/** Pure but for the files that `*_FILE` and HUTONG_LIMITS name. @throws ConfigError with all problems. */
export function loadConfig(env: Environment): Config {
  const problems: string[] = [];
  const found = readSettings(withFiles(env, problems), problems);
  const limits = loadLimits(found.HUTONG_LIMITS, problems);
  const verification = loadVerification(found.HUTONG_VERIFICATION, problems);
  const people = { ...peopleFrom(found, problems), ...namesOf(found, problems) };
  const intermediaryKinds = loadIntermediaryKinds(found.HUTONG_INTERMEDIARIES, problems);
  const services = loadServices(found.HUTONG_SERVICES, problems);
  const mandateLimits = loadMandateLimits(found.HUTONG_MANDATES, problems);
  const sms = loadSms(found, problems);
  const issuer = issuerOf(found);
  if (new URL(issuer).pathname !== '/') problems.push('HUTONG_PUBLIC_URL: must not have a path');
  if (found.HUTONG_MODE === 'production') {
    problems.push(...productionProblems(found), ...insecureSources(verification));
    if (found.HUTONG_SMS_GATEWAYS !== undefined) problems.push(...insecureGateways(sms));
  }
  problems.push(...trustProblems(found));
  if (problems.length > 0 || !limits || !isComplete(found)) throw new ConfigError(problems);
  const values = found;
  const isLocal = values.HUTONG_MODE === 'demonstration' && values.HUTONG_PUBLIC_URL === undefined;
  const processes = processConfig(values);
  return Object.freeze({
    mode: values.HUTONG_MODE,
    issuer,
    isSecure: issuer.startsWith('https:'),
    http: {
      host: isLocal ? '127.0.0.1' : undefined,
      port: values.HUTONG_PORT,
      trustedProxies: values.HUTONG_TRUSTED_PROXIES,
      suspicionHeader: values.HUTONG_SUSPICION_HEADER,
    },
    processes,
    database: { uri: values.MONGODB_URI },
    masterKey: values.HUTONG_MASTER_KEY,
    previousMasterKey: values.HUTONG_MASTER_KEY_PREVIOUS,
    verification,
    ...people,
    intermediaryKinds,
    services,
    mandateLimits,
    limits: shareCores(limits, processes.workers),
    outbound: { allow: values.HUTONG_OUTBOUND_ALLOW, caFile: values.HUTONG_OUTBOUND_CA },
    refreshGraceSeconds: values.HUTONG_REFRESH_GRACE_SECONDS,
    signingKeys: {
      rotationDays: values.HUTONG_SIGNING_KEY_DAYS,
      jwksMaxAgeSeconds: values.HUTONG_JWKS_MAX_AGE_SECONDS,
    },
    mail: { smtpUrl: values.HUTONG_SMTP_URL, from: values.HUTONG_MAIL_FROM },
    sms,
    ...keeping(values),
    agreements: { folder: values.HUTONG_AGREEMENTS },
    review: {
      undoSeconds: values.HUTONG_REVIEW_UNDO_SECONDS,
      dueHours: values.HUTONG_REVIEW_DUE_HOURS,
      claimSeconds: values.HUTONG_REVIEW_CLAIM_SECONDS,
      samplePercent: values.HUTONG_REVIEW_SAMPLE_PERCENT,
    },
    logLevel: values.HUTONG_LOG_LEVEL,
  });
}

/** How it is told from its neighbours. */
function namesOf(
  found: Partial<SettingValues>,
  problems: string[],
): Pick<Config, 'appearance' | 'cookiePrefix'> {
  const appearance = loadAppearance(found.HUTONG_APPEARANCE, problems);
  return { appearance, cookiePrefix: found.HUTONG_COOKIE_PREFIX ?? '' };
}

function keeping(
  values: SettingValues,
): Pick<Config, 'audit' | 'evidenceFiles' | 'closing' | 'retention' | 'calendar'> {
  return {
    audit: { anchorFiles: values.HUTONG_AUDIT_ANCHOR, keptDays: values.HUTONG_AUDIT_DAYS },
    evidenceFiles: { keptDays: values.HUTONG_EVIDENCE_FILE_DAYS },
    closing: {
      closingDays: values.HUTONG_CLOSING_DAYS,
      closedKeptDays: values.HUTONG_CLOSED_KEPT_DAYS,
    },
    retention: {
      closedCaseDays: values.HUTONG_CLOSED_CASE_DAYS,
      unclaimedDays: values.HUTONG_UNCLAIMED_DAYS,
    },
    calendar: values.HUTONG_HOLIDAYS,
  };
}

/** What could be read; of the rest a line each. */
function readSettings(env: Environment, problems: string[]): Partial<SettingValues> {
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(settings)) {
    // An empty value is none: env files and compose files pass names without one.
    const parsed = schema.safeParse(env[name] === '' ? undefined : env[name]);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => describeIssue(name, issue)));
  }
  return values;
}

function isComplete(values: Partial<SettingValues>): values is SettingValues {
  return Object.entries(settings).every(
    ([name, schema]) => name in values || schema.safeParse(undefined).success,
  );
}

function trustProblems({
  HUTONG_SUSPICION_HEADER: header,
  HUTONG_TRUSTED_PROXIES: proxies,
}: Partial<SettingValues>): string[] {
  if (header === undefined || proxies?.length !== 0) return [];
  return ['HUTONG_SUSPICION_HEADER: nobody is trusted with it, see HUTONG_TRUSTED_PROXIES'];
}

function issuerOf({ HUTONG_PUBLIC_URL: url, HUTONG_PORT: port }: Partial<SettingValues>): string {
  return (url ?? `http://localhost:${port ?? 0}`).replace(/\/$/u, '');
}

function withFiles(env: Environment, problems: string[]): Record<string, string | undefined> {
  const result: Record<string, string | undefined> = { ...env };
  for (const name of fileSettings) {
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
  if (!file) return limitsSchema.parse({});
  return readSettingsFile({ name: 'HUTONG_LIMITS', file, schema: limitsSchema }, problems);
}

/** Never the value itself: it may be a secret. */
function describeIssue(name: string, issue: z.core.$ZodIssue): string {
  return [name, ...(issue.path.length > 0 ? [issue.path.join('.')] : []), issue.message].join(': ');
}

/** The master key that wraps, then the one that only opens. */
export function masterKeysOf({
  masterKey,
  previousMasterKey,
}: Pick<Config, 'masterKey' | 'previousMasterKey'>): Buffer[] {
  return previousMasterKey ? [masterKey, previousMasterKey] : [masterKey];
}
