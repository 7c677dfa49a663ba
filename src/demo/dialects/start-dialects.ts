// Starts the platforms on loopback; for the process of the demonstration and for tests.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer, listenOnLoopback } from '../part-channel.ts';
import { createDialects } from './dialects-app.ts';
import type { DialectsPart } from './dialects-app.ts';

export type Dialects = { readonly origin: string; readonly stop: () => Promise<void> };

/** @param part `port` 0 for any that is free */
export async function startDialects(
  part: DialectsPart & { readonly log: (line: object) => void },
): Promise<Dialects> {
  const handle = createDialects(part).callback();
  const server = createServer((request, response) => void handle(request, response));
  await listenOnLoopback(server, part.port);
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, stop: () => closeServer(server) };
}
