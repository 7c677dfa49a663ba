// The library's account object: read once per request, present only while the account may be used.
import type { Account as LibraryAccount, KoaContextWithOIDC } from 'oidc-provider';
import type { Account, AccountKind } from '../../accounts/account.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { levelOfAcr } from './assurance.ts';
import { claimsOf, requestedClaims } from './claims.ts';
import { clientExtras } from './client-extras.ts';
import { takeAhead } from '../storage/request-memo.ts';
import { storing } from '../storage/database-failure.ts';
import type { GrantRevocation } from '../storage/grant-revocation.ts';
import { pairwiseSubject } from './pairwise.ts';

export interface SignedInAccount extends LibraryAccount {
  kind: AccountKind;
  realNameLevel: number;
}

interface AccountLookupDependencies {
  accounts: { findById(id: string): Promise<Account | undefined> };
  keyring: Keyring;
  revocation: GrantRevocation;
}

/** What of a code or token matters here; access tokens carry no `acr`. */
interface TokenLike {
  acr?: string;
  amr?: string[];
  grantId?: string;
}

const reads = new WeakMap<object, Map<string, Promise<Account | undefined>>>();

export function createAccountLookup(deps: AccountLookupDependencies) {
  return async function findAccount(
    ctx: KoaContextWithOIDC,
    id: string,
    token?: TokenLike,
  ): Promise<SignedInAccount | undefined> {
    const account = await storing(() => readOnce(deps, ctx, id));
    if (!account?.isActive) return undefined;
    if (token && (levelOfAcr(token.acr) ?? 0) > account.realNameLevel) {
      // The level fell since this was issued: it ends, it is not re-labelled.
      if (token.grantId) await deps.revocation.revoke(token.grantId, 'level_fell');
      return undefined;
    }
    return {
      accountId: account.id,
      kind: account.kind,
      realNameLevel: account.realNameLevel,
      claims(_use, scope, claims) {
        const scopes = new Set(scope.split(' '));
        const client = clientExtras(ctx.oidc.client ?? {});
        const names = requestedClaims({ scopes, single: Object.keys(claims), client });
        const entityId = (accountId: string) =>
          pairwiseSubject(deps.keyring, sectorOf(ctx.oidc.client), accountId);
        const isPublic = ctx.oidc.client?.subjectType === 'public';
        const subjectOf = isPublic ? (accountId: string) => accountId : entityId;
        const source = { account, scopes, amr: token?.amr, entityId, subjectOf };
        return { ...claimsOf(names, source), sub: id };
      },
    };
  };
}

/** The account of an id, read at most once per request. */
function readOnce(deps: AccountLookupDependencies, ctx: object, id: string) {
  const known = reads.get(ctx) ?? new Map<string, Promise<Account | undefined>>();
  reads.set(ctx, known);
  const pending =
    known.get(id) ?? takeAhead<Account | undefined>(['Account', id]) ?? deps.accounts.findById(id);
  known.set(id, pending);
  return pending;
}

/** The sector recorded at registration; else the host of the first redirect URI. */
export function sectorOf(client: object | undefined): string {
  if (!client) return '';
  const recorded = clientExtras(client).sectorHost;
  if (recorded !== undefined) return recorded;
  const [first] = (client as { redirectUris?: string[] }).redirectUris ?? [];
  return first !== undefined && URL.canParse(first) ? new URL(first).host : '';
}
