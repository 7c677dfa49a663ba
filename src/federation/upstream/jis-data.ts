// `data` of a JIS gateway: an object, or one that is encrypted as the peer's `settings.data_encryption` says.
// The key is the MD5 of the appword, Base64 of what is encrypted, a vector of 16 bytes in front where the mode
// has one. Platforms differ here; the names are those of OpenSSL.
import { createDecipheriv, createHash } from 'node:crypto';
import { parsedJson } from './dialect-request.ts';
import type { JsonAnswer } from './dialect-request.ts';
import { isRecord } from './stated-fields.ts';

const CIPHERS = ['aes-128-cbc', 'aes-128-ecb', 'sm4-cbc', 'sm4-ecb'] as const;
const VECTOR_BYTES = 16;

/** Undefined for what cannot be read. */
export function readJisData(
  data: unknown,
  { encryption, appword }: { encryption: string | undefined; appword: string },
): JsonAnswer | undefined {
  const isPlain = encryption === undefined || encryption === 'none';
  const text = isPlain ? data : decrypted(data, encryption, appword);
  const value = typeof text === 'string' ? parsedJson(text) : text;
  return isRecord(value) ? value : undefined;
}

function decrypted(data: unknown, encryption: string, appword: string): string | undefined {
  const cipher = CIPHERS.find((each) => each === encryption);
  if (cipher === undefined || typeof data !== 'string') return undefined;
  const bytes = Buffer.from(data, 'base64');
  const vectorLength = cipher.endsWith('-cbc') ? VECTOR_BYTES : 0;
  const vector = vectorLength > 0 ? bytes.subarray(0, vectorLength) : null;
  const key = createHash('md5').update(appword).digest();
  try {
    const decipher = createDecipheriv(cipher, key, vector);
    const start = decipher.update(bytes.subarray(vectorLength));
    return Buffer.concat([start, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
