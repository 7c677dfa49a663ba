// The library's account object: read once per request, present only while the account may be used.
import type { Account as LibraryAccount, KoaContextWithOIDC } from 'oidc-provider';
import type { Account, AccountKind } from '../../accounts/account.ts';
import type { Provenance } from '../../verification/provenance.ts';
import type { Certificate } from '../../accounts/identity-number.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { levelOfAcr } from './assurance.ts';
import { claimsOf, PROVENANCE_CLAIMS, requestedClaims, VIEW_CLAIMS } from './claims.ts';
import type { ClaimSource } from './claims.ts';
import { clientExtras } from './client-extras.ts';
import { numberOf } from '../identity/identity-demand.ts';
import { liveActing, operatorOfGrant } from '../identity/live-acting.ts';
import type { LiveActingDependencies } from '../identity/live-acting.ts';
import { requestMemo, takeAhead } from '../storage/request-memo.ts';
import { storing } from '../storage/database-failure.ts';
import type { GrantRevocation } from '../storage/grant-revocation.ts';
import { pairwiseSubject } from './pairwise.ts';

export interface SignedInAccount extends LibraryAccount {
  kind: AccountKind;
  realNameLevel: number;
  /** Of an organisation, or of what a branch of it rests on. */
  uscc: string | undefined;
}

export interface AccountLookupDependencies extends LiveActingDependencies {
  keyring: Keyring;
  revocation: GrantRevocation;
  /** What the staff directory says of an account, as it has it now. */
  staffClaim(accountId: string): Promise<object | undefined>;
  /** The number that another platform keeps, while a session stands on what it said of it. */
  numberOfSignIn(sessionUid: string, accountId: string): Promise<Certificate | undefined>;
  /** By what an account was verified. */
  provenance(accountId: string): Promise<Provenance>;
  /** What a client knows of an account. */
  accountView(accountId: string, clientId: string): Promise<ClaimSource['view']>;
}

/** What of a code or token matters here; access tokens carry no `acr`. */
interface TokenLike {
  acr?: string;
  amr?: string[];
  grantId?: string;
  sessionUid?: string;
  /** Of whose token it is, where another client asks. */
  forClient?: object;
}

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
    // The capacity in which this was issued has ended: it has, too (docs/decisions/0018).
    const live = await liveActing(deps, token?.grantId);
    if (!live.ok) return undefined;
    return {
      accountId: account.id,
      kind: account.kind,
      realNameLevel: account.realNameLevel,
      uscc: numberOf(account),
      async claims(_use, scope, claims) {
        const scopes = new Set(scope.split(' '));
        const receiver = token?.forClient ?? ctx.oidc.client;
        const client = clientExtras(receiver ?? {});
        const names = requestedClaims({ scopes, single: Object.keys(claims), client });
        const entityId = (accountId: string) =>
          pairwiseSubject(deps.keyring, sectorOf(receiver), accountId);
        const isPublic =
          (receiver as { subjectType?: string } | undefined)?.subjectType === 'public';
        const subjectOf = isPublic ? (accountId: string) => accountId : entityId;
        const isStaff = account.kind === 'civilServant' && names.has('civil_servant');
        const staff = isStaff ? await storing(() => deps.staffClaim(id)) : undefined;
        const isOwn = account.kind === 'legalEntity' && names.has('operator');
        const operator = isOwn ? await operatorOfGrant(deps, token?.grantId) : undefined;
        const { services } = client;
        const sessionUid = token?.sessionUid ?? ctx.oidc.session?.uid;
        const certificate = await numberFor(deps, { account, names, sessionUid });
        const by = { account, certificate, scopes, amr: token?.amr, staff };
        const known = await knownOf(deps, id, { names, receiver });
        const source = { ...by, ...known, entityId, subjectOf, operator, services };
        return { ...claimsOf(names, { ...source, acting: live.identity }), sub: id };
      },
    };
  };
}

/** What another platform keeps is asked for only where it is released. */
async function numberFor(
  deps: Pick<AccountLookupDependencies, 'numberOfSignIn'>,
  of: { account: Account; names: ReadonlySet<string>; sessionUid: string | undefined },
): Promise<Certificate | undefined> {
  const { account, names, sessionUid } = of;
  const isWanted = names.has('id_document') && account.kind === 'naturalPerson';
  if (!isWanted || account.certificate || sessionUid === undefined) return account.certificate;
  return storing(() => deps.numberOfSignIn(sessionUid, account.id));
}

/** Reads what was asked for. */
async function knownOf(
  deps: Pick<AccountLookupDependencies, 'provenance' | 'accountView'>,
  id: string,
  { names, receiver }: { names: ReadonlySet<string>; receiver: object | undefined },
): Promise<Pick<ClaimSource, 'provenance' | 'view'>> {
  const { clientId } = (receiver ?? {}) as { clientId?: string };
  const isAsked = (claims: readonly string[]) => claims.some((name) => names.has(name));
  return storing(async () => ({
    provenance: isAsked(PROVENANCE_CLAIMS) ? await deps.provenance(id) : undefined,
    view:
      isAsked(VIEW_CLAIMS) && clientId !== undefined
        ? await deps.accountView(id, clientId)
        : undefined,
  }));
}

/** The account of an id, read at most once per request. */
function readOnce(deps: AccountLookupDependencies, ctx: object, id: string) {
  const known = requestMemo(ctx).accounts;
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
