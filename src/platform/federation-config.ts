// The file HUTONG_FEDERATION: which federations (OpenID Federation 1.0) we belong to, whom we believe to
// speak for them, and whether others are below us. Our entity identifier is the issuer.
import { z } from 'zod';
import { readSettingsFile } from './settings-file.ts';

export const federationSettings = {
  HUTONG_FEDERATION: z
    .string()
    .optional()
    .describe(
      'JSON file of the federations (OpenID Federation 1.0) that this platform belongs to, see below. Without it nothing is published and nobody is trusted that way.',
    ),
};

const entityId = z.url({ protocol: /^https?$/u }).max(512);
const name = z.string().trim().min(1).max(60);
const trustMarkType = z.string().min(1).max(500);

const publicKey = z
  .looseObject({ kty: z.enum(['EC', 'RSA']), kid: z.string().min(1).max(200) })
  .refine((key) => !('d' in key), { message: 'is a private key' });

const anchor = z.strictObject({
  entityId,
  /** As it was handed over on another way than the network; later ones it announces itself. */
  jwks: z.object({ keys: z.array(publicKey).min(1).max(20) }),
  /** Real-name level above which nobody below it counts here. */
  levelCap: z.int().min(1).max(4),
  /** Strength of sign-in (1–3) above which nobody below it counts here. */
  strengthCap: z.int().min(1).max(3).default(2),
  /** Types of trust marks without which nobody below it is believed. */
  trustMarks: z.array(trustMarkType).max(20).default([]),
});

const fileSchema = z.strictObject({
  organizationName: z.strictObject({ 'zh-CN': name, en: name }),
  contacts: z.array(z.email()).max(10).default([]),
  trustAnchors: z.array(anchor).max(20),
  /** Our direct superiors; none for who stands at the top. */
  authorityHints: z.array(entityId).max(10).default([]),
  /** Whether others are below us. */
  hub: z.boolean().default(false),
  /** Which marks count in our federation, and who issues them; for who stands at the top. */
  trustMarkIssuers: z.record(trustMarkType, z.array(entityId).max(100)).default({}),
  /** Marks that we hold, fetched from those who issue them. */
  trustMarks: z
    .array(z.strictObject({ type: trustMarkType, issuer: entityId }))
    .max(20)
    .default([]),
  /** How long what we say is believed. */
  statementSeconds: z.int().min(60).max(86_400).default(3600),
  /** After so long what others say is asked for again. */
  recheckSeconds: z.int().min(1).max(3600).default(60),
  /** Whether people may come here from providers below our anchors. */
  acceptsProviders: z.boolean().default(true),
  /** Whether relying parties below our anchors may use us, and what they may ask for at most. */
  acceptsClients: z.boolean().default(true),
  clientScope: z.string().max(500).default('openid profile phone'),
});
export type FederationConfig = z.output<typeof fileSchema>;

/** Undefined without a file, and with problems, which are appended. */
export function loadFederation(
  found: {
    HUTONG_FEDERATION?: string | undefined;
    HUTONG_MODE?: string | undefined;
    HUTONG_PUBLIC_URL?: string | undefined;
  },
  problems: string[],
): FederationConfig | undefined {
  const { HUTONG_FEDERATION: file, HUTONG_PUBLIC_URL: own } = found;
  if (file === undefined) return undefined;
  const of = { name: 'HUTONG_FEDERATION', file, schema: fileSchema };
  const read = readSettingsFile(of, problems);
  if (!read) return undefined;
  const issuer = own?.replace(/\/$/u, '');
  const say = (place: string, message: string) =>
    void problems.push(`HUTONG_FEDERATION: ${place}: ${message}`);
  const ids = read.trustAnchors.map((each) => each.entityId);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) say('trustAnchors', `names ${twice} twice`);
  if (!read.hub && read.authorityHints.length === 0)
    say('authorityHints', 'is empty, and hub is not set');
  if (issuer !== undefined && [...ids, ...read.authorityHints].includes(issuer)) {
    say('trustAnchors', 'nobody is their own superior');
  }
  const plain = [...ids, ...read.authorityHints].find((id) => !id.startsWith('https:'));
  if (found.HUTONG_MODE === 'production' && plain !== undefined)
    say('trustAnchors', 'must be https');
  if (!/(?:^| )openid(?: |$)/u.test(read.clientScope)) say('clientScope', 'must have openid');
  return read;
}
