// What an introspection says beside the token's own facts: who is at the keyboard and for whom, as it
// is at this moment (RFC 7662, 2.2 allows members of our own).
import type { KoaContextWithOIDC } from 'oidc-provider';
import { levelOfAcr } from '../claims/assurance.ts';
import type { createAccountLookup, SignedInAccount } from '../claims/signed-in-account.ts';

interface TokenFacts {
  accountId?: string;
  clientId?: string;
  grantId?: string;
}

/** Of `openid` and `legal_entity`; anything else is fetched at userinfo. */
const TOLD = ['subject_type', 'acting_as', 'operator'] as const;

/** Whether the account behind a token, and the capacity in which it acts, still count. */
export async function mayBeUsed(
  findAccount: ReturnType<typeof createAccountLookup>,
  ctx: KoaContextWithOIDC,
  token: TokenFacts,
): Promise<boolean> {
  const { accountId, clientId, grantId } = token;
  if (accountId === undefined) return true;
  const owner = clientId === undefined ? undefined : await ctx.oidc.provider.Client.find(clientId);
  const account = await findAccount(ctx, accountId, {
    ...(grantId === undefined ? {} : { grantId }),
    ...(owner ? { forClient: owner } : {}),
  });
  if (account) ctx.oidc.entity('Account', account);
  return account !== undefined;
}

/** What a source of an access token says of the sign-in behind it. */
interface SignInFacts {
  acr?: string;
  authTime?: number;
}

/**
 * The sign-in that an access token of a person stands on, kept with it, so that a resource server can
 * ask for a better one (RFC 9470, 6).
 */
export function signInOf(ctx: KoaContextWithOIDC): Record<string, unknown> | undefined {
  const { AuthorizationCode, RefreshToken, DeviceCode } = ctx.oidc.entities;
  const source = (AuthorizationCode ?? RefreshToken ?? DeviceCode) as SignInFacts | undefined;
  if (!source) return undefined;
  const { acr, authTime } = source;
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
  };
}

/** Adds it to the answer, as far as the person allowed it to the client of the token. */
export async function describeIntrospected(
  ctx: { body?: unknown },
  oidc: KoaContextWithOIDC['oidc'],
): Promise<void> {
  const body = ctx.body as Record<string, unknown> | undefined;
  const { Grant } = oidc.entities;
  const account = oidc.entities.Account as SignedInAccount | undefined;
  if (oidc.route !== 'introspection' || body?.['active'] !== true || !account || !Grant) return;
  // A level that fell since is not shown any more.
  const level = levelOfAcr(body['acr'] as string | undefined) ?? 0;
  if (level > account.realNameLevel) delete body['acr'];
  const scopes = ['openid', 'legal_entity'];
  const scope = Grant.getOIDCScopeFiltered(new Set(scopes));
  const claims = await account.claims('introspection', scope, {}, []);
  for (const name of TOLD) {
    if (claims[name] !== undefined) body[name] = claims[name];
  }
}
