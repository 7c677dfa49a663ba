// The envelope that messages of the tif dialect may stand in: {biz_content, time_stamp, version, sign}. What
// is signed is no published fact: here it is the three members before it as `name=value`, sorted by name and
// joined by `&`, with ECDSA (DER) or RSA and SHA-256.
import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { countingKeys } from '../../peers/dropped-keys.ts';
import type { Peer } from '../../peers/peer.ts';
import { isOfNow, parsedJson, readPlatformTime } from './dialect-request.ts';
import type { JsonAnswer } from './dialect-request.ts';
import { isRecord } from './stated-fields.ts';
import { failed } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';

export type Opened = { ok: true; content: JsonAnswer } | Failed;

/** The text that `sign` is made over. */
export function envelopeText(envelope: {
  biz_content: string;
  time_stamp: string;
  version: string;
}): string {
  const { biz_content: content, time_stamp: time, version } = envelope;
  return `biz_content=${content}&time_stamp=${time}&version=${version}`;
}

/**
 * The content, with or without an envelope. Where the peer has keys registered there must be one, of now and
 * signed with one of them.
 */
export async function openEnvelope(peer: Peer, answer: JsonAnswer, now: Date): Promise<Opened> {
  const isWrapped = 'biz_content' in answer;
  if (!isWrapped) {
    return peer.jwks ? failed('invalid', 'signature_missing') : { ok: true, content: answer };
  }
  const { time_stamp: time } = answer;
  if (!isOfNow(readPlatformTime(time), now)) return failed('invalid', 'time_wrong');
  if (peer.jwks && !(await isSigned(peer, answer))) return failed('invalid', 'signature_wrong');
  const content = unwrapped(answer);
  return content ? { ok: true, content } : failed('unavailable', 'answer_malformed');
}

/** Whatever it is signed with. */
export function unwrapped(answer: JsonAnswer): JsonAnswer | undefined {
  if (!('biz_content' in answer)) return answer;
  const { biz_content: content } = answer;
  const value = typeof content === 'string' ? parsedJson(content) : content;
  return isRecord(value) ? value : undefined;
}

async function isSigned(peer: Peer, answer: JsonAnswer): Promise<boolean> {
  const { biz_content: content, time_stamp: time, version = 'v1', sign } = answer;
  if (typeof content !== 'string' || typeof version !== 'string' || typeof sign !== 'string') {
    return false;
  }
  const text = envelopeText({ biz_content: content, time_stamp: String(time), version });
  const keys = await keysOf(peer);
  return keys.some((key) =>
    verify('sha256', Buffer.from(text), { key, dsaEncoding: 'der' }, Buffer.from(sign, 'base64')),
  );
}

async function keysOf(peer: Peer): Promise<KeyObject[]> {
  const keys = await countingKeys(peer, (peer.jwks?.keys ?? []) as JWK[]);
  return keys.map((jwk) => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
}
