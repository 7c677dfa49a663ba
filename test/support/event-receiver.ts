// Receives security event tokens (RFC 8935) for any number of clients (`/<client id>`), checks them as a
// receiver must, and can be down.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { vi } from 'vitest';

export interface ReceivedEvent {
  clientId: string;
  jti: string;
  sub: string;
  /** `granted`, `ended`. */
  type: string;
  event: Record<string, unknown>;
}

export class EventReceiver {
  readonly received: ReceivedEvent[] = [];
  readonly problems: string[] = [];
  /** Asked before anything is looked at; the status to refuse with, or undefined. */
  refuse: (clientId: string) => number | undefined = () => undefined;
  refusals = 0;
  /** Awaited between taking an event and saying so. */
  beforeAnswer: () => Promise<void> = () => Promise.resolve();
  readonly #server = createServer();
  #issuer = '';
  #keys: JWTVerifyGetKey | undefined;

  async start(): Promise<this> {
    this.#server.on('request', (request, response) => {
      const type = request.headers['content-type'];
      void this.#receive(request.url ?? '', type, text(request)).then((status) => {
        response.writeHead(status).end();
      });
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  uriOf(clientId: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${clientId}`;
  }

  trust(issuer: string): void {
    this.#issuer = issuer;
    this.#keys = createRemoteJWKSet(new URL('/oauth2/jwks', issuer));
  }

  of(clientId: string): ReceivedEvent[] {
    return this.received.filter((event) => event.clientId === clientId);
  }

  /** Resolves when it holds. */
  until(condition: () => boolean): Promise<void> {
    const isMet = () => {
      if (!condition()) throw new Error(`not yet, of ${this.received.length} received`);
    };
    return vi.waitFor(isMet, { timeout: 60_000, interval: 50 });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(path: string, type: string | undefined, body: Promise<string>): Promise<number> {
    const clientId = path.slice(1);
    const token = await body;
    const refusal = this.refuse(clientId);
    if (refusal !== undefined) {
      this.refusals += 1;
      return refusal;
    }
    try {
      if (type !== 'application/secevent+jwt') throw new Error(`type ${type}`);
      this.received.push(await this.read(clientId, token));
      await this.beforeAnswer();
      return 202;
    } catch (error) {
      this.problems.push(String(error));
      return 400;
    }
  }

  /** @throws for a token that is not for this client, or could be taken for another kind. */
  async read(clientId: string, token: string): Promise<ReceivedEvent> {
    if (!this.#keys) throw new Error('no issuer is trusted yet');
    const { payload } = await jwtVerify(token, this.#keys, {
      issuer: this.#issuer,
      audience: clientId,
      typ: 'secevent+jwt',
      requiredClaims: ['iat', 'jti', 'events', 'sub_id'],
    });
    if ('exp' in payload || 'sub' in payload) throw new Error('could pass for another token');
    return eventOf(clientId, payload);
  }
}

function eventOf(clientId: string, payload: JWTPayload): ReceivedEvent {
  const events = Object.entries(payload['events'] as Record<string, Record<string, unknown>>);
  const [only] = events;
  if (!only || events.length !== 1) throw new Error('one event at a time');
  const [name, event] = only;
  const { sub } = payload['sub_id'] as { sub: string };
  const type = name.replace('urn:hutong:event:mandate:', '');
  return { clientId, jti: payload.jti ?? '', sub, type, event };
}
