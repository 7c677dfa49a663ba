// Reads forms with files as they arrive, within hard limits: what is too large is noticed while it
// comes, answered at once, and the rest of it is thrown away unread. Nothing is written to disk, and
// neither the name nor the type that the sender states is looked at.
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import busboy from 'busboy';
import type { Busboy } from 'busboy';
import { AppError } from '../errors.ts';
import { networkOf } from '../network.ts';
import type { Fields } from './input.ts';

export interface UploadLimits {
  /** Of one file. */
  fileBytes: number;
  files: number;
}

export interface Upload {
  /** In the order of the form; inputs left empty are not among them. */
  files: { field: string; bytes: Buffer }[];
  /** A file went over its limit, or the whole did; `files` is empty then. */
  isTooLarge: boolean;
}

export interface MultipartBody {
  /** What stood before the first file that was too large. */
  fields: Fields;
  upload: Upload;
}

const FIELDS = 30;
const FIELD_BYTES = 4096;
/** Boundaries, headers and fields. */
const FRAME_BYTES = 64 * 1024;
/** So much is taken and thrown away, so that the sender gets to read the answer. */
const DISCARD_BYTES = 128 * 1024 * 1024;
/** Of this process at once: each holds one file in memory. */
const MAX_UPLOADS = 8;
/** Of one address: a few slow senders must not keep all others waiting. */
const MAX_OF_ADDRESS = 4;
/** Where each comes from that is being received. */
const uploads: string[] = [];

/** @throws AppError input_invalid, input_type_unsupported, overloaded. */
export async function readMultipart(
  req: IncomingMessage,
  limits: UploadLimits,
  address: string,
): Promise<MultipartBody> {
  const parser = parserOf(req, limits);
  if (!parser) {
    discardBody(req);
    throw new AppError('input_type_unsupported', { details: { expected: 'multipart/form-data' } });
  }
  const source = isIPv6(address) ? networkOf(address) : address;
  const ofSource = uploads.filter((each) => each === source).length;
  if (uploads.length >= MAX_UPLOADS || ofSource >= MAX_OF_ADDRESS) {
    discardBody(req);
    throw new AppError('overloaded', { retryAfterSeconds: 5 });
  }
  uploads.push(source);
  try {
    return await receive(req, parser, limits);
  } finally {
    uploads.splice(uploads.indexOf(source), 1);
    discardBody(req, parser);
  }
}

/** Takes what is still to come without looking at it, up to a point. */
export function discardBody(req: IncomingMessage, parser?: Busboy): void {
  if (parser) {
    req.unpipe(parser);
    parser.removeAllListeners();
    // Of what is torn down in the middle.
    parser.on('error', () => undefined);
    parser.destroy();
  }
  if (req.complete || req.destroyed) return;
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DISCARD_BYTES) req.destroy();
  });
  req.on('error', () => undefined);
  req.resume();
}

function parserOf(req: IncomingMessage, limits: UploadLimits): Busboy | undefined {
  const { headers } = req;
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  if (!isPlain || !/^multipart\/form-data\s*;/iu.test(headers['content-type'] ?? '')) {
    return undefined;
  }
  try {
    return busboy({
      headers,
      limits: {
        fieldNameSize: 100,
        fieldSize: FIELD_BYTES,
        fields: FIELDS,
        // It stops at the limit, not beyond it.
        fileSize: limits.fileBytes + 1,
        files: limits.files,
        parts: FIELDS + limits.files,
        headerPairs: 20,
      },
    });
  } catch {
    // No boundary.
    return undefined;
  }
}

function receive(
  req: IncomingMessage,
  parser: Busboy,
  limits: UploadLimits,
): Promise<MultipartBody> {
  const declared = Number(req.headers['content-length'] ?? 0);
  const isHopeless = declared > limits.files * limits.fileBytes + FRAME_BYTES;
  const fields: Fields = Object.create(null) as Fields;
  const files: Upload['files'] = [];
  const { promise, resolve, reject } = Promise.withResolvers<MultipartBody>();
  const refuse = (problem: string, cause?: unknown) =>
    reject(new AppError('input_invalid', { cause, details: { part: 'body', problem } }));
  const tooLarge = () => resolve({ fields, upload: { files: [], isTooLarge: true } });
  parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
    const isWhole = !nameTruncated && !valueTruncated;
    // The decoder puts U+FFFD where bytes were no UTF-8.
    if (!isWhole || /[\0\uFFFD]/u.test(name + value)) return refuse('field');
    const present = fields[name];
    fields[name] = present === undefined ? value : [present, value].flat();
  });
  parser.on('file', (field, stream) => {
    const chunks: Buffer[] = [];
    stream.on('error', (error) => refuse('file', error));
    stream.on('limit', tooLarge);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (chunks.length > 0) files.push({ field, bytes: Buffer.concat(chunks) });
    });
    if (isHopeless) tooLarge();
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => refuse(limit));
  }
  parser.on('error', (error) => refuse('form', error));
  parser.on('close', () => resolve({ fields, upload: { files, isTooLarge: false } }));
  req.on('error', (error) => refuse('connection', error));
  req.on('aborted', () => refuse('connection'));
  req.pipe(parser);
  return promise;
}
