// When the database is the reason, the protocol says so: 503 `temporarily_unavailable`, never 500.
import { errors } from 'oidc-provider';
import { AppError } from '../../platform/errors.ts';
import { isDatabaseUnavailable } from '../../platform/mongo.ts';

export class DatabaseUnavailable extends errors.OIDCProviderError {
  override readonly allow_redirect = false;
  override readonly expose = true;
  override error_description = 'the service is temporarily unavailable, try again in a few seconds';

  constructor(cause: unknown) {
    super(503, 'temporarily_unavailable');
    this.cause = cause;
  }
}

/** Not the request's fault and over soon: it is answered 503. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof AppError) return error.status === 503;
  return isDatabaseUnavailable(error);
}

/** Runs a storage operation of the protocol and names its failure. */
export async function storing<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw new DatabaseUnavailable(error);
    throw error;
  }
}
