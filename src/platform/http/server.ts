// How the HTTP server holds its connections, and how it ends.
import type { Server } from 'node:http';

/**
 * Milliseconds. Idle connections are kept longer than proxies and clients reuse theirs, so that no
 * request meets one that is just closing; a slow sender is let go.
 */
export const serverTimes = {
  keepAliveTimeout: 75_000,
  headersTimeout: 20_000,
  requestTimeout: 30_000,
} as const;

const GRACE_MS = 8000;

/** Stops accepting, lets requests in flight finish, then lets go of idle connections. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const insist = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await promise;
  clearTimeout(insist);
}
