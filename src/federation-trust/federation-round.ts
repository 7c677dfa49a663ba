// What has to be done about trust while nobody asks: anchors and subordinates are read again before their
// keys change, our marks and the clients whose chain ends soon are renewed.
import type { Clock } from '../platform/clock.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';

interface RoundDependencies {
  config: FederationConfig;
  clock: Clock;
  logger: Logger;
  refreshAnchors(): Promise<void>;
  refreshSubordinates(): Promise<void>;
  renewMarks(): Promise<void>;
  renewClients(withinSeconds: number): Promise<void>;
}

const LONGEST_PAUSE_SECONDS = 30;

/** Every process does it: what the one has done, the other finds done. */
export function federationRound(deps: RoundDependencies): ReturnType<typeof repeatedWork> {
  const { config, clock, logger } = deps;
  const { statementSeconds, recheckSeconds } = config;
  const pauseSeconds = Math.min(LONGEST_PAUSE_SECONDS, recheckSeconds, statementSeconds / 4);
  let anchorsReadAt = 0;
  const work = async () => {
    const now = clock.now().getTime();
    if (now - anchorsReadAt >= (statementSeconds * 1000) / 4) {
      await deps.refreshAnchors();
      anchorsReadAt = now;
    }
    if (config.hub) await deps.refreshSubordinates();
    await deps.renewMarks();
    await deps.renewClients(2 * pauseSeconds);
  };
  return repeatedWork(work, { name: 'federation', everyMs: pauseSeconds * 1000, logger });
}
