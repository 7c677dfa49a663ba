// A process of its own that ends what a fault run has started, however that run itself ended: it
// holds the other end of a pipe, and when that closes it kills and clears away what it was told of.
// Lines: `pid <number>`, `gone <number>`, `folder <path>`.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const pids = new Set<number>();
const folders = new Set<string>();

// Ctrl-C reaches the whole group; what was started is ended all the same.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const [word = '', value = ''] = line.split(' ', 2);
  if (word === 'pid') pids.add(Number(value));
  else if (word === 'gone') pids.delete(Number(value));
  else folders.add(value);
}
for (const pid of pids) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
for (const folder of folders) {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
