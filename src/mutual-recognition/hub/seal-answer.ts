// Answers to lookups: signed by the hub as its ID tokens are, then encrypted to the platform that asked.
// Their size depends on how many lookups were asked for and on nothing else.
import { CompactEncrypt, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import type { RecognitionPlatform } from '../recognition-platform.ts';
import { imported } from '../signed-request.ts';
import { ANSWER_SECONDS, ANSWER_TYPE } from './hub-interface.ts';

export interface AnswerSigner {
  issuer: string;
  clock: Clock;
  signingKeys: { readonly jwks: { keys: object[] }; isCurrent(): boolean };
}

export interface LookupAnswer {
  trace_id: string;
  home?: { id: string; issuer: string } | undefined;
}

/** Bytes for one answer: as long as the longest trace id, name and address of a platform make it. */
const ANSWER_BYTES = 288;

/** @throws AppError `database_unavailable` while this process may have missed a change of keys */
export async function sealAnswers(
  { issuer, clock, signingKeys }: AnswerSigner,
  platform: RecognitionPlatform,
  answers: readonly LookupAnswer[],
): Promise<string> {
  if (!signingKeys.isCurrent()) {
    throw new AppError('database_unavailable', { details: { reason: 'signing_keys_not_current' } });
  }
  const keys = signingKeys.jwks.keys as JWK[];
  // Of one algorithm the active key comes first.
  const signing = keys.find(({ alg }) => alg === 'ES256');
  const encryption = platform.jwks.keys.find(({ use }) => use === 'enc') as JWK | undefined;
  if (!signing || !encryption) throw new Error('no key to answer with');
  const now = epochSeconds(clock);
  const token = await new SignJWT({ answers, pad: padding(answers) })
    .setProtectedHeader({ alg: 'ES256', kid: signing.kid ?? '', typ: ANSWER_TYPE })
    .setIssuer(issuer)
    .setAudience(platform.id)
    .setIssuedAt(now)
    .setExpirationTime(now + ANSWER_SECONDS)
    .sign(await imported(signing));
  return new CompactEncrypt(Buffer.from(token, 'utf8'))
    .setProtectedHeader({
      alg: 'ECDH-ES',
      enc: 'A256GCM',
      cty: 'JWT',
      kid: encryption.kid ?? '',
    })
    .encrypt(await imported(encryption));
}

function padding(answers: readonly LookupAnswer[]): string {
  const length = Buffer.byteLength(JSON.stringify(answers));
  return ' '.repeat(Math.max(0, answers.length * ANSWER_BYTES - length));
}
