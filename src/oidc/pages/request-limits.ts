// What strangers can make us keep: how long the parameters of a request may be, and how many
// requests of one address may begin an interaction.
import { errors } from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { AppError } from '../../platform/errors.ts';

/** Bytes. */
const LONGEST: Readonly<Record<string, number>> = {
  state: 2048,
  nonce: 2048,
  login_hint: 512,
  ui_locales: 200,
  claims_locales: 200,
  claims: 4096,
};
const LONGEST_TOGETHER = 16_384;

/** @throws InvalidRequest that names the parameter. */
export function checkSizes(ctx: KoaContextWithOIDC): void {
  let together = 0;
  for (const [name, value] of Object.entries(ctx.oidc.params ?? {})) {
    if (value === undefined || value === null) continue;
    const size = Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
    const longest = LONGEST[name];
    if (longest !== undefined && size > longest) {
      throw new RequestTooLong(`'${name}' is longer than ${longest} bytes`);
    }
    together += size;
  }
  if (together > LONGEST_TOGETHER) {
    throw new RequestTooLong(`the parameters together are longer than ${LONGEST_TOGETHER} bytes`);
  }
}

/** Told on a page: the redirect to the client would have to carry what is too long. */
class RequestTooLong extends errors.InvalidRequest {
  override readonly allow_redirect = false;
}

/** One of ours, in the library's clothes: rendered as a page of ours. */
export class RequestRefused extends errors.OIDCProviderError {
  override readonly allow_redirect = false;
  override readonly expose = true;
  readonly refusal: AppError;

  constructor(refusal: AppError) {
    super(refusal.status, 'temporarily_unavailable');
    this.error_description = 'too many requests, try again later';
    this.refusal = refusal;
  }
}

/** @throws RequestRefused when `reserve` refuses. */
export async function admit(
  ctx: KoaContextWithOIDC,
  reserve: (address: string) => Promise<unknown>,
): Promise<void> {
  try {
    await reserve(ctx.ip);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { retryAfterSeconds } = error;
    if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds));
    throw new RequestRefused(error);
  }
}
