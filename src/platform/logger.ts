// Structured logs, one JSON object a line. No line may name a person or open a door: callers pass
// closed words and ids; what slips in all the same is struck out here, in fields and in errors.
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { currentRequestId } from './request-scope.ts';

export type Logger = PinoLogger;

const STRUCK_FIELDS = new Set([
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
]);
const STRUCK = '[redacted]';
const MAX_DEPTH = 4;
const MAX_CAUSES = 5;

interface LoggerOptions {
  level: string;
  service: string;
  /** Of the worker that writes, where there are several. */
  worker?: number | undefined;
}

/** Writes to standard output unless told otherwise; a line is out when the call returns. */
export function createLogger(
  { level, service, worker }: LoggerOptions,
  destination: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid, ...(worker === undefined ? {} : { worker }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => {
        const requestId = currentRequestId();
        return requestId === undefined ? {} : { requestId };
      },
      formatters: { log: (fields) => struckFields(fields, 0) },
      serializers: { err: describeError },
    },
    destination,
  );
}

function struckFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    result[field] = STRUCK_FIELDS.has(field) ? STRUCK : struckValue(value, depth);
  }
  return result;
}

function struckValue(value: unknown, depth: number): unknown {
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value)) return value;
  if (depth >= MAX_DEPTH) return STRUCK;
  if (!isList) return struckFields(value, depth + 1);
  return value.map((each: unknown) => struckValue(each, depth + 1));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Where an error came from, and its message without what it quotes: parsers and databases repeat
 * the input they stumbled over. Other members of errors (documents, replies, keys) are left out.
 */
export function describeError(thrown: unknown, depth = 0): object {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const code = 'code' in thrown ? thrown.code : undefined;
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /u.test(line));
  return {
    type: thrown.name,
    message: withoutPersonData(thrown.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { errorCode: code } : {}),
    stack: frames.join('\n'),
    ...(thrown.cause !== undefined && depth < MAX_CAUSES
      ? { cause: describeError(thrown.cause, depth + 1) }
      : {}),
  };
}

// Order matters: the wider pattern first.
const TELLING = [
  /\bdup key:.*/gsu,
  /"[^"]*"?/gu,
  /[\w.+-]+@[\w.-]+/gu,
  /\?[^\s'"]+/gu,
  /(?:%[0-9a-f]{2})+/giu,
  /[^\p{ASCII}]+/gu,
  /(?=[\w-]*\d)[\w-]{20,}/gu,
  /\d{6,}/gu,
];

/** Strikes what could name a person or be a bearer value: quotations, mail, numbers, long ids. */
export function withoutPersonData(text: string): string {
  return TELLING.reduce((kept, pattern) => kept.replace(pattern, '…'), text).slice(0, 500);
}
