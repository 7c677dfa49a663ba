// A change notice of the register of legal entities: a compact JWS (RFC 7515) with HMAC SHA-256 under
// a key that only the register and we hold, so that whatever carries it can neither make nor alter one.
// It says that something has changed; what is so now, the register is asked.
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { isCertificateType } from '../../accounts/certificate-types.ts';
import type { CertificateType } from '../../accounts/certificate-types.ts';
import type { ChangeNoticesConfig } from '../../platform/change-notices-config.ts';

export const entityChanges = ['cancelled', 'revoked', 'renamed', 'representative_changed'] as const;
export type EntityChange = (typeof entityChanges)[number];

const claimsSchema = z.object({
  /** Counts all notices of the register, without gaps. */
  seq: z.int().min(1),
});

const noticeSchema = claimsSchema.extend({
  uscc: z.string().regex(/^[0-9A-Z]{18}$/u),
  change: z.enum(entityChanges),
  /** Who represents it from now on. */
  representative: z
    .object({
      name: z.string().min(1).max(100),
      certificate_type: z.custom<CertificateType>(
        (value) => typeof value === 'string' && isCertificateType(value),
      ),
      certificate_number: z.string().min(1).max(50),
    })
    .optional(),
});

export type ChangeNotice = z.infer<typeof noticeSchema>;

export type ReadNotice =
  | { ok: true; notice: ChangeNotice }
  /** Not the register's, or altered on the way. */
  | { ok: false; reason: 'forged' }
  /** The register's, and says nothing that we know; its number counts. */
  | { ok: false; reason: 'malformed'; seq: number };

export const NOTICE_TYPE = 'entity-change+jwt';

/** Its age says nothing: what was missed for days is still to be looked after. */
export async function readNotice(
  notice: string,
  { issuer, clientId, key }: Pick<ChangeNoticesConfig, 'issuer' | 'clientId' | 'key'>,
): Promise<ReadNotice> {
  let payload: unknown;
  try {
    ({ payload } = await jwtVerify(notice, new TextEncoder().encode(key), {
      algorithms: ['HS256'],
      typ: NOTICE_TYPE,
      issuer,
      audience: clientId,
    }));
  } catch (error) {
    if (error instanceof errors.JOSEError) return { ok: false, reason: 'forged' };
    throw error;
  }
  const read = noticeSchema.safeParse(payload);
  if (read.success) return { ok: true, notice: read.data };
  const counted = claimsSchema.safeParse(payload);
  return counted.success
    ? { ok: false, reason: 'malformed', seq: counted.data.seq }
    : { ok: false, reason: 'forged' };
}
