// Why an embedded database did not start, in words for the person at the terminal.
import { open } from 'node:fs/promises';
import { describePortHolder } from './process-table.ts';

const LOG_TAIL_BYTES = 64 * 1024;

export type MongodFailure =
  | 'port_held'
  | 'folder_in_use'
  | 'incompatible_data'
  | 'not_runnable'
  | 'start_failed';

export class MongodError extends Error {
  override readonly name = 'MongodError';
  readonly reason: MongodFailure;

  constructor(reason: MongodFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const UNKNOWN_EXIT = -1;

type Exit = { code: number | null; port: number; dbPath: string; logFile: string; binary: string };

/** Exit codes: https://www.mongodb.com/docs/manual/reference/exit-codes/ */
export async function exitError({ code, port, dbPath, logFile, binary }: Exit) {
  switch (code ?? UNKNOWN_EXIT) {
    case 48:
      return new MongodError(
        'port_held',
        `Port ${port} is held by ${await describePortHolder(port)}.`,
      );
    case 62:
      return new MongodError(
        'incompatible_data',
        `The data in ${dbPath} was made by another version of MongoDB than ${binary}. ` +
          'Start with the version that made it, or move the folder away to begin anew.',
      );
    case 127:
      return new MongodError('not_runnable', `${binary} cannot be run.`);
    default:
      return startFailure(code, { dbPath, logFile });
  }
}

async function startFailure(code: number | null, place: { dbPath: string; logFile: string }) {
  const lastWords = await lastErrorOf(place.logFile);
  if (lastWords.includes('DBPathInUse')) {
    return new MongodError(
      'folder_in_use',
      `The data in ${place.dbPath} is in use by another running instance.`,
    );
  }
  return new MongodError(
    'start_failed',
    `The database ended before it was ready (exit code ${code}). ${lastWords} Log: ${place.logFile}`,
  );
}

/** The last fatal or error record of the server's JSON log, as it stands there. */
async function lastErrorOf(logFile: string): Promise<string> {
  const file = await open(logFile, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, LOG_TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const records = buffer.toString().split('\n');
    return records.findLast((record) => /"s":"[FE]"/.test(record)) ?? '';
  } finally {
    await file.close();
  }
}
