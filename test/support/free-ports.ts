// A block of ports for a demonstration city in a test, away from the default one.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { portBlockSize } from '../../src/demo/ports.ts';

/** The first port of a block in which every port is free just now. */
export async function findFreePortBlock(): Promise<number> {
  for (;;) {
    // Below 32768 on Linux nothing is handed out for outgoing connections.
    const first = 12_000 + randomInt(1_000) * portBlockSize;
    const ports = Array.from({ length: portBlockSize }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isPortFree));
    if (!free.includes(false)) return first;
  }
}

export async function isPortFree(port: number): Promise<boolean> {
  const probe = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
  await new Promise((resolve) => probe.close(resolve));
  return isFree;
}
