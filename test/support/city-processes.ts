// A second app process as it would run in a city, and one address in front of several.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.ts';
import { serverTimes } from '../../src/platform/http/server.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Resolves when the process says that it listens. @throws Error with its output if it ends before. */
export async function startSecondProcess(
  environment: Readonly<Record<string, string>>,
): Promise<{ stop(): Promise<void> }> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      ...compiled,
      HUTONG_OPERATIONS_PORT: 'off',
      ...environment,
      HUTONG_LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever becomes of the test: no process is left behind.
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  let output = '';
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    // Read to the end, or the process would stand still once the pipe is full.
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
      if (output.includes('"msg":"listening"')) resolve();
    });
  }
  const failed = ended.then(() => {
    throw new Error(`the second process ended: ${output}`);
  });
  await Promise.race([listening, failed]);
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Passes each request on to the next process in turn, with the host that was asked for. */
export async function startFrontDoor(
  port: number,
  behind: readonly number[],
): Promise<{ close(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let turn = 0;
  const server = createServer(serverTimes, (incoming, outgoing) => {
    turn += 1;
    pass({ agent, port: behind[turn % behind.length] ?? 0 }, incoming, outgoing);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

function pass(
  to: { agent: Agent; port: number },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const { method, url, headers } = incoming;
  const target = { host: '127.0.0.1', ...to, method, path: url, headers };
  const passed = request(target, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}
