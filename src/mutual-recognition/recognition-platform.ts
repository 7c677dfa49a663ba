// A platform that takes part in mutual recognition, as the hub and, apart from it, the key holder have it
// on record: the keys that it signs with and is answered to, and how much it may ask.
import { z } from 'zod';

const quota = z.int().min(0).max(1_000_000_000);

/** Per minute and per day (UTC). */
const rate = (perMinute: number, perDay: number) =>
  z
    .strictObject({ perMinute: quota.default(perMinute), perDay: quota.default(perDay) })
    .prefault({});

const name = z.string().trim().min(1).max(60);

const publicJwk = z
  .looseObject({
    kty: z.string(),
    use: z.enum(['sig', 'enc']),
    kid: z.string().min(1).max(100),
    alg: z.enum(['ES256', 'EdDSA', 'ECDH-ES']),
  })
  .refine((key) => !('d' in key) && !('k' in key), { message: 'holds a private key' })
  .refine(({ use, alg }) => (use === 'enc') === (alg === 'ECDH-ES'), {
    message: 'has an algorithm of another use',
  });

const jwks = z
  .strictObject({ keys: z.array(publicJwk).min(2).max(10) })
  .refine(({ keys }) => keys.some(({ use }) => use === 'sig'), { message: 'has no key to sign' })
  .refine(({ keys }) => keys.some(({ use }) => use === 'enc'), {
    message: 'has no key to encrypt to',
  });

export const platformId = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/u);

export const recognitionPlatformSchema = z.strictObject({
  id: platformId,
  names: z.strictObject({ 'zh-CN': name, en: name }),
  /** Where its people sign in. */
  issuer: z.url({ protocol: /^https?$/u }).max(120),
  jwks,
  quotas: z
    .strictObject({
      /** Elements at the key holder: a lookup needs two, an entry two. */
      evaluations: rate(6000, 200_000),
      lookups: rate(600, 20_000),
      /** Entries added, changed, removed or reconciled. */
      entries: rate(20_000, 2_000_000),
      /** Claims to people whom another platform has: what an enumeration by claims would be. */
      conflicts: rate(20, 200),
    })
    .prefault({}),
});

/** As a file or a proposal has it. */
export type ProposedPlatform = z.output<typeof recognitionPlatformSchema>;

export type RecognitionPlatform = z.output<typeof recognitionPlatformSchema> & {
  state: 'active' | 'suspended';
};

export type PlatformQuota = keyof RecognitionPlatform['quotas'];

export const recognitionPlatformFile = z
  .strictObject({ platforms: z.array(recognitionPlatformSchema).min(1).max(1000) })
  .refine(({ platforms }) => new Set(platforms.map(({ id }) => id)).size === platforms.length, {
    message: 'names a platform twice',
  });
