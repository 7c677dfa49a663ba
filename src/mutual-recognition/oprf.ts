// The oblivious function of RFC 9497 in its verifiable mode, ristretto255-SHA512: the key holder computes
// on blinded elements and proves that it used the published key. On libsodium, whose arithmetic takes the
// same time for every key and is ten times as fast as bigints; tests hold it to the vectors of the RFC and
// to another implementation.
import { createHash } from 'node:crypto';
import type sodiumLibrary from 'libsodium-wrappers-sumo';

type Sodium = typeof sodiumLibrary;

export const ELEMENT_BYTES = 32;
export const PROOF_BYTES = 64;

/** Scalars and elements as the RFC writes them: 32 bytes. */
export interface OprfKey {
  secretKey: Uint8Array;
  publicKey: Uint8Array;
}

export interface Blinded {
  input: Uint8Array;
  /** Secret of whoever asks; of one use. */
  blind: Uint8Array;
  blinded: Uint8Array;
}

export interface Evaluation {
  evaluated: Uint8Array[];
  /** One for all of them: it is verified with all of them, in their order. */
  proof: Uint8Array;
}

const CONTEXT = Buffer.concat([
  Buffer.from('OPRFV1-'),
  Buffer.of(1),
  Buffer.from('-ristretto255-SHA512'),
]);
const HASH_TO_GROUP = Buffer.concat([Buffer.from('HashToGroup-'), CONTEXT]);
const HASH_TO_SCALAR = Buffer.concat([Buffer.from('HashToScalar-'), CONTEXT]);
const SEED = Buffer.concat([Buffer.from('Seed-'), CONTEXT]);
const SHA512_BLOCK_BYTES = 128;
const UNIFORM_BYTES = 64;

/** Loads the library, which other processes do without. */
export async function openOprf(): Promise<Oprf> {
  const { default: sodium } = await import('libsodium-wrappers-sumo');
  await sodium.ready;
  return new Oprf(sodium);
}

export class Oprf {
  readonly #sodium: Sodium;

  constructor(sodium: Sodium) {
    this.#sodium = sodium;
  }

  randomScalar(): Uint8Array {
    return this.#sodium.crypto_core_ristretto255_scalar_random();
  }

