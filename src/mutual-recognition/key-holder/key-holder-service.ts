// What the key holder answers: its public keys to everybody, evaluations of blinded elements to platforms.
// It learns how many elements who asked for when, and nothing of what they mean.
import { z } from 'zod';
import type { Oprf } from '../oprf.ts';
import { ELEMENT_BYTES } from '../oprf.ts';
import { overQuota, problem, serviceMount, signedEndpoint } from '../service-mount.ts';
import type { ServiceAnswer, ServiceDependencies, ServiceEndpoint } from '../service-mount.ts';
import type { RecognitionPlatform } from '../recognition-platform.ts';
import type { RecognitionUsage } from '../usage-store.ts';
import type { EvaluationThreads } from './evaluation-threads.ts';
import { EVALUATIONS_PATH, KEYS_PATH, MOST_ELEMENTS } from './key-holder-interface.ts';
import type { RecognitionKeyKeeper } from './recognition-key-keeper.ts';

interface KeyHolderDependencies extends ServiceDependencies {
  oprf: Oprf;
  keys: Pick<RecognitionKeyKeeper, 'keyOf' | 'published'>;
  threads: Pick<EvaluationThreads, 'evaluate'>;
  usage: Pick<RecognitionUsage, 'spend' | 'take'>;
}

/** What a lookup needs is evaluated at once, in the thread that has read it. */
const FEW_ELEMENTS = 4;

const requestSchema = z.strictObject({
  epoch: z.int().min(1),
  elements: z
    .array(z.string().regex(/^[\w-]{43}$/u))
    .min(1)
    .max(MOST_ELEMENTS),
});

export function keyHolderMount(deps: KeyHolderDependencies) {
  const published: ServiceEndpoint = {
    method: 'GET',
    path: KEYS_PATH,
    name: 'recognition_key.keys',
    answer: () => Promise.resolve({ status: 200, body: { keys: deps.keys.published() } }),
  };
  const evaluations = signedEndpoint({
    method: 'POST',
    path: EVALUATIONS_PATH,
    name: 'recognition_key.evaluate',
    schema: requestSchema,
    maxBytes: MOST_ELEMENTS * 64,
    handle: (platform, request) => evaluate(deps, platform, request),
  });
  return serviceMount(deps, [published, evaluations]);
}

async function evaluate(
  deps: KeyHolderDependencies,
  platform: RecognitionPlatform,
  { epoch, elements }: z.output<typeof requestSchema>,
): Promise<ServiceAnswer> {
  const key = deps.keys.keyOf(epoch);
  if (!key) return problem(410, 'epoch_unknown');
  const blinded = elements.map((text) => Buffer.from(text, 'base64url'));
  if (!blinded.every((each) => each.length === ELEMENT_BYTES && deps.oprf.isElement(each))) {
    return problem(400, 'input_invalid');
  }
  // Before anything is computed: every guess counts.
  const amount = blinded.length;
  const refusal = await overQuota(deps, platform, { what: 'evaluations', amount });
  if (refusal) return refusal;
  const { evaluated, proof } =
    amount <= FEW_ELEMENTS
      ? deps.oprf.evaluate(key, blinded)
      : await deps.threads.evaluate({ key, blinded });
  const body = { epoch, evaluated: evaluated.map(encoded), proof: encoded(proof) };
  return { status: 200, body };
}

function encoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
