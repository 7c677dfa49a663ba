// A front door as proxies are: it asks each process whether it is ready, sends requests to those
// that are, keeps connections for reuse, and tries nothing twice.
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const PROBE_MS = 100;
/** A process is left out after so many bad answers one after the other. */
const FALL = 3;

export class ReadyDoor {
  /** What went wrong between the door and a process. */
  readonly failures: string[] = [];
  readonly #ports: readonly number[];
  readonly #ready = new Set<number>();
  /** By port, what the last bad answer was. */
  readonly #lastBad = new Map<number, string>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #server: Server;
  readonly #closing = new AbortController();
  #turn = 0;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    // Clients reuse their connections; ours must not be the one that ends them.
    this.#server = createServer({ keepAliveTimeout: 75_000 }, (incoming, outgoing) =>
      this.#pass(incoming, outgoing),
    );
    for (const port of ports) void this.#probe(port);
  }

  static async open(port: number, behind: readonly number[]): Promise<ReadyDoor> {
    const door = new ReadyDoor(behind);
    door.#server.listen(port, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  isReady(port: number): boolean {
    return this.#ready.has(port);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }

  async #probe(port: number): Promise<void> {
    let bad = 0;
    while (!this.#closing.signal.aborted) {
      const isReady = await this.#asksReady(port);
      bad = isReady ? 0 : bad + 1;
      if (isReady) this.#ready.add(port);
      else if (bad >= FALL) this.#ready.delete(port);
      await delay(PROBE_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  async #asksReady(port: number): Promise<boolean> {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`, {
        signal: AbortSignal.timeout(2000),
      });
      if (!answer.ok) this.#lastBad.set(port, `${answer.status} ${await answer.text()}`);
      return answer.ok;
    } catch (error) {
      this.#lastBad.set(port, String(error));
      return false;
    }
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const candidates = this.#ports.filter((port) => this.#ready.has(port));
    this.#turn += 1;
    const port = candidates[this.#turn % candidates.length];
    if (port === undefined) {
      const why = this.#ports.map((each) => `${each}: ${this.#lastBad.get(each) ?? 'not asked'}`);
      return this.#fail(outgoing, `nobody is ready (${why.join('; ')})`);
    }
    const { method, url, headers } = incoming;
    const to = { host: '127.0.0.1', port, method, path: url, headers, agent: this.#agent };
    const passed = request(to, (answer) => {
      const { connection: _hop, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      answer.pipe(outgoing);
    });
    passed.on('error', (error) =>
      this.#fail(outgoing, `${port} ${method} ${url}: ${error.message}`),
    );
    incoming.pipe(passed);
  }

  #fail(outgoing: ServerResponse, what: string): void {
    this.failures.push(what);
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  }
}
