// The one closed list of unexpected outcomes. Code → status → log level; the words are the
// locale keys `error.<code>.title|what|next`. Expected outcomes are return values, never errors.

type LogLevel = 'info' | 'warn' | 'error';

const ERROR_TABLE = {
  input_invalid: { status: 400, logLevel: 'info' },
  input_too_large: { status: 413, logLevel: 'info' },
  input_type_unsupported: { status: 415, logLevel: 'info' },
  csrf_failed: { status: 403, logLevel: 'info' },
  cookies_required: { status: 400, logLevel: 'info' },
  https_required: { status: 400, logLevel: 'info' },
  not_found: { status: 404, logLevel: 'info' },
  method_not_allowed: { status: 405, logLevel: 'info' },
  forbidden: { status: 403, logLevel: 'info' },
  sign_in_required: { status: 401, logLevel: 'info' },
  interaction_expired: { status: 400, logLevel: 'info' },
  conflict: { status: 409, logLevel: 'info' },
  too_many_requests: { status: 429, logLevel: 'info' },
  overloaded: { status: 503, logLevel: 'warn' },
  database_unavailable: { status: 503, logLevel: 'error' },
  timed_out: { status: 503, logLevel: 'error' },
  clock_wrong: { status: 503, logLevel: 'error' },
  protocol_error: { status: 400, logLevel: 'info' },
  configuration_invalid: { status: 500, logLevel: 'error' },
  internal: { status: 500, logLevel: 'error' },
} as const satisfies Record<string, { status: number; logLevel: LogLevel }>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export const errorCodes = Object.keys(ERROR_TABLE) as ErrorCode[];

interface AppErrorOptions {
  cause?: unknown;
  /** Goes to the log and never to a page: no person data, tokens or secrets. */
  details?: Record<string, unknown>;
  /** Seconds a well-behaved caller waits before it tries again (`Retry-After`). */
  retryAfterSeconds?: number;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterSeconds =
      options.retryAfterSeconds ?? (ERROR_TABLE[code].status === 503 ? 5 : undefined);
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get logLevel(): LogLevel {
    return ERROR_TABLE[this.code].logLevel;
  }

  get localeKey(): `error.${ErrorCode}` {
    return `error.${this.code}`;
  }
}
