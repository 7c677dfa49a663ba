// Mutual recognition 用户互认 with what it needs of every other domain: the service of a hub, where this is
// one.
import { openRecognitionHub } from '../mutual-recognition/hub/open-hub.ts';
import type { Config } from '../platform/config.ts';
import type { HttpMiddleware } from '../platform/http/context.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import type { Background } from './background.ts';
import type { Domains } from './domains.ts';

export async function openRecognition(
  domains: Domains & { limiters: RouteLimiters },
  { recognitionHub }: Pick<Config, 'recognitionHub'>,
): Promise<{ mount: HttpMiddleware; work: readonly Background[] }> {
  if (!recognitionHub) return { mount: (_ctx, next) => next(), work: [] };
  const hub = await openRecognitionHub(domains, recognitionHub);
  return { mount: hub.mount, work: [hub.work] };
}
