// The part of HUTONG_VERIFICATION about what organisations prove themselves with.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

export const entityProofSources = ['certificate', 'licence', 'bankTransfer'] as const;
export type EntityProofSource = (typeof entityProofSources)[number];

const oid = z.string().regex(/^[0-2](?:\.\d{1,10}){1,20}$/u);

/** What every source has that is asked over the network. */
const asking = {
  /** For one call. */
  timeoutMs: z.int().min(50).max(4000).default(3000),
  /** Calls a day, of all processes together; the day is the city's (UTC+8). */
  dailyBudget: z.int().min(0).max(10_000_000),
  costFen: z.int().min(0).max(100_000).default(0),
  /** How long its evidence counts. Absent: until it is revoked. */
  validDays: z.int().min(1).max(36_500).optional(),
  breaker: z
    .strictObject({
      failures: z.int().min(1).max(1000).default(5),
      openMs: z.int().min(50).max(3_600_000).default(30_000),
    })
    .prefault({}),
};

export const certificateSchema = z.strictObject({
  ...asking,
  cap: z.int().min(2).max(4),
  /** Authorities that are trusted: PEM, or a file of PEM beside this one. */
  authorities: z.array(z.string().min(1).max(20_000)).min(1).max(50),
  /** The same of their own authorities below them. */
  intermediates: z.array(z.string().min(1).max(20_000)).max(50).default([]),
  /** Where a certificate may name the code: attributes of its subject, extensions. */
  usccOids: z.array(oid).min(1).max(10).default(['2.5.4.97']),
  /** One of these must be named in it. Empty: any. */
  policies: z.array(oid).max(20).default([]),
  /** Where revoked ones are listed, for certificates that do not say. */
  crlUrl: z.url({ protocol: /^https?$/u }).optional(),
  /** How long a list is used before it is asked for again. */
  crlMaxAgeSeconds: z.int().min(1).max(86_400).default(3600),
});

export const licenceSchema = z.strictObject({
  ...asking,
  cap: z.int().min(2).max(4),
  url: z.url({ protocol: /^https?$/u }),
  /** Where people reach it, when that is another address than ours. */
  pageUrl: z.url({ protocol: /^https?$/u }).optional(),
  key: z.string().min(16).max(500).optional(),
  keyFile: z.string().max(500).optional(),
  /** `iss` of its results. */
  issuer: z.string().min(1).max(200),
  /** Our name there: `aud` of its results. */
  clientId: z.string().min(1).max(100),
});

/** 对公打款: a small amount that only who sees the organisation's account can tell. */
export const bankTransferSchema = z.strictObject({
  ...asking,
  cap: z.int().min(2).max(3),
  /** Where payments are ordered. */
  url: z.url({ protocol: /^https?$/u }),
  key: z.string().min(16).max(500).optional(),
  keyFile: z.string().max(500).optional(),
});
export type BankTransferConfig = Omit<z.output<typeof bankTransferSchema>, 'key' | 'keyFile'> & {
  key: string;
};

export type LicenceConfig = Omit<z.output<typeof licenceSchema>, 'key' | 'keyFile'> & {
  key: string;
};

export type CertificateConfig = Omit<
  z.output<typeof certificateSchema>,
  'authorities' | 'intermediates'
> & { authorities: readonly X509Certificate[]; intermediates: readonly X509Certificate[] };

/** @param folder of the file; @param complain told the place of what cannot be used */
export function readCertificateConfig(
  parsed: z.output<typeof certificateSchema>,
  folder: string,
  complain: (text: string) => void,
): CertificateConfig {
  const read = (name: 'authorities' | 'intermediates') =>
    parsed[name].flatMap((given, index) => {
      const found = certificatesIn(given, folder);
      if (found.length === 0) complain(`sources.certificate.${name}.${index}: no certificate`);
      return found;
    });
  return { ...parsed, authorities: read('authorities'), intermediates: read('intermediates') };
}

function certificatesIn(given: string, folder: string): X509Certificate[] {
  try {
    const text = given.includes('-----BEGIN')
      ? given
      : readFileSync(resolve(folder, given), 'utf8');
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu);
    return (blocks ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}
