// An entity of a federation with an address: serves what it says of itself and of those below it.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FederationEntity, makeEntityKey } from './federation-entity.ts';

type Answer = { status?: number; type?: string; body: string };

const STATEMENT = 'application/entity-statement+jwt';

export class FederationNode {
  readonly entity: FederationEntity;
  /** Beside what every configuration has. */
  claims: Record<string, unknown> = {};
  /** Those below it, with what their statements have beside the usual. */
  readonly subordinates = new Map<string, { of: FederationEntity; claims: object }>();
  /** Answers of a path in place of the usual. */
  readonly answers = new Map<string, () => Promise<Answer> | Answer>();
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** Whether it names a place for statements about others. */
  isSuperior = false;
  readonly #server: Server;

  private constructor(entity: FederationEntity, server: Server) {
    this.entity = entity;
    this.#server = server;
    server.on('request', (req, res) => void this.#answer(req, res));
  }

  static async start(now: () => Date = () => new Date()): Promise<FederationNode> {
    const server = createServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    const id = `http://localhost:${(server.address() as AddressInfo).port}`;
    return new FederationNode(new FederationEntity(id, await makeEntityKey(), now), server);
  }

  get id(): string {
    return this.entity.id;
  }

  /** Becomes the superior of another. */
  above(other: FederationNode, claims: object = {}): this {
    this.isSuperior = true;
    this.subordinates.set(other.id, { of: other.entity, claims });
    const hints = (other.claims['authority_hints'] as string[] | undefined) ?? [];
    other.claims['authority_hints'] = [...hints, this.id];
    return this;
  }

  close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    return promise;
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', this.id);
    this.asked.push(url.pathname);
    const answer = await (this.answers.get(url.pathname)?.() ?? this.#usual(url));
    res.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? STATEMENT });
    res.end(answer.body);
  }

  async #usual(url: URL): Promise<Answer> {
    if (url.pathname === '/.well-known/openid-federation') {
      return { body: await this.entity.configuration(this.#configuration()) };
    }
    const found = this.subordinates.get(url.searchParams.get('sub') ?? '');
    if (url.pathname !== '/fetch' || !found) {
      return { status: 404, type: 'application/json', body: '{"error":"not_found"}' };
    }
    return { body: await this.entity.about(found.of, found.claims) };
  }

  #configuration(): object {
    const { metadata, ...rest } = this.claims as { metadata?: object };
    const own = this.isSuperior ? { federation_fetch_endpoint: `${this.id}/fetch` } : {};
    return { ...rest, metadata: { federation_entity: own, ...metadata } };
  }
}
