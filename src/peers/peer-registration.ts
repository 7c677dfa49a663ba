// The registration of a peer, read from outside with all its problems at once.
import { createPrivateKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { realNameLevels } from '../accounts/account.ts';
import { isCertificateType } from '../accounts/certificate-types.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import { CLIENT_ID } from '../clients/client-id.ts';
import { jwksProblems, jwksSchema } from '../clients/client-keys.ts';
import { endpointUriProblem, isLoopbackHost } from '../clients/client-uri.ts';
import { peerAttributes, peerKinds, peerProtocols, peerRoles } from './peer.ts';
import type { PeerProtocol, PeerRegistration } from './peer.ts';
import { peerProblem, peerProblemCodes, peerProblemsOf } from './peer-problem.ts';
import type { PeerProblem, PeerProblemCode } from './peer-problem.ts';

export interface PeerRegistrationContext {
  /** A demonstration talks to itself without TLS. */
  mode: 'production' | 'demonstration';
  /** Names of addresses without which the adapter of the dialect cannot do anything. */
  neededAddresses: (protocol: PeerProtocol) => readonly string[];
}

/** Undefined: stays as it is; null: there is none any more. */
export interface GivenPeerSecrets {
  clientSecret?: string | null | undefined;
  /** Private JWK as JSON. */
  clientKey?: string | null | undefined;
}

export type ReadPeerResult =
  | { ok: true; registration: PeerRegistration; secrets: GivenPeerSecrets }
  | { ok: false; id: string | undefined; problems: PeerProblem[] };

/** `new` is an address of the console, `trusted` begins what a chain of trust gives. */
export const PEER_ID = /^(?!new$|trusted(?:-|$))[a-z][a-z0-9-]{1,30}$/u;
const URN = /^urn:[a-z0-9][a-z0-9-]{1,31}:[\x21-\x7E]{1,200}$/iu;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,49}$/u;
const PRINTABLE = /^[\x20-\x7E]+$/u;
const LINE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;
const LINES = /^(?:[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\n)*$/u;
const RSA_BITS = 2048;

const line = (maximum: number) => z.string().trim().min(1).max(maximum).regex(LINE, 'text_form');
const text = (maximum: number) => z.string().trim().min(1).max(maximum).regex(LINES, 'text_form');
const inBoth = <T extends z.ZodType>(words: T) => z.strictObject({ 'zh-CN': words, en: words });
const named = <T extends z.ZodType>(value: T) => z.record(line(100), value);
/** Judged in `addressProblem`, with the mode. */
const address = z.string().max(2000);

const certificateType = z
  .string()
  .refine(isCertificateType, 'certificate_type_unknown')
  .transform((code) => code as CertificateType);

const clientKey = z
  .looseObject({ kty: z.string() })
  .refine(isPrivateKey, 'private_key_form')
  .transform((key) => JSON.stringify(key));

const secretFields = {
  clientSecret: z.string().min(1).max(500).regex(PRINTABLE, 'text_form').nullish(),
  clientKey: clientKey.nullish(),
};

const fieldsSchema = z.strictObject({
  id: z.string().regex(PEER_ID, 'id_form'),
  issuer: z.string().max(500),
  names: inBoth(line(60)),
  kind: z.enum(peerKinds),
  roles: z.array(z.enum(peerRoles)).min(1).max(peerRoles.length).transform(unique),
  connection: z.strictObject({
    protocol: z.enum(peerProtocols),
    clientId: z.string().trim().max(200).regex(LINE, 'text_form').default(''),
    addresses: z.record(z.string().regex(NAME, 'text_form'), address).default({}),
    settings: z.record(z.string().regex(NAME, 'text_form'), line(1000)).default({}),
  }),
  clients: z.array(z.string().regex(CLIENT_ID, 'text_form')).max(20).transform(unique).default([]),
  jwks: jwksSchema.optional(),
  levelMap: named(z.literal(realNameLevels)).default({}),
  levelCap: z.literal(realNameLevels),
  strengthCap: z.literal([1, 2, 3]).default(1),
  certificateTypeMap: named(certificateType).default({}),
  attributeMap: z.partialRecord(z.enum(peerAttributes), line(100)).default({}),
  notice: inBoth(text(2000)),
  ...secretFields,
});

/** Reads what stands in a file or form; see docs/federation.md for the fields. */
export function readPeerRegistration(
  input: unknown,
  context: PeerRegistrationContext,
): ReadPeerResult {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { ok: false, id: undefined, problems: [peerProblem('', 'not_an_object')] };
  }
  const id = 'id' in input && typeof input.id === 'string' ? input.id : undefined;
  const parsed = fieldsSchema.safeParse(input);
  const schemaProblems = parsed.success ? [] : peerProblemsOf(parsed.error);
  if (!parsed.success) return { ok: false, id, problems: schemaProblems };
  const { clientSecret, clientKey: key, ...registration } = parsed.data;
  const problems = rules.flatMap((rule) => rule(registration, context));
  if (problems.length > 0) return { ok: false, id, problems };
  return { ok: true, registration, secrets: { clientSecret, clientKey: key } };
}

