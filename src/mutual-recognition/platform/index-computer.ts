// Computes indexes with the key holder, which sees blinded elements only. Its key is believed when it is
// the pinned one: every answer proves which key it was computed with.
import { z } from 'zod';
import type { Certificate } from '../../accounts/identity-number.ts';
import type { Clock } from '../../platform/clock.ts';
import { EVALUATIONS_PATH, KEYS_PATH } from '../key-holder/key-holder-interface.ts';
import { openOprf } from '../oprf.ts';
import type { Oprf } from '../oprf.ts';
import { indexInputs } from '../recognition-index.ts';
import type { FoundBy } from '../recognition-index.ts';
import type { ServiceClient, ServiceFailure } from './service-client.ts';

export interface PinnedKey {
  epoch: number;
  /** base64url */
  publicKey: string;
}

export interface PublishedKey extends PinnedKey {
  state: string;
}

export interface UsableEpochs {
  /** Which strangers are looked up with. */
  active: number | undefined;
  /** Which our people are registered under. */
  all: readonly number[];
}

export type Computed =
  | { ok: true; found: readonly FoundBy[] }
  /** `wrong_key`: the answer was not computed with the pinned key. */
  | { ok: false; reason: ServiceFailure | 'wrong_key' };

const keysSchema = z.object({
  keys: z.array(z.object({ epoch: z.int(), state: z.string(), public_key: z.string() })),
});
const answerSchema = z.object({ evaluated: z.array(z.string()), proof: z.string() });

const KEYS_KEPT_MS = 10_000;
const BATCH_MS = 20_000;

export class IndexComputer {
  readonly #deps: { client: ServiceClient; clock: Clock; pinned: readonly PinnedKey[] };
  #oprf: Promise<Oprf> | undefined;
  #epochs: { value: UsableEpochs; readAt: number } | undefined;

  constructor(deps: { client: ServiceClient; clock: Clock; pinned: readonly PinnedKey[] }) {
    this.#deps = deps;
  }

  /** Those that are pinned here and that the key holder still has; undefined when it does not answer. */
  async epochs(): Promise<UsableEpochs | undefined> {
    const known = this.#epochs;
    if (known && performance.now() - known.readAt < KEYS_KEPT_MS) return known.value;
    const published = await this.published();
    if (!published) return undefined;
    const pinned = new Set(this.#deps.pinned.map(({ epoch }) => epoch));
    const usable = published.filter(({ epoch }) => pinned.has(epoch));
    const value = {
      active: usable.find(({ state }) => state === 'active')?.epoch,
      all: usable.map(({ epoch }) => epoch),
    };
    this.#epochs = { value, readAt: performance.now() };
    return value;
  }

  /** What the key holder says that it has; only an evaluation proves it. */
  async published(): Promise<PublishedKey[] | undefined> {
    const reply = await this.#deps.client.get(KEYS_PATH);
    const parsed = reply.ok ? keysSchema.safeParse(parseJson(reply.text)) : undefined;
    return parsed?.data?.keys.map(({ epoch, state, public_key: publicKey }) => {
      return { epoch, state, publicKey };
    });
  }

  /** In the order of the certificates, which are canonical. */
  async compute(epoch: number, certificates: readonly Certificate[]): Promise<Computed> {
    const key = this.#deps.pinned.find((each) => each.epoch === epoch);
    if (!key) return { ok: false, reason: 'wrong_key' };
    const oprf = await this.#loaded();
    const inputs = certificates.flatMap((certificate) => Object.values(indexInputs(certificate)));
    const items = inputs.map((input) => oprf.blind(input));
    const elements = items.map(({ blinded }) => encoded(blinded));
    const { client } = this.#deps;
    const reply = await client.post(
      EVALUATIONS_PATH,
      { epoch, elements },
      items.length > 2 ? BATCH_MS : undefined,
    );
    if (!reply.ok) return reply;
    const answer = answerSchema.safeParse(parseJson(reply.text));
    if (!answer.success) return { ok: false, reason: 'wrong_key' };
    const evaluated = answer.data.evaluated.map(decoded);
    const evaluation = { evaluated, proof: decoded(answer.data.proof) };
    const outputs = oprf.finalize(items, evaluation, decoded(key.publicKey))?.map(encoded);
    if (!outputs) return { ok: false, reason: 'wrong_key' };
    const found = certificates.map((_, place) => ({
      subject: outputs[2 * place] ?? '',
      bucket: outputs[2 * place + 1] ?? '',
    }));
    return { ok: true, found };
  }

  #loaded(): Promise<Oprf> {
    this.#oprf ??= openOprf();
    return this.#oprf;
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function encoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function decoded(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
