// A plain oidc-provider with memory storage for tests of relying parties: it signs in whoever the
// test says, or answers the error the test asks for. Nothing of Hutong's own is in it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';
import Provider from 'oidc-provider';
import type { ClientMetadata, Configuration, InteractionResults } from 'oidc-provider';
import { serverTimes } from '../../src/platform/http/server.ts';

export type PlainProvider = {
  readonly issuer: string;
  readonly signingKeys: readonly JWK[];
  /** What the next interactions answer. */
  decision: { accountId: string; level: number } | { error: string; description?: string };
  /** How often an access token was renewed with a refresh token. */
  refreshes: number;
  readonly stop: () => Promise<void>;
};

export type PlainProviderOptions = {
  readonly port?: number;
  readonly clients: readonly ClientMetadata[];
  readonly claims: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly accessTokenSeconds?: number;
  /** For ID tokens; one key for each. */
  readonly algorithms?: readonly SigningAlgorithm[];
  readonly features?: NonNullable<Configuration['features']>;
};

type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

export async function startPlainProvider(options: PlainProviderOptions): Promise<PlainProvider> {
  const server = createServer(serverTimes);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const algorithms = options.algorithms ?? ['RS256', 'ES256'];
  const signingKeys = await Promise.all(algorithms.map(makeKey));
  const plain: PlainProvider = {
    issuer,
    signingKeys,
    decision: { accountId: 'nobody', level: 1 },
    refreshes: 0,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const provider = configure(plain, options);
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    await provider.interactionFinished(ctx.req, ctx.res, await decide(provider, plain, ctx));
    ctx.respond = false;
  });
  provider.on('grant.success', (ctx) => {
    if (ctx.oidc.params?.['grant_type'] === 'refresh_token') plain.refreshes += 1;
  });
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  return plain;
}

function configure(plain: PlainProvider, options: PlainProviderOptions): Provider {
  return new Provider(plain.issuer, {
    // The library alone takes https only for it.
    clients: options.clients.map(({ initiate_login_uri: _unused, ...client }) => client),
    jwks: { keys: [...plain.signingKeys] },
    cookies: { keys: ['a key for tests only'] },
    acrValues: [1, 2, 3, 4].map((level) => `urn:hutong:level:${level}`),
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_ctx, accountId, client) => `${client.clientId}-${accountId}`,
    enabledJWA: {
      idTokenSigningAlgValues: [...(options.algorithms ?? ['RS256', 'ES256'])],
      userinfoSigningAlgValues: [...(options.algorithms ?? ['RS256', 'ES256'])],
    },
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time', 'subject_type', 'real_name_level'],
      profile: ['preferred_username'],
      phone: ['phone_number'],
      email: ['email'],
      real_name: ['name'],
      id_document: ['id_document'],
      legal_entity: ['legal_entity', 'acting_as'],
      civil_servant: ['civil_servant'],
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      ...options.features,
    },
    // Without the library's own refusal of loopback: that is where a test's receivers are.
    fetch: async (url, init) => {
      const { method = 'GET', headers, body, signal } = init as RequestInit;
      return fetch(url, {
        method,
        ...(headers && { headers }),
        ...(body && { body }),
        ...(signal && { signal }),
      });
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: () => true },
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 600,
      Session: 3_600,
      Grant: 3_600,
      Interaction: 600,
      IdToken: 600,
      RefreshToken: 3_600,
    },
    async findAccount(_ctx, accountId) {
      const claims = options.claims[accountId];
      return claims && { accountId, claims: async () => ({ ...claims, sub: accountId }) };
    },
  });
}

type Context = Parameters<Parameters<Provider['use']>[0]>[0];

async function decide(
  provider: Provider,
  plain: PlainProvider,
  ctx: Context,
): Promise<InteractionResults> {
  const { decision } = plain;
  if ('error' in decision) {
    return {
      error: decision.error,
      error_description: decision.description ?? 'as the test asked',
    };
  }
  const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res);
  if (prompt.name === 'login') {
    const acr = `urn:hutong:level:${decision.level}`;
    return { login: { accountId: decision.accountId, acr, amr: ['pwd'] } };
  }
  const grant = new provider.Grant({
    accountId: session?.accountId ?? decision.accountId,
    clientId: String(params['client_id']),
  });
  grant.addOIDCScope(String(params['scope']));
  return { consent: { grantId: await grant.save() } };
}

async function makeKey(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `test-${alg}` };
}