/** One or both of them, for a replacement. */
export function readPeerSecrets(
  input: unknown,
): { ok: true; secrets: GivenPeerSecrets } | { ok: false; problems: PeerProblem[] } {
  const parsed = secretsSchema.safeParse(input);
  if (!parsed.success) return { ok: false, problems: peerProblemsOf(parsed.error) };
  return { ok: true, secrets: parsed.data };
}

const secretsSchema = z
  .strictObject(secretFields)
  .refine(
    ({ clientSecret, clientKey: key }) =>
      typeof clientSecret === 'string' || typeof key === 'string',
    { message: 'missing', path: ['clientSecret'] },
  );

type Rule = (peer: PeerRegistration, context: PeerRegistrationContext) => PeerProblem[];

const issuerRule: Rule = ({ issuer, connection }, context) => {
  if (URN.test(issuer)) {
    return connection.protocol === 'oidc' ? [peerProblem('issuer', 'issuer_url_needed')] : [];
  }
  const code =
    addressProblem(issuer, context) ?? (issuer.includes('?') ? 'issuer_form' : undefined);
  return code ? [peerProblem('issuer', code)] : [];
};

const addressRule: Rule = ({ connection, roles }, context) => {
  const { protocol, addresses, clientId } = connection;
  const wrong = Object.entries(addresses).flatMap(([name, given]) => {
    const code = addressProblem(given, context);
    return code ? [peerProblem(`connection.addresses.${name}`, code)] : [];
  });
  if (!roles.includes('upstream')) return wrong;
  const missing = context
    .neededAddresses(protocol)
    .filter((name) => !Object.hasOwn(addresses, name))
    .map((name) => peerProblem(`connection.addresses.${name}`, 'address_needed', { protocol }));
  const nameless = clientId === '' ? [peerProblem('connection.clientId', 'client_id_needed')] : [];
  return [...wrong, ...missing, ...nameless];
};

const clientsRule: Rule = ({ clients, roles }) =>
  clients.length > 0 && !roles.includes('downstream')
    ? [peerProblem('clients', 'clients_without_role')]
    : [];

const keysRule: Rule = ({ jwks }) =>
  (jwks ? jwksProblems(jwks) : []).map(({ field, code, values }) =>
    peerProblem(field, isPeerCode(code) ? code : 'jwk_invalid', values),
  );

const rules: readonly Rule[] = [issuerRule, addressRule, clientsRule, keysRule];

function addressProblem(
  given: string,
  { mode }: PeerRegistrationContext,
): PeerProblemCode | undefined {
  const found = endpointUriProblem(given);
  if (found) return isPeerCode(found) ? found : 'uri_invalid';
  const url = new URL(given);
  const isLocal = url.protocol === 'http:' && isLoopbackHost(url.hostname);
  return isLocal && mode === 'production' ? 'uri_not_https' : undefined;
}

function isPeerCode(code: string): code is PeerProblemCode {
  return (peerProblemCodes as readonly string[]).includes(code);
}

/** One that can sign: RSA from 2048 bits, or on the curves of ES256, ES384 and ES512. */
function isPrivateKey(key: object): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey({
      key: key as JsonWebKey,
      format: 'jwk',
    });
    if (asymmetricKeyType === 'ec') return true;
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS;
  } catch {
    return false;
  }
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}
