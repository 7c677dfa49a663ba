// Where databases of tests keep their files.
import { statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';

/** A whole run leaves about a gigabyte; the rest is for browsers and processes. */
const MEMORY_FOR_DATA_BYTES = 6 * 1024 ** 3;

/** In memory where there is plenty: making and emptying collections is mostly waiting for the disk. */
export async function quickestFolder(): Promise<string> {
  const memory = '/dev/shm';
  const room = await statfs(memory).then(
    ({ bavail, bsize }) => Math.min(bavail * bsize, freemem()),
    () => 0,
  );
  return room > MEMORY_FOR_DATA_BYTES ? memory : tmpdir();
}
