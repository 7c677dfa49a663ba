// Stops accepting, lets requests in flight finish, then lets go of idle connections.
import type { Server } from 'node:http';

const GRACE_MS = 8000;

export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const insist = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await promise;
  clearTimeout(insist);
}
