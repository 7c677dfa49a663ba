// The index: what a person is found by at the hub, and nobody can compute without the key holder. It is
// made of two outputs of the oblivious function, of the whole identity and of its bucket 分组, so that the
// hub can count lookups per bucket and nobody finds anything under another bucket than the right one.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Certificate } from '../accounts/identity-number.ts';

/** What is evaluated; never leaves the platform but blinded. */
export interface IndexInputs {
  subject: Buffer;
  bucket: Buffer;
}

/** What makes identities of one bucket different: sequence and check digit of a resident id. */
const FREE_CHARACTERS = 4;

/** @param certificate canonical: half-width, upper case, without spaces */
export function indexInputs({ type, country = '', number }: Certificate): IndexInputs {
  const given = ['naturalPerson', type, country];
  const subject = ['subject', ...given, number].join('|');
  // Of a resident id: area prefix and birth date.
  const bucket = ['bucket', ...given, number.slice(0, -FREE_CHARACTERS)].join('|');
  return { subject: Buffer.from(subject, 'utf8'), bucket: Buffer.from(bucket, 'utf8') };
}

const OUTPUT = /^[\w-]{86}$/u;
export const indexSchema = z.string().regex(/^[\w-]{43}$/u);

/** Outputs of the oblivious function in base64url: what a lookup names. */
export const foundBySchema = z.strictObject({
  subject: z.string().regex(OUTPUT),
  bucket: z.string().regex(OUTPUT),
});
export type FoundBy = z.output<typeof foundBySchema>;

const DOMAIN = 'hutong.recognition.index.v1';

/** base64url of 32 bytes. */
export function indexOf({ subject, bucket }: FoundBy): string {
  const hash = createHash('sha256').update(DOMAIN);
  return hash.update(subject).update(bucket).digest('base64url');
}
