// Every setting that the environment may give, with its form and its meaning: config.ts reads by
// this table, docs/configuration.md is made from it.
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { federationSettings } from './federation-config.ts';
import { isOutboundRule } from './outbound-rules.ts';
import { processSettings } from './process-config.ts';
import { appearanceSettings } from './appearance-config.ts';
import { recognitionSettings } from './recognition-config.ts';
import { registrationModeSettings } from './registration-mode-config.ts';

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

const masterKey = z
  .string()
  .transform((text) => Buffer.from(text, 'base64url'))
  .refine((bytes) => bytes.length === 32, { message: 'must be 32 bytes in base64url' });

/** `2027-01-01` is off, `+2027-01-03` a weekend that is worked. */
const holidays = listOf(
  z.string().refine((text) => z.iso.date().safeParse(text.replace(/^\+/u, '')).success, {
    message: 'must be a date, e.g. 2027-01-01, or with a plus +2027-01-03',
  }),
).transform((texts) => ({
  off: new Set(texts.filter((text) => !text.startsWith('+'))),
  on: new Set(texts.filter((text) => text.startsWith('+')).map((text) => text.slice(1))),
}));

/** Read elsewhere: to believe it would take it away. */
function isRead(header: string): boolean {
  return ORDINARY_HEADERS.has(header) || header.startsWith('x-forwarded-');
}

const ORDINARY_HEADERS = new Set(
  [
    'accept accept-language authorization cookie content-length content-type dpop',
    'forwarded host origin referer transfer-encoding user-agent x-request-id',
  ].flatMap((names) => names.split(' ')),
);

/** Also read from the file that `NAME_FILE` names, so that no secret stands in an environment. */
export const fileSettings: ReadonlySet<string> = new Set([
  'HUTONG_MASTER_KEY',
  'HUTONG_MASTER_KEY_PREVIOUS',
  'HUTONG_SMS_KEY',
  'HUTONG_SMTP_URL',
  'MONGODB_URI',
]);

