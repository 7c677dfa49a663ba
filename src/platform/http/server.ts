// How the HTTP server holds its connections, and how it ends.
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/**
 * Milliseconds. Idle connections are kept longer than proxies and clients reuse theirs, so that no
 * request meets one that is just closing; a slow sender is let go.
 */
export const serverTimes = {
  keepAliveTimeout: 75_000,
  headersTimeout: 20_000,
  requestTimeout: 120_000,
} as const;

const GRACE_MS = 8000;
const LOOK_MS = 50;

/**
 * Takes no new connection. Those that are there stay, also the idle ones, which the server's own
 * `close` would end at once: a request may be on its way on any of them.
 * @returns settles when the last one has ended.
 */
export function stopListening(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  NetServer.prototype.close.call(server, () => resolve());
  return promise;
}

/** Stops accepting, lets requests in flight finish, and lets go of each connection that is idle. */
export async function closeServer(server: Server): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.once('close', resolve);
  const wasListening = server.listening;
  void stopListening(server);
  server.closeIdleConnections();
  if (!wasListening && (await connectionCount(server)) === 0) return;
  const look = setInterval(() => server.closeIdleConnections(), LOOK_MS);
  const insist = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearInterval(look);
  clearTimeout(insist);
}

function connectionCount(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
