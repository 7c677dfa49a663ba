// An OpenID provider, written by hand, that says what a test makes it say: forged, late, broken or of
// somebody else. Without a spell it is an ordinary one.
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { serverTimes } from '../../src/platform/http/server.ts';

type Endpoint = 'discovery' | 'token' | 'jwks' | 'userinfo';
type Claims = Record<string, unknown>;

export interface Spell {
  metadata?: Claims;
  /** Instead of, or beside, what the ID token says; undefined takes a claim out. */
  idToken?: Claims;
  header?: { alg?: string; kid?: string };
  /** Signs with a key that nobody publishes. */
  isKeyForged?: boolean;
  /** Signs with the client secret. */
  isSymmetric?: boolean;
  /** Signs with the published key, as if it were a secret, or not at all. */
  isSignedBy?: 'public key' | 'nobody';
  userInfo?: Claims;
  /** Answers of a whole endpoint. */
  answers?: Partial<Record<Endpoint, (request: IncomingMessage, response: ServerResponse) => void>>;
}

export interface ForgingProvider {
  issuer: string;
  spell: Spell;
  /** From now on signed with a new key, the old one is gone. */
  rotate(): Promise<void>;
  /** The code of an authorization with this address. */
  codeFor(page: URL): string;
  stop(): Promise<void>;
}

export async function startForgingProvider(clientSecret: string): Promise<ForgingProvider> {
  const server = createServer(serverTimes);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const forged = await makeKey('forged');
  let current = await makeKey('first');
  const codes = new Map<string, URLSearchParams>();
  const provider: ForgingProvider = {
    issuer,
    spell: {},
    rotate: async () => {
      current = await makeKey('second');
    },
    codeFor: (page) => {
      const code = crypto.randomUUID();
      codes.set(code, page.searchParams);
      return code;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function idToken(nonce: string | null, accessToken: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const { spell } = provider;
    const claims = {
      iss: issuer,
      sub: 'p-1',
      aud: 'city',
      nonce,
      iat: now,
      exp: now + 300,
      auth_time: now,
      at_hash: createHash('sha256')
        .update(accessToken)
        .digest()
        .subarray(0, 16)
        .toString('base64url'),
      ...spell.idToken,
    };
    const { jwk, privateKey } = spell.isKeyForged ? forged : current;
    const header = { alg: 'ES256', kid: spell.isKeyForged ? current.jwk.kid : jwk.kid };
    if (spell.isSignedBy) return unsigned(claims, spell.isSignedBy, current.jwk);
    const signer = new SignJWT(JSON.parse(JSON.stringify(claims)) as Claims);
    return spell.isSymmetric
      ? signer
          .setProtectedHeader({ ...header, alg: 'HS256' })
          .sign(new TextEncoder().encode(clientSecret))
      : signer.setProtectedHeader({ ...header, ...spell.header, alg: 'ES256' }).sign(privateKey);
  }

  const ordinary: Record<Endpoint, (body: URLSearchParams) => Promise<[number, unknown]>> = {
    discovery: async () => [
      200,
      {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        userinfo_endpoint: `${issuer}/userinfo`,
        end_session_endpoint: `${issuer}/logout`,
        id_token_signing_alg_values_supported: ['ES256', 'HS256', 'none'],
        ...provider.spell.metadata,
      },
    ],
    jwks: async () => [200, { keys: [current.jwk] }],
    userinfo: async () => [200, { sub: 'p-1', name: '王演示', ...provider.spell.userInfo }],
    token: async (body) => {
      const asked = codes.get(body.get('code') ?? '');
      codes.delete(body.get('code') ?? '');
      if (!asked) return [400, { error: 'invalid_grant' }];
      const token = await idToken(asked.get('nonce'), 'at');
      return [200, { access_token: 'at', token_type: 'Bearer', id_token: token }];
    },
  };

  server.on('request', (request, response) => {
    const path = new URL(request.url ?? '/', issuer).pathname;
    const endpoint = path.startsWith('/.well-known/') ? 'discovery' : (path.slice(1) as Endpoint);
    const told = provider.spell.answers?.[endpoint];
    if (told) return told(request, response);
    void bodyOf(request)
      .then((body) => ordinary[endpoint](body))
      .then(([status, answer]) => sendJson(response, status, answer));
  });
  return provider;
}

/** What a library that trusts the header of a token would take. */
function unsigned(claims: Claims, by: 'public key' | 'nobody', jwk: JWK): string {
  const alg = by === 'nobody' ? 'none' : 'HS256';
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const content = `${encode({ alg, kid: jwk.kid })}.${encode(claims)}`;
  const { x, y } = jwk;
  const signature = createHmac('sha256', JSON.stringify({ x, y }))
    .update(content)
    .digest('base64url');
  return `${content}.${by === 'nobody' ? '' : signature}`;
}

export function sendJson(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), use: 'sig', alg: 'ES256' };
  return { privateKey, jwk: { ...jwk, kid } };
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}
