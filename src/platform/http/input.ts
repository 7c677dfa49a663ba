// Reads what came from outside, strictly: UTF-8 only, no NUL, right percent-encoding, limited
// size. A lenient decoder would turn bytes that nobody sent into names that nobody has.
import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors.ts';
import type { HttpMiddleware } from './context.ts';

export const BODY_LIMIT_BYTES = 64 * 1024;
const URL_LIMIT_CHARACTERS = 12 * 1024;
const FIELD_LIMIT = 200;

/** Repeated fields become lists, which a schema for one value refuses. */
export type Fields = Record<string, string | string[]>;

/** Refuses addresses no handler could read right, for every path, the protocol's included. */
export const addressGuard: HttpMiddleware = async (ctx, next) => {
  if (ctx.originalUrl.length > URL_LIMIT_CHARACTERS) {
    throw new AppError('input_too_large', { details: { part: 'address' } });
  }
  // Node hands raw bytes above 0x7F through as Latin-1: nobody could tell what they meant.
  if (!/^[\x21-\x7E]*$/u.test(ctx.originalUrl)) throw invalid('address', 'encoding');
  decodeComponent(ctx.path, 'path');
  parseFields(ctx.querystring, 'query');
  await next();
};

/** `application/x-www-form-urlencoded` → fields. @throws AppError input_invalid. */
export function parseFields(text: string, part: 'query' | 'body'): Fields {
  const fields: Fields = Object.create(null) as Fields;
  if (text === '') return fields;
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > FIELD_LIMIT) throw invalid(part, 'too many fields');
  for (const pair of pairs) {
    const [rawName = '', rawValue = ''] = pair.split(/=(.*)/su);
    const name = decodeComponent(rawName.replaceAll('+', ' '), part);
    const value = decodeComponent(rawValue.replaceAll('+', ' '), part);
    const present = fields[name];
    fields[name] = present === undefined ? value : [present, value].flat();
  }
  return fields;
}

function decodeComponent(text: string, part: string): string {
  let decoded: string;
  try {
    // Throws on a stray percent sign and on bytes that are not UTF-8.
    decoded = decodeURIComponent(text);
  } catch (cause) {
    throw invalid(part, 'encoding', cause);
  }
  if (decoded.includes('\0')) throw invalid(part, 'NUL');
  return decoded;
}

export type BodyType = 'form' | 'json';

const MEDIA_TYPES: Record<BodyType, string> = {
  form: 'application/x-www-form-urlencoded',
  json: 'application/json',
};

/** The body of a request as fields or JSON. @throws AppError input_invalid|too_large|type_unsupported. */
export async function readBody(req: IncomingMessage, type: BodyType): Promise<unknown> {
  const { text } = await readText(req, { mediaTypes: [MEDIA_TYPES[type]] });
  return type === 'form' ? parseFields(text, 'body') : parseJson(text);
}

/**
 * The body of a request as the text it is, in UTF-8 and one of these types.
 * @throws AppError input_invalid|too_large|type_unsupported.
 */
export async function readText(
  req: IncomingMessage,
  { mediaTypes, maxBytes = BODY_LIMIT_BYTES }: { mediaTypes: readonly string[]; maxBytes?: number },
): Promise<{ text: string; mediaType: string }> {
  const [given = '', ...parameters] = (req.headers['content-type'] ?? '').split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset="?(?<name>[^"\s]+)"?\s*$/iu.exec(parameter)?.groups?.['name'])
    .find(Boolean);
  const mediaType = given.trim().toLowerCase();
  const isReadable =
    mediaTypes.includes(mediaType) &&
    (charset ?? 'utf-8').toLowerCase() === 'utf-8' &&
    (req.headers['content-encoding'] ?? 'identity') === 'identity';
  if (!isReadable) {
    req.resume();
    throw new AppError('input_type_unsupported', { details: { expected: mediaTypes } });
  }
  return { text: decodeUtf8(await readBytes(req, maxBytes)), mediaType };
}

async function readBytes(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to the end, so that the reader sees our page instead of a broken connection.
    if (size <= maxBytes) chunks.push(chunk);
    else if (size > 16 * maxBytes) break;
  }
  if (size > maxBytes) throw new AppError('input_too_large', { details: { part: 'body' } });
  return Buffer.concat(chunks);
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('body', 'encoding', cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('body', 'JSON', cause);
  }
}

function invalid(part: string, problem: string, cause?: unknown): AppError {
  return new AppError('input_invalid', { cause, details: { part, problem } });
}
