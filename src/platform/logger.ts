// Structured logs. Paths are logged without query; values that could be person data or bearer
// values are redacted here once more, although no caller should pass them.
import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

const REDACTED = [
  'password',
  'otp',
  'code',
  'token',
  'secret',
  'name',
  'phone',
  'email',
  'login',
  'certificateNumber',
  'cookie',
  'authorization',
].flatMap((key) => [key, `*.${key}`]);

export function createLogger(options: { level: string; service: string }): Logger {
  return pino({
    level: options.level,
    base: { service: options.service },
    redact: { paths: REDACTED, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
