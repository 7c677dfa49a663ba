// Access tokens of people for interfaces of ours: looked up with everything that they stand on, so
// that whatever ends a session, a grant or an account ends them in the same moment.
import type { Account } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { SessionState } from '../../sessions/session-codec.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import type { ArtefactStore } from '../storage/artefact-store.ts';
import type { GrantStore } from '../storage/grant-store.ts';
import type { GrantPayload } from '../storage/grant-union.ts';

export interface OpaqueTokenDependencies {
  artefacts: Pick<ArtefactStore, 'find'>;
  grants: Pick<GrantStore, 'find'>;
  sessions: Pick<SessionStore, 'findByUid'>;
  accounts: Pick<AccountStore, 'findById'>;
  clock: Clock;
}

export interface OpaqueToken {
  audience: string | undefined;
  clientId: string;
  scope: string;
  account: Account;
  grant: GrantPayload;
  /** Absent: it does not end with a browser session. */
  session?: SessionState | undefined;
  /** Of the key that it is bound to. */
  thumbprint?: string | undefined;
}

/** As the library's AccessToken is stored. */
interface TokenPayload {
  aud?: unknown;
  exp?: number;
  accountId?: string;
  clientId?: string;
  grantId?: string;
  sessionUid?: string;
  expiresWithSession?: boolean;
  scope?: string;
  jkt?: string;
}

export async function readOpaqueToken(
  deps: OpaqueTokenDependencies,
  value: string,
): Promise<OpaqueToken | 'expired' | undefined> {
  const stored = await deps.artefacts.find('AccessToken', value);
  if (!stored) return undefined;
  const {
    aud,
    exp = 0,
    accountId,
    clientId,
    grantId,
    scope = '',
    ...rest
  } = stored.payload as TokenPayload;
  if (accountId === undefined || clientId === undefined || grantId === undefined) return undefined;
  if (exp <= epochSeconds(deps.clock)) return 'expired';
  const { sessionUid, expiresWithSession, jkt: thumbprint } = rest;
  const isBound = expiresWithSession === true;
  const [account, grant, session] = await Promise.all([
    deps.accounts.findById(accountId),
    deps.grants.find(grantId),
    isBound && sessionUid !== undefined ? deps.sessions.findByUid(sessionUid) : undefined,
  ]);
  if (!account?.isActive || grant?.accountId !== accountId || grant.clientId !== clientId) {
    return undefined;
  }
  if (isBound && !carries(session, { accountId, clientId, grantId })) return undefined;
  const audience = typeof aud === 'string' ? aud : undefined;
  return { audience, clientId, scope, account, grant, session, thumbprint };
}

/** A slot whose grant was replaced carries the tokens of the former one no more. */
function carries(
  session: SessionState | undefined,
  of: { accountId: string; clientId: string; grantId: string },
): boolean {
  return (
    session?.accountId === of.accountId &&
    session.authorizations[of.clientId]?.grantId === of.grantId
  );
}
