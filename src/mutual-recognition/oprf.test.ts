import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOprf } from './oprf.ts';
import type { Oprf } from './oprf.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const { voprf } = ristretto255_oprf;

// RFC 9497, appendix A.1.2, and its vector 3: a batch of two.
const KEY = {
  secretKey: hex('e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909'),
  publicKey: hex('c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e'),
};
const VECTOR = {
  inputs: [hex('00'), hex('5a'.repeat(17))],
  blinds: [
    '64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706',
    '222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e',
  ],
  blinded: [
    '863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945',
    '90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654',
  ],
  evaluated: [
    'aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e',
    'cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a',
  ],
  proof:
    'cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08',
  random: '419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c',
  outputs: [
    'b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c',
    '8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6',
  ],
};

let oprf: Oprf;
beforeAll(async () => {
  oprf = await openOprf();
});

const inputs = (count: number) =>
  Array.from({ length: count }, (_, number) => Buffer.from(`input ${number}`));

describe('the oblivious function', () => {
  it('is not verified with another key, another order, a missing or a changed answer', () => {
    const key = oprf.newKey();
    const items = inputs(3).map((input) => oprf.blind(input));
    const answer = oprf.evaluate(
      key,
      items.map(({ blinded }) => blinded),
    );
    const { evaluated, proof } = answer;
    const [first, second, third] = evaluated as [Uint8Array, Uint8Array, Uint8Array];
    const bent = Buffer.from(proof);
    bent[5] = (bent[5] ?? 0) ^ 1;
    expect(oprf.finalize(items, answer, oprf.newKey().publicKey)).toBeUndefined();
    for (const wrong of [
      { evaluated: [second, first, third], proof },
      { evaluated: [first, second], proof },
      { evaluated: [first, second, oprf.newKey().publicKey], proof },
      { evaluated: [first, second, new Uint8Array(32)], proof },
      { evaluated, proof: bent },
      { evaluated, proof: proof.subarray(1) },
    ]) {
      expect(oprf.finalize(items, wrong, key.publicKey)).toBeUndefined();
    }
    expect(oprf.finalize(items, answer, key.publicKey)).toHaveLength(3);
  });

  it('takes no element that is the identity, not canonical or of another length', () => {
    const { publicKey } = oprf.newKey();
    expect(oprf.isElement(new Uint8Array(32))).toBe(false);
    expect(oprf.isElement(new Uint8Array(32).fill(255))).toBe(false);
    expect(oprf.isElement(publicKey.subarray(1))).toBe(false);
    expect(oprf.isElement(publicKey)).toBe(true);
  });

  it('gives the values of RFC 9497, A.1.2.3', () => {
    const items = VECTOR.inputs.map((input, index) =>
      oprf.blind(input, hex(VECTOR.blinds[index] ?? '')),
    );
    const blinded = items.map((item) => item.blinded);
    expect(blinded.map(hexOf)).toEqual(VECTOR.blinded);
    const answer = oprf.evaluate(KEY, blinded, hex(VECTOR.random));
    expect(answer.evaluated.map(hexOf)).toEqual(VECTOR.evaluated);
    expect(hexOf(answer.proof)).toBe(VECTOR.proof);
    expect(oprf.finalize(items, answer, KEY.publicKey)?.map(hexOf)).toEqual(VECTOR.outputs);
  });

  it('agrees with another implementation on both sides, whatever the blinding', () => {
    const key = oprf.newKey();
    const ours = inputs(4).map((input) => oprf.blind(input));
    const theirs = inputs(4).map((input) => ({ input, ...voprf.blind(input) }));
    const ofOurs = voprf.blindEvaluateBatch(
      key.secretKey,
      key.publicKey,
      ours.map(({ blinded }) => blinded),
    );
    const ofTheirs = oprf.evaluate(
      key,
      theirs.map(({ blinded }) => blinded),
    );
    const withEvaluated = theirs.map((each, index) => ({
      ...each,
      evaluated: ofTheirs.evaluated[index] ?? new Uint8Array(),
    }));
    const outputs = voprf.finalizeBatch(withEvaluated, key.publicKey, ofTheirs.proof);
    expect(oprf.finalize(ours, ofOurs, key.publicKey)?.map(hexOf)).toEqual(outputs.map(hexOf));
  });
});
