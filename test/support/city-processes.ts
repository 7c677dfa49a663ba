// A second app process as it would run in a city, and one address in front of several.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Resolves when the process listens. @throws Error with its output when it ends before that. */
export async function startSecondProcess(
  environment: Readonly<Record<string, string>>,
  port: number,
): Promise<{ stop(): Promise<void> }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    });
  }
  const ended = once(child, 'exit');
  // Whatever becomes of the test: no process is left behind.
  process.once('exit', () => child.kill('SIGKILL'));
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`the second process ended: ${output}`);
  }
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://localhost:${port}/.well-known/openid-configuration`);
    return response.ok;
  } catch {
    // Refused at once while nobody listens: wait for the event loop's next turns, not for a time.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  }
}

/** Passes each request on to the next process in turn, with the host that was asked for. */
export async function startFrontDoor(
  port: number,
  behind: readonly number[],
): Promise<{ close(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    turn += 1;
    pass(agent, behind[turn % behind.length] ?? 0, incoming, outgoing);
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

function pass(agent: Agent, port: number, incoming: IncomingMessage, outgoing: ServerResponse) {
  const { method, url, headers } = incoming;
  const target = { host: '127.0.0.1', port, agent, method, path: url, headers };
  const passed = request(target, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.destroy());
  incoming.pipe(passed);
}
