// Delivers logout notices (OpenID Connect Back-Channel Logout). The token is made for each attempt,
// because it lives for two minutes and a receiver may be down for longer.
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { judgeFailure, judgeRefusal } from '../platform/judge-delivery.ts';
import { OutboxWorker } from '../platform/outbox-worker.ts';
import type { Random } from '../platform/random.ts';
import type { LogoutOutboxStore, LogoutPayload } from './logout-outbox-store.ts';

interface LogoutWorkerDependencies {
  store: Pick<LogoutOutboxStore, 'isAnyDue' | 'lease' | 'settle'>;
  /**
   * Issues a fresh logout token and posts it. `no_receiver`: the client is gone or registered no
   * back-channel address. @throws what the library or the outgoing request throws.
   */
  issueLogout: (
    clientId: string,
    accountId: string,
    sid: string,
  ) => Promise<'delivered' | 'no_receiver'>;
  clock: Clock;
  random: Random;
  logger: Logger;
  leaseMs?: number;
  pollMs?: number;
}

export function createLogoutWorker(deps: LogoutWorkerDependencies): OutboxWorker<LogoutPayload> {
  const { issueLogout, ...options } = deps;
  return new OutboxWorker<LogoutPayload>({
    name: 'logout',
    ...options,
    deliver: async ({ lane: clientId, payload }) => {
      try {
        const answer = await issueLogout(clientId, payload.accountId, payload.sid);
        return answer === 'delivered'
          ? { outcome: 'delivered', result: 'accepted' }
          : { outcome: 'dropped', result: answer };
      } catch (error) {
        const status = responseStatus(error);
        return status === undefined ? judgeFailure(error) : judgeRefusal(status);
      }
    },
  });
}

/** The library puts the receiver's answer on its error. */
function responseStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  return error.response instanceof Response ? error.response.status : undefined;
}