export const settings = {
  HUTONG_MODE: z
    .enum(['production', 'demonstration'])
    .default('production')
    .describe('`demonstration` allows http and what else a trial needs; never for real data.'),
  HUTONG_PUBLIC_URL: z
    .url({ protocol: /^https?$/u })
    .optional()
    .describe(
      'The issuer: where people and clients reach the service, without a path. Required in production; never changes.',
    ),
  HUTONG_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(8100)
    .describe('Where the processes listen, for the TLS proxy in front.'),
  HUTONG_TRUSTED_PROXIES: listOf(cidr).describe(
    'Addresses or CIDRs whose forwarding headers are believed; the proxy, and nothing else.',
  ),
  HUTONG_SUSPICION_HEADER: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9-]{3,60}$/u, 'must be the name of a header')
    .refine((name) => !isRead(name), 'must be a header of its own')
    .optional()
    .describe(
      'Header in which the trusted proxy marks suspicious requests, e.g. `X-Request-Suspicious`. What comes marked asks for a second factor given minutes ago; believed from `HUTONG_TRUSTED_PROXIES` alone, deleted from everybody else. Without it none is believed.',
    ),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//u, 'must be a mongodb:// address')
    .describe('The database: a replica set, with user and database name.'),
  HUTONG_MASTER_KEY: masterKey.describe(
    'Wraps all data keys: 32 random bytes in base64url. Whoever loses it loses the data; keep it apart from the backups.',
  ),
  HUTONG_MASTER_KEY_PREVIOUS: masterKey
    .optional()
    .describe('The master key before, from its change until `hutong data-keys rewrap` is done.'),
  HUTONG_LIMITS: z
    .string()
    .optional()
    .describe('JSON file of budgets and queues that replace the defaults, see below.'),
  HUTONG_VERIFICATION: z
    .string()
    .optional()
    .describe(
      'JSON file of the sources that check identities and of what their evidence gives, see below. Without it people are verified at windows only.',
    ),
  HUTONG_STOCK_ACCOUNTS: z
    .string()
    .optional()
    .describe(
      'JSON file of the old systems whose accounts people may take over, see below. Without it none is offered.',
    ),
  HUTONG_STAFF_DIRECTORY: z
    .string()
    .optional()
    .describe(
      'JSON file that says where the list of all staff is imported from at an interval: CSV files or LDAP, see docs/directory.md. May hold a password, so it is a secret. Without it staff come by SCIM or by hand.',
    ),
  HUTONG_INTERMEDIARIES: z
    .string()
    .optional()
    .describe(
      'JSON file of the kinds of intermediary that organisations may be recognised as, and of the departments that approve them, see below. Without it the supplied list is offered.',
    ),
  HUTONG_SERVICES: z
    .string()
    .optional()
    .describe(
      'JSON file of the services that departments handle, with the level each asks for, see below. Without it no service asks for one.',
    ),
  HUTONG_MANDATES: z
    .string()
    .optional()
    .describe(
      'JSON file of the limits of mandates (administrators, terms, passing on), see below. Without it those of the electronic business licence hold.',
    ),
  ...registrationModeSettings,
  ...federationSettings,
  HUTONG_OUTBOUND_ALLOW: listOf(outboundRule).describe(
    'Private networks that may be called (logout notices, key sets): `CIDR:port`, `[IPv6]/prefix:port`, port `*` for all. Public addresses need no rule.',
  ),
  HUTONG_OUTBOUND_CA: z
    .string()
    .optional()
    .describe('PEM file of certification authorities that count beside the system’s.'),
  HUTONG_REFRESH_GRACE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(300)
    .default(10)
    .describe('How long a refresh token that was just used still gives the same successor.'),
  HUTONG_SIGNING_KEY_DAYS: z.coerce
    .number()
    .int()
    .min(7)
    .max(365)
    .default(90)
    .describe('How long a signing key signs before the announced one takes over.'),
  HUTONG_JWKS_MAX_AGE_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(300)
    .default(300)
    .describe('How long relying parties may cache the published keys.'),
  HUTONG_AUDIT_ANCHOR: anchorFiles.describe(
    'Files outside the database that take the head of the audit chain: `file:/absolute/path`, several separated by commas.',
  ),
  HUTONG_AUDIT_DAYS: z.coerce
    .number()
    .int()
    .min(180)
    .max(36_500)
    .default(1095)
    .describe('How long audit records are kept at least.'),
  HUTONG_CLOSING_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(15)
    .default(7)
    .describe('How long a person may take back the closing of the account.'),
  HUTONG_CLOSED_KEPT_DAYS: z.coerce
    .number()
    .int()
    .min(180)
    .max(36_500)
    .default(1095)
    .describe('How long what the law keeps of a closed account is kept: sealed, then removed.'),
  HUTONG_CLOSED_CASE_DAYS: z.coerce
    .number()
    .int()
    .min(180)
    .max(36_500)
    .default(1095)
    .describe(
      'How long closed review cases, proofs of identity that count no more and ended mandates are kept.',
    ),
  HUTONG_UNCLAIMED_DAYS: z.coerce
    .number()
    .int()
    .min(30)
    .max(36_500)
    .default(1825)
    .describe('How long an imported account that nobody has taken over is kept.'),
  HUTONG_HOLIDAYS: holidays.describe(
    'Holidays as the State Council announces them each year, and working weekends with a plus: `2027-01-01,+2027-01-03`. Terms in working days leave them out or count them; what is not named is an ordinary week.',
  ),
  HUTONG_SMTP_URL: z
    .url({ protocol: /^smtps?$/u })
    .optional()
    .describe('The mail server. Without it no mail is sent.'),
  HUTONG_MAIL_FROM: z
    .string()
    .max(200)
    .default('no-reply@localhost')
    .describe('Sender of all mail.'),
  HUTONG_SMS_URL: z
    .url({ protocol: /^https?$/u })
    .optional()
    .describe('The gateway for text messages. Without it none is sent.'),
  HUTONG_SMS_GATEWAYS: z
    .string()
    .optional()
    .describe(
      'JSON file of several gateways in place of `HUTONG_SMS_URL`, and of how much may be sent, see below.',
    ),
  HUTONG_SMS_KEY: z.string().optional().describe('Bearer key for the gateway.'),
  HUTONG_AGREEMENTS: z
    .string()
    .optional()
    .describe(
      'Folder with agreement texts in place of the supplied ones, built like `agreements/` of this repository.',
    ),
  HUTONG_EVIDENCE_FILE_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(365)
    .default(30)
    .describe('How long pictures sent for a review are kept after its decision.'),
  HUTONG_REVIEW_UNDO_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(86_400)
    .default(600)
    .describe(
      'How long a reviewer can undo a decision before it takes effect and people are told.',
    ),
  HUTONG_REVIEW_DUE_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .max(720)
    .default(48)
    .describe('Within how many hours a review case is to be decided; later it counts as overdue.'),
  HUTONG_REVIEW_CLAIM_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .max(28_800)
    .default(1800)
    .describe('How long a case that a reviewer has claimed is locked for others.'),
  HUTONG_REVIEW_SAMPLE_PERCENT: z.coerce
    .number()
    .int()
    .min(0)
    .max(100)
    .default(5)
    .describe('Of a hundred approved review cases so many are drawn for a second look.'),
  HUTONG_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('The least severe lines that are written.'),
  ...recognitionSettings,
  ...appearanceSettings,
  ...processSettings,
};

export type SettingName = keyof typeof settings;
export type SettingValues = { [Name in SettingName]: z.output<(typeof settings)[Name]> };
