// What both passkey ceremonies (Web Authentication Level 3, 7.1 and 7.2) share: our name in them,
// the handle that stands for an account, and the outline of what a browser sends.
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';

export interface PasskeyParty {
  /** RP ID: the host of the issuer. */
  id: string;
  origin: string;
}

export function passkeyParty(issuer: string): PasskeyParty {
  const { hostname, origin } = new URL(issuer);
  return { id: hostname, origin };
}

const HANDLE_LABEL = 'credentials.passkey-user';
/** Longest that a browser sends: attestation statements are not asked for. */
export const MAX_RESPONSE_LENGTH = 20_000;

/** Says nothing about the person (WebAuthn 14.6.1); base64url of 32 bytes. */
export function userHandle(keyring: Keyring, accountId: string): string {
  return keyring.mac('artefactId', HANDLE_LABEL, accountId).toString('base64url');
}

export function isUserHandle(keyring: Keyring, accountId: string, handle: string): boolean {
  const given = Buffer.from(handle, 'base64url');
  return keyring
    .macs('artefactId', HANDLE_LABEL, accountId)
    .some((mac) => mac.length === given.length && timingSafeEqual(mac, given));
}

const base64url = z
  .string()
  .max(MAX_RESPONSE_LENGTH)
  .regex(/^[\w-]*$/u);
const common = {
  id: base64url.min(1).max(1400),
  rawId: base64url.max(1400),
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string().max(50), z.unknown()).default({}),
};

export const registrationSchema = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(30)).max(10).optional(),
  }),
});

export const assertionSchema = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
});
export type Assertion = z.infer<typeof assertionSchema>;

const clientData = z.object({ challenge: base64url });

/** What a form brought, if it has this outline. */
export function parseCeremony<T>(schema: z.ZodType<T>, text: string): T | undefined {
  return schema.safeParse(parseJson(text)).data;
}

/** The challenge the browser says it signed; whether it did is verified later. */
export function signedChallenge({ clientDataJSON }: { clientDataJSON: string }) {
  const text = Buffer.from(clientDataJSON, 'base64url').toString('utf8');
  return clientData.safeParse(parseJson(text)).data?.challenge;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
