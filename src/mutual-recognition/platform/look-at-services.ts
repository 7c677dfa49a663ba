// Whether hub and key holder can be used as this platform is set up: both are asked as the platform that we
// are, and the key holder has to prove that it has the pinned key. Costs two evaluations of the quota.
import { CONFLICTS_PATH } from '../hub/hub-interface.ts';
import { epochSeconds } from '../../platform/clock.ts';
import type { RecognitionConfig } from '../../platform/recognition-config.ts';
import { IndexComputer } from './index-computer.ts';
import type { PublishedKey } from './index-computer.ts';
import { ServiceClient } from './service-client.ts';
import type { ServiceClientDependencies, ServiceFailure } from './service-client.ts';

export type KeyProof = 'proven' | 'wrong_key' | ServiceFailure;

export interface ServicesLook {
  /** Undefined when the key holder does not answer, or not with keys. */
  keys: readonly PublishedKey[] | undefined;
  /** Of the epoch that strangers are looked up with; undefined when none of its keys is pinned. */
  proof: KeyProof | undefined;
  hub: 'answers' | ServiceFailure;
}

/** Nobody's. */
const SAMPLE = { type: '111', number: '000000000000000000' } as const;

export async function lookAtServices(
  deps: Omit<ServiceClientDependencies, 'platformId' | 'key'>,
  config: RecognitionConfig,
): Promise<ServicesLook> {
  const own = { ...deps, platformId: config.platformId, key: config.signingKey };
  const client = new ServiceClient(own, config.keyHolder);
  const computer = new IndexComputer({ client, clock: deps.clock, pinned: config.keys });
  const keys = await computer.published();
  const active = keys?.find(({ state }) => state === 'active')?.epoch;
  const isPinned = config.keys.some(({ epoch }) => epoch === active);
  const computed =
    active !== undefined && isPinned ? await computer.compute(active, [SAMPLE]) : undefined;
  const since = epochSeconds(deps.clock);
  const reply = await new ServiceClient(own, config.hub).post(CONFLICTS_PATH, { since });
  return {
    keys,
    proof: computed && (computed.ok ? 'proven' : computed.reason),
    hub: reply.ok ? 'answers' : reply.reason,
  };
}
