// The library's Interaction model. A browser may come back late with a sign-in that was finished
// before: when the password it was proven with has been changed since, or the passkey removed, it
// opens nothing any more.
import type { AdapterPayload } from 'oidc-provider';
import { z } from 'zod';
import type { SessionStore } from '../../sessions/session-store.ts';
import { ArtefactAdapter } from './artefact-adapter.ts';
import type { ArtefactAdapterDependencies } from './artefact-adapter.ts';
import { storing } from './database-failure.ts';
import { currentMemo, currentRequest, readAhead } from './request-memo.ts';
import type { StandingReaders } from './standing-readers.ts';

interface InteractionAdapterDependencies extends ArtefactAdapterDependencies {
  sessions: Pick<SessionStore, 'endings'>;
  readers: Pick<StandingReaders, 'account'>;
  credentials: {
    passwords: { find(accountId: string): Promise<{ revision: number } | undefined> };
    passkeys: { has(accountId: string, id: string): Promise<boolean> };
  };
  entitySignIns: { has(id: string): Promise<boolean> };
  upstreamSignIns: { has(id: string): Promise<boolean> };
}

/** Where the library acts on what an interaction has come to. */
const RESUMING_ROUTES = new Set(['resume', 'device_resume']);

/** As `finish-sign-in.ts` leaves it; without a revision no password was asked for. */
const provenLogin = z.object({
  result: z.object({
    login: z.object({
      accountId: z.string(),
      passwordRevision: z.number().optional(),
      passkeyId: z.string().optional(),
      entitySignInId: z.string().optional(),
      upstreamSignInId: z.string().nullish(),
    }),
  }),
});

type ProvenLogin = z.infer<typeof provenLogin>['result']['login'];

export class InteractionAdapter extends ArtefactAdapter {
  readonly #deps: InteractionAdapterDependencies;

  constructor(deps: InteractionAdapterDependencies) {
    super('Interaction', deps);
    this.#deps = deps;
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await super.find(id);
    if (!payload || !RESUMING_ROUTES.has(currentRequest()?.oidc.route ?? '')) return payload;
    const { success, data } = provenLogin.safeParse(payload);
    if (!success) return payload;
    if (await storing(() => this.#isStillProven(data.result.login))) return payload;
    // The library asks again, as if nothing had been proven.
    const { result: _result, ...unanswered } = payload;
    return unanswered;
  }

  /**
   * How often everything of the account was ended is read before anything else of it, in one command
   * with the account, which is asked for next.
   */
  async #isStillProven(login: ProvenLogin): Promise<boolean> {
    const { accountId, passwordRevision, passkeyId, entitySignInId, upstreamSignInId } = login;
    const { entitySignIns, upstreamSignIns, sessions, readers } = this.#deps;
    const { passwords, passkeys } = this.#deps.credentials;
    const memo = currentMemo();
    const counting = sessions.endings.countOf(accountId);
    if (memo) readAhead(memo, ['Account', accountId], () => readers.account(accountId));
    const password = passwordRevision === undefined ? undefined : passwords.find(accountId);
    const [endings, found] = await Promise.all([counting, password]);
    const upstreamId = upstreamSignInId ?? undefined;
    if (memo) {
      memo.signingIn = { accountId, endings, entitySignInId, upstreamSignInId: upstreamId };
    }
    if (entitySignInId !== undefined && !(await entitySignIns.has(entitySignInId))) return false;
    if (upstreamId !== undefined && !(await upstreamSignIns.has(upstreamId))) return false;
    if (passkeyId !== undefined && !(await passkeys.has(accountId, passkeyId))) return false;
    return passwordRevision === undefined || found?.revision === passwordRevision;
  }
}
