// The part's side of the channel to the supervisor: settings come over it (never through the
// command line or the environment, where other users could read secrets), `ready` goes back.
import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';

/** Waits for the settings, which the supervisor of the same release sends. */
export async function receiveSettings<Settings>(): Promise<Settings> {
  const message = await new Promise<unknown>((resolve) => {
    process.once('message', resolve);
    process.channel?.ref();
  });
  process.channel?.unref();
  return message as Settings;
}

/** Tells the supervisor that this part answers. */
export function reportReady(details: Readonly<Record<string, unknown>> = {}): void {
  process.send?.({ ready: true, ...details });
}

/** Listens on loopback only: the demonstration's accounts are printed on a screen. */
export async function listenOnLoopback(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Runs the given steps once on SIGTERM or SIGINT and ends the process. */
export function endOnSignal(stop: () => Promise<void>): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** Closes a server without waiting for browsers that keep their connections open. */
export async function closeServer(server: HttpServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
  await closed;
}
