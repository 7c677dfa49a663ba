// `node bench/bare-provider.ts CLIENTS`: oidc-provider as it comes, its store in memory; prints its
// issuer. A password is hashed as the product does, and nothing else is done about it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hash, verify } from '@node-rs/argon2';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import type { ClientMetadata, Configuration } from 'oidc-provider';

const JWT_SECONDS = 300;
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const stored = await hash('any password', cost);
const provider = new Provider(issuer, await configuration());

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = `<form action="${ctx.path}"><input type="password" name="password"></form>`;
    return;
  }
  let body = '';
  for await (const part of ctx.req) body += String(part);
  const { password, login } = Object.fromEntries(new URLSearchParams(body));
  if (!(await verify(stored, password ?? ''))) throw new Error('another password');
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const accountId = `${login}-${randomBytes(4).toString('hex')}`;
  const grantId = await grantOf(accountId, String(params['client_id']));
  const result = { login: { accountId }, consent: { grantId } };
  await provider.interactionFinished(ctx.req, ctx.res, result);
  ctx.respond = false;
});
server.on('request', (request, response) => void provider.callback()(request, response));
process.stdout.write(`${issuer}\n`);
process.once('SIGTERM', () => process.exit(0));

async function grantOf(accountId: string, clientId: string): Promise<string> {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope('openid profile');
  return grant.save();
}

async function configuration(): Promise<Configuration> {
  const given = JSON.parse(process.argv[2] ?? '[]') as Record<string, unknown>[];
  return {
    clients: given.map(libraryMetadata),
    jwks: { keys: await Promise.all(['RS256', 'ES256'].map(makeKey)) },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: ['openid', 'profile', 'read'],
    claims: { openid: ['sub'], profile: ['name'] },
    findAccount: async (_ctx, accountId) => ({
      accountId,
      claims: async () => ({ sub: accountId, name: accountId }),
    }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    async loadExistingGrant(ctx) {
      const { session, client, account, result } = ctx.oidc;
      if (!session || !client || !account) return undefined;
      const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
      const grantId = known ?? (await grantOf(account.accountId, client.clientId));
      return provider.Grant.find(grantId);
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) =>
          ctx.oidc.params?.['grant_type'] === 'client_credentials' ? 'urn:bench:api' : [],
        getResourceServerInfo: () => ({
          scope: 'read',
          audience: 'urn:bench:api',
          accessTokenFormat: 'jwt',
          accessTokenTTL: JWT_SECONDS,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    routes: {
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      userinfo: '/oauth2/userinfo',
      introspection: '/oauth2/introspect',
    },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
    ttl: { AccessToken: 600, Session: 3600, Grant: 3600, Interaction: 600, RefreshToken: 3600 },
  };
}

function libraryMetadata(client: Record<string, unknown>): ClientMetadata {
  const { consent: _, access_token_resource: __, services: ___, ...standard } = client;
  const isWeb = 'redirect_uris' in client;
  return {
    ...standard,
    ...(isWeb ? {} : { redirect_uris: [], response_types: [] }),
  } as unknown as ClientMetadata;
}

async function makeKey(alg: string) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg };
}
