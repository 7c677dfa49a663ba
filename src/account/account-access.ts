// Who is at the account centre. A session counts only while the provider's session that it belongs
// to lives and the account may be used: what was ended elsewhere is over here with the next click.
import type { Account } from '../accounts/account.ts';
import { maskEmail, maskName, maskPhone } from '../accounts/masking.ts';
import { idleSeconds } from '../oidc/lifetimes.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { AccountFrame } from './account.views.ts';
import type { SignInRequest } from './account-client.ts';
import type { AccountDependencies } from './account-deps.ts';
import { ACCOUNT_CLIENT_ID, accountPaths, pageAskedFor, pageOf } from './account-paths.ts';
import type { AccountSession } from './account-session-store.ts';
import { keepPendingSignIn } from './pending-sign-in.ts';
import { aimOf } from './sign-in-aim.ts';

export interface Visitor {
  account: Account;
  session: AccountSession;
}

const COOKIE = 'hutong_account';

/** The person who is signed in here, if anybody is. Counts as activity. */
export async function findVisitor(
  deps: AccountDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  const id = sessionCookie(deps, ctx);
  const session = id === undefined ? undefined : await deps.accountSessions.find(id);
  if (id === undefined || !session) return undefined;
  const [account, providerKey] = await Promise.all([
    deps.accounts.findById(session.accountId),
    deps.sessions.keyOfSid(session.accountId, ACCOUNT_CLIENT_ID, session.sid),
  ]);
  if (!account?.isActive || providerKey !== session.sessionKey) {
    await deps.accountSessions.end(id);
    return undefined;
  }
  const idle = idleSeconds[account.kind];
  await Promise.all([
    deps.accountSessions.touch(session.key, idle),
    deps.sessions.touchByKey(session.sessionKey, idle),
  ]);
  return { account: await withStatedNumber(deps, account, session), session };
}

/** A shadow with the number that the province has said at this sign-in: it is kept nowhere else. */
async function withStatedNumber(
  { numberOfSession }: AccountDependencies,
  account: Account,
  { sessionKey }: AccountSession,
): Promise<Account> {
  if (!account.isShadow) return account;
  const certificate = await numberOfSession(sessionKey, account.id);
  return certificate ? account.withNumber(certificate) : account;
}

/** For pages: who is not signed in goes to the provider and comes back to this page. */
export async function visitorOrSignIn(
  deps: AccountDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  const visitor = await findVisitor(deps, ctx);
  if (!visitor) await sendToSignIn(deps, ctx, { returnTo: pageAskedFor(ctx) });
  return visitor;
}

/** For forms: a sign-in that ended meanwhile must not swallow what was typed. */
export async function visitorOrExplanation(
  deps: AccountDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  // The switches of its answer lead to the page the form stood on.
  const page = (ctx.state.pageAddress ??= pageOf(ctx.path));
  const visitor = await findVisitor(deps, ctx);
  if (!visitor) {
    ctx.render('account/sign-in-again', { signInHref: page }, { status: 401 });
  }
  return visitor;
}

/** Pages of ours. */
export interface SignInPlaces {
  /** The one that needs the sign-in. */
  returnTo: string;
  /** Where somebody was who is signed in and declines; absent: the page above. */
  cancelTo?: string | undefined;
}

export async function sendToSignIn(
  deps: AccountDependencies,
  ctx: HttpContext,
  { returnTo, cancelTo, ...request }: SignInRequest & SignInPlaces,
): Promise<void> {
  const asked = { aim: aimOf(returnTo), ...request };
  const url = await deps.client.begin(asked, (begun) =>
    keepPendingSignIn(deps, ctx, { ...begun, returnTo, cancelTo }),
  );
  redirect(ctx, url.href);
}

/** Back to a page, which then says what was done. */
export async function confirmOn(
  deps: AccountDependencies,
  ctx: HttpContext,
  done: { visitor: Visitor; page: string; notice: NonNullable<AccountFrame['notice']>['key'] },
): Promise<void> {
  await deps.accountSessions.leaveNotice(done.visitor.session.key, done.notice);
  redirect(ctx, done.page);
}

/** What every page of the centre shows around its content. */
export async function accountFrame(
  deps: AccountDependencies,
  { account, session }: Visitor,
): Promise<AccountFrame> {
  const notice = await deps.accountSessions.takeNotice(session.key);
  return {
    maskedName: displayName(account),
    signOutForm: { action: accountPaths.signOut },
    ...(account.kind === 'naturalPerson' && !account.isWard ? { hasEntities: true } : {}),
    ...(account.kind === 'legalEntity' ? { hasSpace: true } : {}),
    ...(mayLink(deps, account) ? { hasLinks: true } : {}),
    ...(account.roles.includes('departmentAdministrator') ? { hasDepartments: true } : {}),
    ...(notice === undefined ? {} : { notice: { key: notice } }),
  };
}

function mayLink(
  { peers }: Pick<AccountDependencies, 'peers'>,
  { kind, isWard }: Account,
): boolean {
  return kind === 'naturalPerson' && !isWard && peers.allActive('upstream').length > 0;
}

/** The name of an entity is public (GB 32100 register), a person's is masked. */
export function displayName(account: Account): string {
  const { name = account.login, phone, email } = account;
  if (name !== undefined) return account.kind === 'legalEntity' ? name : maskName(name);
  // Registered by a contact alone.
  return phone === undefined ? maskEmail(email ?? '') : maskPhone(phone);
}

export function sessionCookie(
  deps: Pick<AccountDependencies, 'cookies'>,
  ctx: HttpContext,
): string | undefined {
  return ctx.cookies.get(deps.cookies.host(COOKIE), { signed: false });
}

/** @param id null to forget it */
export function setSessionCookie(
  deps: Pick<AccountDependencies, 'cookies' | 'isSecure'>,
  ctx: HttpContext,
  id: string | null,
): void {
  ctx.cookies.set(deps.cookies.host(COOKIE), id, {
    ...cookieOptions(deps),
    signed: false,
  });
}
