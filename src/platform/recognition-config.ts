// The files HUTONG_RECOGNITION_HUB and HUTONG_RECOGNITION: the mutual-recognition service of a hub, and how
// a platform takes part in it. Without the files there is neither.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

/** Part of the settings. */
export const recognitionSettings = {
  HUTONG_RECOGNITION_HUB: z
    .string()
    .optional()
    .describe(
      'JSON file that makes this the hub of mutual recognition, see below. Without it there is no such service.',
    ),
  HUTONG_RECOGNITION: z
    .string()
    .optional()
    .describe(
      'JSON file that lets this platform take part in mutual recognition, see below. Holds private keys, so it is a secret. Without it strangers are not looked up.',
    ),
};

const count = z.int().min(1).max(1_000_000);

const hubSchema = z.strictObject({
  bucketQuotas: z
    .strictObject({
      perPlatformPerDay: count.default(20),
      perDay: count.default(60),
    })
    .prefault({}),
  answerAfterMs: z.int().min(0).max(1000).default(25),
});

export type RecognitionHubConfig = z.output<typeof hubSchema>;

export function loadRecognitionHub(
  file: string | undefined,
  problems: string[],
): RecognitionHubConfig | undefined {
  if (file === undefined) return undefined;
  return readSettingsFile({ name: 'HUTONG_RECOGNITION_HUB', file, schema: hubSchema }, problems);
}

const privateJwk = (alg: string) =>
  z.looseObject({
    kty: z.string(),
    kid: z.string().min(1),
    alg: z.literal(alg),
    d: z.string().min(20),
  });

const address = z
  .url({ protocol: /^https?$/u })
  .refine((text) => new URL(text).pathname === '/', { message: 'must not have a path' })
  .transform((text) => text.replace(/\/$/u, ''));

const platformSchema = z.strictObject({
  /** As the hub and the key holder have it on record. */
  platformId: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/u),
  hub: address,
  keyHolder: address,
  /** The key holder's public keys, as its administrators gave them on a way of their own. */
  keys: z
    .array(z.strictObject({ epoch: z.int().min(1), publicKey: z.string().regex(/^[\w-]{43}$/u) }))
    .min(1)
    .max(10),
  signingKey: privateJwk('ES256'),
  decryptionKey: privateJwk('ECDH-ES'),
});

export type RecognitionConfig = z.output<typeof platformSchema>;

/** In production both are spoken to by https only. */
export function loadRecognition(
  of: { file: string | undefined; isProduction: boolean },
  problems: string[],
): RecognitionConfig | undefined {
  const { file, isProduction } = of;
  if (file === undefined) return undefined;
  const name = 'HUTONG_RECOGNITION';
  const config = readSettingsFile({ name, file, schema: platformSchema }, problems);
  const addresses = config ? [config.hub, config.keyHolder] : [];
  if (isProduction && addresses.some((each) => !each.startsWith('https:'))) {
    problems.push(`${name}: production needs https`);
  }
  return config;
}
