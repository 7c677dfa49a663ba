// Delivers logout notices (OpenID Connect Back-Channel Logout). The token is made for each attempt,
// because it lives for two minutes and a receiver may be down for longer.
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { describeOutboundFailure, neverSent } from '../platform/outbound-failure.ts';
import { OutboxWorker } from '../platform/outbox-worker.ts';
import type { DeliveryResult } from '../platform/outbox-worker.ts';
import type { Random } from '../platform/random.ts';
import type { LogoutOutboxStore, LogoutPayload } from './logout-outbox-store.ts';

interface LogoutWorkerDependencies {
  store: Pick<LogoutOutboxStore, 'lease' | 'settle'>;
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
        return judgeFailure(error);
      }
    },
  });
}

/** @throws the error again when it did not come from the exchange with the receiver. */
function judgeFailure(error: unknown): DeliveryResult {
  const status = responseStatus(error);
  if (status !== undefined) {
    const isRefusal = status >= 400 && status < 500 && !TEMPORARY.has(status);
    return { outcome: isRefusal ? 'retry_slowly' : 'retry', result: `http_${status}` };
  }
  const failure = describeOutboundFailure(error);
  if (failure === undefined) throw error;
  if (neverSent.has(failure)) return { outcome: 'refused', result: failure };
  const isAnswer = failure === 'redirect_not_followed' || failure === 'body_too_large';
  return { outcome: isAnswer ? 'retry_slowly' : 'retry', result: failure };
}

/** Request Timeout, Too Early, Too Many Requests: client errors that time heals. */
const TEMPORARY = new Set([408, 425, 429]);

/** The library puts the receiver's answer on its error. */
function responseStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  return error.response instanceof Response ? error.response.status : undefined;
}
