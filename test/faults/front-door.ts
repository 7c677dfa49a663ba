// The one address in front of the app processes, as a plain load balancer would be: requests go to
// each in turn, one that does not listen is passed over. It sees every answer, so it is here that
// answers nobody may ever get are noted.
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

const GIVE_UP_MS = 30_000;

const PAGES = /^\/(?:oauth2\/(?:authorize|logout)|interaction\/|$)/u;

export interface WrongAnswer {
  at: number;
  what: string;
}

export class FrontDoor {
  readonly wrong: WrongAnswer[] = [];
  /** Answers by status. */
  readonly statuses = new Map<string, number>();
  slowestMs = 0;
  /** Milliseconds; what takes longer is noted as wrong. */
  readonly #longestMs: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #behind: readonly number[];
  readonly #server: Server;
  #turn = 0;

  private constructor(behind: readonly number[], longestMs: number) {
    this.#behind = behind;
    this.#longestMs = longestMs;
    this.#server = createServer((incoming, outgoing) => {
      this.#turn += 1;
      void this.#pass(incoming, outgoing, this.#turn);
    });
  }

  static async open(
    port: number,
    { behind, longestMs }: { behind: readonly number[]; longestMs: number },
  ): Promise<FrontDoor> {
    const door = new FrontDoor(behind, longestMs);
    door.#server.listen(port, '127.0.0.1');
    await once(door.#server, 'listening');
    return door;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse, turn: number): Promise<void> {
    const startedAt = performance.now();
    const name = `${incoming.method} ${incoming.url?.split('?')[0]}`;
    const body = await text(incoming).catch(() => '');
    const answer = await this.#ask(incoming, body, turn);
    const took = performance.now() - startedAt;
    if (!answer) {
      this.#count('none');
      if (took > this.#longestMs) this.#note(`${name}: no answer within ${Math.round(took)} ms`);
      outgoing.destroy();
      return;
    }
    this.slowestMs = Math.max(this.slowestMs, took);
    this.#count(String(answer.status));
    if (took > this.#longestMs)
      this.#note(`${name}: ${answer.status} after ${Math.round(took)} ms`);
    const problem = wrongness(incoming.url ?? '', answer);
    if (problem) this.#note(`${name}: ${problem}`);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async #ask(incoming: IncomingMessage, body: string, turn: number): Promise<Passed | undefined> {
    for (let tried = 0; tried < this.#behind.length; tried += 1) {
      const port = this.#behind[(turn + tried) % this.#behind.length] ?? 0;
      try {
        return await pass({ agent: this.#agent, port }, incoming, body);
      } catch (error) {
        // Only what nobody has received may be sent again.
        if (!(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) {
          return undefined;
        }
      }
    }
    return undefined;
  }

  #count(status: string): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  #note(what: string): void {
    this.wrong.push({ at: performance.now(), what });
  }
}

interface Passed {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

async function pass(
  to: { agent: Agent; port: number },
  { method, url, headers }: IncomingMessage,
  body: string,
): Promise<Passed> {
  const { promise, resolve, reject } = Promise.withResolvers<Passed>();
  const target = { host: '127.0.0.1', ...to, method, path: url, headers, timeout: GIVE_UP_MS };
  const sent = request(target, (answer) => {
    text(answer).then(
      (received) =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: received }),
      reject,
    );
  });
  sent.on('error', reject);
  sent.on('timeout', () => sent.destroy(new Error('no answer')));
  sent.end(body);
  return promise;
}

/** What is wrong with an answer in itself; undefined when nothing is. */
function wrongness(url: string, { status, headers, body }: Passed): string | undefined {
  if (status < 500) return undefined;
  if (headers.location !== undefined) return `${status} with a Location`;
  if (status !== 503) return `status ${status}: ${body.slice(0, 300)}`;
  if (!(Number(headers['retry-after']) > 0)) return '503 without Retry-After';
  const type = headers['content-type'] ?? '';
  if (PAGES.test(url)) return type.startsWith('text/html') ? undefined : `503 as ${type}`;
  return body.includes('temporarily_unavailable') ? undefined : `503 says ${body.slice(0, 200)}`;
}
