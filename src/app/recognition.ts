// Mutual recognition 用户互认 with what it needs of every other domain: the service of a hub, where this is
// one, and what a platform does that takes part.
import { PersonAccountList } from '../accounts/person-account-list-store.ts';
import { openRecognitionHub } from '../mutual-recognition/hub/open-hub.ts';
import { openRecognitionClient } from '../mutual-recognition/platform/open-recognition-client.ts';
import type {
  RecognitionClient,
  RecognitionClientBase,
} from '../mutual-recognition/platform/open-recognition-client.ts';
import type { Config } from '../platform/config.ts';
import type { HttpMiddleware } from '../platform/http/context.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import { createOutbound } from '../platform/outbound.ts';
import type { Background } from './background.ts';
import type { Domains } from './domains.ts';

type RecognitionSettings = Pick<Config, 'recognition' | 'recognitionHub' | 'outbound'>;

export interface Recognition {
  mount: HttpMiddleware;
  /** Undefined where this platform takes no part. */
  findHome: RecognitionClient['findHome'] | undefined;
  work: readonly Background[];
}

export async function openRecognition(
  domains: Domains & { limiters: RouteLimiters },
  config: RecognitionSettings,
): Promise<Recognition> {
  const hub = config.recognitionHub && (await openRecognitionHub(domains, config.recognitionHub));
  const part = openPart(domains, config);
  return {
    mount: hub?.mount ?? ((_ctx, next) => next()),
    findHome: part?.client.findHome,
    work: [...(hub ? [hub.work] : []), ...(part ? [part.work] : [])],
  };
}

/** Whole batches take longer, and are larger, than what else is asked outside. */
const EXCHANGE = { timeoutMs: 60_000, maxBodyBytes: 1024 * 1024 };

/** For processes and commands alike. */
export function openPart(
  base: Omit<RecognitionClientBase, 'outbound' | 'people'>,
  { recognition, outbound: rules }: Omit<RecognitionSettings, 'recognitionHub'>,
): { client: RecognitionClient; work: Background } | undefined {
  if (!recognition) return undefined;
  const outbound = createOutbound({ ...rules, ...EXCHANGE });
  const people = new PersonAccountList(base);
  const client = openRecognitionClient({ ...base, outbound, people }, recognition);
  const work: Background = {
    start: () => client.work.start(),
    async stop() {
      await client.work.stop();
      await outbound.close();
    },
  };
  return { client, work };
}