  newKey(): OprfKey {
    const secretKey = this.randomScalar();
    return { secretKey, publicKey: this.#sodium.crypto_scalarmult_ristretto255_base(secretKey) };
  }

  /** A canonical element other than the identity: what may come from outside (RFC 9497, 3.3). */
  isElement(bytes: Uint8Array): boolean {
    if (bytes.length !== ELEMENT_BYTES || bytes.every((byte) => byte === 0)) return false;
    return this.#sodium.crypto_core_ristretto255_is_valid_point(bytes);
  }

  /** @param input at most 65,535 bytes */
  blind(input: Uint8Array, blind: Uint8Array = this.randomScalar()): Blinded {
    const element = this.#sodium.crypto_core_ristretto255_from_hash(expand(HASH_TO_GROUP, input));
    return { input, blind, blinded: this.#times(blind, element) };
  }

  /**
   * What the key holder answers to blinded elements, each of which is an element.
   * @param random of the proof; never twice
   */
  evaluate(
    key: OprfKey,
    blinded: readonly Uint8Array[],
    random: Uint8Array = this.randomScalar(),
  ): Evaluation {
    const sodium = this.#sodium;
    const evaluated = blinded.map((element) => this.#times(key.secretKey, element));
    const weights = this.#weights(key.publicKey, { blinded, evaluated });
    const m = this.#sum(weights, blinded);
    const z = this.#times(key.secretKey, m);
    const t2 = sodium.crypto_scalarmult_ristretto255_base(random);
    const t3 = this.#times(random, m);
    const challenge = this.#challenge([key.publicKey, m, z, t2, t3]);
    const ofKey = sodium.crypto_core_ristretto255_scalar_mul(challenge, key.secretKey);
    const response = sodium.crypto_core_ristretto255_scalar_sub(random, ofKey);
    return { evaluated, proof: Buffer.concat([challenge, response]) };
  }

  /**
   * The outputs (64 bytes each), or undefined when the proof does not show that all were evaluated with
   * the secret of this public key.
   */
  finalize(
    items: readonly Blinded[],
    { evaluated, proof }: Evaluation,
    publicKey: Uint8Array,
  ): Buffer[] | undefined {
    const blinded = items.map((item) => item.blinded);
    if (evaluated.length !== items.length || proof.length !== PROOF_BYTES) return undefined;
    if (![publicKey, ...evaluated].every((each) => this.isElement(each))) return undefined;
    if (!this.#isProven(publicKey, { blinded, evaluated }, proof)) return undefined;
    return items.map(({ input, blind }, index) => {
      const back = this.#sodium.crypto_core_ristretto255_scalar_invert(blind);
      const element = this.#times(back, evaluated[index] ?? new Uint8Array());
      return sha512([...prefixed(input), ...prefixed(element), Buffer.from('Finalize')]);
    });
  }

  #isProven(publicKey: Uint8Array, of: Evaluated, proof: Uint8Array): boolean {
    const sodium = this.#sodium;
    const challenge = proof.subarray(0, ELEMENT_BYTES);
    const response = proof.subarray(ELEMENT_BYTES);
    try {
      const weights = this.#weights(publicKey, of);
      const m = this.#sum(weights, of.blinded);
      const z = this.#sum(weights, of.evaluated);
      const t2 = sodium.crypto_core_ristretto255_add(
        sodium.crypto_scalarmult_ristretto255_base(response),
        this.#times(challenge, publicKey),
      );
      const t3 = this.#sum([response, challenge], [m, z]);
      return Buffer.from(challenge).equals(this.#challenge([publicKey, m, z, t2, t3]));
    } catch {
      // The library refuses a product that is the identity: no honest proof has one.
      return false;
    }
  }

  /** So that one proof holds for all: each counts with a weight that nobody could choose. */
  #weights(publicKey: Uint8Array, { blinded, evaluated }: Evaluated): Uint8Array[] {
    const seed = sha512([...prefixed(publicKey), ...prefixed(SEED)]);
    return blinded.map((element, index) => {
      const pair = [...prefixed(element), ...prefixed(evaluated[index] ?? new Uint8Array())];
      const parts = [...prefixed(seed), twoBytes(index), ...pair, Buffer.from('Composite')];
      return this.#scalarOf(Buffer.concat(parts));
    });
  }

  #challenge(elements: readonly Uint8Array[]): Uint8Array {
    const parts = [...elements.flatMap((each) => prefixed(each)), Buffer.from('Challenge')];
    return this.#scalarOf(Buffer.concat(parts));
  }

  #scalarOf(message: Uint8Array): Uint8Array {
    return this.#sodium.crypto_core_ristretto255_scalar_reduce(expand(HASH_TO_SCALAR, message));
  }

  #sum(scalars: readonly Uint8Array[], elements: readonly Uint8Array[]): Uint8Array {
    const products = scalars.map((scalar, index) =>
      this.#times(scalar, elements[index] ?? new Uint8Array()),
    );
    return products.reduce((sum, each) => this.#sodium.crypto_core_ristretto255_add(sum, each));
  }

  #times(scalar: Uint8Array, element: Uint8Array): Uint8Array {
    return this.#sodium.crypto_scalarmult_ristretto255(scalar, element);
  }
}

interface Evaluated {
  blinded: readonly Uint8Array[];
  evaluated: readonly Uint8Array[];
}

/** expand_message_xmd with SHA-512 (RFC 9380, 5.3.1) to 64 bytes, which is one block. */
function expand(domain: Uint8Array, message: Uint8Array): Buffer {
  const suffix = Buffer.concat([domain, Buffer.of(domain.length)]);
  const length = twoBytes(UNIFORM_BYTES);
  const padding = Buffer.alloc(SHA512_BLOCK_BYTES);
  const first = sha512([padding, message, length, Buffer.of(0), suffix]);
  return sha512([first, Buffer.of(1), suffix]);
}

function prefixed(bytes: Uint8Array): Uint8Array[] {
  return [twoBytes(bytes.length), bytes];
}

function twoBytes(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function sha512(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
